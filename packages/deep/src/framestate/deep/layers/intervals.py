"""Sample intervals: one for all, one a sequence, or one a sample."""

from math import isfinite

import torch
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.contract import Interval


def checked_interval(
    interval: Interval, batch: int, length: int | None = None
) -> float | Tensor | None:
    """Return the interval, a tensor in double precision, finite and >= 0.

    Parameters
    ----------
    interval : float, Tensor or None
        In units of the layer's dt: a number, (batch,), or (batch, length).
    batch : int
        Number of sequences.
    length : int, optional
        Number of samples; absent where a single one is absorbed.

    Raises
    ------
    InvalidInputError
        For another shape or dtype, or a value that is no interval.
    """
    if interval is None:
        return None
    if not isinstance(interval, Tensor):
        if not torch.compiler.is_compiling() and not (
            isfinite(interval) and interval > 0
        ):
            raise _refusal(f"interval={interval}", "it is not positive and finite")
        return interval
    shapes = [(batch,)] if length is None else [(batch,), (batch, length)]
    request = f"an interval of shape {tuple(interval.shape)} and dtype {interval.dtype}"
    if tuple(interval.shape) not in shapes or not interval.is_floating_point():
        wanted = " or ".join(map(str, shapes))
        raise _refusal(request, f"this input takes a real tensor {wanted}")
    if not torch.compiler.is_compiling():  # values are not known there
        bad = int((~(interval.isfinite() & (interval >= 0))).sum())
        if bad:
            raise _refusal(request, f"{bad} values are negative or not finite")
    return interval.double()


def _refusal(request: str, finding: str) -> InvalidInputError:
    return InvalidInputError(
        request=request,
        finding=finding,
        remedy="Give times since the sample before, in units of the layer's dt: a "
        "number, one a sequence, or one a sample.",
    )
