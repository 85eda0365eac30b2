"""T-periodic, T-vanishing: spectra on the lines Re = 1 and Re = 1/2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.families import Atoms
from framestate.frames.frame import Frame
from framestate.frames.spaces import PiecewisePolynomials


@pytest.mark.theorem("T-periodic")
@given(top=st.integers(0, 20))
def test_a_periodic_space_closed_under_differentiation_has_real_part_one(top):
    A = frames.scaled(frames.fourier(2 * top + 1)).A
    lam = np.linalg.eigvals(A)
    np.testing.assert_allclose(lam.real, 1.0, rtol=0, atol=1e-11 * len(A))


@pytest.mark.theorem("T-vanishing")
@given(cells=st.integers(1, 4), count=st.integers(1, 4), seed=st.integers(0, 2**31))
def test_atoms_that_vanish_now_hear_nothing_and_lie_on_one_half(cells, count, seed):
    space = PiecewisePolynomials(cells=cells, degree=4)
    values = np.random.default_rng(seed).standard_normal((count, len(space.nodes)))
    values[:, -1] = 0.0
    frame = Frame(Atoms("deaf atoms", space, space.interpolate(values)), rcond=1e-6)
    op = frames.scaled(frame)
    scale = np.abs(frame.basis(space.nodes)).max()
    np.testing.assert_allclose(op.reduced_B, 0.0, atol=1e-11 * scale)
    # A_r - I/2 is skew, so the eigenvalues are as exact as the matrix
    lam = np.linalg.eigvals(op.reduced_A)
    bound = 1e-11 * (1 + np.linalg.norm(op.reduced_A, 2))
    np.testing.assert_allclose(lam.real, 0.5, rtol=0, atol=bound)
