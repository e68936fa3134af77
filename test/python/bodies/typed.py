"""Bodies against the typed dictionaries that an SDK publishes, closed: what a dictionary does not name is refused."""

import importlib
import inspect
import pkgutil
import sys
import typing

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import core_schema
import typing_extensions


def closed(package: str) -> None:
    """
    Closes every typed dictionary of a package, and makes its lists lists: a lazy one is never looked into. Its models, which
    are what the SDK itself read of an answer, are no dictionaries.
    """
    lazy, typing.Iterable = typing.Iterable, typing.List
    try:
        root = importlib.import_module(package)
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            importlib.import_module(found.name)
    finally:
        typing.Iterable = lazy
    for name, module in list(sys.modules.items()):
        if not name.startswith(package):
            continue
        if hasattr(module, "SequenceNotStr"):
            module.SequenceNotStr = typing.List
        for value in vars(module).values():
            # One that says itself what else it may hold is let be.
            if typing_extensions.is_typeddict(value) and getattr(value, "__extra_items__", typing_extensions.NoExtraItems) is typing_extensions.NoExtraItems:
                told = getattr(value, "__pydantic_config__", {})
                value.__pydantic_config__ = {**told, "extra": "forbid", "strict": True}
            elif inspect.isclass(value) and issubclass(value, BaseModel):
                value.__get_pydantic_core_schema__ = classmethod(instance)


def instance(model: type, *_handler) -> dict:
    return core_schema.is_instance_schema(model)


class Typed:
    """The parameters of one method, and those of the same where its answer is streamed."""

    def __init__(self, params: type, streamed: type | None = None) -> None:
        self.whole, self.streamed = TypeAdapter(params), TypeAdapter(streamed or params)

    def problem(self, body: dict) -> str | None:
        try:
            (self.streamed if body.get("stream") is True else self.whole).validate_python(body)
            return None
        except ValidationError as error:
            return words_of(error)


def words_of(error: ValidationError) -> str:
    """Of a union every branch complains: the deepest complaint of the branch whose `type` or `role` the value has."""
    errors = error.errors(include_url=False)
    others = [one["loc"][:-1] for one in errors if one["loc"][-1] in ("type", "role")]
    is_other = lambda loc: any(loc[: len(other)] == other for other in others if len(other) > 0)
    meant = [one for one in errors if not is_other(one["loc"])] or errors
    worst = max(meant, key=lambda one: len(one["loc"]))
    path = ".".join(str(step) for step in worst["loc"] if str(step).isdigit() or str(step)[0].islower() and "[" not in str(step))
    return f"{path}: {worst['msg']}"
