r"""Discretization of diagonal systems: logarithm of the pole, and input factors.

State equation per mode, time in units of the window, dt = sample interval / window::

    c' = -lam c + b u      ->      z_n = z_bar z_{n-1} + b (now u_n + past u_{n-1})

with the output read after u_n has been absorbed; ``past`` is there for the straight
input of "foh" alone. The rules are those of `framestate.ssm`, by the same names, on
tensors: with x = lam dt

    zoh         z_bar = e^-x                          now = dt (1 - e^-x) / x
    foh         z_bar = e^-x                          past = dt (1 - e^-x (1 + x)) / x^2,
                                                      now + past = that of zoh
    gbt(alpha)  z_bar = (1 - (1 - alpha) x) / (1 + alpha x)     now = dt / (1 + alpha x)
    dfout       z_bar = e^-lam                        now = 1 (discrete poles, no dt)

"bilinear", "backward_euler" and "euler" are gbt(1/2), gbt(1) and gbt(0). Every rule
returns log(z_bar) rather than z_bar: powers of a pole near 1 keep all their digits.
"""

import math
import re
from typing import NamedTuple

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from framestate.deep.errors import require_name
from framestate.deep.functional.pairs import (
    Pair,
    exp,
    expm1,
    log,
    pair,
    squared,
    where,
)
from framestate.ssm import Rule, gbt
from framestate.ssm.discretization.rules import FOH, NAMED, ZOH

DFOUT = Rule("dfout", None)
METHODS = (*NAMED, ZOH.name, FOH.name, DFOUT.name)

# Below this |lam dt| the series of (1 - e^-x)/x to third order is exact in float64.
_SMALL = 1e-4
# The series of the share of the past: 1 / 20! < eps.
_TERMS = 20
# A pole at exactly 0 (gbt at its zero) has no logarithm; its square is 0 too.
_LEAST_POLE = 1e-150


class Step(NamedTuple):
    """One sample: log(z_bar), and the shares of this input and of the last.

    Attributes
    ----------
    log_z : Pair
        Logarithm of the pole.
    now : Pair
        Factor of b u_n.
    past : Pair or None
        Factor of b u_{n-1}, of a straight input.
    """

    log_z: Pair
    now: Pair
    past: Pair | None


def rule_of(method: str | Rule) -> Rule:
    """Return the rule of that name; "gbt(0.7)" and `framestate.ssm.gbt` are two ways.

    Raises
    ------
    InvalidInputError
        If there is no such rule.
    framestate.ssm.InvalidInputError
        If the weight of gbt lies outside [0, 1].
    """
    if isinstance(method, Rule):
        return method
    weight = re.fullmatch(r"gbt\(([0-9.e+-]+)\)", method)
    if weight is not None:
        return gbt(float(weight[1]))
    require_name("method", method, METHODS)
    exact = {rule.name: rule for rule in (ZOH, FOH, DFOUT)}
    return {**NAMED, **exact}[method]


def discretize(rule: Rule, lam: Pair, dt: Float[Tensor, "..."]) -> Step:
    """Discretize modes by a rule.

    Parameters
    ----------
    rule : Rule
        From `rule_of`.
    lam : Pair
        Eigenvalues of A, float64, of any shape.
    dt : Tensor
        Sample interval over window, float64, of a shape that broadcasts with it.

    Returns
    -------
    Step
        Of the common shape.
    """
    if rule == DFOUT:
        unit = lam.scaled(torch.ones_like(dt))
        return Step(-unit, _one(unit), None)
    x = lam.scaled(dt)
    if rule.alpha is not None:
        end = x.scaled(rule.alpha).plus(1.0)
        gain = x.scaled(rule.alpha - 1).plus(1.0) / end
        return Step(_log_pole(gain), (_one(x) / end).scaled(dt), None)
    held = _held(x).scaled(dt)
    if not rule.straight:
        return Step(-x, held, None)
    past = _past(x).scaled(dt)
    return Step(-x, held - past, past)


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
    step = discretize(ZOH, pair(lam), dt)
    return step.log_z.complex(), step.now.complex()


def bilinear(
    lam: Complex[Tensor, "... modes"], dt: Float[Tensor, "channels 1"]
) -> tuple[Complex[Tensor, "channels modes"], Complex[Tensor, "channels modes"]]:
    """Bilinear rule: z_bar = (1 - x/2) / (1 + x/2), b_bar = b dt / (1 + x/2).

    Here x = lam dt. Parameters and returns as for `zoh`.
    """
    step = discretize(NAMED["bilinear"], pair(lam), dt)
    return step.log_z.complex(), step.now.complex()


def _held(x: Pair) -> Pair:
    """(1 - e^-x) / x."""
    small = squared(x) < _SMALL**2
    safe = where(small, _one(x), x)
    series = _one(x)
    for k in (4, 3, 2):
        series = (x * series).scaled(-1 / k).plus(1.0)
    return where(small, series, expm1(-safe) / -safe)


def _past(x: Pair) -> Pair:
    """int_0^1 s e^(-x s) ds = (1 - e^-x (1 + x)) / x^2, by its series near 0."""
    near = squared(x) < 1
    small, large = where(near, x, _one(x)), where(near, _one(x), x)
    series = _one(x).scaled(0.0)
    for k in reversed(range(_TERMS)):
        series = (series * -small).plus(1 / (math.factorial(k) * (k + 2)))
    closed = (-(exp(-large) * large.plus(1.0))).plus(1.0) / (large * large)
    return where(near, series, closed)


def _one(like: Pair) -> Pair:
    return Pair(torch.ones_like(like.real), torch.zeros_like(like.real))


def _log_pole(gain: Pair) -> Pair:
    """The logarithm, that of the least pole where there is none."""
    none = squared(gain) < _LEAST_POLE**2
    least = Pair(torch.full_like(gain.real, _LEAST_POLE), torch.zeros_like(gain.real))
    return log(where(none, least, gain))
