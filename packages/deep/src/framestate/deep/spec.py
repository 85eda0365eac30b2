"""How a part of a model was made: the name of its recipe, and the arguments.

A `Spec` is all that a file has to say of an architecture: names from a list and
plain values, never code. Parts of models carry theirs as ``part.spec``.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, ParamSpec, TypeVar, final

from torch import nn

from framestate.deep.errors import InvalidInputError

P = ParamSpec("P")
M = TypeVar("M", bound=nn.Module)


@final
@dataclass(frozen=True, slots=True)
class Spec:
    """A recipe's name and its arguments.

    Attributes
    ----------
    name : str
        What the recipe is called in its registry.
    arguments : mapping
        Keyword arguments: None, bool, int, float, str, other specs, and sequences of
        these. Anything else can be held, but not written to a file.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as values that JSON knows.

        Raises
        ------
        InvalidInputError
            If an argument is of another kind, such as an array.
        """
        plain = {
            key: _plain(value, f"argument {key!r} of {self.name!r}")
            for key, value in self.arguments.items()
        }
        return {"recipe": self.name, "arguments": plain}


def recorded(build: Callable[P, M]) -> Callable[P, M]:
    """Make a recipe write its name and arguments on what it returns, as `spec`.

    Defaults in the signature are written out, so that a later one does not change an
    old file; a generator is left out: first values are not part of an architecture.
    """
    signature = inspect.signature(build)

    @functools.wraps(build)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> M:
        module = build(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        for name, parameter in signature.parameters.items():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                arguments |= arguments.pop(name)
        arguments.pop("generator", None)
        object.__setattr__(module, "spec", Spec(wrapper.__name__, arguments))
        return module

    object.__setattr__(wrapper, "is_recorded", True)
    return wrapper


def spec_of(part: object) -> Spec:
    """Return the spec that a part carries.

    Raises
    ------
    InvalidInputError
        If it carries none: it was not made by a recipe.
    """
    spec = getattr(part, "spec", None)
    if not isinstance(spec, Spec):
        raise InvalidInputError(
            request=f"the recipe of a {type(part).__name__}",
            finding="it was built from arrays or by hand, and no name says how",
            remedy="Build it with framestate.deep.recipes, or write its state_dict "
            "with safetensors yourself.",
        )
    return spec


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Name the fields in which two JSON values differ, with both values."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = [*ours, *(key for key in theirs if key not in ours)]
        pairs = [(f".{key}", ours.get(key), theirs.get(key)) for key in keys]
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return [f"{path[1:]}: {len(ours)} here, {len(theirs)} there"]
        pairs = [
            (f"[{i}]", *two) for i, two in enumerate(zip(ours, theirs, strict=True))
        ]
    else:
        same = type(ours) is type(theirs) and ours == theirs
        return [] if same else [f"{path[1:]}: {ours!r} here, {theirs!r} there"]
    return [line for key, a, b in pairs for line in differences(a, b, path + key)]


def _plain(value: Any, what: str) -> Any:
    """Return a value of JSON, or refuse it."""
    finite = not isinstance(value, float) or isfinite(value)
    if (value is None or isinstance(value, bool | int | float | str)) and finite:
        return value
    if isinstance(value, Spec):
        return value.to_json()
    if isinstance(value, list | tuple):
        return [_plain(item, what) for item in value]
    raise InvalidInputError(
        request=f"writing down {what}",
        finding=f"{value!r:.60} of type {type(value).__name__} is no plain value",
        remedy="Give finite numbers, strings and lists of them, or write the "
        "state_dict with safetensors yourself.",
    )
