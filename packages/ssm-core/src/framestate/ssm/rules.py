"""Discretization rules: how one step of c' = -(A c - B u) / tau becomes algebra.

The generalized bilinear rule of weight alpha evaluates the right-hand side at
the end of the step with weight alpha and at its start with weight 1 - alpha; the
exact rule integrates an input that is constant over the step. With z = lam dt,
a mode is multiplied by ``gain(z)`` and receives ``dt * drive(z)`` times B u.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Complex128

from framestate.ssm.checks import number


@final
@dataclass(frozen=True)
class Rule:
    """A named rule; make one with `gbt` or name it in `discretize`.

    Parameters
    ----------
    name : str
        "euler", "backward_euler", "bilinear", "gbt(...)", "zoh" or "exact".
    alpha : float or None
        Weight of the end of the step, None for exact integration.
    """

    name: str
    alpha: float | None

    def gain(self, z: Complex128[np.ndarray, " m"]) -> Complex128[np.ndarray, " m"]:
        """Factor of a mode over one step, z = lam dt."""
        if self.alpha is None:
            return np.exp(-z)
        return (1 - (1 - self.alpha) * z) / (1 + self.alpha * z)

    def drive(self, z: Complex128[np.ndarray, " m"]) -> Complex128[np.ndarray, " m"]:
        """Share of dt * B u that arrives, z = lam dt."""
        if self.alpha is not None:
            return 1 / (1 + self.alpha * z)
        at_rest = z == 0
        return np.where(at_rest, 1.0, -np.expm1(-z) / np.where(at_rest, 1.0, z))


EXACT = Rule("exact", None)
ZOH = Rule("zoh", None)
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
