"""The first readout of a layer whose state is real."""

import torch
from jaxtyping import Float64
from numpy.typing import ArrayLike
from torch import Tensor

from framestate.deep.errors import InvalidInputError


def real_readout(
    readout: ArrayLike | None,
    d_model: int,
    order: int,
    generator: torch.Generator | None,
) -> Float64[Tensor, "channels order"]:
    """Return the given C, or draw a normal one of variance 1.

    Raises
    ------
    InvalidInputError
        If it has another shape, is not real or not finite.
    """
    if readout is None:
        C = torch.empty(d_model, order, dtype=torch.float64)
        return C.normal_(generator=generator)
    C = torch.as_tensor(readout)
    if C.is_complex() or C.shape != (d_model, order) or not bool(C.isfinite().all()):
        raise InvalidInputError(
            request=f"readout of shape {tuple(C.shape)} and dtype {C.dtype}",
            finding=f"expected finite real values ({d_model}, {order})",
            remedy="Give one row per channel, one column per coordinate.",
        )
    return C.double()
