"""T-tikhonov: a damped dual gives up exactness and keeps stability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.testing import random_frames

EPS = np.finfo(np.float64).eps
FRAMES = random_frames() | random_frames(complex_valued=True)
STRENGTHS = st.floats(0.01, 1.0)


def root(K):
    s, Q = np.linalg.eigh((K + K.conj().T) / 2)
    return (Q * np.sqrt(s)) @ Q.conj().T, (Q / np.sqrt(s)) @ Q.conj().T


def damped(frame, strength):
    pair = frames.canonical_dual(frame, frames.Tikhonov(strength))
    return pair.gain, frames.scaled(frame), frames.scaled(pair), frames.translated(pair)


@pytest.mark.theorem("T-tikhonov")
@given(frame=FRAMES, strength=STRENGTHS)
def test_the_operator_in_the_norm_of_the_gain_has_the_damped_identity(frame, strength):
    K, plain, op, _ = damped(frame, strength)
    half, back = root(K)
    A, b = half @ op.reduced_A @ back, half @ op.reduced_B
    gap = A + A.conj().T - 2 * np.eye(op.rank) + K - np.outer(b, b.conj())
    bound = 1e3 * op.rank * EPS * np.linalg.norm(plain.reduced_A) * np.linalg.cond(half)
    np.testing.assert_allclose(gap, 0.0, rtol=0, atol=bound)


@pytest.mark.theorem("T-tikhonov")
@given(frame=FRAMES, strength=STRENGTHS)
def test_the_half_planes_survive(frame, strength):
    K, _, scaled, translated = damped(frame, strength)
    half, back = root(K)
    for op, least in ((scaled, 0.5), (translated, 0.0)):
        A = half @ op.reduced_A @ back
        symmetric = np.linalg.eigvalsh((A + A.conj().T) / 2)
        slack = 1e3 * op.rank * EPS * np.linalg.norm(A) * np.linalg.cond(half)
        assert symmetric.min() >= least - slack


@pytest.mark.theorem("T-tikhonov")
def test_whole_eigenvalues_above_one_are_lost():
    x = np.array([[1.0, 0.0], [0.0, 0.1]])
    space = frames.legendre(2).atoms.space
    frame = frames.Frame(frames.families.Atoms("1 and .1 p_1", space, x))
    op = frames.scaled(frames.canonical_dual(frame, frames.Tikhonov(0.1)))
    found = np.sort(np.linalg.eigvals(op.A).real)
    # K = diag(1 / 1.01, 1 / 2), A_r = I + [[0, 0], [sqrt3, 1]] K
    np.testing.assert_allclose(found, [1.0, 1.5], rtol=0, atol=1e-13)
