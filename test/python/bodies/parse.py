"""
Parses bodies that providers' stand-ins took with the classes that the vendors publish: parse.py FOLDER. It says how many
of which class were parsed, and of the first ten faults what they are.
"""

import json
import pathlib
import sys
from collections import Counter

from classes import CLASSES, class_of
from newer import NEWER, known, put

SHOWN_MAX, BODY_CHARACTERS_MAX = 10, 2_000


def main(folder: str) -> None:
    parsed: Counter = Counter()
    wrong: Counter = Counter()
    faults: dict[tuple[str, str], dict] = {}
    for sent in distinct(pathlib.Path(folder)):
        name = class_of(sent)
        problem = problem_of(name, sent["body"])
        if problem is None:
            if parsed[name] == 0:
                must_refuse(name, sent["body"])
            parsed[name] += 1
        else:
            wrong[name] += 1
            faults.setdefault((name, problem), sent)
    for name in CLASSES:
        print(f"{parsed[name]:6} parsed as {name}")
    for (name, problem), sent in list(faults.items())[:SHOWN_MAX]:
        print(f"{sent['path']} does not parse as {name}: {problem}")
        print(f"  {json.dumps(sent['body'])[:BODY_CHARACTERS_MAX]}")
    if wrong:
        raise SystemExit(f"{wrong.total()} of {wrong.total() + parsed.total()} bodies do not parse: {dict(wrong)}")
    unsent = [name for name in CLASSES if parsed[name] == 0]
    if unsent:
        raise SystemExit(f"no body was sent of: {', '.join(unsent)}")


def distinct(folder: pathlib.Path):
    seen: set[str] = set()
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf8").split("\n"):
            if line and line not in seen:
                seen.add(line)
                yield json.loads(line)


def problem_of(name: str, body: dict) -> str | None:
    return CLASSES[name].problem(known(name, body))


def must_refuse(name: str, body: dict) -> None:
    """A class that takes a field of nobody checks nothing, and a field that it takes is no longer newer than it."""
    for place in ("", *(f"{key}." for key, value in body.items() if isinstance(value, dict))):
        if problem_of(name, put(body, f"{place}of_nobody", 1)) is None and not is_free(place):
            raise SystemExit(f"{name} takes {place}of_nobody")
    for place, value in NEWER.get(name, {}).items():
        if CLASSES[name].problem(put(known(name, body), place, value)) is None:
            raise SystemExit(f"{name} takes {place} now: strike it off the list")


def is_free(place: str) -> bool:
    """Anything at all may be there: it is the model's own matter."""
    return place in ("additionalModelRequestFields.", "requestMetadata.")


main(sys.argv[1])
