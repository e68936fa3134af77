"""LiteLLM as a client: each of its providers with its base URL set."""

import litellm

from sluice import BASE, CLAUDE, GEMINI, GPT, HELLO, mint, must, raised, route, spent

litellm.suppress_debug_info = True


def ways(name: str) -> tuple:
    return (
        (f"openai/{name}", f"{BASE}/v1"),
        (f"openai/{CLAUDE}", f"{BASE}/v1"),
        (f"anthropic/{CLAUDE}", BASE),
        (f"anthropic/{GPT}", BASE),
        (f"gemini/{GEMINI}", f"{BASE}/v1beta"),
    )


def every_provider_of_it_answers() -> None:
    key = mint()
    for model, base in ways(route("python-litellm", GPT)):
        ask = {"model": model, "messages": HELLO, "max_tokens": 50, "api_base": base, "api_key": key}
        told = litellm.completion(**ask)
        must(bool(told.choices[0].message.content) and told.usage.completion_tokens > 0, f"{model} answers")
        chunks = litellm.completion(**ask, stream=True)
        must(bool("".join(chunk.choices[0].delta.content or "" for chunk in chunks)), f"{model} streams")
    vectors = litellm.embedding(
        model="openai/text-embedding-3-small", input=["a"], api_base=f"{BASE}/v1", api_key=key
    )
    must(len(vectors.data[0]["embedding"]) == 3, "vectors are made")
    must(spent(key) > 0, "all of it is paid")


def errors_are_its_own() -> None:
    ask = {"api_base": f"{BASE}/v1", "max_tokens": 50, "num_retries": 0, "max_retries": 0}
    limited = [{"role": "user", "content": "limited"}]
    raised(
        litellm.RateLimitError,
        lambda: litellm.completion(model=f"openai/{GPT}", messages=limited, api_key=mint(), **ask),
    )
    poor = mint(max_spend_usd=0.00001)
    try:
        litellm.completion(model=f"openai/{GPT}", messages=HELLO, api_key=poor, **ask)
    except Exception as error:
        must(getattr(error, "status_code", None) == 402, f"a 402, not {type(error).__name__}: {error}")
    else:
        raise SystemExit("not so: a cap is an error")
