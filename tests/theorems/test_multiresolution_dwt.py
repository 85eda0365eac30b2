"""T-dwt-recursion: the filter bank computes the inner products with the functions.

T-perfect-reconstruction: and from them the signal, whatever the orthogonal filter.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framestate.frames import filters
from framestate.frames.families.dyadic import Group, refined
from framestate.frames.multiresolution import decompose, reconstruct, synthesize
from framestate.frames.precision import Precision
from framestate.frames.refinement import connect

DIGITS = Precision(30)
CERTIFIED = [name for name in filters.names() if name.startswith(("db", "sym"))]
SIGNALS = st.dictionaries(st.integers(-30, 30), st.integers(-999, 999), max_size=12)


def product(taps, octaves, top, one):
    """Coefficients of phi or psi in the translates that many octaves finer.

    They are those of the polynomial top(z^(2^(J-1))) taps(z^(2^(J-2))) .. taps(z).
    """
    sequence = [one]
    for octave in range(octaves):
        step = top if octave == octaves - 1 else taps
        spread = {k * 2**octave: tap for k, tap in enumerate(step)}
        longest = len(sequence) + max(spread)
        sequence = [
            sum(
                tap * sequence[m - shift]
                for shift, tap in spread.items()
                if 0 <= m - shift < len(sequence)
            )
            for m in range(longest)
        ]
    return sequence


def inner(signal, function, start):
    """<sum_m signal_m phi_{J,m}, sum_m function_m phi_{J,start + m}>."""
    return sum(
        value * function[m - start]
        for m, value in signal.items()
        if 0 <= m - start < len(function)
    )


@pytest.mark.theorem("T-dwt-recursion")
@given(signal=SIGNALS, levels=st.integers(1, 4))
def test_the_recursion_equals_the_inner_products_exactly(radicals, signal, levels):
    low, high, one = radicals.lowpass, radicals.highpass, radicals.field.one
    coarse, details = decompose(signal, low, high, levels=levels)
    cases = [(low, levels, coarse)]
    cases += [(high, levels - j, found) for j, found in enumerate(details)]
    for top, octaves, found in cases:
        function = product(low, octaves, top, one)
        for n, value in found.items():
            assert not value - inner(signal, function, n * 2**octaves)
        # where the recursion names no coefficient, there is none
        others = {min(found, default=0) - 1, max(found, default=0) + 1}
        assert not any(inner(signal, function, n * 2**octaves) for n in others)


@pytest.mark.theorem("T-dwt-recursion")
@pytest.mark.parametrize("name", ["db2", "db3", "db10", "sym4", "sym9"])
def test_the_translates_that_carry_the_coefficients_are_orthonormal(name):
    taps = filters.load(name, DIGITS).lowpass
    with DIGITS.working():
        products = connect(taps, taps).rho
        for place, ball in enumerate(products, start=2 - len(taps)):
            assert (ball - int(place == 0)).contains(0)
            assert ball.rad() < 1e-15


@pytest.mark.theorem("T-dwt-recursion")
@settings(max_examples=20)
@given(
    name=st.sampled_from(filters.names()),
    octaves=st.integers(1, 4),
    kind=st.sampled_from(["scaling", "wavelet"]),
)
def test_the_functions_are_those_of_the_dyadic_frames(name, octaves, kind):
    wavelet = filters.load(name)
    top = wavelet.highpass if kind == "wavelet" else wavelet.lowpass
    # one coefficient, carried up by the transform's transpose
    found = synthesize({0: 1.0}, top)
    for _ in range(octaves - 1):
        found = synthesize(found, wavelet.lowpass)
    function = refined(wavelet, Group(kind, octaves, 1))
    rebuilt = np.array([found.get(m, 0.0) for m in range(len(function))])
    # sums of at most K products in each octave
    bound = octaves * len(top) * np.finfo(np.float64).eps * np.abs(function).max()
    np.testing.assert_allclose(rebuilt, function, rtol=0, atol=4 * bound)


@pytest.mark.theorem("T-perfect-reconstruction")
@given(signal=SIGNALS, levels=st.integers(0, 4))
def test_integer_signals_are_reconstructed_exactly(radicals, signal, levels):
    low, high = radicals.lowpass, radicals.highpass
    coarse, details = decompose(signal, low, high, levels=levels)
    assert len(details) == levels
    rebuilt = reconstruct(coarse, details, low, high)
    assert signal.keys() <= rebuilt.keys()
    assert not any(v - signal.get(m, 0) for m, v in rebuilt.items())


@pytest.mark.theorem("T-perfect-reconstruction")
@given(signal=SIGNALS, levels=st.integers(1, 4))
def test_the_transform_keeps_the_norm_exactly(radicals, signal, levels):
    found = decompose(signal, radicals.lowpass, radicals.highpass, levels=levels)
    zero = radicals.field.zero
    squares = (v * v for part in (found[0], *found[1]) for v in part.values())
    assert sum(squares, zero) == radicals.field(sum(v * v for v in signal.values()))


@pytest.mark.theorem("T-perfect-reconstruction")
@settings(max_examples=20)
@given(
    name=st.sampled_from(CERTIFIED),
    signal=st.dictionaries(st.integers(-9, 9), st.integers(-999, 999), max_size=5),
    levels=st.integers(1, 3),
)
def test_every_certified_filter_reconstructs_integers_in_balls(name, signal, levels):
    taps = filters.load(name, DIGITS)
    with DIGITS.working():
        found = decompose(signal, taps.lowpass, taps.highpass, levels=levels)
        rebuilt = reconstruct(*found, taps.lowpass, taps.highpass)
        for m, ball in rebuilt.items():
            assert ball.unique_fmpz() == signal.get(m, 0)
            assert ball.rad() < 1e-15


@pytest.mark.theorem("T-perfect-reconstruction")
def test_a_filter_that_is_not_orthogonal_does_not_reconstruct(radicals):
    low = (radicals.lowpass[0] + 1, *radicals.lowpass[1:])
    high = [(-1) ** k * tap for k, tap in enumerate(reversed(low))]
    rebuilt = reconstruct(*decompose({0: 1}, low, high, levels=1), low, high)
    assert rebuilt[0] != radicals.field.one
