"""T-mra-sum: V_J is the orthogonal sum of V_0, W_0, .., W_{J-1}.

A function in V_J is the sequence of its coefficients in the orthonormal phi_{J,m}, so
that inner products of functions are those of sequences.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framestate.frames import filters
from framestate.frames.families.dyadic import pyramid, synthesis
from framestate.frames.multiresolution import decompose, synthesize
from framestate.frames.precision import Precision

DIGITS = Precision(30)
CERTIFIED = [name for name in filters.names() if name.startswith(("db", "sym"))]
TOP = 4
# a space V_0 (None) or W_j (j), and a translate in it
MEMBERS = st.tuples(
    st.sampled_from([None, *range(TOP)]), st.integers(-3, 3), st.integers(-2, 2)
)


def sequence(taps, space, place, *, octaves=None):
    """Coefficients in V_J, that many octaves up, of a phi or of a psi."""
    rest = TOP - (space or 0) if octaves is None else octaves
    top = taps.lowpass if space is None else taps.highpass
    return lifted({place: 1}, top, taps.lowpass, rest)


def lifted(coefficients, top, low, octaves):
    found = synthesize(coefficients, top)
    for _ in range(octaves - 1):
        found = synthesize(found, low)
    return found


def inner(x, y, zero):
    return sum((value * y[m] for m, value in x.items() if m in y), zero)


def moved(member):
    """A second member whose support overlaps the first's where it can."""
    space, place, shift = member
    return space, place + shift


@pytest.mark.theorem("T-mra-sum")
@given(first=MEMBERS, second=MEMBERS)
def test_the_members_of_all_spaces_are_orthonormal_exactly(radicals, first, second):
    a, b = moved(first), moved(second)
    zero, one = radicals.field.zero, radicals.field.one
    found = inner(sequence(radicals, *a), sequence(radicals, *b), zero)
    assert found == (one if a == b else zero)


@pytest.mark.theorem("T-mra-sum")
@settings(max_examples=10)
@given(name=st.sampled_from(CERTIFIED), first=MEMBERS, second=MEMBERS)
def test_the_members_of_all_spaces_are_orthonormal_in_balls(name, first, second):
    taps, (a, b) = filters.load(name, DIGITS), (moved(first), moved(second))
    with DIGITS.working():
        found = inner(sequence(taps, *a), sequence(taps, *b), taps.lowpass[0] * 0)
        assert (found - int(a == b)).contains(0)
        assert found.rad() < 1e-15


@pytest.mark.theorem("T-mra-sum")
@given(
    member=st.dictionaries(st.integers(-20, 20), st.integers(-99, 99), max_size=8),
    levels=st.integers(1, TOP),
)
def test_every_member_of_the_top_is_the_sum_of_its_parts(radicals, member, levels):
    low, high = radicals.lowpass, radicals.highpass
    coarse, details = decompose(member, low, high, levels=levels)
    parts = [lifted(coarse, low, low, levels)]
    parts += [lifted(d, high, low, levels - j) for j, d in enumerate(details)]
    zero = radicals.field.zero
    for m in {*member, *(m for part in parts for m in part)}:
        total = sum((part[m] for part in parts if m in part), zero)
        assert total == radicals.field(member.get(m, 0))
    # the parts are orthogonal: they are the projections on the spaces
    for i, x in enumerate(parts):
        for y in parts[:i]:
            assert inner(x, y, zero) == zero


@pytest.mark.theorem("T-mra-sum")
@pytest.mark.parametrize("name", ["haar", "db2", "sym5", "coif2"])
def test_the_pyramid_of_a_dyadic_frame_has_these_members(name):
    wavelet, cells, low = filters.load(name), 2**6, 2
    groups = pyramid(6, low)
    rows = synthesis(wavelet, cells, groups).toarray()
    members = [
        (None if group.kind == "scaling" else 6 - group.octaves, start // group.step)
        for group in groups
        for start in group.starts(wavelet.support, cells)
    ]
    for row, (space, place) in zip(rows, members, strict=True):
        level = low if space is None else space
        found = sequence(wavelet, space, place, octaves=6 - level)
        # column 0 is the first translate that the left end cuts
        expected = [found.get(m + 1 - wavelet.support, 0.0) for m in range(len(row))]
        np.testing.assert_allclose(row, expected, rtol=0, atol=1e-14)
