"""
Fields that a vendor documents, and the newest version of its package here has not. Each is left out of a body before it is
parsed. None of them may parse: one that does is no longer of this list.
"""

# https://ai.google.dev/gemini-api/docs/generate-content/thinking
LEVEL = "generationConfig.thinkingConfig.thinkingLevel"
# Versions of the API before 2026-10-21 take them, of models that sample as they are told:
# https://platform.claude.com/docs/en/about-claude/models/migration-guide
SAMPLERS = {"temperature": 1, "top_p": 0.5, "top_k": 5}

# By class: places, with a value of each.
NEWER: dict[str, dict[str, object]] = {
    "google GenerateContentRequest": {LEVEL: "low"},
    "google CountTokensRequest": {f"generateContentRequest.{LEVEL}": "low"},
    "anthropic MessageCreateParams": SAMPLERS,
    "anthropic beta MessageCreateParams": SAMPLERS,
}


def known(name: str, body: object) -> object:
    """A body without what is newer than its class."""
    for place in NEWER.get(name, ()):
        body = without(body, place.split("."))
    return body


def without(value: object, place: list[str]) -> object:
    first, *rest = place
    if not isinstance(value, dict) or first not in value:
        return value
    if not rest:
        return {key: one for key, one in value.items() if key != first}
    return {**value, first: without(value[first], rest)}


def put(body: dict, place: str, value: object) -> dict:
    """A body with a value at a place."""
    first, _, rest = place.partition(".")
    return {**body, first: put(body.get(first, {}), rest, value) if rest else value}
