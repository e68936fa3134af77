"""
Parses bodies with the classes that the vendors publish: parse.py FOLDER asked|answered. It says how many of which class
were parsed, and of the first ten faults what they are.
"""

import importlib
import json
import pathlib
import sys
from collections import Counter

from places import without, without_all

SHOWN_MAX, BODY_CHARACTERS_MAX = 10, 2_000
# Anything at all may be there: it is the model's own matter.
FREE = ("additionalModelRequestFields", "requestMetadata", "logit_bias")

kind = importlib.import_module(sys.argv[2])
# Fields that a vendor documents, and the newest version of its package has not, by class: each is left out first.
newer: dict[str, tuple[str, ...]] = kind.NEWER


def main(folder: pathlib.Path) -> None:
    parsed: Counter = Counter()
    wrong: Counter = Counter()
    faults: dict[tuple[str, str], dict] = {}
    needed: set[tuple[str, str]] = set()
    for kept in distinct(folder):
        name, body = kind.class_of(kept), kind.body_of(kept)
        needed |= {(name, place) for place in newer.get(name, ()) if must_need(name, body, place)}
        problem = kind.CLASSES[name].problem(without_all(body, newer.get(name, ())))
        if problem is None:
            if parsed[name] == 0:
                must_refuse(name, body)
            parsed[name] += 1
        else:
            wrong[name] += 1
            faults.setdefault((name, problem), kept)
    for name in kind.CLASSES:
        print(f"{parsed[name]:6} {sys.argv[2]}, parsed as {name}")
    for (name, problem), kept in list(faults.items())[:SHOWN_MAX]:
        print(f"{kept.get('path', 'an answer')} does not parse as {name}: {problem}")
        print(f"  {json.dumps(kept['body'])[:BODY_CHARACTERS_MAX]}")
    if wrong:
        raise SystemExit(f"{wrong.total()} of {wrong.total() + parsed.total()} bodies do not parse: {dict(wrong)}")
    unseen = [name for name in kind.CLASSES if parsed[name] == 0]
    if unseen:
        raise SystemExit(f"nothing came of: {', '.join(unseen)}")
    idle = [f"{place} of {name}" for name, places in newer.items() for place in places if (name, place) not in needed]
    if idle:
        raise SystemExit(f"on the list of newer fields, and in no body: {', '.join(idle)}")


def distinct(folder: pathlib.Path):
    seen: set[str] = set()
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf8").split("\n"):
            if line and line not in seen:
                seen.add(line)
                yield json.loads(line)


def must_need(name: str, body: dict, place: str) -> bool:
    """Is it in the body? A class that takes it is no older than it."""
    alone = without_all(body, [other for other in newer[name] if other != place])
    if without(alone, place) == alone:
        return False
    if kind.CLASSES[name].problem(alone) is None:
        raise SystemExit(f"{name} takes {place} now: strike it off the list")
    return True


def must_refuse(name: str, body: dict) -> None:
    """A class that takes a field of nobody checks nothing."""
    known = without_all(body, newer.get(name, ()))
    inner = [key for key, value in known.items() if isinstance(value, dict) and key not in FREE]
    for spoiled in (
        {**known, "of_nobody": 1},
        *({**known, key: {**known[key], "of_nobody": 1}} for key in inner),
    ):
        if kind.CLASSES[name].problem(spoiled) is None:
            raise SystemExit(f"{name} takes a field of nobody: {json.dumps(spoiled)[:BODY_CHARACTERS_MAX]}")


main(pathlib.Path(sys.argv[1]) / sys.argv[2])
