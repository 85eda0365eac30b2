"""How a decay rate is held as a free parameter: Re(lam) = f(parameter) >= 0."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class Transform(NamedTuple):
    """A function onto the rates that a layer may have, and its inverse.

    Attributes
    ----------
    forward : callable
        From the parameter to the rate.
    inverse : callable
        From the rate to the parameter.
    reaches_zero : bool
        Whether a rate of exactly 0 has a parameter.
    """

    forward: Callable[[Tensor], Tensor]
    inverse: Callable[[Tensor], Tensor]
    reaches_zero: bool


def _softplus(x: Tensor) -> Tensor:
    """log(1 + e^x), in operations that ONNX has in double precision."""
    return torch.relu(x) + torch.log1p(torch.exp(-x.abs()))


def _softplus_inverse(rate: Tensor) -> Tensor:
    return rate + torch.log(-torch.expm1(-rate))


def _relu_inverse(rate: Tensor) -> Tensor:
    return torch.clamp(rate, min=0)


REAL_TRANSFORMS = {
    "exp": Transform(torch.exp, torch.log, reaches_zero=False),
    "softplus": Transform(_softplus, _softplus_inverse, reaches_zero=False),
    "relu": Transform(torch.relu, _relu_inverse, reaches_zero=True),
}
