"""Eigenvectors of skew matrices are orthonormal, and an odd size keeps its real one."""

import numpy as np
import pytest

from framestate.ssm.forms.skew import skew_modes

EPS = np.finfo(np.float64).eps
SIZES = (1, 2, 3, 4, 5, 8, 17, 64, 65)


def skew(size, seed=0):
    S = np.random.default_rng(seed).standard_normal((size, size))
    return S - S.T


@pytest.mark.parametrize("size", SIZES)
def test_the_pairs_turn_at_their_rates(size):
    S = skew(size)
    omega, V = skew_modes(S)
    assert omega.shape == ((size + 1) // 2,)
    bound = 16 * EPS * size * max(np.linalg.norm(S), 1)
    assert np.abs(S @ V - V * (1j * omega)).max() <= bound
    assert np.all(np.diff(omega) >= 0)
    assert np.all(omega >= 0)


@pytest.mark.parametrize("size", SIZES)
def test_with_their_conjugates_the_vectors_are_a_unitary_matrix(size):
    _, V = skew_modes(skew(size))
    full = np.concatenate((V, V[:, size % 2 :].conj()), axis=1)
    assert full.shape == (size, size)
    assert np.abs(full.conj().T @ full - np.eye(size)).max() <= 16 * EPS * size


@pytest.mark.parametrize("size", [1, 3, 17, 65])
def test_an_odd_size_has_one_real_vector_of_rate_exactly_zero(size):
    omega, V = skew_modes(skew(size))
    assert omega[0] == 0
    assert np.all(V[:, 0].imag == 0)
    assert np.all(omega[1:] > 0)


def test_a_pair_of_rate_zero_stands_for_two_real_directions():
    omega, V = skew_modes(np.zeros((4, 4)))
    assert np.array_equal(omega, [0, 0])
    assert np.abs(2 * np.real(V @ V.conj().T) - np.eye(4)).max() <= 8 * EPS


def test_rates_that_repeat_keep_orthonormal_vectors():
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    omega, V = skew_modes(np.kron(np.eye(5), turn))
    full = np.concatenate((V, V.conj()), axis=1)
    assert np.abs(omega - 1).max() <= 8 * EPS
    assert np.abs(full.conj().T @ full - np.eye(10)).max() <= 64 * EPS
