"""T-lyapunov, T-lyapunov-translated: scaled operators are normal plus rank one."""

import numpy as np
import pytest
from hypothesis import given

from framestate import frames
from framestate.frames.testing import random_frames


@pytest.mark.theorem("T-lyapunov")
@given(frame=random_frames())
def test_a_scaled_operator_plus_its_transpose_is_identity_plus_rank_one(frame):
    op = frames.scaled(frame)
    A, b = op.reduced_A, op.reduced_B
    gap = A + A.T - np.eye(op.rank) - np.outer(b, b)
    assert np.abs(gap).max() <= 1e-12 * op.rank


@pytest.mark.theorem("T-lyapunov-translated")
@given(frame=random_frames())
def test_a_translated_operator_plus_its_transpose_has_rank_two(frame):
    op = frames.translated(frame)
    far, near = frame.basis([0.0, 1.0]).T
    gap = op.reduced_A + op.reduced_A.T - np.outer(far, far) - np.outer(near, near)
    assert np.abs(gap).max() <= 1e-12 * op.rank


@pytest.mark.theorem("T-lyapunov")
@given(frame=random_frames())
def test_scaled_minus_half_the_input_is_normal(frame):
    op = frames.scaled(frame)
    normal = op.reduced_A - 0.5 * np.outer(op.reduced_B, op.reduced_B)
    size = np.linalg.norm(normal) ** 2
    gap = normal @ normal.T - normal.T @ normal
    assert np.linalg.norm(gap) <= 1e-11 * op.rank * size


@pytest.mark.theorem("T-lyapunov")
@given(frame=random_frames(complex_valued=True))
def test_a_complex_scaled_operator_plus_its_adjoint_is_identity_plus_rank_one(frame):
    op = frames.scaled(frame)
    A, b = op.reduced_A, op.reduced_B
    gap = A + A.conj().T - np.eye(op.rank) - np.outer(b, b.conj())
    assert np.abs(gap).max() <= 1e-12 * op.rank


@pytest.mark.theorem("T-lyapunov-translated")
@given(frame=random_frames(complex_valued=True))
def test_a_complex_translated_operator_plus_its_adjoint_has_rank_two(frame):
    op = frames.translated(frame)
    far, near = frame.basis([0.0, 1.0]).T
    A = op.reduced_A
    gap = A + A.conj().T - np.outer(far.conj(), far) - np.outer(near.conj(), near)
    assert np.abs(gap).max() <= 1e-12 * op.rank
