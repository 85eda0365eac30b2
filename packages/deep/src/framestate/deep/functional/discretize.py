"""Discretization of diagonal systems: logarithm of the pole, and input factor.

State equation per mode, time in units of the window, dt = sample interval / window::

    c' = -lam c + b u      ->      z_n = z_bar z_{n-1} + b_bar u_n

with the output read after u_n has been absorbed. Both methods return log(z_bar)
rather than z_bar: powers of a pole near 1 keep all their digits that way.
"""

from collections.abc import Callable
from typing import Literal

import torch
from jaxtyping import Complex, Float
from torch import Tensor

Method = Literal["zoh", "bilinear"]
Rule = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]

# Below this |lam dt| the series of (1 - e^-x)/x to third order is exact in float64.
_SMALL = 1e-4
# A pole at exactly 0 (bilinear, lam dt = 2) has no logarithm; its square is 0 too.
_LEAST_POLE = 1e-150


def zoh(
    lam: Complex[Tensor, "... modes"], dt: Float[Tensor, "channels 1"]
) -> tuple[Complex[Tensor, "channels modes"], Complex[Tensor, "channels modes"]]:
    """Zero-order hold: z_bar = exp(-lam dt), b_bar = b (1 - z_bar) / lam.

    Parameters
    ----------
    lam : Tensor
        Complex (modes,) or (channels, modes), eigenvalues of A.
    dt : Tensor
        Real (channels, 1), sample interval over window.

    Returns
    -------
    tuple[Tensor, Tensor]
        log(z_bar) and the factor b_bar / b, both (channels, modes).
    """
    x = lam * dt
    small = x.abs() < _SMALL
    safe = torch.where(small, torch.ones_like(x), x)
    series = 1 - x / 2 * (1 - x / 3 * (1 - x / 4))
    return -x, dt * torch.where(small, series, -torch.expm1(-safe) / safe)


def bilinear(
    lam: Complex[Tensor, "... modes"], dt: Float[Tensor, "channels 1"]
) -> tuple[Complex[Tensor, "channels modes"], Complex[Tensor, "channels modes"]]:
    """Bilinear rule: z_bar = (1 - x/2) / (1 + x/2), b_bar = b dt / (1 + x/2).

    Here x = lam dt. Parameters and returns as for `zoh`.
    """
    half = lam * dt / 2
    pole = (1 - half) / (1 + half)
    least = torch.full_like(pole, _LEAST_POLE)
    pole = torch.where(pole.abs() < _LEAST_POLE, least, pole)
    return torch.log(pole), dt / (1 + half)


RULES: dict[str, Rule] = {"zoh": zoh, "bilinear": bilinear}
