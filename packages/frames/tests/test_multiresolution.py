"""The wavelet transform over any ring: its shape; its theorems are in tests/theorems."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from framestate.frames.errors import InvalidInputError
from framestate.frames.multiresolution import (
    analyze,
    decompose,
    reconstruct,
    synthesize,
)

# twice an orthogonal filter of integers, and its mirror
LOW, HIGH = (1, 1), (1, -1)
SIGNALS = st.dictionaries(st.integers(-30, 30), st.integers(-999, 999), max_size=12)


def test_the_formulas_are_those_of_the_recursion():
    x = {m: sympy.Symbol(f"x{m}") for m in range(4)}
    taps = sympy.symbols("h:4")
    down = analyze(x, taps)
    assert down[0] == sum(taps[k] * x[k] for k in range(4))
    assert down[1] == taps[0] * x[2] + taps[1] * x[3]
    assert down[-1] == taps[2] * x[0] + taps[3] * x[1]
    assert down.keys() == {-1, 0, 1}
    up = synthesize({0: x[0], 1: x[1]}, taps)
    assert up[2] == taps[2] * x[0] + taps[0] * x[1]
    assert up.keys() == set(range(6))


@given(signal=SIGNALS, levels=st.integers(0, 4))
def test_haar_in_integers_reconstructs_with_a_factor_of_two_a_level(signal, levels):
    coarse, details = decompose(signal, LOW, HIGH, levels=levels)
    # without the factor 1/sqrt2 in each tap, a level doubles what comes back
    scaled = [{n: v * 2**j for n, v in d.items()} for j, d in enumerate(details)]
    rebuilt = reconstruct(coarse, scaled, LOW, HIGH)
    exact = {m: 2**levels * v for m, v in signal.items()}
    assert {m: v for m, v in rebuilt.items() if v} == {
        m: v for m, v in exact.items() if v
    }


def test_the_coarsest_detail_comes_first():
    _, details = decompose(dict.fromkeys(range(8), 1), LOW, (1, 0), levels=3)
    assert details == [{0: 4}, {0: 2, 1: 2}, dict.fromkeys(range(4), 1)]


def test_the_signal_is_not_changed():
    signal = {0: 1}
    coarse, details = decompose(signal, LOW, HIGH, levels=0)
    assert (coarse, details) == (signal, [])
    assert coarse is not signal
    assert reconstruct(signal, [{0: 1}], LOW, HIGH) == {0: 2, 1: 0}
    assert signal == {0: 1}


@pytest.mark.parametrize("half", [0.5, Fraction(1, 2), sympy.Rational(1, 2)])
def test_every_ring_gives_the_same_numbers(half):
    taps = (half, half)
    assert analyze({0: 1, 1: 3}, taps) == {0: 2}
    assert synthesize({0: 2}, taps) == {0: 1, 1: 1}


def test_taps_may_be_an_array():
    taps = np.array([1.0, 2.0])
    assert analyze({0: 1.0}, taps) == {0: 1.0}
    assert synthesize({0: 1.0}, taps) == {0: 1.0, 1: 2.0}


def test_nothing_stays_nothing():
    assert decompose({}, (1, 1), (1, -1), levels=2) == ({}, [{}, {}])
    assert reconstruct({}, [{}], (1, 1), (1, -1)) == {}


def test_analysis_and_synthesis_are_transposes_of_each_other():
    taps = (2, 3, 5, 7)
    for m in range(-4, 5):
        for n in range(-4, 5):
            down = analyze({m: 1}, taps).get(n, 0)
            up = synthesize({n: 1}, taps).get(m, 0)
            assert down == up == (taps[m - 2 * n] if 0 <= m - 2 * n < 4 else 0)


def test_negative_levels_are_refused():
    with pytest.raises(InvalidInputError, match="levels = -1 is not a whole number"):
        decompose({0: 1}, (1, 1), (1, -1), levels=-1)


def test_balls_keep_their_radius():
    found = analyze({0: arb(1, 0.5)}, (arb(1),))
    assert found[0].rad() >= 0.5
