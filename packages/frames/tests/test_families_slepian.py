"""Slepian functions solve the equation that defines them."""

import numpy as np
import pytest
from mpmath import MPContext

from framestate import frames
from framestate.frames.families import Slepian

EPS = np.finfo(np.float64).eps


def eigenvalues(frame, bandwidth):
    """mu and the largest residual of the kernel's equation, function by function."""
    # panels of 30 nodes: the weights of long rules carry roundings of their own
    nodes, weights = np.polynomial.legendre.leggauss(30)
    s = ((np.arange(12)[:, None] + (nodes + 1) / 2) / 12).ravel()
    w = np.tile(weights / 24, 12)
    gap = s[:, None] - s[None, :]
    kernel = 2 * bandwidth * np.sinc(2 * bandwidth * gap)
    phi = frame.atoms(s)
    image = (phi * w) @ kernel
    mu = np.sum(image * w * phi, axis=1)
    return mu, np.sqrt(((image - mu[:, None] * phi) ** 2) @ w)


@pytest.mark.parametrize(
    ("size", "bandwidth"), [(1, 2.0), (2, 0.3), (9, 4.0), (65, 31.0), (30, 40.5)]
)
def test_they_are_orthonormal_eigenfunctions_of_the_band_limiting_kernel(
    size, bandwidth
):
    frame = frames.slepian(size, bandwidth=bandwidth)
    x = frame.atoms.coordinates
    np.testing.assert_allclose(x @ x.T, np.eye(size), rtol=0, atol=1e-13)
    mu, residual = eigenvalues(frame, bandwidth)
    # vectors are good to eps over the gap of the eigenvalues, sums of 360 terms
    assert residual.max() <= 2e-14
    assert (np.diff(mu) <= 1e-13).all()
    assert ((mu > -1e-13) & (mu < 1 + 1e-13)).all()


def test_about_two_bandwidths_of_them_are_concentrated():
    mu, _ = eigenvalues(frames.slepian(65, bandwidth=25.0), 25.0)
    assert mu[44] > 0.99
    assert mu[55] < 0.01
    # the trace of the kernel is 2 W
    assert mu.sum() == pytest.approx(50.0, abs=1e-9)


def test_without_a_band_they_are_the_legendre_polynomials():
    frame = frames.slepian(6, bandwidth=1e-7)
    np.testing.assert_allclose(
        frame.atoms.coordinates[:, :6], np.eye(6), rtol=0, atol=1e-13
    )


def refined(bandwidth, parity, vector):
    """The eigenvector near a float64 one, to 30 digits by Rayleigh iteration."""
    context = MPContext()
    context.dps = 40
    c2 = (context.pi * context.mpf(bandwidth)) ** 2
    k = [context.mpf(parity + 2 * i) for i in range(len(vector))]
    matrix = context.zeros(len(k))
    for i, n in enumerate(k):
        below = (2 * n + 3) * (2 * n - 1)
        matrix[i, i] = n * (n + 1) + c2 * (2 * n * (n + 1) - 1) / below
        if i + 1 < len(k):
            off = (n + 2) * (n + 1) / (2 * n + 3)
            off *= c2 / context.sqrt((2 * n + 1) * (2 * n + 5))
            matrix[i, i + 1] = matrix[i + 1, i] = off
    x = context.matrix(vector.tolist())
    for _ in range(2):
        square = (x.T * x)[0]
        lam = (x.T * matrix * x)[0] / square
        x = context.lu_solve(matrix - lam * context.eye(len(k)), x)
        x /= context.norm(x)
    return np.array([float(v) for v in x])


@pytest.mark.parametrize("index", [0, 1, 6, 11])
def test_coordinates_are_right_to_the_error_that_is_kept(index):
    atoms = Slepian(12, 5.0).atoms()
    parity = index % 2
    found = atoms.coordinates[index, parity::2]
    exact = refined(5.0, parity, found)
    exact *= np.sign(exact @ found)
    assert np.linalg.norm(found - exact) <= atoms.representation_error + 4 * EPS
    assert 0 < atoms.representation_error <= 1e-13


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, float("nan"), float("inf")])
def test_a_band_that_is_none_is_refused(bandwidth):
    with pytest.raises(frames.InvalidInputError, match="bandwidth"):
        frames.slepian(4, bandwidth=bandwidth)


def test_a_number_of_functions_that_is_none_is_refused():
    with pytest.raises(frames.InvalidInputError, match="size = 0"):
        frames.slepian(0, bandwidth=2.0)
