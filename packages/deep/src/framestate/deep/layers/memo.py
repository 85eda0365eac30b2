"""A value computed from a layer's parameters, kept until one of them changes."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, final

import torch
from torch import nn

from framestate.deep.layers.state import stamp_of

T = TypeVar("T")


@final
class Memo(Generic[T]):
    """The last value, and what it was computed from.

    A stream without gradients discretizes its layer once and not at every sample.
    Where gradients are taken nothing is kept, unless the value has none (`frozen`),
    nor where a compiler looks on. A copy of a layer, and a saved one, start with
    nothing.
    """

    __slots__ = ("frozen", "kept")

    def __init__(self, *, frozen: bool = False) -> None:
        self.frozen = frozen
        self.kept: tuple[object, T] | None = None

    def __deepcopy__(self, memo: dict[int, object]) -> "Memo[T]":
        return Memo(frozen=self.frozen)

    def __reduce__(self) -> tuple[Callable[..., "Memo[Any]"], tuple[bool]]:
        return _empty, (self.frozen,)

    def __call__(self, owner: nn.Module, key: object, compute: Callable[[], T]) -> T:
        """Return what `compute` gives for the owner's present tensors and the key."""
        passing = torch.is_grad_enabled() and not self.frozen
        if torch.compiler.is_compiling() or passing:
            return compute()
        stamp = (key, stamp_of(owner))
        if self.kept is None or self.kept[0] != stamp:
            self.kept = stamp, compute()
        return self.kept[1]


def _empty(frozen: bool) -> Memo[Any]:  # noqa: FBT001 - as pickle calls it
    return Memo(frozen=frozen)
