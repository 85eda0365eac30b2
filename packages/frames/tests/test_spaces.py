"""Spaces: their maps are the calculus they claim to be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate.frames.spaces import (
    PiecewisePolynomials,
    Space,
    TrigonometricPolynomials,
)

SPACES = (
    PiecewisePolynomials(cells=1, degree=0),
    PiecewisePolynomials(cells=1, degree=9),
    PiecewisePolynomials(cells=5, degree=4),
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
        (values * w) @ values.T, np.eye(space.dimension), rtol=0, atol=1e-12
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
        space.derivative(eye), (slope * w) @ values.T, rtol=0, atol=atol
    )
    np.testing.assert_allclose(
        space.dilation(eye), (slope * s * w) @ values.T, rtol=0, atol=atol
    )


@given(cells=st.integers(1, 6), degree=st.integers(1, 8), seed=st.integers(0, 2**31))
def test_interpolation_reproduces_its_values_and_is_continuous(cells, degree, seed):
    space = PiecewisePolynomials(cells=cells, degree=degree)
    values = np.random.default_rng(seed).standard_normal((2, len(space.nodes)))
    x = space.interpolate(values)
    np.testing.assert_allclose(
        space.evaluate(x, space.nodes), values, rtol=0, atol=1e-11
    )
    inner = np.arange(1, cells) / cells
    left = space.evaluate(x, inner - 1e-13)
    np.testing.assert_allclose(left, space.evaluate(x, inner), rtol=0, atol=1e-9)


def test_the_interpolation_order_is_the_degree_plus_one():
    def error(cells: int) -> float:
        space = PiecewisePolynomials(cells=cells, degree=3)
        x = space.interpolate(np.sin(7.0 * space.nodes)[None, :])
        s = np.linspace(0.0, 1.0, 999)
        return float(np.abs(space.evaluate(x, s)[0] - np.sin(7.0 * s)).max())

    orders = [np.log2(error(n) / error(2 * n)) for n in (16, 32)]
    assert all(abs(order - 4.0) <= 0.2 for order in orders)
