r"""A number that knows how good it is.

    |truth - value| <= radius

``value`` is exact: a float, or the midpoint of a ball with all its digits; ``radius``
is a float64 that was rounded up. A question that the radius does not decide is
answered by an error, never by a guess.
"""

import math
import numbers
from dataclasses import dataclass
from typing import Any, final

from flint import acb, arb, fmpq

from framestate.frames.checks import require_distance
from framestate.frames.errors import DigitsError, InvalidInputError
from framestate.frames.precision import Ball, Precision


@final
@dataclass(frozen=True, eq=False)
class Enclosed:
    """A real or complex number up to a radius.

    Parameters
    ----------
    value : ball of radius 0, float, complex or int
        Where the truth is near.
    radius : float
        No less than the distance of the truth from ``value``.

    Raises
    ------
    InvalidInputError
        When the value is not one finite number, or the radius is negative, infinite
        or NaN.
    """

    value: Any
    radius: float

    def __post_init__(self) -> None:
        request = f"Enclosed({self.value!r}, {self.radius!r})"
        require_distance(request, "radius", self.radius)
        with Precision().working():
            if not number(request, self.value).is_exact():
                raise InvalidInputError(
                    request=request,
                    finding="the value is not exact, it has a radius of its own",
                    remedy="Use enclose(ball), which takes the radius from the ball",
                )

    @property
    def real(self) -> "Enclosed":
        """The real part, which is no farther from the truth's."""
        return Enclosed(number("real part", self.value).real, self.radius)

    def within(self, other: Any, *, width: float) -> bool:
        """Whether the truth is within ``width`` of another number.

        Parameters
        ----------
        other : Enclosed, ball, float, complex, int or Fraction
            The other number; a radius of its own counts.
        width : float
            Largest distance that is accepted.

        Returns
        -------
        bool
            True where |truth - other| <= width for certain, False where the distance
            is certainly larger.

        Raises
        ------
        DigitsError
            When the radius is too wide to decide.
        InvalidInputError
            When ``other`` is not one finite number or ``width`` no finite length.
        """
        request = f"whether {self} is within {width!r} of {other!s}"
        require_distance(request, "width", width)
        center, spread = other, 0.0
        if isinstance(other, Enclosed):
            center, spread = other.value, other.radius
        with Precision().working():
            gap = abs(number(request, self.value) - number(request, center))
            reach = arb(self.radius) + arb(spread)
            if gap + reach <= width:
                return True
            if gap - reach > width:
                return False
        raise DigitsError(
            request=request,
            finding=f"the distance {gap.str(5)} is known up to {reach.str(3)} only, "
            "which does not decide",
            remedy="Enclose the number more tightly, or ask for another width",
        )

    def __str__(self) -> str:
        """Value and radius, in a few digits."""
        text = number("text of a number", self.value).str(17, radius=False)
        return f"{text} +/- {self.radius:.3g}"


def enclose(ball: Ball) -> Enclosed:
    """Return the midpoint of a ball, and its radius rounded up.

    Raises
    ------
    DigitsError
        When the ball says nothing: its radius is infinite or NaN.
    """
    bound = radius(ball)
    if bound == math.inf:
        raise DigitsError(
            request=f"enclosure by the ball {ball}",
            finding="its radius is not finite, so it says nothing",
            remedy="Work with more digits, or away from a singularity",
        )
    value = acb(ball).mid()
    return Enclosed(value.real if value.imag.is_zero() else value, bound)


def radius(ball: Ball) -> float:
    """Return the radius of a ball, rounded up; infinite where it says nothing."""
    if not ball.is_finite():
        return math.inf
    x = acb(ball)
    # a complex ball is a rectangle, and its corners are the farthest
    corner = (x.real.rad() ** 2 + x.imag.rad() ** 2).sqrt()
    return 0.0 if corner.is_zero() else math.nextafter(float(corner.upper()), math.inf)


def number(request: str, x: Any) -> Ball:
    """Return a finite number as a complex ball, rounded only where it is a fraction.

    Raises
    ------
    InvalidInputError
        For anything that is not one finite number.
    """
    ball = _converted(x)
    if ball is None or not ball.is_finite():
        raise InvalidInputError(
            request=request,
            finding=f"{x!r} is not a finite number",
            remedy="Give a float, a complex number, a fraction or a ball",
        )
    return ball


def _converted(x: Any) -> Ball | None:
    if isinstance(x, arb | acb | fmpq):
        return acb(x)
    if isinstance(x, numbers.Rational):
        return acb(fmpq(int(x.numerator), int(x.denominator)))
    return acb(x) if isinstance(x, float | complex) else None
