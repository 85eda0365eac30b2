"""Time backwards, within the true length of every sequence."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Int
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.contract import Interval


@final
@dataclass(frozen=True, slots=True, eq=False)
class Reversal:
    """Reverse sequences (batch, length, ..); twice is once and for all the same.

    Attributes
    ----------
    places : Tensor or None
        Where each sample comes from, (batch, length): padding at the right stays.
        None: all sequences are of full length.
    """

    places: Int[Tensor, "batch length"] | None

    def __call__(self, u: Tensor) -> Tensor:
        """Return u (batch, length) or (batch, length, channels) backwards."""
        if self.places is None:
            return u.flip(1)
        places = self.places if u.ndim == 2 else self.places[..., None].expand_as(u)
        return u.gather(1, places)


def reversal(lengths: Tensor | None, batch: int, length: int) -> Reversal:
    """Return the reversal of sequences whose true lengths are given.

    Raises
    ------
    InvalidInputError
        If `lengths` is not (batch,) of integers from 1 to length.
    """
    if lengths is None:
        return Reversal(None)
    whole = not (lengths.is_floating_point() or lengths.is_complex())
    fits = whole and tuple(lengths.shape) == (batch,)
    if fits and not torch.compiler.is_compiling():  # values are not known there
        fits = bool(((lengths >= 1) & (lengths <= length)).all())
    if not fits:
        raise InvalidInputError(
            request=f"lengths of shape {tuple(lengths.shape)} and dtype {lengths.dtype}",
            finding=f"expected {batch} integers from 1 to {length}",
            remedy="Give the true length of every sequence of the batch.",
        )
    n = torch.arange(length, device=lengths.device)
    last = lengths[:, None].long() - 1
    return Reversal(torch.where(n <= last, last - n, n))


def until_next(interval: Interval, back: Reversal) -> Interval:
    """Return the intervals of the way back: what was before a sample is then after it.

    The last sample, which has none after it, takes the first one's.
    """
    if not isinstance(interval, Tensor) or interval.ndim != 2:
        return interval
    return torch.cat((interval[:, :1], back(interval)[:, :-1]), 1)
