"""T-reuse: the scaled pair on the translated clock (W4S4, equation 3)."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames, ssm
from framestate.frames.testing import random_frames

EPS = np.finfo(np.float64).eps
FRAMES = random_frames() | random_frames(complex_valued=True)


@pytest.mark.theorem("T-reuse")
@given(frame=FRAMES)
def test_the_reused_pair_is_the_scaled_one_on_another_clock(frame):
    op = frames.scaled(frame)
    reused = frames.time_invariant(op)
    assert reused.measure == "translated"
    assert reused.name == f"{op.name}, time invariant"
    np.testing.assert_array_equal(reused.A, op.A)
    np.testing.assert_array_equal(reused.B, op.B)


@pytest.mark.theorem("T-reuse")
@given(frame=FRAMES)
def test_the_redundant_eigenvalue_stays_one(frame):
    op = frames.time_invariant(frames.scaled(frame))
    assert op.redundant_eigenvalue == 1.0
    null = scipy.linalg.null_space(op.synthesis)
    bound = 1e3 * EPS * op.size * (1 + np.linalg.norm(op.A)) * frame.cond
    np.testing.assert_allclose(op.A @ null, null, rtol=0, atol=bound)


@pytest.mark.theorem("T-reuse")
@given(frame=FRAMES, t=st.floats(0.0, 20.0))
def test_the_kernel_fades_as_half_the_time(frame, t):
    op = frames.time_invariant(frames.scaled(frame))
    kernel = scipy.linalg.expm(-t * op.reduced_A) @ op.reduced_B
    size = np.linalg.norm(op.reduced_B)
    slack = 1 + 1e3 * EPS * (1 + t * np.linalg.norm(op.reduced_A))
    assert np.linalg.norm(kernel) <= np.exp(-t / 2) * size * slack + 1e-300


@pytest.mark.theorem("T-reuse")
@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_kernel_of_polynomials_is_the_basis_in_exponential_time(size):
    frame = frames.legendre(size)
    op = frames.time_invariant(frames.scaled(frame))
    for t in (0.1, 1.0, 3.0):
        kernel = scipy.linalg.expm(-t * op.A) @ op.B
        expected = np.exp(-t) * frame.basis(np.exp(-t))[:, 0]
        np.testing.assert_allclose(kernel, expected, rtol=0, atol=1e-12)


@pytest.mark.theorem("T-reuse")
@given(frame=random_frames(), dt=st.floats(0.01, 1.0))
def test_ssm_steps_the_reused_pair_as_the_scaled_one(frame, dt):
    op = frames.scaled(frame)
    steps = [
        ssm.discretize(ssm.reduce(x), dt=dt, method="bilinear")
        for x in (op, frames.time_invariant(op))
    ]
    np.testing.assert_array_equal(steps[0].A_bar, steps[1].A_bar)
    np.testing.assert_array_equal(steps[0].B_bar, steps[1].B_bar)


@pytest.mark.theorem("T-reuse")
def test_what_is_time_invariant_already_is_refused():
    for op in (
        frames.translated(frames.legendre(3)),
        frames.time_invariant(frames.scaled(frames.legendre(3))),
    ):
        with pytest.raises(frames.InvalidInputError, match="time invariant"):
            frames.time_invariant(op)
