"""T-truncation: cutting singular values projects the atoms, and nothing else."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.testing import random_frames


def papers_matrix(frame):
    """A_ij = delta_ij + <s phi_i', dual_j> with the atoms as they are, not cut."""
    flow = frame.atoms.space.dilation(frame.atoms.coordinates)
    duals = frame.synthesis.T @ frame.basis_coordinates
    return np.eye(frame.size) + flow @ duals.T


@pytest.mark.theorem("T-truncation")
@given(frame=random_frames(), data=st.data())
def test_the_papers_matrix_and_ours_move_the_reconstruction_alike(frame, data):
    keep = data.draw(st.integers(1, frame.rank))
    cut = dataclasses.replace(frame, keep=keep)
    op = frames.scaled(cut)
    # reconstruction sees R c only: R A = A_r R for both
    scale = (1 + np.linalg.norm(op.reduced_A, 2)) * cut.cond * frame.cond
    for A in (papers_matrix(cut), op.A):
        np.testing.assert_allclose(
            op.synthesis @ A,
            op.reduced_A @ op.synthesis,
            rtol=0,
            atol=1e-11 * scale * np.abs(op.synthesis).max(),
        )


@pytest.mark.theorem("T-truncation")
@given(frame=random_frames(), data=st.data())
def test_the_cut_operator_satisfies_the_lyapunov_identity_on_what_is_left(frame, data):
    keep = data.draw(st.integers(1, frame.rank))
    op = frames.scaled(dataclasses.replace(frame, keep=keep))
    A, b = op.reduced_A, op.reduced_B
    assert np.abs(A + A.T - np.eye(keep) - np.outer(b, b)).max() <= 1e-12 * frame.rank
