"""T-simple, T-jordan: when a scaled operator is diagonalizable, and when not."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given

from framestate import frames, ssm
from framestate.frames.families import Atoms
from framestate.frames.frame import Frame
from framestate.frames.spaces import PiecewisePolynomials
from framestate.frames.testing import random_frames


def jordan_frame() -> Frame:
    """V = span {1, g} with g orthogonal to 1, of unit norm and with g(1) = -1."""
    space = PiecewisePolynomials(cells=1, degree=2)
    # g = a p_1 + b p_2, p_1(1) = sqrt3, p_2(1) = sqrt5, a^2 + b^2 = 1
    length, angle = np.sqrt(8.0), np.arctan2(np.sqrt(5.0), np.sqrt(3.0))
    turn = angle + np.arccos(-1.0 / length)
    g = [0.0, np.cos(turn), np.sin(turn)]
    return Frame(Atoms("a Jordan pair", space, np.array([[1.0, 0.0, 0.0], g])))


@pytest.mark.theorem("T-jordan")
def test_a_function_of_square_one_at_now_makes_a_jordan_block():
    A = frames.scaled(jordan_frame()).A
    np.testing.assert_allclose(np.trace(A), 2.0, atol=1e-14)
    np.testing.assert_allclose(np.linalg.det(A), 1.0, atol=1e-14)
    off = A - np.eye(2)
    assert np.linalg.norm(off) >= 0.9  # A is not the identity
    np.testing.assert_allclose(off @ off, 0.0, atol=1e-14)  # but its square is


@pytest.mark.theorem("T-jordan")
def test_a_jordan_block_is_refused_and_still_runs():
    op = frames.scaled(jordan_frame())
    with pytest.raises(ssm.IllConditionedError, match="cond"):
        ssm.diagonalize(ssm.reduce(op))
    step = ssm.discretize(ssm.reduce(op), dt=0.1, method="bilinear")
    assert np.isfinite(ssm.run(step, np.ones(20)).states).all()


@pytest.mark.theorem("T-simple")
@given(frame=random_frames())
def test_away_from_one_half_every_mode_is_driven_by_the_input(frame):
    op = frames.scaled(frame)
    lam, left = scipy.linalg.eig(op.reduced_A, left=True, right=False)
    drive = np.abs(left.conj().T @ op.reduced_B)
    slack = 1e-9 * (1 + np.linalg.norm(op.reduced_A, 2))
    clear = lam.real > 0.5 + slack
    # Hautus: a left eigenvector that b annihilates would be an undriven mode
    assert (drive[clear] > 0.0).all()
    np.testing.assert_allclose(drive**2, 2 * lam.real - 1, rtol=0, atol=slack)


@pytest.mark.theorem("T-simple")
def test_every_eigenvalue_of_a_jordan_pair_has_one_eigenvector():
    A = frames.scaled(jordan_frame()).A
    sigma = np.linalg.svd(A - np.eye(2), compute_uv=False)
    assert sigma[0] >= 0.9
    assert sigma[1] <= 1e-14
