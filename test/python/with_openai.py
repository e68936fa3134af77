"""OpenAI's SDK on every route that it knows, and on the jobs of Sluice."""

import time

import httpx
import openai
from openai import OpenAI

from sluice import BASE, CLAUDE, GPT, HELLO, mint, must, raised, route, silence, spent

# A cap of 0.00001 dollars: the price of no call.
POOR = {"max_spend_usd": 0.00001}


def client(key: str, **options) -> OpenAI:
    return OpenAI(base_url=f"{BASE}/v1", api_key=key, **options)


def names_lead_to_models() -> None:
    name = route("python-auto", CLAUDE)
    ai = client(mint())
    told = ai.chat.completions.with_raw_response.create(model=name, messages=HELLO, max_tokens=50)
    must(told.headers["x-sluice-route"] == f"{name}; used={CLAUDE}", "the way is told")
    must(bool(told.parse().choices[0].message.content), "an answer has words")
    stream = ai.chat.completions.create(model=name, messages=HELLO, max_tokens=50, stream=True)
    must(bool("".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)), "a stream has words")


def the_next_model_answers() -> None:
    key = mint()
    name = route("python-fallback", GPT, CLAUDE)
    told = client(key).chat.completions.create(
        model=name, messages=[{"role": "user", "content": "fail"}], max_tokens=50
    )
    must(told.model == CLAUDE, f"the next model answers, not {told.model}")
    must(spent(key) > 0, "and is paid")


def a_cap_is_asked_once() -> None:
    asked = []
    http = httpx.Client(event_hooks={"request": [lambda request: asked.append(request.url)]})
    ai = client(mint(**POOR), http_client=http)
    error = raised(openai.APIStatusError, lambda: ai.chat.completions.create(model=GPT, messages=HELLO))
    must((error.status_code, error.code) == (402, "request_exceeds_budget"), f"a 402, not {error}")
    must(len(asked) == 1, f"asked once, not {len(asked)} times")
    for call in (
        lambda: ai.embeddings.create(model="text-embedding-3-large", input="a" * 10_000),
        lambda: ai.audio.speech.create(model="tts-1", voice="alloy", input="hello"),
        lambda: ai.images.generate(model="gpt-image-1.5", prompt="a sluice", quality="low", size="1024x1024"),
        lambda: ai.audio.transcriptions.create(model="whisper-1", file=("a.wav", silence(2))),
        lambda: ai.responses.create(model=GPT, input="hello"),
    ):
        must(raised(openai.APIStatusError, call).status_code == 402, "every route has the cap")


def errors_are_its_own() -> None:
    ai = client(mint(), max_retries=0)
    say = lambda words, model=GPT: ai.chat.completions.create(
        model=model, messages=[{"role": "user", "content": words}], max_tokens=50
    )
    limited = raised(openai.RateLimitError, lambda: say("limited"))
    must(limited.response.headers["retry-after"] == "7", "and says when to ask again")
    raised(openai.InternalServerError, lambda: say("overloaded"))
    raised(openai.NotFoundError, lambda: say("hello", "nobody"))
    raised(openai.AuthenticationError, lambda: client("slk_wrong").models.list())
    wrong = raised(
        openai.BadRequestError, lambda: ai.chat.completions.create(model=CLAUDE, messages=HELLO, seed=7)
    )
    must(wrong.param == "seed", f"the field is named, not {wrong.param}")


def what_is_no_conversation() -> None:
    key = mint()
    ai = client(key)
    vectors = ai.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    must([one.embedding for one in vectors.data] == [[0.25, -0.5, 1.0]] * 2, "vectors come as numbers")
    must(len(ai.audio.speech.create(model="tts-1", voice="alloy", input="hello").read()) > 100, "speech is bytes")
    with ai.audio.speech.with_streaming_response.create(model="tts-1", voice="alloy", input="hello") as spoken:
        must(sum(map(len, spoken.iter_bytes())) > 100, "and comes as it is made")
    heard = ai.audio.transcriptions.create(model="whisper-1", file=("a.wav", silence(2)))
    must(heard.text == "The sluice is open.", "a file is heard")
    drawn = ai.images.generate(model="gpt-image-1.5", prompt="a sluice", quality="low", size="1024x1024")
    must(bool(drawn.data[0].b64_json), "a picture is drawn")
    must(not ai.moderations.create(model="omni-moderation-latest", input="hello").results[0].flagged, "words are judged")
    must(GPT in [model.id for model in ai.models.list()], "models are listed")
    must(spent(key) > 0, "all of it is paid")


def responses_are_stored() -> None:
    ai = client(mint())
    first = ai.responses.create(model=GPT, input="hello")
    second = ai.responses.create(model=GPT, input="and again", previous_response_id=first.id)
    must(bool(first.output_text and second.output_text), "each has words")
    waiting = ai.responses.create(model=GPT, input="hello", background=True)
    while waiting.status in ("queued", "in_progress"):
        time.sleep(0.2)
        waiting = ai.responses.retrieve(waiting.id)
    must(waiting.status == "completed", f"one in the background is completed, not {waiting.status}")


def jobs_are_made() -> None:
    key = mint()
    ai = client(key)
    body = {"model": GPT, "messages": HELLO, "max_tokens": 50}
    job = ai.post("/jobs", cast_to=dict, body={"url": "/v1/chat/completions", "body": body})
    while job["status"] in ("queued", "running", "in_progress"):
        time.sleep(0.2)
        job = ai.get(f"/jobs/{job['id']}", cast_to=dict)
    must(job["status"] == "completed", f"a job is completed, not {job}")
    must(spent(key) > 0, "and paid")
