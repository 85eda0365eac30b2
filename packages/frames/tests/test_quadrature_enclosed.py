"""An enclosed number answers what its radius decides, and raises otherwise."""

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import acb, arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from framestate.frames.enclosed import Enclosed, enclose
from framestate.frames.errors import DigitsError, InvalidInputError
from framestate.frames.precision import Precision

reals = st.floats(-1e6, 1e6)
radii = st.floats(0.0, 1e3)


@given(value=reals, other=reals, radius=radii, width=radii)
def test_within_says_what_holds_for_every_number_in_the_radius(
    value, other, radius, width
):
    gap = abs(Fraction(value) - Fraction(other))
    nearest, farthest = gap - Fraction(radius), gap + Fraction(radius)
    known = Enclosed(value, radius)
    if farthest <= Fraction(width):
        assert known.within(other, width=width) is True
    elif nearest > Fraction(width):
        assert known.within(other, width=width) is False
    else:
        with pytest.raises(DigitsError, match="does not decide"):
            known.within(other, width=width)


@given(value=reals, other=reals, radius=radii, width=radii)
def test_within_is_symmetric_when_both_have_a_radius(value, other, radius, width):
    a, b = Enclosed(value, radius), Enclosed(other, 0.25)

    def answer(x, y):
        try:
            return x.within(y, width=width)
        except DigitsError:
            return None

    assert answer(a, b) == answer(b, a)


def test_the_edge_of_the_radius_belongs_to_it():
    assert Enclosed(1.0, 0.25).within(0.0, width=1.25)
    with pytest.raises(DigitsError, match="does not decide"):
        Enclosed(1.0, 0.25).within(0.0, width=0.75)


def test_the_radius_of_the_other_number_counts():
    assert Enclosed(0.0, 0.25).within(Enclosed(1.0, 0.5), width=1.75)
    assert not Enclosed(0.0, 0.25).within(Enclosed(1.0, 0.5), width=0.125)
    with pytest.raises(DigitsError, match="does not decide"):
        Enclosed(0.0, 0.25).within(Enclosed(1.0, 0.5), width=1.5)
    with pytest.raises(DigitsError, match=r"known up to 0\.75"):
        Enclosed(0.0, 0.25).within(Enclosed(1.0, 0.5), width=0.5)


def test_the_radius_of_another_ball_counts():
    other = arb(1, 0.5)
    assert Enclosed(0.0, 0.0).within(other, width=1.75)
    with pytest.raises(DigitsError):
        Enclosed(0.0, 0.0).within(other, width=1.0)


@pytest.mark.parametrize(
    "other",
    [
        2,
        2.0,
        Fraction(2),
        fmpq(2),
        np.float64(2.0),
        np.int64(2),
        arb(2),
        acb(2),
        2 + 0j,
    ],
)
def test_every_kind_of_number_may_stand_on_the_other_side(other):
    assert Enclosed(2, 0.0).within(other, width=0.0)
    assert not Enclosed(1.0, 0.0).within(other, width=0.5)


def test_distances_are_those_of_the_complex_plane():
    assert Enclosed(3 + 4j, 0.5).within(0, width=5.5)
    assert not Enclosed(3 + 4j, 0.5).within(0, width=4.25)


def test_the_digits_of_a_ball_are_kept():
    with Precision(40).working():
        third = arb(1) / 3
        found = enclose(third)
        assert found.value == third.mid()
    assert found.radius < 1e-48
    assert found.within(Fraction(1, 3), width=1e-48)
    assert not found.within(1 / 3, width=1e-18)


@given(middle=reals, width=st.floats(1e-300, 1e3), complex_width=radii)
def test_the_radius_is_rounded_up(middle, width, complex_width):
    ball = arb(middle, width)
    assert ball.rad() <= enclose(ball).radius
    assert enclose(ball).radius <= 1.0001 * float(ball.rad())
    ball = acb(ball, arb(0, complex_width))
    exact = math.hypot(float(ball.real.rad()), float(ball.imag.rad()))
    # hypot itself is rounded
    assert exact <= enclose(ball).radius * (1 + 2.0**-51)
    assert enclose(ball).radius <= 1.0001 * exact


def test_an_exact_ball_has_radius_zero_and_a_tiny_one_has_not():
    assert enclose(arb(1)).radius == 0.0
    assert enclose(arb(0, arb(10) ** -1000)).radius > 0.0


def test_a_real_ball_gives_a_real_value():
    assert isinstance(enclose(acb(1)).value, arb)
    assert isinstance(enclose(arb(1)).value, arb)
    assert isinstance(enclose(acb(1, 1)).value, acb)


def test_the_real_part_is_no_farther_from_the_truth():
    real = Enclosed(1.5 + 2j, 0.25).real
    assert real.within(1.5, width=0.25)
    assert real.radius == 0.25


def test_the_text_has_the_value_and_the_radius():
    assert str(Enclosed(0.5, 1e-20)) == "0.50000000000000000 +/- 1e-20"


@pytest.mark.parametrize("radius", [-1e-300, math.inf, math.nan])
def test_what_is_no_radius_is_refused(radius):
    with pytest.raises(InvalidInputError, match=r"radius = .* is not a finite number"):
        Enclosed(0.0, radius)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, complex(0, math.inf), arb.nan(), "1", None, [1.0]]
)
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(InvalidInputError, match="is not a finite number"):
        Enclosed(value, 0.0)
    with pytest.raises(InvalidInputError, match="is not a finite number"):
        Enclosed(0.0, 0.0).within(value, width=1.0)


@pytest.mark.parametrize("value", [arb(1, 0.5), fmpq(1, 3), Fraction(1, 3)])
def test_a_value_that_is_not_exact_is_refused(value):
    with pytest.raises(InvalidInputError, match="a radius of its own"):
        Enclosed(value, 0.0)


@pytest.mark.parametrize("width", [-1.0, math.nan, math.inf])
def test_what_is_no_distance_is_refused(width):
    with pytest.raises(InvalidInputError, match="width = "):
        Enclosed(0.0, 0.0).within(0.0, width=width)


@pytest.mark.parametrize(
    "ball", [arb.nan(), arb(0, math.inf), acb(1, arb.pos_inf()), arb(0, arb(10) ** 400)]
)
def test_a_ball_that_says_nothing_is_refused(ball):
    with pytest.raises(DigitsError, match="says nothing"):
        enclose(ball)
