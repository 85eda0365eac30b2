"""Discretization rules: how one step of c' = -(A c - B u) / tau becomes algebra.

The generalized bilinear rule of weight alpha evaluates the right-hand side at
the end of the step with weight alpha and at its start with weight 1 - alpha; the
exact rules integrate an input that is constant over the step (a hold of order 0), or
runs straight from the last sample to this one (order 1). With z = lam dt a mode is
multiplied by ``gain(z)`` and receives ``dt * drive(z)`` times B u; of a straight
input the last sample has the share ``past(z)`` and this one the rest.
"""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Complex128

from framestate.ssm.checks import number

_TERMS = 20  # of the series of `past`: 1 / 20! < eps


@final
@dataclass(frozen=True)
class Rule:
    """A named rule; make one with `gbt` or name it in `discretize`.

    Parameters
    ----------
    name : str
        "euler", "backward_euler", "bilinear", "gbt(...)", "zoh", "foh" or "exact".
    alpha : float or None
        Weight of the end of the step, None for exact integration.
    straight : bool
        Whether the input runs straight between samples (exact integration only).
    """

    name: str
    alpha: float | None
    straight: bool = False

    def gain(self, z: Complex128[np.ndarray, "..."]) -> Complex128[np.ndarray, "..."]:
        """Factor of a mode over one step, z = lam dt."""
        if self.alpha is None:
            return np.exp(-z)
        return (1 - (1 - self.alpha) * z) / (1 + self.alpha * z)

    def drive(self, z: Complex128[np.ndarray, "..."]) -> Complex128[np.ndarray, "..."]:
        """Share of dt * B u that arrives, z = lam dt."""
        if self.alpha is not None:
            return 1 / (1 + self.alpha * z)
        at_rest = z == 0
        return np.where(at_rest, 1.0, -np.expm1(-z) / np.where(at_rest, 1.0, z))

    def past(self, z: Complex128[np.ndarray, "..."]) -> Complex128[np.ndarray, "..."]:
        """Share of dt * B u[n-1] where the input is straight, z = lam dt.

        int_0^1 s e^(-z s) ds = (1 - e^-z (1 + z)) / z^2, by its series near 0.
        """
        near = np.abs(z) < 1
        small, large = np.where(near, z, 0), np.where(near, 1, z)
        series = np.zeros_like(z)
        for k in reversed(range(_TERMS)):
            series = series * -small + 1 / (math.factorial(k) * (k + 2))
        closed = (1 - np.exp(-large) * (1 + large)) / large**2
        return np.where(near, series, closed)


EXACT = Rule("exact", None)
ZOH = Rule("zoh", None)
FOH = Rule("foh", None, straight=True)
NAMED = {
    rule.name: rule
    for rule in (Rule("euler", 0.0), Rule("backward_euler", 1.0), Rule("bilinear", 0.5))
}


def gbt(alpha: float | int) -> Rule:
    """The generalized bilinear rule: 0 Euler, 1/2 bilinear, 1 backward Euler.

    Parameters
    ----------
    alpha : float
        Weight of the end of the step, in [0, 1].

    Raises
    ------
    InvalidInputError
        If alpha is outside [0, 1].
    """
    weight = number("gbt", "alpha", alpha, low=0.0, high=1.0)
    return Rule(f"gbt({weight:g})", weight)
