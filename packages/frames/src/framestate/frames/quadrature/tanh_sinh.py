r"""Tanh-sinh rule for integrands with singular ends (Takahasi and Mori 1974).

    s(t) = 1 / (1 + exp(-pi sinh t)),   s'(t) = pi cosh(t) s (1 - s)

turns int_0^1 f ds into an integral over the line whose integrand decays twice
exponentially, and the trapezoid sum of step h = 2^-level takes it. No polynomial is
integrated exactly. For abs(f) <= M (s (1 - s))^power, power > -1:

* truncation: at most M 10^-digits, proved;
* discretization: at most 2 N / (exp(2 pi d / h) - 1), where f(s(t)) s'(t) is analytic
  for abs(Im t) < d and its L1 norm there at most N on every horizontal line
  (Trefethen and Weideman 2014, theorem 5.1). Without singularities beside the ends, d
  is as close to pi / 2 as one likes: each level doubles the digits. For f = 1 the poles
  of s(t) at +-i pi / 2 give the error 32 pi^2 4^level exp(-pi^2 2^level). A
  singularity of f elsewhere makes d smaller, and more levels are needed.
"""

import math
import numbers
from typing import Any

from flint import arb

from framestate.frames.checks import require_whole
from framestate.frames.errors import InvalidInputError
from framestate.frames.precision import Ball, Precision
from framestate.frames.quadrature.rule import Rule

LOWEST = -0.99  # there the outermost node is already 10^(-100 digits)


def tanh_sinh(
    *, power: float = 0.0, level: int | None = None, precision: Precision | None = None
) -> Rule:
    """Return the tanh-sinh rule for integrands up to (s (1 - s))^power.

    Parameters
    ----------
    power : float
        Growth of the integrand at the ends, in [-0.99, 0]; 0 for bounded ones.
    level : int, optional
        Step 2^-level; if left out, the first one with an error of at most 10^-digits
        for f = 1.
    precision : Precision, optional
        Digits; ``Precision()`` if left out.

    Returns
    -------
    Rule
        ``exact_to`` is None. Nodes near 1 carry so many digits that 1 - s is known
        to ``precision`` as well; rounded to float64 they are 1, so a singularity
        belongs at 0 there.

    Raises
    ------
    InvalidInputError
        When ``power`` is not in [-0.99, 0] or ``level`` no whole number >= 0.
    """
    name = f"tanh_sinh(power={power!r}, level={level!r})"
    known = precision or Precision()
    room = 1.0 + _growth(name, power)
    J = _level(known) if level is None else require_whole(name, "level", level)
    # both tails hold at most 4 s^room / room, and s <= exp(-pi sinh abs(t))
    reach = (known.digits * math.log(10.0) + math.log(4.0 / room)) / room
    steps = math.ceil(math.asinh(reach / math.pi) * 2**J)
    with known.working():
        left = [_pair(n, J) for n in range(steps, 0, -1)]
        middle = _pair(0, J)
    smallest = math.ceil(-float(left[0][0].log()) / math.log(10.0))
    with known.more(smallest).working():
        right = [(1 - s, w) for s, w in reversed(left)]
    nodes, weights = zip(*left, middle, *right, strict=True)
    return Rule(name, nodes, weights, exact_to=None, precision=known)


def _growth(request: str, power: Any) -> float:
    if isinstance(power, numbers.Real) and LOWEST <= float(power) <= 0.0:
        return float(power)
    raise InvalidInputError(
        request=request,
        finding=f"power = {power!r} is not in [{LOWEST}, 0]",
        remedy="Substitute s = u^m first: f(u^m) m u^(m - 1) grows less",
    )


def _level(known: Precision) -> int:
    """The first level with 32 pi^2 4^level exp(-pi^2 2^level) <= 10^-digits."""
    level = 0
    while math.log(32.0 * math.pi**2 * 4.0**level) > (
        math.pi**2 * 2.0**level - known.digits * math.log(10.0)
    ):
        level += 1
    return level


def _pair(n: int, level: int) -> tuple[Ball, Ball]:
    """Node and weight at t = -n 2^-level."""
    t = arb(n) / 2**level
    shrink = (-arb.pi() * t.sinh()).exp()
    s = shrink / (1 + shrink)
    return s, arb.pi() * t.cosh() * s / (1 + shrink) / 2**level
