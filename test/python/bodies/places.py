"""Places in a body: `generationConfig.seed`, `choices.*.delta`, where a star is every item of a list."""


def without(value: object, place: str) -> object:
    """The same, where it is there, without what is at a place."""
    first, _, rest = place.partition(".")
    if first == "*":
        return [without(one, rest) for one in value] if isinstance(value, list) else value
    if not isinstance(value, dict) or first not in value:
        return value
    if rest == "":
        return {key: one for key, one in value.items() if key != first}
    return {**value, first: without(value[first], rest)}


def without_all(value: object, places: list[str]) -> object:
    for place in places:
        value = without(value, place)
    return value
