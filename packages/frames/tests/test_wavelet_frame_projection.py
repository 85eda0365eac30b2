"""Moments on cells of any offset, the H1 projection, and its distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import legendre

from framestate.frames import filters
from framestate.frames.families.projection import (
    CellProjection,
    cell_moments,
    halves,
)
from framestate.frames.refinement import Refinable

EPS = float(np.finfo(np.float64).eps)
THETAS = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4).map(np.array)
KINDS = ("wavelet", "scaling")


def modes(degree, u):
    """Orthonormal polynomials on [0, 1] at u."""
    n = np.arange(degree + 1)
    return np.sqrt(2 * n + 1) * legendre.legvander(2 * u - 1, degree)


def hat(x):
    """The scaling function of bior2.2: a hat on [1, 3] of its [0, 5]."""
    return np.maximum(0.0, 1.0 - np.abs(x - 2.0))


def test_halves_are_the_two_scale_equation_of_the_polynomials():
    u = np.linspace(0.0, 1.0, 23)
    for b, Q in enumerate(halves(9)):
        np.testing.assert_allclose(
            modes(9, u) @ Q, modes(9, (u + b) / 2), rtol=0, atol=1e-13
        )
        assert np.abs(np.tril(Q, -1)).max() <= 1e-14


@pytest.mark.theorem("T-cell-moments")
@settings(max_examples=30)
@given(theta=THETAS, degree=st.integers(1, 7))
def test_the_moments_of_a_hat_are_its_integrals(theta, degree):
    taps = filters.load("bior2.2").lowpass
    support = len(np.trim_zeros(taps)) - 1
    first = float(np.argmax(taps != 0))
    assert (support, first) == (2, 1.0)
    X = cell_moments(taps, degree, theta)
    nodes, weights = legendre.leggauss(degree + 2)
    for row, offset in enumerate(theta):
        # the hat has a corner at a whole number: each side of it is a polynomial
        corner = 1.0 - offset
        for n in range(-1, len(taps) - 2):
            total = np.zeros(degree + 1)
            for low, high in ((0.0, corner), (corner, 1.0)):
                u = low + (high - low) * (nodes + 1) / 2
                w = (high - low) * weights / 2
                total += modes(degree, u).T @ (w * hat(offset + n + u))
            # 64 averages of sums of so many products, of which the mean's errors add up
            rounding = 4 * EPS * (len(taps) + degree + 64)
            np.testing.assert_allclose(X[n + 1, row], total, rtol=0, atol=rounding)


@pytest.mark.theorem("T-cell-moments")
@pytest.mark.parametrize("name", ["db2", "db7", "sym5", "coif2", "rbio3.5"])
@settings(max_examples=10)
@given(theta=THETAS)
def test_the_moments_add_up_over_half_cells_and_translates(name, theta):
    taps = filters.load(name).lowpass
    X = cell_moments(taps, 4, theta)
    # sum phi(. + n) = 1, and the sum over n = -1 .. K - 1 misses none that meets a cell
    rounding = 4 * EPS * (len(taps) + 64) + 64 * abs(float(taps.sum()) / 2**0.5 - 1)
    np.testing.assert_allclose(
        X.sum(axis=0), np.eye(5)[[0] * len(theta)], rtol=0, atol=50 * rounding
    )
    # the first moment, sum n phi(. + n) = const - x, is in V too
    n = np.arange(-1, len(taps) - 1)
    ramp = np.einsum("n,nrm->rm", n, X)
    slope = -1 / (2 * np.sqrt(3.0))  # of -u in the orthonormal polynomials
    expected = np.tile([0.0, slope, 0.0, 0.0, 0.0], (len(theta), 1))
    expected[:, 0] = ramp[0, 0] + theta[0] - theta
    np.testing.assert_allclose(ramp, expected, rtol=0, atol=50 * len(n) * rounding)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "level"), [("db5", 1), ("db5", 3), ("sym10", 2)])
def test_the_projection_keeps_end_values_and_low_moments(name, level, kind):
    degree, functions = 5, Refinable(filters.load(name))
    project = CellProjection(functions, kind, level, degree)
    theta = np.array([0.0, 0.3, 0.75, 1.0])
    found = project(theta)
    assert found.coordinates.shape == (4, project.cells, degree + 1)
    function = functions.wavelet if kind == "wavelet" else functions.scaling
    nodes, weights = legendre.leggauss(16)
    parts = np.arange(64)[:, None]
    u, w = ((parts + (nodes + 1) / 2) / 64).ravel(), np.tile(weights / 128, 64)
    root = 2.0 ** (level / 2)
    for x, offset in zip(found.coordinates, theta, strict=True):
        first = np.arange(-1, project.cells - 1)[:, None]
        ends = np.hstack([first, first + 1]) + offset
        expected = function(ends.ravel() / 2**level).reshape(ends.shape)
        values = root * x @ modes(degree, np.array([0.0, 1.0])).T
        # functions of size 1 and smoother than Hoelder 1/2, at rounded arguments
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-10)
        samples = function(((first + offset + u) / 2**level).ravel())
        moments = samples.reshape(len(first), -1) @ (w[:, None] * modes(degree, u))
        np.testing.assert_allclose(root * x[:, :-2], moments[:, :-2], rtol=0, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["db4", "db11", "bior4.4", "rbio4.4"])
def test_the_distance_is_that_of_quadrature(name, kind):
    functions = Refinable(filters.load(name))
    project = CellProjection(functions, kind, 2, 3)
    theta = np.array([0.0, 0.123, 0.5, 0.9])
    found = project(theta)
    function = functions.wavelet if kind == "wavelet" else functions.scaling
    nodes, weights = legendre.leggauss(8)
    parts = np.arange(64)[:, None]
    u, w = ((parts + (nodes + 1) / 2) / 64).ravel(), np.tile(weights / 128, 64)
    first = np.arange(-1, project.cells - 1)[:, None]
    for x, offset, said in zip(found.coordinates, theta, found.distances, strict=True):
        exact = function(((first + offset + u) / 4).ravel()).reshape(len(first), -1)
        square = np.sum((exact - 2.0 * x @ modes(3, u).T) ** 2 @ w) / 4
        measured = np.sqrt(square) / project.norm
        # the rule resolves functions of this roughness to a few parts in a thousand
        assert said == pytest.approx(measured, rel=5e-3)


@pytest.mark.theorem("T-cell-moments")
@pytest.mark.parametrize("theta", [0.0, 0.25, 0.5])
def test_a_function_of_the_mesh_is_its_own_projection(theta):
    functions = Refinable(filters.load("bior2.2"))
    for kind in KINDS:
        project = CellProjection(functions, kind, 2, 1)
        found = project(np.array([theta * 4 % 1]))
        # what is found is rounding, and the bound owns up to it
        floor = np.sqrt(project.rounding)
        assert floor <= found.distances[0] <= 1.01 * floor


@pytest.mark.parametrize("name", ["db12", "db20", "db38", "sym20"])
def test_rounding_is_within_its_bound(name):
    # on so fine a mesh smooth functions are polynomials; what is left is rounding
    project = CellProjection(Refinable(filters.load(name)), "scaling", 4, 10)
    found = project((np.arange(30) + 0.3) / 30)
    assert found.distances.max() <= np.sqrt(2 * project.rounding)
    norms = np.sum(found.coordinates**2, axis=(1, 2))
    assert np.abs(norms - project.norm**2).max() <= project.rounding


def test_the_distance_falls_with_the_smoothness():
    """h^alpha for a Sobolev exponent alpha below the degree + 1."""
    for name, order in (("db2", 1.0), ("db3", 1.415), ("db5", 2.097)):
        assert filters.load(name).sobolev_exponent == pytest.approx(order, abs=1e-3)
        functions = Refinable(filters.load(name))
        theta = (np.arange(40) + 0.5) / 40
        errors = [
            np.sqrt(
                np.mean(
                    CellProjection(functions, "wavelet", j, 6)(theta).distances ** 2
                )
            )
            for j in (5, 6)
        ]
        assert abs(np.log2(errors[0] / errors[1]) - order) <= 0.05


@pytest.mark.parametrize("name", ["db2", "db11", "db38", "sym20", "coif4"])
@pytest.mark.parametrize("kind", KINDS)
def test_orthonormal_functions_have_norm_one(name, kind):
    project = CellProjection(Refinable(filters.load(name)), kind, 1, 1)
    assert project.norm == pytest.approx(1.0, abs=1e-11)


def test_the_norms_of_a_hat_and_its_wavelet_are_known():
    functions = Refinable(filters.load("bior2.2"))
    norms = [CellProjection(functions, kind, 1, 1).norm for kind in KINDS]
    # psi = phi(2x) - (phi(2x + 1) + phi(2x - 1))/4 - .. on five translates
    g = functions.filter.highpass
    rho = {0: 2 / 3, 1: 1 / 6, -1: 1 / 6}
    square = sum(
        a * b * rho.get(i - j, 0.0) for i, a in enumerate(g) for j, b in enumerate(g)
    )
    np.testing.assert_allclose(norms, [np.sqrt(square), np.sqrt(2 / 3)], rtol=1e-13)


def test_taps_whose_sums_are_off_make_the_bound_wider():
    exact = CellProjection(Refinable(filters.load("db3")), "wavelet", 1, 8).rounding
    table = CellProjection(Refinable(filters.load("coif5")), "wavelet", 1, 8).rounding
    assert exact <= 2e-13
    assert exact < table <= 1e-9
