"""How records lie in memory: time first outside, channels first inside.

A caller's record is u (L, *batch), and with a step of its own for each of H channels
(L, ..., H). Inside, the channels that differ come first and all other batch axes are
one, so that one matrix product serves both: (h, L, b) with h = H, or h = 1 if all
records share the step.
"""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, final

from jaxtyping import Shaped

from framestate.ssm.arrays import Array


@final
@dataclass(frozen=True)
class Layout:
    """The batch axes of a record.

    Parameters
    ----------
    batch : tuple of int
        Axes of u after the first.
    channels : int or None
        H if the last of them has a step for each channel, None if they share one.
    """

    batch: tuple[int, ...]
    channels: int | None

    @cached_property
    def inner(self) -> tuple[int, int]:
        """(h, b)."""
        h = self.channels or 1
        return h, prod(self.batch) // h

    def split(self, xp: Any, x: Shaped[Array, "..."]) -> Shaped[Array, "h ... b"]:
        """(*axes, *batch) -> (h, *axes, b)."""
        if len(self.batch) == x.ndim == 1:  # a sample, met again and again by a stream
            return x[None, :] if self.channels is None else x[:, None]
        (h, b), k = self.inner, x.ndim - len(self.batch)
        single = len(self.batch) == 1
        if self.channels is None:
            return (x if single else xp.reshape(x, (*x.shape[:k], b)))[None, ...]
        x = x[..., None, :] if single else xp.reshape(x, (*x.shape[:k], b, h))
        return xp.permute_dims(x, (k + 1, *range(k + 1)))

    def join(self, xp: Any, x: Shaped[Array, "h ... b"]) -> Shaped[Array, "..."]:
        """(h, *axes, b) -> (*axes, *batch), the inverse of `split`."""
        axes, single = x.shape[1:-1], len(self.batch) == 1
        if self.channels is None:
            x = x[0, ...]
            return x if single else xp.reshape(x, (*axes, *self.batch))
        x = xp.permute_dims(x, (*range(1, len(x.shape)), 0))
        return x[..., 0, :] if single else xp.reshape(x, (*axes, *self.batch))
