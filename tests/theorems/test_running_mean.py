"""T-mean: where V holds the constants, eigenvalue 1 carries the running mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames, ssm
from framestate.frames.testing import random_frames


def coordinates_of_one(frame):
    nodes, weights = np.polynomial.legendre.leggauss(8)
    cells = frame.atoms.space.cells
    s = ((np.arange(cells)[:, None] + (nodes + 1) / 2) / cells).ravel()
    return frame.basis(s) @ np.tile(weights / 2 / cells, cells)


@pytest.mark.theorem("T-mean")
@given(frame=random_frames(constants=True))
def test_the_constants_are_a_left_eigenvector_to_the_eigenvalue_one(frame):
    A = frames.scaled(frame).reduced_A
    one = coordinates_of_one(frame)
    assert abs(one @ one - 1.0) <= 1e-10  # the constants do lie in V
    bound = 1e-12 * len(A) * (1 + np.linalg.norm(A, 2)) * frame.cond
    np.testing.assert_allclose(one @ A, one, rtol=0, atol=bound)


@pytest.mark.theorem("T-mean")
@given(frame=random_frames(constants=True), seed=st.integers(0, 2**31))
def test_the_state_against_the_constants_is_the_running_mean(frame, seed):
    op = frames.scaled(frame)
    u = np.random.default_rng(seed).standard_normal(30)
    clock = ssm.discretize(ssm.reduce(op), method="exact")
    means = ssm.run(clock, u).states @ coordinates_of_one(frame)
    expected = np.cumsum(u) / np.arange(1, 31)
    bound = 1e-10 * frame.cond * (1 + np.linalg.norm(op.reduced_A, 2))
    np.testing.assert_allclose(means, expected, rtol=0, atol=bound)


@pytest.mark.theorem("T-mean")
@given(frame=random_frames(constants=True))
def test_the_mean_never_couples_to_the_redundant_copies_of_one(frame):
    op = frames.scaled(frame)
    kernel = np.linalg.svd(op.synthesis)[2][op.rank :].T
    row = coordinates_of_one(frame) @ op.synthesis
    assert np.abs(row @ kernel).max(initial=0.0) <= 1e-12 * frame.cond
