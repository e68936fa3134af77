"""Which published class says what of what a provider is asked."""

import re
import urllib.parse

import typed
from bedrock import Bedrock
from gemini import Gemini

typed.close_dictionaries("anthropic.types")
typed.close_dictionaries("openai.types.chat")

from anthropic.types import message_count_tokens_params, message_create_params
from anthropic.types.beta import message_count_tokens_params as beta_counts
from anthropic.types.beta import message_create_params as beta_messages
from openai.types.chat import completion_create_params


def forms(module: object, name: str) -> typed.Typed:
    return typed.Typed(getattr(module, f"{name}NonStreaming"), getattr(module, f"{name}Streaming"))


CLASSES = {
    "google GenerateContentRequest": Gemini("GenerateContentRequest"),
    "google CountTokensRequest": Gemini("CountTokensRequest"),
    "google EmbedContentRequest": Gemini("EmbedContentRequest"),
    "google BatchEmbedContentsRequest": Gemini("BatchEmbedContentsRequest"),
    "bedrock Converse": Bedrock("Converse"),
    "bedrock ConverseStream": Bedrock("ConverseStream"),
    "anthropic MessageCreateParams": forms(message_create_params, "MessageCreateParams"),
    "anthropic beta MessageCreateParams": forms(beta_messages, "MessageCreateParams"),
    "anthropic MessageCountTokensParams": typed.Typed(message_count_tokens_params.MessageCountTokensParams),
    "anthropic beta MessageCountTokensParams": typed.Typed(beta_counts.MessageCountTokensParams),
    "openai CompletionCreateParams": forms(completion_create_params, "CompletionCreateParams"),
}

# https://ai.google.dev/gemini-api/docs/generate-content/thinking
LEVEL = "generationConfig.thinkingConfig.thinkingLevel"
# Versions of the API before 2026-10-21 take them, of models that sample as they are told:
# https://platform.claude.com/docs/en/about-claude/models/migration-guide
SAMPLERS = ("temperature", "top_p", "top_k")

NEWER: dict[str, tuple[str, ...]] = {
    "google GenerateContentRequest": (LEVEL,),
    "google CountTokensRequest": (f"generateContentRequest.{LEVEL}",),
    "anthropic MessageCreateParams": SAMPLERS,
}

PATHS = (
    (r":(generateContent|streamGenerateContent)$", "GenerateContentRequest"),
    (r":countTokens$", "CountTokensRequest"),
    (r":embedContent$", "EmbedContentRequest"),
    (r":batchEmbedContents$", "BatchEmbedContentsRequest"),
    (r"/converse$", "Converse"),
    (r"/converse-stream$", "ConverseStream"),
    (r"/messages$", "MessageCreateParams"),
    (r"/messages/count_tokens$", "MessageCountTokensParams"),
    (r"/chat/completions$", "CompletionCreateParams"),
)


def class_of(sent: dict) -> str:
    name = next(name for path, name in PATHS if re.search(path, sent["path"]))
    return f"{sent['vendor']} {'beta ' if sent.get('beta') else ''}{name}"


def body_of(sent: dict) -> dict:
    """The path of some names the model, where the class has it beside the body."""
    model = re.search(r"/model/([^/]+)/converse", sent["path"])
    return sent["body"] if model is None else {**sent["body"], "modelId": urllib.parse.unquote(model[1])}
