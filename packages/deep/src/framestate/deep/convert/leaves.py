"""The tensors of a state, in order, and a state made of tensors again.

A state is nested tuples and dataclasses of tensors. What else a field holds (a cache,
None) is taken from a template: the state at rest of the same model.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from torch import Tensor


def leaves(template: Any, state: Any) -> list[Tensor]:
    """Return the tensors of `state` where `template` has tensors."""
    if isinstance(template, Tensor):
        return [state]
    return [
        tensor
        for key, part in _parts(template)
        for tensor in leaves(part, _part(state, key))
    ]


def rebuilt(template: Any, tensors: Iterator[Tensor]) -> Any:
    """Return `template` with its tensors replaced, one after the other."""
    if isinstance(template, Tensor):
        return next(tensors)
    if isinstance(template, tuple):
        parts = cast("tuple[Any, ...]", template)
        return tuple(rebuilt(part, tensors) for part in parts)
    changed = {str(key): rebuilt(part, tensors) for key, part in _parts(template)}
    return replace(template, **changed) if changed else template


def _parts(template: Any) -> list[tuple[int | str, Any]]:
    """Return the keys and parts of a template that can hold tensors."""
    if isinstance(template, tuple):
        return list(enumerate(cast("tuple[Any, ...]", template)))
    if is_dataclass(template):
        return [(f.name, getattr(template, f.name)) for f in fields(template)]
    return []


def _part(state: Any, key: int | str) -> Any:
    return state[key] if isinstance(key, int) else getattr(state, key)
