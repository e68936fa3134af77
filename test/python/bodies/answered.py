"""Which published class says what of an answer in a vendor's words."""

from anthropic.types import Message, RawMessageStreamEvent
from openai.types.chat import ChatCompletion, ChatCompletionChunk

import typed
from gemini import Gemini

typed.close_models("anthropic.types")
typed.close_models("openai.types.chat")

CLASSES = {
    "google GenerateContentResponse": Gemini("GenerateContentResponse"),
    "anthropic Message": typed.Typed(Message),
    "anthropic RawMessageStreamEvent": typed.Typed(RawMessageStreamEvent),
    "openai ChatCompletion": typed.Typed(ChatCompletion),
    "openai ChatCompletionChunk": typed.Typed(ChatCompletionChunk),
    "openai ChatCompletionChunk, a call in text": typed.Typed(ChatCompletionChunk),
}

NAMES = {
    "google": ("GenerateContentResponse", "GenerateContentResponse"),
    "anthropic": ("Message", "RawMessageStreamEvent"),
    "openai": ("ChatCompletion", "ChatCompletionChunk"),
}

# What DeepSeek answers of its thoughts, and clients of this wire show: https://api-docs.deepseek.com/guides/thinking_mode
THOUGHTS = "reasoning_content"
# As OpenRouter answers thoughts with what their model signed: https://openrouter.ai/docs/use-cases/reasoning-tokens
DETAILS = "reasoning_details"
# As Google answers what it signed a call with: https://ai.google.dev/gemini-api/docs/thought-signatures
SIGNED = "tool_calls.*.extra_content"
# The class of a stream's chunk lacks what that of a whole answer has: pages that were read, and calls of tools that take text.
NEWER: dict[str, tuple[str, ...]] = {
    "openai ChatCompletion": tuple(f"choices.*.message.{field}" for field in (THOUGHTS, DETAILS, SIGNED)),
    "openai ChatCompletionChunk": tuple(
        f"choices.*.delta.{field}" for field in (THOUGHTS, DETAILS, SIGNED, "annotations")
    ),
    "openai ChatCompletionChunk, a call in text": ("choices.*.delta.tool_calls",),
}


def class_of(answer: dict) -> str:
    name = f"{answer['vendor']} {NAMES[answer['vendor']][answer['isStream']]}"
    return f"{name}, a call in text" if name.endswith("Chunk") and calls_in_text(answer["body"]) else name


def calls_in_text(chunk: dict) -> bool:
    return any("custom" in call for one in chunk["choices"] for call in one["delta"].get("tool_calls") or [])


def body_of(answer: dict) -> dict:
    """What Google signed a call with has no place in messages: it is a field of the call's block that no client reads."""
    body = answer["body"]
    if answer["vendor"] != "anthropic":
        return body
    if "content_block" in body:
        return {**body, "content_block": unsigned(body["content_block"])}
    return {**body, "content": [unsigned(one) for one in body["content"]]} if "content" in body else body


def unsigned(block: dict) -> dict:
    return {key: value for key, value in block.items() if (block["type"], key) != ("tool_use", "signature")}
