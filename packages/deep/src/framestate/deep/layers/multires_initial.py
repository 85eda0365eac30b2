"""First filters, weights and depth of the layer of MultiresNet."""

from math import sqrt

import torch
from jaxtyping import Float
from numpy.typing import ArrayLike
from torch import Tensor

from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.functional.multires_tree import covering_depth, require_levels

Filters = tuple[Float[Tensor, "channels taps"], Float[Tensor, "channels taps"]]


def first_filters(
    d_model: int,
    kernel_size: int | None,
    given: tuple[ArrayLike, ArrayLike] | None,
    generator: torch.Generator | None,
) -> Filters:
    """Return h0 and h1 as given, or uniform in +- 1 / sqrt(kernel_size).

    Parameters
    ----------
    d_model : int
        Channels.
    kernel_size : int or None
        Taps; None for as many as are given, or 2.
    given : (ArrayLike, ArrayLike), optional
        (taps,) for all channels, or (d_model, taps).
    generator : torch.Generator, optional
        Source of the draws.

    Raises
    ------
    InvalidInputError
        For fewer than 2 taps, or taps of another shape.
    """
    if given is None:
        taps = 2 if kernel_size is None else kernel_size
        require_levels(taps, 0)
        draws = [uniform((d_model, taps), 1 / sqrt(taps), generator) for _ in range(2)]
        return draws[0], draws[1]
    h0, h1 = (_rows("h0", given[0], d_model), _rows("h1", given[1], d_model))
    if h0.shape != h1.shape or kernel_size not in (None, h0.shape[1]):
        raise InvalidInputError(
            request=f"kernel_size={kernel_size} with filters of {h0.shape[1]} and "
            f"{h1.shape[1]} taps",
            finding="these are not one size",
            remedy="Give both filters with as many taps, and leave kernel_size out.",
        )
    require_levels(h0.shape[1], 0)
    return h0, h1


def first_depth(depth: int | None, length: int | None, kernel_size: int) -> int:
    """Return the given depth, or the least that covers the length, at least 1.

    Raises
    ------
    InvalidInputError
        If neither or both are given, or one is out of range.
    """
    if (depth is None) == (length is None):
        raise InvalidInputError(
            request=f"depth={depth}, length={length}",
            finding="one of the two decides the number of levels",
            remedy="Give length for the least depth that covers it, or depth.",
        )
    if depth is None:
        return max(1, covering_depth(length or 0, kernel_size))
    require_count("depth", depth)
    require_levels(kernel_size, depth)
    return depth


def uniform(
    shape: tuple[int, int], bound: float, generator: torch.Generator | None
) -> Float[Tensor, "rows columns"]:
    """Draw uniform numbers between -bound and bound."""
    return torch.empty(shape).uniform_(-bound, bound, generator=generator)


def _rows(name: str, taps: ArrayLike, d_model: int) -> Float[Tensor, "channels taps"]:
    """Return taps as one row for each channel."""
    rows = torch.as_tensor(taps, dtype=torch.get_default_dtype())
    if rows.ndim == 1:
        rows = rows.expand(d_model, -1)
    if rows.ndim != 2 or rows.shape[0] != d_model or not bool(rows.isfinite().all()):
        raise InvalidInputError(
            request=f"{name} of shape {tuple(rows.shape)}",
            finding=f"expected finite taps (K,) or ({d_model}, K)",
            remedy="Give one filter for all channels, or one row for each.",
        )
    return rows.detach().clone()
