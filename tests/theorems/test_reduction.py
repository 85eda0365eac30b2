"""T-reduction: a redundant operator and its reduction are the same from rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames, ssm
from framestate.frames.testing import random_frames

METHODS = st.sampled_from(["bilinear", "backward_euler", "zoh"])
DERIVE = st.sampled_from([frames.scaled, frames.translated])


def identity_lift(op):
    """Put the unreduced operator as a system of order N."""
    return ssm.as_system(op)


def kernels(op, small, C, *, method):
    full = ssm.discretize(identity_lift(op), dt=0.02, method=method)
    step = ssm.discretize(small, dt=0.02, method=method)
    return (
        ssm.kernel(full, C, 60, algorithm="reference"),
        ssm.kernel(step, C @ small.lift, 60, algorithm="reference"),
    )


@pytest.mark.theorem("T-reduction")
@pytest.mark.parametrize("by_factors", [True, False])
@given(frame=random_frames(), seed=st.integers(0, 2**31), method=METHODS, derive=DERIVE)
def test_the_kernel_is_the_same_for_every_readout(
    by_factors, frame, seed, method, derive
):
    op = derive(frame)
    small = ssm.reduce(op if by_factors else identity_lift(op))
    assert len(small.B) == op.rank
    C = np.random.default_rng(seed).standard_normal(frame.size)
    full, reduced = kernels(op, small, C, method=method)
    # 60 steps of a contraction in coordinates of condition cond(frame)
    bound = 1e-10 * frame.cond * max(1.0, np.abs(C) @ np.abs(op.B))
    np.testing.assert_allclose(full, reduced, rtol=0, atol=bound)


@pytest.mark.theorem("T-reduction")
@given(frame=random_frames(), seed=st.integers(0, 2**31))
def test_the_scaled_state_is_the_same_along_the_way(frame, seed):
    op = frames.scaled(frame)
    small = ssm.reduce(op)
    u = np.random.default_rng(seed).standard_normal(40)
    full = ssm.run(ssm.discretize(identity_lift(op), method="bilinear"), u).states
    part = ssm.run(ssm.discretize(small, method="bilinear"), u).states
    bound = 1e-9 * frame.cond * np.abs(full).max()
    np.testing.assert_allclose(full, part @ small.lift.T, rtol=0, atol=bound)


@pytest.mark.theorem("T-reduction")
@given(frame=random_frames(), derive=DERIVE)
def test_all_other_eigenvalues_are_exactly_the_redundant_one(frame, derive):
    op = derive(frame)
    mu = 1.0 if op.measure == "scaled" else 0.0
    sigma = np.linalg.svd(op.A - mu * np.eye(frame.size), compute_uv=False)
    # geometric multiplicity at least N - r: the singular values beyond r vanish
    assert sigma[op.rank :].max(initial=0.0) <= 1e-12 * frame.cond * (1 + sigma[0])
    # and on ker R the matrix is mu, to rounding: the eigenvalue is semisimple
    kernel = np.linalg.svd(op.synthesis)[2][op.rank :].T
    residual = op.A @ kernel - mu * kernel
    assert np.abs(residual).max(initial=0.0) <= 1e-12 * frame.cond * (1 + sigma[0])


@pytest.mark.theorem("T-reduction")
def test_the_papers_frame_has_351_eigenvalues_at_one():
    op = frames.scaled(frames.wavelet_frame("db11", scales=(0, 3)))
    lam = np.linalg.eigvals(op.A)
    assert np.sort(np.abs(lam - 1.0))[350] <= 1e-11
    assert np.sort(np.abs(lam - 1.0))[351] > 1e-3
