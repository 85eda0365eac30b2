"""T-half-plane: every mode decays, and how fast says its value at now."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.testing import random_frames

EPS = np.finfo(np.float64).eps


@pytest.mark.theorem("T-half-plane")
@given(frame=random_frames())
def test_no_eigenvalue_of_a_scaled_operator_is_left_of_one_half(frame):
    A = frames.scaled(frame).reduced_A
    lam, left = scipy.linalg.eig(A, left=True, right=False)
    # first-order perturbation of a field of values: the symmetric part is >= 1/2
    bound = 100 * len(A) * EPS * np.linalg.norm(A, 2)
    least = np.linalg.eigvalsh((A + A.T) / 2).min()
    assert least >= 0.5 - bound
    assert lam.real.min() >= 0.5 - max(1e-10, bound) or np.linalg.cond(left) > 1e6


@pytest.mark.theorem("T-half-plane")
@given(frame=random_frames())
def test_the_real_part_is_one_half_plus_half_the_modes_value_at_now(frame):
    op = frames.scaled(frame)
    lam, left = scipy.linalg.eig(op.reduced_A, left=True, right=False)
    at_now = np.abs(left.conj().T @ op.reduced_B) ** 2  # columns have unit length
    # the residual of a left eigenvector, not its conditioning, enters the identity
    bound = 1e3 * op.rank * EPS * np.linalg.norm(op.reduced_A, 2)
    np.testing.assert_allclose(lam.real, 0.5 + at_now / 2, rtol=0, atol=bound)


@pytest.mark.theorem("T-half-plane")
@given(frame=random_frames(), t=st.floats(0.0, 20.0))
def test_the_free_scaled_state_never_outgrows_exp_of_minus_half_t(frame, t):
    A = frames.scaled(frame).reduced_A
    flow = np.linalg.norm(scipy.linalg.expm(-t * A), 2)
    assert flow <= np.exp(-t / 2) + 1e-10 * (1 + t * np.linalg.norm(A, 2))


@pytest.mark.theorem("T-half-plane")
@given(frame=random_frames())
def test_no_eigenvalue_of_a_translated_operator_is_left_of_zero(frame):
    A = frames.translated(frame).reduced_A
    least = np.linalg.eigvalsh((A + A.T) / 2).min()
    assert least >= -100 * len(A) * EPS * np.linalg.norm(A, 2)
