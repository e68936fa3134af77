"""What every check needs: keys of the stack at hand, and how a thing that is not so is said."""

import io
import json
import os
import urllib.request
import wave

BASE, ADMIN = os.environ["SLUICE_BASE"], os.environ["SLUICE_ADMIN"]
CLAUDE, GPT, GEMINI = "claude-haiku-4-5", "gpt-4o-mini", "gemini-2.5-flash"
HELLO = [{"role": "user", "content": "hello"}]


def must(is_so: bool, what: str) -> None:
    if not is_so:
        raise SystemExit(f"not so: {what}")


def raised(kind: type, call):
    """The error of this very class that a call ends with."""
    try:
        call()
    except Exception as error:
        must(type(error) is kind, f"{kind.__name__}, and was {type(error).__name__}: {error}")
        return error
    raise SystemExit(f"not so: {kind.__name__} is raised")


def ask(method: str, path: str, body: object = None, key: str = ADMIN) -> dict:
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def mint(**fields) -> str:
    name = {"name": "python", "user_id": "monty", "max_spend_usd": 5}
    return ask("POST", "/v1/keys", {**name, **fields})["secret"]


def route(name: str, *models: str) -> str:
    targets = [{"model": model} for model in models]
    ask("POST", "/v1/routes", {"name": name, "retries": 0, "default": {"targets": targets}})
    return name


def spent(key: str) -> int:
    """Micro-USD of a key that holds nothing."""
    told = ask("GET", "/v1/key", key=key)
    must(told["held_micros"] == 0, f"nothing is held, of {told}")
    return told["spent_micros"]


def silence(seconds: int) -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(16_000 * seconds))
    return sound.getvalue()
