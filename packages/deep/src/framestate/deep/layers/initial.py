"""First values of a layer's parameters, and the names they are asked for by."""

from math import log

import torch
from jaxtyping import Complex, Float
from numpy.typing import ArrayLike
from torch import Tensor

from framestate.deep.errors import InvalidInputError, require_name, require_positive

TRAINABLE = ("A", "B", "C", "D", "dt")


def trainable_names(trainable: tuple[str, ...] | str) -> tuple[str, ...]:
    """Refuse unknown names, and one string where a tuple is meant."""
    if isinstance(trainable, str):
        trainable = (trainable,)
    for name in trainable:
        require_name("trainable", name, TRAINABLE)
    return tuple(name for name in TRAINABLE if name in trainable)


def first_readout(
    readout: ArrayLike | None,
    d_model: int,
    modes: int,
    generator: torch.Generator | None,
) -> Complex[Tensor, "channels modes"]:
    """Return the given C, or draw a complex normal one of variance 1."""
    if readout is None:
        parts = torch.empty(d_model, modes, 2, dtype=torch.float64)
        return torch.view_as_complex(parts.normal_(0, 0.5**0.5, generator=generator))
    C = torch.as_tensor(readout).to(torch.complex128)
    if C.shape != (d_model, modes) or not bool(C.isfinite().all()):
        raise InvalidInputError(
            request=f"readout of shape {tuple(C.shape)}",
            finding=f"expected finite values ({d_model}, {modes})",
            remedy="Give one row per channel, one column per stored mode.",
        )
    return C


def log_uniform(
    count: int, low: float, high: float, generator: torch.Generator | None
) -> Float[Tensor, " count"]:
    """Draw the logarithms of dt between two positive bounds."""
    require_positive("dt_min", low)
    require_positive("dt_max", high)
    if low > high:
        raise InvalidInputError(
            request=f"dt_min={low}, dt_max={high}",
            finding="the range of dt is empty",
            remedy="Give dt_min <= dt_max, each a sample interval over the window.",
        )
    draws = torch.rand(count, dtype=torch.float64, generator=generator)
    return log(low) + draws * log(high / low)
