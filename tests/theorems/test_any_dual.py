"""T-any-dual: what depends on the dual of a frame, and what does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames, ssm
from framestate.frames.testing import random_frames

EPS = np.finfo(np.float64).eps
DERIVE = pytest.mark.parametrize("derive", [frames.scaled, frames.translated])
FRAMES = random_frames() | random_frames(complex_valued=True)
SEEDS = st.integers(0, 2**32 - 1)


def reproducing_dual(frame, seed):
    """R^T e + functions that cancel in every reconstruction, inside V and outside."""
    rng = np.random.default_rng(seed)
    null = np.linalg.qr(frame.analysis, mode="complete")[0][:, frame.rank :]
    away = rng.standard_normal((null.shape[1], frame.atoms.space.dimension))
    return frame.synthesis.T @ frame.basis_coordinates + null.conj() @ away


def arbitrary_dual(frame, seed):
    """Functions that reconstruct nothing in particular."""
    rng = np.random.default_rng(seed)
    shape = frame.size, frame.atoms.space.dimension
    return frames.given_dual(frame, rng.standard_normal(shape), tolerance=1e9)


def rounding(pair, op):
    """Of products of T, the duals and the derivatives of the basis."""
    flow = np.linalg.norm(pair.frame.atoms.space.derivative(pair.functions))
    return 1e4 * EPS * pair.analysis_norm * (flow + np.linalg.norm(op.A))


@pytest.mark.theorem("T-any-dual")
@DERIVE
@given(frame=FRAMES, seed=SEEDS)
def test_every_dual_that_reproduces_moves_the_state_alike(derive, frame, seed):
    pair = frames.given_dual(frame, reproducing_dual(frame, seed))
    op, plain = derive(pair), derive(frame)
    bound = rounding(pair, op) * np.linalg.norm(frame.analysis)
    # not the stored factors: the matrix itself, on the states that are reached
    gap = op.A @ frame.analysis - plain.A @ frame.analysis
    np.testing.assert_allclose(gap, 0.0, rtol=0, atol=bound)
    np.testing.assert_array_equal(op.B, plain.B)


@pytest.mark.theorem("T-any-dual")
@DERIVE
@given(frame=FRAMES, seed=SEEDS)
def test_with_any_functions_at_all_the_reduction_is_exact(derive, frame, seed):
    pair = arbitrary_dual(frame, seed)
    op, T = derive(pair), frame.analysis
    bound = rounding(pair, op) * np.linalg.norm(T)
    np.testing.assert_allclose(op.A @ T, T @ op.reduced_A, rtol=0, atol=bound)
    np.testing.assert_allclose(op.B, T @ op.reduced_B, rtol=0, atol=bound)


@pytest.mark.theorem("T-any-dual")
@DERIVE
@given(frame=FRAMES, seed=SEEDS)
def test_the_other_eigenvalues_are_redundant_for_any_functions(derive, frame, seed):
    pair = arbitrary_dual(frame, seed)
    op = derive(pair)
    # trace and rank of A - mu: no eigenvalues of a matrix that may be defective
    moved = op.A - op.redundant_eigenvalue * np.eye(op.size)
    inner = op.reduced_A - op.redundant_eigenvalue * np.eye(op.rank)
    bound = rounding(pair, op) * op.size
    assert abs(np.trace(moved) - np.trace(inner)) <= bound
    assert np.linalg.matrix_rank(moved, tol=bound) <= op.rank


@pytest.mark.theorem("T-any-dual")
@given(frame=random_frames(), seed=SEEDS)
def test_the_reduction_of_ssm_accepts_every_dual(frame, seed):
    plain = ssm.reduce(frames.scaled(frame))
    dual = reproducing_dual(frame, seed)
    small = ssm.reduce(frames.scaled(frames.given_dual(frame, dual)))
    np.testing.assert_array_equal(small.A, plain.A)
    np.testing.assert_array_equal(small.lift, plain.lift)
    damped = frames.canonical_dual(frame, frames.Tikhonov(0.1))
    assert ssm.reduce(frames.scaled(damped)).size == frame.rank


@pytest.mark.theorem("T-any-dual")
@given(frame=random_frames(constants=True), seed=SEEDS)
def test_the_mean_is_carried_whatever_the_dual(frame, seed):
    pair = arbitrary_dual(frame, seed)
    op, space = frames.scaled(pair), frame.atoms.space
    constant = space.interpolate(np.ones((1, len(space.nodes))))
    ones = (frame.basis_coordinates @ constant.T)[:, 0]
    gap = ones @ op.reduced_A - ones
    np.testing.assert_allclose(gap, 0.0, rtol=0, atol=rounding(pair, op))


@pytest.mark.theorem("T-any-dual")
def test_off_the_reached_states_the_matrix_depends_on_the_dual():
    frame = frames.union(frames.legendre(2), frames.legendre(2))
    one, two = (
        frames.scaled(
            frames.given_dual(frame, np.vstack([a * np.eye(2), b * np.eye(2)]))
        )
        for a, b in ((0.5, 0.5), (1.0, 0.0))
    )
    assert np.abs(one.A - two.A).max() > 0.5
    for op in (one, two):
        found = np.sort(np.linalg.eigvals(op.A).real)
        # 1 stands there three times: it splits by the root of the rounding, at most
        np.testing.assert_allclose(found, [1, 1, 1, 2], rtol=0, atol=1e-4)
