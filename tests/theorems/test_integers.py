"""T-integers: polynomials in V put the integers into the spectrum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.families import Atoms
from framestate.frames.frame import Frame
from framestate.frames.spaces import PiecewisePolynomials


@st.composite
def frames_with_polynomials(draw):
    space = PiecewisePolynomials(cells=3, degree=4)
    p = draw(st.integers(0, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    extra = rng.standard_normal((draw(st.integers(0, 3)), len(space.nodes)))
    values = np.vstack([space.nodes**k for k in range(p + 1)] + [extra])
    return p, Frame(Atoms("polynomials and more", space, space.interpolate(values)))


@pytest.mark.theorem("T-integers")
@given(case=frames_with_polynomials())
def test_polynomials_of_degree_p_give_the_eigenvalues_one_to_p_plus_one(case):
    p, frame = case
    A = frames.scaled(frame).reduced_A
    for k in range(1, p + 2):
        sigma = np.linalg.svd(A - k * np.eye(len(A)), compute_uv=False)
        assert sigma[-1] <= 1e-11 * frame.cond * (1 + sigma[0])


@pytest.mark.theorem("T-integers")
@pytest.mark.parametrize("size", [1, 2, 5, 12])
def test_legendre_has_the_integers_and_nothing_else(size):
    A = frames.scaled(frames.legendre(size)).A
    np.testing.assert_allclose(np.diag(A), np.arange(1, size + 1), rtol=1e-12)
    np.testing.assert_allclose(np.triu(A, 1), 0.0, atol=1e-12 * size**2)
