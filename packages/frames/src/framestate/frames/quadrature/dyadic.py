r"""Rules at the dyadic points m 2^-J, where refinable functions are known exactly.

``romberg`` extrapolates the trapezoid sums T_J, T_{J-1}, .., T_{J-k} to step 0,

    sum_i c_i T_{J-i},   c_i = prod_{j /= i} 4^j / (4^j - 4^i),

which is the composite trapezoid (k = 0), Simpson's (1) or Boole's (2) rule and goes
on from there. All weights are fractions; the error is of order 2k + 2 in the step.

``refinable`` is the plain sum with the weights 2^-J phi(m 2^-J): a rule for the
measure phi(x) dx. It is exact for the polynomials below the order p of phi, at every
level (T-dyadic-quadrature), and of order p in the step for smooth functions.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

from flint import arb, fmpq

from framestate.frames.checks import require_whole
from framestate.frames.errors import InvalidInputError
from framestate.frames.precision import Ball, Precision
from framestate.frames.quadrature.rule import Rule


def romberg(
    level: int, *, columns: int = 0, precision: Precision | None = None
) -> Rule:
    """Return Romberg's rule at the 2^level + 1 dyadic points of [0, 1].

    Parameters
    ----------
    level : int
        J; neighboring nodes are 2^-J apart.
    columns : int
        Number k <= J of extrapolations; the rule is exact to degree 2k + 1.
    precision : Precision, optional
        Digits of the weights (the nodes are exact); ``Precision()`` if left out.

    Raises
    ------
    InvalidInputError
        When ``level`` or ``columns`` is not a whole number with
        0 <= columns <= level.
    """
    name = f"romberg({level!r}, columns={columns!r})"
    J, k = require_whole(name, "level", level), require_whole(name, "columns", columns)
    if k > J:
        raise InvalidInputError(
            request=name,
            finding=f"{k} extrapolations need {k + 1} levels, there are {J + 1}",
            remedy=f"Use level >= {k}, or fewer columns",
        )
    known = precision or Precision()
    with known.working():
        nodes = tuple(_ball(Fraction(m, 2**J)) for m in range(2**J + 1))
        weights = tuple(map(_ball, _romberg_weights(J, k)))
    return Rule(name, nodes, weights, exact_to=2 * k + 1, precision=known)


def _romberg_weights(level: int, columns: int) -> list[Fraction]:
    weights = [Fraction(0)] * (2**level + 1)
    for i in range(columns + 1):
        others = (j for j in range(columns + 1) if j != i)
        share = prod((Fraction(4**j, 4**j - 4**i) for j in others), start=Fraction(1))
        for m in range(0, 2**level + 1, 2**i):
            end = m in (0, 2**level)
            weights[m] += share * Fraction(2**i, 2**level) / (2 if end else 1)
    return weights


def _ball(number: Fraction) -> Ball:
    return arb(fmpq(number.numerator, number.denominator))


def refinable(
    values: Sequence[Any],
    *,
    level: int,
    order: int,
    precision: Precision | None = None,
) -> Rule:
    """Return the rule for the measure phi(K s) K ds from the values of phi.

    Parameters
    ----------
    values : sequence of arb or float
        phi(m 2^-J) for m = 0 .. K 2^J, where [0, K] is the support of phi; or those
        of its wavelet, from level 1 on.
    level : int
        J; neighboring values are 2^-J apart.
    order : int
        Order p of phi: its translates reproduce the polynomials below degree p. For
        an orthonormal wavelet it is the number of vanishing moments.
    precision : Precision, optional
        Digits of the weights; ``Precision()`` if left out.

    Returns
    -------
    Rule
        Exact to degree p - 1. A symmetric phi of odd order does one degree better.

    Raises
    ------
    InvalidInputError
        When ``level`` or ``order`` is not a whole number of at least 0 and 1, or the
        number of values is not K 2^J + 1 for a K >= 1.
    """
    name = f"rule of a refinable function of order {order!r} at level {level!r}"
    J = require_whole(name, "level", level)
    p = require_whole(name, "order", order, least=1)
    steps = len(values) - 1
    if steps < 1 or steps % 2**J:
        raise InvalidInputError(
            request=name,
            finding=f"{len(values)} values are not K {2**J} + 1 for a whole K >= 1",
            remedy="Give the values at both ends of the support and between",
        )
    known = precision or Precision()
    with known.working():
        nodes = tuple(_ball(Fraction(m, steps)) for m in range(steps + 1))
        weights = tuple(arb(value) / 2**J for value in values)
    return Rule(name, nodes, weights, exact_to=p - 1, precision=known)
