"""B-splines: partition of unity, and the eigenvalue that they double."""

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.families import BSplines
from framestate.frames.families.exact import HERE


@given(
    degree=st.integers(1, 6),
    intervals=st.integers(1, 8),
    ends=st.sampled_from(["clamped", "cardinal"]),
)
def test_splines_sum_to_one_and_live_on_their_intervals(degree, intervals, ends):
    frame = frames.bspline(degree=degree, intervals=intervals, ends=ends)
    s = np.linspace(0.0, 1.0, 16 * intervals + 1)
    values = frame.atoms(s)
    np.testing.assert_allclose(values.sum(axis=0), 1.0, rtol=0, atol=1e-13)
    first = np.arange(frame.size)[:, None] - degree
    outside = (s * intervals < first) | (s * intervals > first + degree + 1)
    assert np.abs(values[outside]).max(initial=0.0) <= 1e-13
    assert values.min() >= -1e-13


@given(degree=st.integers(1, 5), intervals=st.integers(1, 6))
def test_clamped_and_cardinal_splines_span_the_same(degree, intervals):
    clamped, cardinal = (
        frames.bspline(degree=degree, intervals=intervals, ends=ends)
        for ends in ("clamped", "cardinal")
    )
    assert clamped.rank == cardinal.rank == degree + intervals
    cosines = np.linalg.svd(
        clamped.basis_coordinates @ cardinal.basis_coordinates.T, compute_uv=False
    )
    # cardinal splines of degree 5 have a condition of some thousands
    np.testing.assert_allclose(cosines, 1.0, rtol=0, atol=1e-12)


def test_clamped_splines_are_one_at_their_end():
    frame = frames.bspline(degree=3, intervals=5)
    ends = frame.atoms(np.array([0.0, 1.0]))
    np.testing.assert_allclose(ends[:, 0], np.eye(8)[0], rtol=0, atol=1e-14)
    np.testing.assert_allclose(ends[:, 1], np.eye(8)[7], rtol=0, atol=1e-14)


def exact_scaled(degree, intervals):
    """A on the atoms over the rationals: I + S G^-1, with its identity matrix."""

    def integral(p):
        primitive = p.integral()
        return (primitive(1) - primitive(-1)) / 2

    size = degree + intervals
    gram, flow = ([[flint.fmpq(0)] * size for _ in range(size)] for _ in range(2))
    splines = BSplines(degree, intervals, "clamped")
    for k in range(intervals):
        u = k + HERE
        pieces = splines.pieces(k, u)
        for i, f in enumerate(pieces):
            for j, g in enumerate(pieces):
                gram[k + i][k + j] += integral(f * g)
                # d/dx is half of d/du
                flow[k + i][k + j] += integral(2 * u * f.derivative() * g)
    eye = flint.fmpq_mat(size, size, [int(x) for x in np.eye(size).ravel()])
    return eye + flint.fmpq_mat(flow) * flint.fmpq_mat(gram).inv(), eye


def multiplicity(polynomial, root):
    factor, count = flint.fmpq_poly([-root, 1]), 0
    while polynomial % factor == 0:
        polynomial, count = polynomial // factor, count + 1
    return count


@pytest.mark.theorem("T-spline-jordan")
@pytest.mark.parametrize("degree", [1, 2, 3, 4])
@pytest.mark.parametrize("intervals", [1, 2, 3, 4, 5, 6])
def test_an_even_number_of_intervals_doubles_the_last_integer(degree, intervals):
    A, eye = exact_scaled(degree, intervals)
    count = multiplicity(A.charpoly(), degree + 1)
    assert count == (2 if intervals % 2 == 0 else 1)
    assert (A - (degree + 1) * eye).rank() == degree + intervals - 1
    assert all(multiplicity(A.charpoly(), k) == 1 for k in range(1, degree + 1))


@pytest.mark.parametrize(("degree", "intervals"), [(1, 3), (3, 4)])
def test_the_derived_operator_is_the_rational_one(degree, intervals):
    A, _ = exact_scaled(degree, intervals)
    expected = [[float(x.p) / float(x.q) for x in row] for row in A.table()]
    frame = frames.bspline(degree=degree, intervals=intervals)
    bound = 100 * np.finfo(float).eps * frame.cond * np.abs(expected).max()
    np.testing.assert_allclose(frames.scaled(frame).A, expected, rtol=0, atol=bound)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"degree": 0, "intervals": 3}, frames.NotDifferentiableError, "jump"),
        ({"degree": -1, "intervals": 3}, frames.InvalidInputError, "degree = -1"),
        ({"degree": 2, "intervals": 0}, frames.InvalidInputError, "intervals = 0"),
        (
            {"degree": 2, "intervals": 3, "ends": "natural"},
            frames.InvalidInputError,
            "'clamped' and 'cardinal'",
        ),
    ],
)
def test_splines_out_of_range_are_refused(arguments, error, match):
    with pytest.raises(error, match=match):
        frames.bspline(**arguments)
