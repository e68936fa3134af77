"""LlamaIndex: each of its providers with its base URL set."""

import openai
from google.genai import types
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.anthropic import Anthropic
from llama_index.llms.google_genai import GoogleGenAI
from llama_index.llms.openai import OpenAI
from llama_index.llms.openai_like import OpenAILike

from sluice import BASE, CLAUDE, GEMINI, GPT, mint, must, raised, route, spent

HELLO = [ChatMessage(role="system", content="Be short."), ChatMessage(role="user", content="hello")]


def like(model: str, key: str) -> OpenAILike:
    """Any model in OpenAI's words."""
    return OpenAILike(
        model=model,
        api_base=f"{BASE}/v1",
        api_key=key,
        max_tokens=50,
        is_chat_model=True,
        is_function_calling_model=True,
        max_retries=0,
    )


def providers(key: str, name: str) -> dict:
    return {
        "OpenAI": OpenAI(model=GPT, api_base=f"{BASE}/v1", api_key=key, max_tokens=50, max_retries=0),
        "Claude in OpenAI's words": like(CLAUDE, key),
        "Gemini in OpenAI's words": like(GEMINI, key),
        "a name of a route": like(route(name, GPT), key),
        "Anthropic": Anthropic(model=CLAUDE, base_url=BASE, api_key=key, max_tokens=50, max_retries=0),
        "Google": GoogleGenAI(
            model=GEMINI, api_key=key, max_tokens=1_000, http_options=types.HttpOptions(base_url=BASE)
        ),
    }


def every_provider_of_it_answers() -> None:
    key = mint()
    before = 0
    for name, llm in providers(key, "python-llamaindex").items():
        must(bool(llm.chat(HELLO).message.content), f"{name} answers")
        after = spent(key)
        must(after > before, f"{name} is paid")
        must(bool("".join(chunk.delta or "" for chunk in llm.stream_chat(HELLO))), f"{name} streams")
        before = spent(key)
        must(before > after, f"the stream of {name} is paid")


def tools_are_offered() -> None:
    key = mint()

    def gate(height: int) -> str:
        """Opens the gate."""
        return f"open at {height}"

    tool = FunctionTool.from_defaults(fn=gate)
    for name, llm in providers(key, "python-llamaindex-tools").items():
        told = llm.chat_with_tools([tool], user_msg="hello", allow_parallel_tool_calls=True)
        must(bool(told.message.blocks), f"{name} answers who offers a tool")


def vectors_are_made() -> None:
    key = mint()
    embedding = OpenAIEmbedding(
        model="text-embedding-3-small", api_base=f"{BASE}/v1", api_key=key, max_retries=0
    )
    must(len(embedding.get_text_embedding_batch(["a", "b"])) == 2, "a vector for each text")
    must(spent(key) > 0, "and they are paid")


def a_cap_is_an_error() -> None:
    poor = mint(max_spend_usd=0.00001)
    for name in (GPT, CLAUDE):
        error = raised(openai.APIStatusError, lambda: like(name, poor).chat(HELLO))
        must((error.status_code, error.code) == (402, "request_exceeds_budget"), f"a 402, not {error}")
    must(spent(poor) == 0, "and nothing is spent")
