"""Families against closed forms: LegS, LegT, FouT, LagT, Bernstein's integers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from scipy.linalg import expm

from framestate import frames

EPS = np.finfo(np.float64).eps


def impulse_response(op, readout, t):
    """Readout of exp(-A_r t) b: what does not depend on the basis of V."""
    return readout @ expm(-t * op.reduced_A) @ op.reduced_B


@pytest.mark.parametrize("derive", [frames.scaled, frames.translated])
@pytest.mark.parametrize("make", [frames.chebyshev, frames.bernstein])
@pytest.mark.parametrize("size", [1, 2, 9])
def test_any_basis_of_the_polynomials_remembers_what_legendre_does(make, derive, size):
    s = np.linspace(0, 1, 7)
    frame, legendre = make(size), frames.legendre(size)
    found = impulse_response(derive(frame), frame.basis(s).T, 0.1)
    expected = impulse_response(derive(legendre), legendre.basis(s).T, 0.1)
    # values up to size^2 from products of size terms
    np.testing.assert_allclose(found, expected, rtol=0, atol=100 * size**4 * EPS)


@given(size=st.integers(1, 30))
def test_the_singular_values_of_bernstein_are_known(size):
    frame = frames.bernstein(size)
    found = np.linalg.svd(frame.atoms.coordinates, compute_uv=False)
    np.testing.assert_allclose(
        frame.singular_values, found, rtol=0, atol=10 * size * EPS
    )


def test_bernstein_duals_are_exact_where_floats_could_not_find_them():
    frame = frames.bernstein(40)
    assert frame.cond > 1e11
    # dual_j(0) = (-1)^j (n+1) C(n+1, j+1); reading it off the Legendre functions
    # cancels to one part in cond
    size = np.abs(frame.synthesis).max() * 40
    np.testing.assert_allclose(
        frame.duals(0.0)[:2, 0], [40 * 40, -40 * 780], rtol=0, atol=10 * size * EPS
    )


@pytest.mark.parametrize("derive", [frames.scaled, frames.translated])
@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_the_flow_of_bernstein_is_the_product_of_its_factors(derive, size):
    op = derive(frames.bernstein(size))
    assert op.flow is not None
    mu = op.redundant_eigenvalue
    product = op.analysis @ (op.reduced_A - mu * np.eye(size)) @ op.synthesis
    bound = 100 * size**3 * EPS * np.abs(op.synthesis).max()
    np.testing.assert_allclose(op.A - mu * np.eye(size), product, rtol=0, atol=bound)


def test_bernstein_operators_have_whole_numbers_at_any_condition():
    A = frames.scaled(frames.bernstein(80)).A
    k = np.arange(80.0)
    np.testing.assert_array_equal(A, np.diag(k + 1) - np.diag(k[1:], 1))
    A = frames.translated(frames.bernstein(80)).A
    np.testing.assert_array_equal(A, np.round(A))


@given(size=st.integers(1, 60), scale=st.floats(0.1, 10.0))
def test_lagt_is_hippos_and_its_identity_has_nothing_at_the_far_end(size, scale):
    op = frames.lagt(size, scale=scale)
    assert op.measure == "translated"
    expected = np.tri(size) - 0.5 * np.eye(size)
    np.testing.assert_allclose(op.A, scale * expected, rtol=2 * EPS)
    np.testing.assert_allclose(op.B, np.sqrt(scale), rtol=2 * EPS)
    gap = op.A + op.A.T - np.outer(op.B, op.B)
    assert np.abs(gap).max() <= 4 * EPS * scale


@pytest.mark.theorem("T-laguerre")
def test_the_translated_operator_of_laguerre_functions_tends_to_lagt():
    def distance(scale: float) -> float:
        frame = frames.laguerre(6, scale=scale)
        # back to the atoms: the basis that was found is another one
        gap = frames.translated(frame).A - frames.lagt(6, scale=scale).A
        return float(np.abs(gap).max() / scale)

    for scale in (30.0, 40.0, 60.0):
        beyond = np.exp(-scale) * special.eval_laguerre(5, scale) ** 2
        assert beyond / 10 <= distance(scale) <= 10 * beyond
    assert distance(160.0) <= 1e-12


def test_laguerre_functions_are_orthonormal_when_the_window_holds_them():
    frame = frames.laguerre(10, scale=120.0)
    gram = frame.atoms.coordinates @ frame.atoms.coordinates.T
    np.testing.assert_allclose(gram, np.eye(10), rtol=0, atol=1e-12)
    np.testing.assert_allclose(frame.atoms(np.ones(1)), np.sqrt(120.0), rtol=1e-12)


@pytest.mark.parametrize("size", [1, 5, 9])
@pytest.mark.parametrize("closure", [None, "weak", "strong"])
def test_complex_and_real_waves_give_the_same_memory(size, closure):
    s = np.linspace(0, 1, 9)

    def response(frame):
        if closure is None:
            return impulse_response(frames.scaled(frame), frame.basis(s).T, 0.3)
        op = frames.translated(frame, closure=closure)
        return impulse_response(op, frame.basis(s).T, 0.3)

    found = response(frames.fourier(size, field="complex"))
    expected = response(frames.fourier(size))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * size)


def test_the_strong_closure_holds_for_complex_waves():
    op = frames.translated(frames.fourier(5, field="complex"), closure="strong")
    expected = 2 + np.diag(2j * np.pi * np.array([0, -1, 1, -2, 2]))
    np.testing.assert_allclose(op.A, expected, rtol=0, atol=1e-13)
    np.testing.assert_allclose(op.B, 2 + 0j, rtol=0, atol=1e-13)


def test_the_strong_closure_is_refused_for_complex_atoms_that_do_not_close():
    frame = frames.gabor(time_step=0.3, frequency_step=2.0, modulations=1)
    with pytest.raises(frames.InvalidInputError, match="seam"):
        frames.translated(frame, closure="strong")


@pytest.mark.parametrize("top", range(4))
def test_complex_waves_have_real_parts_one(top):
    A = frames.scaled(frames.fourier(2 * top + 1, field="complex")).A
    np.testing.assert_allclose(np.linalg.eigvals(A).real, 1.0, rtol=0, atol=1e-11)
