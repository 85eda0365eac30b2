"""Spaces: their maps are the calculus they claim to be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.families import Atoms
from framestate.frames.spaces import (
    ComplexExponentials,
    ContinuousPolynomials,
    PiecewisePolynomials,
    Space,
    TrigonometricPolynomials,
)

SPACES = (
    PiecewisePolynomials(cells=1, degree=0),
    PiecewisePolynomials(cells=1, degree=9),
    PiecewisePolynomials(cells=5, degree=4),
    ContinuousPolynomials(cells=1, degree=1),
    ContinuousPolynomials(cells=1, degree=6),
    ContinuousPolynomials(cells=5, degree=1),
    ContinuousPolynomials(cells=5, degree=2),
    ContinuousPolynomials(cells=5, degree=5),
    ComplexExponentials(1),
    ComplexExponentials(6),
    ComplexExponentials(9),
    TrigonometricPolynomials(1),
    TrigonometricPolynomials(6),
    TrigonometricPolynomials(9),
)


def quadrature(cells: int = 5, order: int = 40):
    nodes, weights = np.polynomial.legendre.leggauss(order)
    s = ((np.arange(cells)[:, None] + (nodes + 1) / 2) / cells).ravel()
    return s, np.tile(weights / 2 / cells, cells)


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_the_coordinates_are_orthonormal(space):
    assert isinstance(space, Space)
    s, w = quadrature()
    values = space.evaluate(np.eye(space.dimension), s)
    np.testing.assert_allclose(
        (values * w) @ values.conj().T, np.eye(space.dimension), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_the_two_maps_agree_with_quadrature_of_difference_quotients(space):
    s, w = quadrature()
    h = 1e-6
    eye = np.eye(space.dimension)
    values = space.evaluate(eye, s)
    slope = (space.evaluate(eye, s + h) - space.evaluate(eye, s - h)) / (2 * h)
    # difference quotients: h^2 f''' / 6 + eps f / h, f''' up to (2 pi 4)^3 or 9^6
    atol = 1e-5
    np.testing.assert_allclose(
        space.derivative(eye), (slope * w) @ values.conj().T, rtol=0, atol=atol
    )
    np.testing.assert_allclose(
        space.dilation(eye), (slope * s * w) @ values.conj().T, rtol=0, atol=atol
    )


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_complex_coordinates_are_two_real_functions(space):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3, space.dimension))
    s = np.linspace(0.0, 1.0, 17)
    for apply in (
        lambda z: space.evaluate(z, s),
        space.derivative,
        space.dilation,
    ):
        found, parts = apply(x + 1j * y), apply(x + 0j) + 1j * apply(y + 0j)
        bound = 1e-14 * space.dimension**2 * np.abs(parts).max(initial=1.0)
        np.testing.assert_allclose(found, parts, rtol=0, atol=bound)


KINDS = st.sampled_from([PiecewisePolynomials, ContinuousPolynomials])
CELLS, DEGREES, SEEDS = st.integers(1, 6), st.integers(1, 8), st.integers(0, 2**31)


@given(kind=KINDS, cells=CELLS, degree=DEGREES, seed=SEEDS)
def test_interpolation_reproduces_its_values_and_is_continuous(
    kind, cells, degree, seed
):
    space = kind(cells=cells, degree=degree)
    values = np.random.default_rng(seed).standard_normal((2, len(space.nodes)))
    x = space.interpolate(values)
    np.testing.assert_allclose(
        space.evaluate(x, space.nodes), values, rtol=0, atol=1e-11
    )
    inner = np.arange(1, cells) / cells
    left = space.evaluate(x, inner - 1e-13)
    np.testing.assert_allclose(left, space.evaluate(x, inner), rtol=0, atol=1e-9)


@given(cells=CELLS, degree=DEGREES, seed=SEEDS)
def test_any_coordinates_are_a_continuous_function(cells, degree, seed):
    space = ContinuousPolynomials(cells=cells, degree=degree)
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, space.dimension))
    x = x + 1j * rng.standard_normal((2, space.dimension))
    local = space.embed(x).reshape(2, cells, degree + 1)
    n = np.arange(degree + 1)
    ends = np.sqrt(cells * (2 * n + 1)) * np.array([(-1.0) ** n, np.ones(degree + 1)])
    left, right = local @ ends[1], local @ ends[0]
    bound = 1e-13 * (degree + 1) ** 2 * np.sqrt(cells)
    np.testing.assert_allclose(left[:, :-1], right[:, 1:], rtol=0, atol=bound)


@given(cells=CELLS, degree=DEGREES, seed=SEEDS)
def test_projection_is_the_adjoint_of_the_embedding(cells, degree, seed):
    space = ContinuousPolynomials(cells=cells, degree=degree)
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, space.dimension))
    y = rng.standard_normal((3, space.mesh.dimension))
    np.testing.assert_allclose(
        space.embed(x) @ y.T, x @ space.project(y).T, rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(space.project(space.embed(x)), x, rtol=0, atol=1e-13)


def nearly_dependent(space, interpolate):
    """Ten atoms that differ by 1e-9 of a rough function."""
    rng = np.random.default_rng(1)
    values = np.ones((10, len(space.nodes)))
    values += 1e-9 * rng.standard_normal((10, len(space.nodes)))
    return frames.Frame(Atoms("near", space, interpolate(values)), rcond=1e-12)


def lyapunov_residuals(frame):
    """Largest residuals of both identities, relative to the operators."""
    far, near = frame.basis(np.array([0.0, 1.0])).T
    eye = np.eye(frame.rank)
    for op, rest in (
        (frames.scaled(frame), eye),
        (frames.translated(frame), np.outer(far.conj(), far)),
    ):
        A = op.reduced_A
        gap = A + A.conj().T - rest - np.outer(near.conj(), near)
        yield float(np.abs(gap).max() / np.abs(A).max())


@pytest.mark.theorem("T-conforming")
def test_nearly_dependent_atoms_keep_the_identities_where_nothing_can_jump():
    jumping = PiecewisePolynomials(cells=40, degree=4)
    frame = nearly_dependent(jumping, jumping.interpolate)
    assert frame.rank == 10
    assert max(lyapunov_residuals(frame)) >= 1e-10  # a rounding over 1e-9
    conforming = ContinuousPolynomials(cells=40, degree=4)
    frame = nearly_dependent(conforming, conforming.interpolate)
    assert frame.rank == 10
    # sums of 161 terms
    assert max(lyapunov_residuals(frame)) <= 161 * np.finfo(float).eps


@pytest.mark.theorem("T-conforming")
@given(cells=CELLS, degree=DEGREES, seed=SEEDS)
def test_the_identities_hold_for_any_coordinates(cells, degree, seed):
    space = ContinuousPolynomials(cells=cells, degree=degree)
    rng = np.random.default_rng(seed)
    size = min(4, space.dimension)
    x = np.linalg.qr(rng.standard_normal((space.dimension, size)))[0].T
    frame = frames.Frame(Atoms("any", space, x))
    bound = 8 * space.dimension * np.finfo(float).eps
    assert max(lyapunov_residuals(frame)) <= bound


def test_the_exponentials_come_as_0_1_minus_1_and_so_on():
    s = np.linspace(0.0, 1.0, 23)
    values = ComplexExponentials(5).evaluate(np.eye(5), s)
    expected = [np.exp(2j * np.pi * n * s) for n in (0, 1, -1, 2, -2)]
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-14)


def test_the_real_waves_are_the_rows_of_their_exponentials():
    s = np.linspace(0.0, 1.0, 23)
    for size in (1, 4, 5):
        real = TrigonometricPolynomials(size)
        rows = real.exponentials
        waves = rows @ ComplexExponentials(rows.shape[1]).evaluate(
            np.eye(rows.shape[1]), s
        )
        np.testing.assert_allclose(
            waves, real.evaluate(np.eye(size), s), rtol=0, atol=1e-14
        )


def test_the_interpolation_order_is_the_degree_plus_one():
    def error(cells: int) -> float:
        space = PiecewisePolynomials(cells=cells, degree=3)
        x = space.interpolate(np.sin(7.0 * space.nodes)[None, :])
        s = np.linspace(0.0, 1.0, 999)
        return float(np.abs(space.evaluate(x, s)[0] - np.sin(7.0 * s)).max())

    orders = [np.log2(error(n) / error(2 * n)) for n in (16, 32)]
    assert all(abs(order - 4.0) <= 0.2 for order in orders)
