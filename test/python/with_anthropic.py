"""Anthropic's SDK with models of every family."""

import anthropic
from anthropic import Anthropic

from sluice import BASE, CLAUDE, GEMINI, GPT, HELLO, mint, must, raised, route, spent


def every_family_answers() -> None:
    key = mint()
    ai = Anthropic(base_url=BASE, api_key=key)
    for model in (CLAUDE, GPT, GEMINI, route("python-messages", GPT)):
        told = ai.messages.create(model=model, max_tokens=50, messages=HELLO)
        must(told.content[0].type == "text" and told.usage.output_tokens > 0, f"{model} answers")
        with ai.messages.stream(model=model, max_tokens=50, messages=HELLO) as stream:
            must(bool(stream.get_final_text()), f"{model} streams")
    for model in (CLAUDE, GPT, GEMINI):
        must(ai.messages.count_tokens(model=model, messages=HELLO).input_tokens > 0, f"{model} is counted")
    must(spent(key) > 0, "all of it is paid")


def errors_are_its_own() -> None:
    ai = Anthropic(base_url=BASE, api_key=mint(max_spend_usd=0.00001))
    for model in (CLAUDE, GPT):
        call = lambda: ai.messages.create(model=model, max_tokens=50, messages=HELLO)
        error = raised(anthropic.PaymentRequiredError, call)
        must((error.status_code, error.body["error"]["type"]) == (402, "billing_error"), f"a 402, not {error}")
    rich = Anthropic(base_url=BASE, api_key=mint(), max_retries=0)
    say = lambda words: rich.messages.create(
        model=GPT, max_tokens=50, messages=[{"role": "user", "content": words}]
    )
    limited = raised(anthropic.RateLimitError, lambda: say("limited"))
    must(limited.response.headers["retry-after"] == "7", "and says when to ask again")
    busy = raised(anthropic.ServiceUnavailableError, lambda: say("overloaded"))
    must(busy.body["error"]["type"] == "overloaded_error", f"an overload, not {busy}")
    wrong = raised(
        anthropic.BadRequestError,
        lambda: rich.messages.create(model=GPT, max_tokens=50, messages=HELLO, extra_body={"top_k": 7}),
    )
    must("top_k" in str(wrong), f"the field is named: {wrong}")
