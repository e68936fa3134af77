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
# The class of a stream's chunk lacks what that of a whole answer has: pages that were read, and calls of tools that take text.
NEWER: dict[str, tuple[str, ...]] = {
    "openai ChatCompletion": (f"choices.*.message.{THOUGHTS}",),
    "openai ChatCompletionChunk": (f"choices.*.delta.{THOUGHTS}", "choices.*.delta.annotations"),
    "openai ChatCompletionChunk, a call in text": ("choices.*.delta.tool_calls",),
}


def class_of(answer: dict) -> str:
    name = f"{answer['vendor']} {NAMES[answer['vendor']][answer['isStream']]}"
    return f"{name}, a call in text" if name.endswith("Chunk") and calls_in_text(answer["body"]) else name


def calls_in_text(chunk: dict) -> bool:
    return any("custom" in call for one in chunk["choices"] for call in one["delta"].get("tool_calls") or [])


def body_of(answer: dict) -> dict:
    return answer["body"]
