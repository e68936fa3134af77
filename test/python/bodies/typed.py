"""Bodies against what an SDK publishes, closed: what a dictionary or a model does not name is refused."""

import importlib
import inspect
import pkgutil
import sys
import typing

import typing_extensions
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import core_schema


def close_dictionaries(package: str) -> None:
    """
    Closes every typed dictionary of a package, and makes its lists lists: a lazy one is never looked into. Its models, which
    are what the SDK itself read of an answer, are no dictionaries.
    """
    lazy, typing.Iterable = typing.Iterable, typing.List
    try:
        modules = modules_of(package)
    finally:
        typing.Iterable = lazy
    for module in modules:
        if hasattr(module, "SequenceNotStr"):
            module.SequenceNotStr = typing.List
        for value in vars(module).values():
            if is_closable(value):
                told = getattr(value, "__pydantic_config__", {})
                value.__pydantic_config__ = {**told, "extra": "forbid", "strict": True}
            elif is_model(value):
                value.__get_pydantic_core_schema__ = classmethod(instance)


def close_models(package: str) -> None:
    """Closes every model of a package."""
    for module in modules_of(package):
        for value in vars(module).values():
            if is_model(value):
                value.model_config = {**value.model_config, "extra": "forbid", "strict": True}


def modules_of(package: str) -> list:
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        importlib.import_module(found.name)
    return [module for name, module in list(sys.modules.items()) if name.startswith(package)]


def is_closable(value: object) -> bool:
    """One that says itself what else it may hold is let be."""
    nothing = typing_extensions.NoExtraItems
    return typing_extensions.is_typeddict(value) and getattr(value, "__extra_items__", nothing) is nothing


def is_model(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, BaseModel)


def instance(model: type, *_handler) -> dict:
    return core_schema.is_instance_schema(model)


class Typed:
    """The parameters of one method, and those of the same where its answer is streamed; or one kind of answer."""

    def __init__(self, params: object, streamed: object = None) -> None:
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
    return f"{'.'.join(str(step) for step in worst['loc'] if is_place(str(step)))}: {worst['msg']}"


def is_place(step: str) -> bool:
    """A place in the body, and no name of a branch."""
    return step.isdigit() or (step[0].islower() and "[" not in step)
