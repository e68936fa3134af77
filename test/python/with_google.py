"""Google's SDK with models of every family, and its vectors."""

from google import genai
from google.genai import errors, types

from sluice import BASE, CLAUDE, GEMINI, GPT, mint, must, raised, route, spent


def client(key: str) -> genai.Client:
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=BASE))


def every_family_answers() -> None:
    key = mint()
    ai = client(key)
    models = ai.models
    limit = types.GenerateContentConfig(max_output_tokens=50)
    for model in (GEMINI, CLAUDE, GPT, route("python-gemini", GPT)):
        told = models.generate_content(model=model, contents="hello", config=limit)
        must(bool(told.text) and told.usage_metadata.candidates_token_count > 0, f"{model} answers")
        stream = models.generate_content_stream(model=model, contents="hello", config=limit)
        must(bool("".join(chunk.text or "" for chunk in stream)), f"{model} streams")
    must(models.count_tokens(model=GPT, contents="hello").total_tokens > 0, "tokens are counted")
    must(GEMINI in [(model.name or "").removeprefix("models/") for model in models.list()], "models are listed")
    must(spent(key) > 0, "all of it is paid")


def errors_are_its_own() -> None:
    # A client that nobody holds is closed, with all that came of it.
    poor, wealthy = client(mint(max_spend_usd=0.00001)), client(mint())
    models, rich = poor.models, wealthy.models
    error = raised(errors.ClientError, lambda: models.generate_content(model=GPT, contents="hello"))
    must((error.code, error.status) == (402, "FAILED_PRECONDITION"), f"a 402, not {error}")
    for words, kind, code in (("limited", errors.ClientError, 429), ("overloaded", errors.ServerError, 503)):
        told = raised(kind, lambda: rich.generate_content(model=GPT, contents=words))
        must(told.code == code, f"a {code}, not {told}")
    wrong = raised(
        errors.ClientError,
        lambda: rich.generate_content(
            model=CLAUDE, contents="hello", config=types.GenerateContentConfig(seed=7)
        ),
    )
    must("generationConfig.seed" in str(wrong.details), f"the field is named: {wrong}")
