"""T-mixing, T-encoding: how far the encoding functions are from the decoding ones."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.encoder import Encoder
from framestate.frames.piecewise import Piecewise, piecewise_basis
from framestate.frames.spaces import PiecewisePolynomials
from framestate.frames.testing import random_frames

FRAMES = random_frames(max_rank=5) | random_frames(max_rank=5, complex_valued=True)


def encoding(op, s):
    """w(s) = s^(A_r - I) b, one matrix exponential after the other."""
    rate = op.reduced_A - np.eye(op.rank)
    return np.array([scipy.linalg.expm(np.log(x) * rate) @ op.reduced_B for x in s]).T


def margin(op):
    return np.linalg.eigvals(op.reduced_A).real.min() - 0.5


@pytest.mark.theorem("T-mixing")
@settings(max_examples=6)
@given(frame=FRAMES)
def test_mixing_is_the_distance_of_the_encoding_from_the_decoding_functions(frame):
    op = frames.scaled(frame)
    assume(margin(op) > 0.05)
    found = frames.mixing(frame)
    assert found.heard == found.rank == op.rank
    # |conj e - w|^2 by Simpson's rule in t = -log s, w by equal steps
    t, h = np.linspace(0.0, 80.0, 40_001, retstep=True)
    step = scipy.linalg.expm(-h * (op.reduced_A - 0.5 * np.eye(op.rank)))
    w = np.empty((len(t), op.rank), dtype=complex)
    w[0] = op.reduced_B
    for k in range(1, len(t)):
        w[k] = step @ w[k - 1]
    e = frame.basis(np.exp(-t)).conj() * np.exp(-t / 2)
    squared = scipy.integrate.simpson(np.sum(np.abs(e - w.T) ** 2, axis=0), x=t)
    # corners of e between the nodes cost h^2 times the jump of the slope
    slope = np.linalg.norm(frame.atoms.space.derivative(frame.basis_coordinates))
    assert abs(squared - found.error**2) <= 1e-4 * (1 + slope)


@pytest.mark.theorem("T-mixing")
@settings(max_examples=25)
@given(frame=FRAMES)
def test_the_matrix_solves_its_equation_up_to_what_leaves_the_span(frame):
    """A_r M + M F^H = b b^H - rho, F = A_r - I, rho = int w ((I - P) s e')^T."""
    op, basis = frames.scaled(frame), piecewise_basis(frame)
    encoder = Encoder(op.reduced_A, op.reduced_B)
    flow = basis.space.dilation(basis.x)
    gap = Piecewise(basis.space, flow - (flow @ basis.x.conj().T) @ basis.x)
    degree = basis.space.degree
    M, rho = (encoder.against(g, basis.mesh, degree=degree) for g in (basis, gap))
    b, F = op.reduced_B, op.reduced_A - np.eye(op.rank)
    residual = op.reduced_A @ M + M @ F.conj().T - np.outer(b, b.conj()) + rho
    scale = np.linalg.norm(op.reduced_A) * (1 + np.linalg.norm(gap.x))
    np.testing.assert_allclose(residual, 0.0, rtol=0, atol=1e-12 * scale)


@pytest.mark.theorem("T-mixing")
@pytest.mark.parametrize("size", [1, 4, 33])
def test_alignment_is_one_where_the_closure_is_exact(size):
    found = frames.mixing(frames.legendre(size))
    assert abs(found.alignment - 1) <= 1e-13 * size
    assert found.gap <= 1e-11 * size


@pytest.mark.theorem("T-mixing")
@settings(max_examples=25)
@given(frame=FRAMES)
def test_where_the_closure_is_not_exact_alignment_is_below_one(frame):
    found = frames.mixing(frame)
    if found.gap > 0.1:
        assert found.alignment < 1 - 1e-9


@pytest.mark.theorem("T-encoding")
@given(frame=FRAMES, degree=st.integers(0, 6), seed=st.integers(0, 2**32 - 1))
def test_toward_zero_the_equation_holds_for_every_polynomial(frame, degree, seed):
    op = frames.scaled(frame)
    g = Piecewise(
        PiecewisePolynomials(cells=1, degree=degree),
        np.random.default_rng(seed).standard_normal((1, degree + 1)),
    )
    whole = np.array([0.0, 1.0])
    encoder = Encoder(op.reduced_A, op.reduced_B)
    found = encoder.against(g, whole, degree=degree)[:, 0]
    # monomials one by one: int s^n s^(A - I) b = (A + n)^-1 b
    powers = np.linalg.solve(
        np.vander(np.linspace(0, 1, degree + 1), increasing=True),
        g(np.linspace(0, 1, degree + 1))[0],
    )
    expected = sum(
        c * np.linalg.solve(op.reduced_A + n * np.eye(op.rank), op.reduced_B)
        for n, c in enumerate(powers)
    )
    scale = np.abs(powers).sum() * np.linalg.norm(op.reduced_B)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * scale)


@pytest.mark.theorem("T-encoding")
@settings(max_examples=25)
@given(frame=FRAMES, cells=st.integers(2, 9))
def test_the_mesh_does_not_matter(frame, cells):
    op = frames.scaled(frame)
    encoder = Encoder(op.reduced_A, op.reduced_B)
    g = Piecewise(PiecewisePolynomials(cells=1, degree=2), np.eye(3))
    one, many = (encoder.against(g, np.arange(n + 1) / n, degree=2) for n in (1, cells))
    scale = 1 + np.linalg.norm(op.reduced_A)
    np.testing.assert_allclose(one, many, rtol=0, atol=1e-13 * scale)


@pytest.mark.theorem("T-encoding")
def test_an_operator_whose_eigenvectors_are_useless_is_no_harder():
    op = frames.scaled(frames.legendre(40))
    cond = np.linalg.cond(np.linalg.eig(op.A)[1])
    assert cond > 1e12
    basis = piecewise_basis(frames.legendre(40))
    M = Encoder(op.A, op.B).against(basis, np.array([0.0, 1.0]), degree=39)
    np.testing.assert_allclose(M, np.eye(40), rtol=0, atol=1e-12)
