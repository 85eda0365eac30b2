"""Orthonormal wavelets on the interval: derived, complete, polynomial."""

import dataclasses

import flint
import numpy as np
import pytest

from framestate import frames
from framestate.frames.build.dyadic import tables
from framestate.frames.operators.base import dense
from framestate.frames.precision import Precision
from framestate.frames.refinement import interval, shipped
from framestate.frames.refinement.interval import boundary
from framestate.frames.theorem.ball_forms import ball_forms

EPS = float(np.finfo(np.float64).eps)
ALL = [f"db{p}" for p in range(2, 9)] + ["sym4", "sym8"]


def coarsest_of(name):
    return int(np.ceil(np.log2(2 * int(name[2:] if name[0] == "d" else name[3:]))))


@pytest.mark.theorem("T-interval")
@pytest.mark.parametrize("name", ALL)
def test_there_are_as_many_orthonormal_functions_as_cells(name):
    low = coarsest_of(name)
    frame = frames.interval_wavelets(name, level=low + 2, coarsest=low)
    assert frame.size == frame.rank == 4 << low
    T, e = dense(frame.analysis), dense(frame.span.basis)
    np.testing.assert_allclose(T @ T.T, np.eye(frame.size), rtol=0, atol=64 * EPS)
    np.testing.assert_allclose(e @ e.T, np.eye(frame.size), rtol=0, atol=64 * EPS)
    assert frame.cond == 1.0
    assert frame.bounds == (1.0, 1.0)


@pytest.mark.theorem("T-interval")
@pytest.mark.parametrize("name", ALL)
def test_the_boundary_functions_are_orthonormal_in_balls(name):
    p = int(name.lstrip("dbsym"))
    table = tables(name, shipped.default_digits(p))
    found = boundary(table, p)
    with table.precision.working():
        rows = [
            [x[a, m] for m in range(3 * p)]
            for x in (found.lowpass, found.highpass)
            for a in range(p)
        ]
        X = flint.arb_mat(rows)
        gram = X * X.transpose()
        for i in range(2 * p):
            for j in range(2 * p):
                left = gram[i, j] - (i == j)
                assert left.contains(0)
                assert float(left.rad()) < 1e-20


@pytest.mark.theorem("T-interval")
@pytest.mark.parametrize("name", ["db2", "db4", "db7", "sym5"])
def test_polynomials_of_degree_below_p_lie_in_the_span(name):
    p, low = int(name.lstrip("dbsym")), coarsest_of(name)
    frame = frames.interval_wavelets(name, level=low)
    # 4096 points, the trapezoid rule: second order for coefficients, and the
    # reconstruction of a member at the points themselves is exact
    s = np.linspace(0.0, 1.0, 1025)
    e = frame.basis(s)
    for degree in range(p + 1):
        target = (2 * s - 1) ** degree
        coefficients = np.linalg.lstsq(e.T, target, rcond=None)[0]
        gap = np.abs(coefficients @ e - target).max()
        if degree < p:
            assert gap <= 1e-9
        else:
            assert gap >= 1e-8


@pytest.mark.theorem("T-interval")
@pytest.mark.parametrize("name", ["db2", "db3", "db5"])
def test_wavelets_have_vanishing_moments_up_to_the_ends(name):
    p, low = int(name[2:]), coarsest_of(name)
    deep = frames.interval_wavelets(name, level=low + 1, coarsest=low)
    flat = frames.interval_wavelets(name, level=low + 1)
    s = np.linspace(0.0, 1.0, 513)
    e = flat.basis(s)
    T = dense(deep.analysis)
    for degree in range(p):
        coefficients = np.linalg.lstsq(e.T, s**degree, rcond=None)[0]
        assert np.abs(T[1 << low :] @ coefficients).max() <= 1e-9


@pytest.mark.theorem("T-interval")
@pytest.mark.parametrize("name", ["db2", "db3", "db8"])
def test_the_whole_numbers_up_to_p_are_eigenvalues(name):
    low = coarsest_of(name)
    frame = frames.interval_wavelets(name, level=low)
    found = frames.check_theorem1(frame)
    assert found.clause("T-integers").verdict == "holds"
    assert found.clause("T-integers").numbers["held"] == int(name[2:])
    assert found.clause("T-simple").verdict == "holds"
    assert found.clause("T-lyapunov").verdict == "holds"


def test_the_operator_is_within_its_error_bound_of_the_balls():
    frame = frames.interval_wavelets("db4", level=5, coarsest=3)
    op = frames.scaled(frame)
    A = ball_forms(frame, Precision(1)).operator()
    exact = [float(x.real.mid()) for x in A.entries()]
    off = np.abs(op.reduced_A.ravel() - exact).max()
    assert off <= op.error_bound <= 1e-11 * np.abs(op.reduced_A).max()


def test_the_pyramid_is_the_same_space_in_another_basis():
    flat = frames.interval_wavelets("db3", level=5)
    deep = frames.interval_wavelets("db3", level=5, coarsest=3)
    Q = dense(deep.analysis)
    A, B = frames.scaled(flat), frames.scaled(deep)
    np.testing.assert_allclose(
        B.A, Q @ A.A @ Q.T, rtol=0, atol=1e3 * EPS * np.abs(A.A).max()
    )
    np.testing.assert_allclose(B.B, Q @ A.B, rtol=0, atol=1e3 * EPS * np.abs(A.B).max())
    assert deep.name == "interval db3, levels 3..5"


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: frames.interval_wavelets("db9", level=6), "at most 8 moments"),
        (lambda: frames.interval_wavelets("db4", level=2), "8 functions keep the ends"),
        (
            lambda: frames.interval_wavelets("db4", level=5, coarsest=2),
            "8 functions keep the ends",
        ),
    ],
)
def test_what_keeps_the_ends_from_being_apart_is_refused(call, match):
    with pytest.raises(frames.InvalidInputError, match=match):
        call()


def test_digits_that_do_not_separate_the_functions_are_refused():
    with pytest.raises(frames.DigitsError, match="Ask for"):
        frames.interval_wavelets("db8", level=4, digits=3)


def test_each_step_of_the_derivation_refuses_balls_that_are_too_wide():
    p, table = 2, tables("db2", shipped.default_digits(2))
    with table.precision.working():
        wide = lambda X, radius: flint.arb_mat(
            [
                [X[i, j] + flint.arb(0, radius) for j in range(X.ncols())]
                for i in range(X.nrows())
            ]
        )
        blurred = dataclasses.replace(table, g=wide(table.g, 10.0))
        with pytest.raises(frames.DigitsError, match="boundary scaling functions"):
            boundary(blurred, p)
        found = boundary(table, p)
        with pytest.raises(frames.DigitsError, match="boundary wavelets"):
            interval._complement(table, wide(found.lowpass, 10.0), p)
        # rows that are not the scaling functions leave more than p functions over
        with pytest.raises(frames.DigitsError, match="boundary wavelets"):
            interval._complement(table, found.lowpass * flint.arb(0), p)
