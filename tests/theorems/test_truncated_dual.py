"""T-truncated-dual: the first atoms with their share of a larger frame's dual."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from framestate import frames, ssm
from framestate.frames.families import Atoms
from framestate.frames.spaces import PiecewisePolynomials
from framestate.frames.testing import random_frames

EPS = np.finfo(np.float64).eps
FRAMES = random_frames() | random_frames(complex_valued=True)


def truncated(frame, data, *, least=1):
    count = data.draw(st.integers(least, frame.size))
    pair = frames.truncate(frame, count, dual="truncated")
    assume(pair.frame.cond < 1e6)  # else the cut of the kept atoms changes their span
    return count, pair


@pytest.mark.theorem("T-truncated-dual")
@pytest.mark.parametrize("derive", [frames.scaled, frames.translated])
@given(frame=FRAMES, data=st.data())
def test_the_matrix_is_the_leading_block_of_the_large_one(derive, frame, data):
    count, pair = truncated(frame, data)
    small, large = derive(pair), derive(frame)
    bound = 1e4 * EPS * (np.linalg.norm(large.A) + 1) * frame.cond * pair.frame.cond
    np.testing.assert_allclose(small.A, large.A[:count, :count], rtol=0, atol=bound)
    np.testing.assert_allclose(small.B, large.B[:count], rtol=0, atol=bound)


@pytest.mark.theorem("T-truncated-dual")
@given(frame=FRAMES, data=st.data())
def test_the_gain_damps_and_is_one_as_often_as_v_misses_the_dropped(frame, data):
    count, pair = truncated(frame, data)
    gains = np.linalg.eigvals(pair.gain)
    slack = 1e3 * EPS * (frame.cond * pair.frame.cond) ** 2 * frame.size
    assume(slack < 1e-6)
    assert np.abs(gains.imag).max() <= slack
    assert gains.real.min() > 0.0
    assert gains.real.max() <= 1 + slack
    dropped = np.linalg.svd(frame.analysis[count:], compute_uv=False)
    missed = frame.rank - np.count_nonzero(dropped > 1e-6)
    assume(not ((dropped > 1e-9) & (dropped < 1e-3)).any())
    assert np.count_nonzero(gains.real > 1 - 1e-9) == missed


@pytest.mark.theorem("T-truncated-dual")
@given(frame=random_frames(), data=st.data())
def test_from_rest_the_truncated_state_has_its_own_exact_reduction(frame, data):
    _, pair = truncated(frame, data)
    op = frames.scaled(pair)
    small = ssm.reduce(op)
    assert small.size == pair.frame.rank
    np.testing.assert_array_equal(small.A, op.reduced_A)


@pytest.mark.theorem("T-truncated-dual")
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_of_a_tight_frame_the_half_plane_survives(data, seed):
    rng = np.random.default_rng(seed)
    rank, size = 4, 9
    Q = np.linalg.qr(rng.standard_normal((size, rank)))[0]
    frame = frames.Frame(Atoms("tight", PiecewisePolynomials(1, rank - 1), Q))
    _, pair = truncated(frame, data)
    op = frames.scaled(pair)
    least = np.linalg.eigvals(op.A).real.min()
    assert least >= 0.5 - 1e-9 * np.linalg.norm(op.A) * pair.frame.cond


@pytest.mark.theorem("T-truncated-dual")
def test_a_truncated_dual_may_be_unstable_where_the_dual_of_the_truncation_is_not():
    # phi_1 = 1 - sqrt3 (2s - 1), phi_2 = sqrt3 (2s - 1): A_11 = 1 - sqrt3
    space = PiecewisePolynomials(cells=1, degree=1)
    frame = frames.Frame(Atoms("two lines", space, np.array([[1.0, -1.0], [0.0, 1.0]])))
    other, good = (
        frames.scaled(frames.truncate(frame, 1, dual=dual))
        for dual in ("truncated", "of-truncation")
    )
    assert abs(other.A[0, 0] - (1 - np.sqrt(3))) <= 1e-14
    # 1/2 + phi_1(1)^2 / (2 norm^2)
    assert abs(good.A[0, 0] - (0.5 + (1 - np.sqrt(3)) ** 2 / 4)) <= 1e-14
    assert other.A[0, 0] < 0 < 0.5 <= good.A[0, 0]


@pytest.mark.theorem("T-truncated-dual")
def test_the_defect_is_shown():
    x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    frame = frames.Frame(Atoms("three", PiecewisePolynomials(1, 1), x))
    pair = frames.truncate(frame, 2, dual="truncated")
    # S = [[2, 1], [1, 2]] and S' = I: K = S^-1 has the eigenvalues 1 and 1/3
    gains = np.sort(np.linalg.eigvals(pair.gain))
    np.testing.assert_allclose(gains, [1 / 3, 1.0], rtol=0, atol=1e-14)
    assert abs(frames.scaled(pair).defect - 2 / 3) <= 1e-14
    with pytest.raises(frames.DualError, match=r"R T = I fails on V by 6.667e-01"):
        frames.given_dual(pair.frame, pair.functions)
