r"""Integrals with a proof: the value and how far the truth may be from it.

Petras' algorithm as it stands in Arb (Johansson 2018): intervals are halved until the
integrand, evaluated on balls around them, is seen to be analytic on an ellipse, where
the error of a Gauss rule is bounded by the maximum on the ellipse. The digits are
raised until the radius is as small as asked for.
"""

import math
import numbers
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from flint import acb

from framestate.frames.checks import require_whole
from framestate.frames.enclosed import Enclosed, enclose, number, radius
from framestate.frames.errors import DigitsError, InvalidInputError
from framestate.frames.precision import Ball, Precision

Integrand = Callable[[Ball, bool], Ball]
Endpoint = Any  # int, float or Fraction

EVALUATIONS = 100_000  # of the integrand, on one piece and at one number of digits


def integrate(
    function: Integrand | Sequence[Integrand],
    low: Endpoint,
    high: Endpoint,
    *,
    width: float = 1e-15,
    digits: int = 200,
    breaks: Sequence[Endpoint] = (),
) -> Enclosed:
    """Enclose the integral of a piecewise analytic function.

    Parameters
    ----------
    function : callable, or one for each piece
        Takes a complex ball x and a flag, and returns a complex ball that holds f on
        all of x. Where the flag is set and f is not known to be analytic on x, it must
        return a ball that is not finite; methods such as ``x.sqrt(analytic=flag)``
        do. Rational functions, exp, sin, ... may ignore the flag.
    low, high : int, float or Fraction
        Ends of the interval, low < high.
    width : float
        Largest radius wanted, > 0.
    digits : int
        Most decimal digits to work with.
    breaks : sequence of int, float or Fraction
        Points between low and high, ascending, at which the formula of f changes.

    Returns
    -------
    Enclosed
        With radius <= width.

    Raises
    ------
    DigitsError
        When that radius is not reached: with the radius that was reached, and how
        many digits are needed if digits are what is missing.
    InvalidInputError
        When the ends, breaks, width or digits are not as above, there is not one
        function for each piece, or the integrand does not return complex balls.
    """
    request = f"integral over [{low}, {high}] within {width!r}"
    pieces = list(pairwise(_path(request, [low, *breaks, high])))
    formulas = _formulas(request, function, len(pieces))
    wanted = _digits_of(request, width)
    most = require_whole(request, "digits", digits, least=1)
    reached: list[tuple[int, float]] = []
    for carried in _ladder(wanted, most):
        ball = _attempt(request, formulas, pieces, Precision(carried))
        if radius(ball) <= width:
            return enclose(ball)
        reached.append((carried, _magnitude(ball)))
    raise _refusal(request, reached, width)


def _path(request: str, points: list[Endpoint]) -> list[Endpoint]:
    known = all(isinstance(x, numbers.Rational | float) for x in points)
    # "not <" so that a NaN is refused too
    if not known or not all(a < b for a, b in pairwise([-math.inf, *points, math.inf])):
        raise InvalidInputError(
            request=request,
            finding=f"low, breaks and high are {points}, not finite and ascending",
            remedy="Give low < breaks < high",
        )
    return points


def _formulas(
    request: str, function: Integrand | Sequence[Integrand], pieces: int
) -> list[Integrand]:
    formulas = [function] * pieces if callable(function) else list(function)
    if len(formulas) != pieces:
        raise InvalidInputError(
            request=request,
            finding=f"there are {len(formulas)} functions for {pieces} pieces",
            remedy="Give one function for all pieces, or one for each",
        )
    return formulas


def _digits_of(request: str, width: float) -> int:
    """Digits with which to begin: those behind the point."""
    if isinstance(width, numbers.Real) and 0.0 < float(width) < math.inf:
        return max(1, math.ceil(-math.log10(width)))
    raise InvalidInputError(
        request=request,
        finding=f"width = {width!r} is not a positive number",
        remedy="Give the radius that is small enough, for example width=1e-15",
    )


def _ladder(wanted: int, most: int) -> list[int]:
    """Digits to try: those wanted, doubled as often as goes, and the most allowed."""
    steps = [min(wanted, most)]
    while steps[-1] < most:
        steps.append(min(2 * steps[-1], most))
    return steps


def _attempt(
    request: str,
    formulas: list[Integrand],
    pieces: list[tuple[Endpoint, Endpoint]],
    precision: Precision,
) -> Ball:
    with precision.working():
        total = acb(0)
        for formula, (a, b) in zip(formulas, pieces, strict=True):
            ends = number(request, a), number(request, b)
            failures: list[BaseException] = []
            integrand = _guarded(request, formula, failures)
            total += acb.integral(integrand, *ends, eval_limit=EVALUATIONS)
            if failures:
                raise failures[0]
        return total


def _guarded(
    request: str, formula: Integrand, failures: list[BaseException]
) -> Integrand:
    """The same integrand for Arb, which must not meet an exception."""

    def integrand(x: Ball, analytic: bool) -> Ball:  # noqa: FBT001 (Arb's call)
        if failures:
            return acb(0)  # so that Arb comes to an end at once
        try:
            y = formula(x, analytic)
        except BaseException as error:  # noqa: BLE001 (raised once Arb is back)
            failures.append(error)
            return acb(0)
        if not isinstance(y, acb):
            failures.append(_no_ball(request, y))
            return acb(0)
        return y

    return integrand


def _no_ball(request: str, y: Any) -> InvalidInputError:
    return InvalidInputError(
        request=request,
        finding=f"the integrand returns {y!r} of type {type(y).__name__}",
        remedy="Return a complex ball, flint.acb(1) for a constant",
    )


def _magnitude(ball: Ball) -> float:
    """The decimal logarithm of the radius, which may lie outside of float64."""
    if not ball.is_finite():
        return math.inf
    square = ball.real.rad() ** 2 + ball.imag.rad() ** 2
    return float(square.log()) / (2.0 * math.log(10.0))


def _refusal(
    request: str, reached: list[tuple[int, float]], width: float
) -> DigitsError:
    """What to say, from the digits and the magnitudes of the radii of all attempts."""
    carried, found = reached[-1]
    if found == math.inf:
        return DigitsError(
            request=request,
            finding=f"the integrand has no finite bound with up to {carried} digits: "
            "there is a singularity on the path, or its balls are too wide",
            remedy="Give breaks, take a singular end with tanh_sinh, or allow more "
            "digits",
        )
    digits, earlier = reached[-2] if len(reached) > 1 else (0, math.inf)
    if earlier - found < (carried - digits) / 2:
        return DigitsError(
            request=request,
            finding=f"radius too wide: 10^{found:.1f} with {carried} digits, "
            f"10^{earlier:.1f} with {digits}, so digits alone hardly help",
            remedy="Give breaks and a formula for each piece, so that f is analytic "
            "around each, and write f without cancellation",
        )
    needed = carried + math.ceil(found - math.log10(width)) + 1
    return DigitsError(
        request=request,
        finding=f"digits too few: the radius is 10^{found:.1f} with {carried} digits",
        remedy=f"About {needed} digits are needed: digits={needed}",
    )
