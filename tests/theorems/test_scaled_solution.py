"""T-scaled-solution: what the scaled state of a signal is, exactly."""

import itertools

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
from hypothesis import assume, given
from hypothesis import strategies as st

from framestate import frames, ssm
from framestate.frames.testing import random_frames


def encoder(op, x):
    """w(x) = x^(A_r - I) b at points x in (0, 1]."""
    A = op.reduced_A - np.eye(op.rank)
    return np.array([scipy.linalg.expm(np.log(s) * A) @ op.reduced_B for s in x]).T


def gram(op):
    """<w, w^T> = int exp(-t) w w^T dt with x = exp(-t), as a Lyapunov equation."""
    half = op.reduced_A - 0.5 * np.eye(op.rank)
    return scipy.linalg.solve_continuous_lyapunov(
        half, np.outer(op.reduced_B, op.reduced_B)
    )


@pytest.mark.theorem("T-scaled-solution")
@given(frame=random_frames(max_rank=4))
def test_the_encoding_functions_are_orthonormal_away_from_one_half(frame):
    op = frames.scaled(frame)
    margin = np.linalg.eigvals(op.reduced_A).real.min() - 0.5
    assume(margin > 1e-3)  # on Re = 1/2 a mode hears nothing (T-vanishing)
    bound = 1e-11 * (1 + np.linalg.norm(op.reduced_A, 2)) / margin
    np.testing.assert_allclose(gram(op), np.eye(op.rank), rtol=0, atol=bound)


@pytest.mark.theorem("T-scaled-solution")
def test_the_encoding_functions_integrate_to_the_gram_matrix():
    op = frames.scaled(frames.fourier(3))
    t = np.linspace(0.0, 40.0, 2001)
    w = encoder(op, np.exp(-t)).T
    products = np.exp(-t)[:, None, None] * w[:, :, None] * w[:, None, :]
    found = scipy.integrate.simpson(products, x=t, axis=0)
    # Simpson's rule with step .02 on waves of frequency 2 pi: (.02 * 4 pi)^4 / 180
    np.testing.assert_allclose(found, np.eye(3), rtol=0, atol=1e-4)


@pytest.mark.theorem("T-scaled-solution")
@pytest.mark.parametrize("size", [1, 3, 6])
def test_for_polynomials_the_encoding_functions_are_the_basis(size):
    frame = frames.legendre(size)
    x = np.linspace(0.1, 1.0, 10)
    np.testing.assert_allclose(
        encoder(frames.scaled(frame), x), frame.basis(x), rtol=0, atol=1e-9
    )


@pytest.mark.theorem("T-scaled-solution")
@given(frame=random_frames(max_rank=4), seed=st.integers(0, 2**31))
def test_the_exact_clock_integrates_the_signal_against_the_encoding_functions(
    frame, seed
):
    op = frames.scaled(frame)
    u = np.random.default_rng(seed).standard_normal(6)
    state = ssm.run(ssm.discretize(ssm.reduce(op), method="exact"), u).states[-1]
    # int_{j/6}^{(j+1)/6} x^(A - I) dx = A^-1 [x^A], and A is invertible (Re >= 1/2)
    edges = np.arange(7) / 6
    powers = [np.zeros((op.rank, op.rank))] + [
        scipy.linalg.expm(np.log(x) * op.reduced_A) for x in edges[1:]
    ]
    weights = [
        np.linalg.solve(op.reduced_A, (high - low) @ op.reduced_B)
        for low, high in itertools.pairwise(powers)
    ]
    expected = u @ np.array(weights)
    bound = 1e-10 * (1 + np.linalg.norm(op.reduced_A, 2)) * np.abs(u).sum()
    np.testing.assert_allclose(state, expected, rtol=0, atol=bound)


@pytest.mark.theorem("T-scaled-solution")
@pytest.mark.parametrize("coefficients", [[1.0], [0.0, 1.0], [1.0, -2.0, 3.0]])
def test_legendre_recovers_a_polynomial_history(coefficients):
    frame = frames.legendre(6)
    clock = ssm.discretize(ssm.reduce(frames.scaled(frame)), method="bilinear")
    signal = np.polynomial.Polynomial(coefficients)

    def error(samples: int) -> float:
        u = signal((np.arange(samples) + 0.5) / samples)
        s = np.linspace(0.0, 1.0, 21)
        rebuilt = ssm.final_state(clock, u).x @ frame.basis(s)
        return float(np.abs(rebuilt - signal(s)).max())

    assert error(512) <= 2e-2
    assert error(2048) <= error(512) / 2 + 1e-9
