"""Operators: closed forms, identities, error bounds."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from framestate import frames
from framestate.frames.operators import forms
from framestate.frames.operators.forms import rounding_bound
from framestate.frames.testing import random_frames

EPS = np.finfo(np.float64).eps


def close(found, expected, *, size):
    # entries up to 2 N or 2 pi N, each from sums of N terms
    np.testing.assert_allclose(found, expected, rtol=0, atol=20 * size**2 * EPS)


@pytest.mark.theorem("T-scaled-operator")
@given(size=st.integers(1, 80))
def test_scaled_legendre_is_legs(size):
    derived, closed = frames.scaled(frames.legendre(size)), frames.legs(size)
    close(derived.A, closed.A, size=size)
    close(derived.B, closed.B, size=size)


@pytest.mark.theorem("T-translated-operator")
@given(size=st.integers(1, 80))
def test_translated_legendre_is_legt(size):
    derived, closed = frames.translated(frames.legendre(size)), frames.legt(size)
    close(derived.A, closed.A, size=size)
    close(derived.B, closed.B, size=size)


@pytest.mark.theorem("T-translated-operator")
@given(size=st.integers(1, 80), closure=st.sampled_from(["weak", "strong"]))
def test_translated_fourier_is_fout_with_either_closure(size, closure):
    derived = frames.translated(frames.fourier(size), closure=closure)
    closed = frames.fout(size, closure=closure)
    close(derived.A, closed.A, size=size)
    close(derived.B, closed.B, size=size)


@pytest.mark.parametrize("size", [500, 1000])
def test_large_legendre_orders_keep_the_closed_form(size):
    derived, closed = frames.scaled(frames.legendre(size)), frames.legs(size)
    np.testing.assert_allclose(derived.A, closed.A, rtol=1e-12, atol=1e-9)


OFFERED = (
    lambda: frames.legendre(1),
    lambda: frames.legendre(65),
    lambda: frames.fourier(65),
    lambda: frames.fourier(64),
    lambda: frames.wavelet_frame("db2", scales=(0, 2), shift=0.05),
    lambda: frames.wavelet_frame("sym8", scales=(-1, 1), shift=0.05),
    lambda: frames.wavelet_frame("coif3", scales=(0, 2), shift=0.1),
    lambda: frames.wavelet_frame("db20", scales=(0, 2), shift=0.05),
)


@pytest.mark.parametrize("make", OFFERED)
def test_the_lyapunov_identities_hold_for_every_frame_offered(make):
    check_lyapunov(make())


@pytest.mark.parametrize("scales", [(0, 3), (-1, 2)])
@pytest.mark.parametrize("rcond", [0.1, 0.01, 1e-3])
def test_the_lyapunov_identities_hold_for_the_papers_frames(
    papers_frame, scales, rcond
):
    check_lyapunov(dataclasses.replace(papers_frame(*scales), rcond=rcond))


def check_lyapunov(frame):
    near, far = frame.basis(1.0)[:, 0], frame.basis(0.0)[:, 0]
    promised = 1e-12 * frame.rank
    A = frames.scaled(frame).reduced_A
    scaled_gap = A + A.T - np.eye(frame.rank) - np.outer(near, near)
    assert np.abs(scaled_gap).max() <= promised
    A = frames.translated(frame).reduced_A
    translated_gap = A + A.T - np.outer(far, far) - np.outer(near, near)
    assert np.abs(translated_gap).max() <= promised


@pytest.mark.parametrize("derive", [frames.scaled, frames.translated])
@given(frame=random_frames())
def test_the_factored_matrix_is_the_definition_with_projected_atoms(derive, frame):
    op = derive(frame)
    space, duals = frame.atoms.space, frame.synthesis.T @ frame.basis_coordinates
    projected = frame.analysis @ frame.basis_coordinates
    if op.measure == "scaled":
        defined = np.eye(frame.size) + space.dilation(projected) @ duals.T
    else:
        ends = frame.analysis @ frame.basis(0.0), frame.duals(0.0)
        defined = ends[0] @ ends[1].T + space.derivative(projected) @ duals.T
    scale = np.abs(defined).max()
    bound = 1e3 * space.dimension * EPS * frame.cond * scale
    np.testing.assert_allclose(op.A, defined, rtol=0, atol=bound)
    np.testing.assert_allclose(
        op.B, frame.analysis @ frame.basis(1.0)[:, 0], rtol=0, atol=bound
    )


@given(frame=random_frames())
def test_the_error_bound_holds_against_extended_precision(frame):
    op = frames.scaled(frame)
    e = frame.basis_coordinates.astype(np.longdouble)
    flow = _dilation_longdouble(frame, e)
    exact = np.eye(frame.rank) + flow @ e.T
    assert np.abs(op.reduced_A - exact).max() <= op.error_bound
    assert op.error_bound <= 1e-9 * np.abs(op.reduced_A).max()


def test_the_rounding_bound_is_that_of_the_largest_rows():
    rows = np.array([[1e-3, 0.0], [3.0, 4.0], [0.0, 1e-3]])
    # two operations a term and factor, two terms, two norms of 5
    assert abs(rounding_bound(rows, rows) / (2 * 2 * EPS * 25) - 1) <= 4 * EPS


def _dilation_longdouble(frame, e):
    space = frame.atoms.space
    n, k = np.indices((space.degree + 1,) * 2).astype(np.longdouble)
    odd = (k < n) & ((n - k) % 2 == 1)
    D = np.where(odd, 2 * np.sqrt((2 * n + 1) * (2 * k + 1)), 0)
    m = np.arange(1, space.degree + 1).astype(np.longdouble)
    a = m / (2 * np.sqrt(4 * m**2 - 1))
    J = np.diag(a, 1) + np.diag(a, -1) + np.eye(space.degree + 1) / 2
    slope = e.reshape(len(e), space.cells, -1) @ D
    cell = np.arange(space.cells)[None, :, None]
    return (cell * slope + slope @ J).reshape(e.shape)


def test_the_mesh_does_not_decide_the_spectrum(papers_frame):
    def lowest(frame):
        return min(np.linalg.eigvals(frames.scaled(frame).reduced_A), key=abs)

    default = lowest(papers_frame(0, 3))
    finer = frames.wavelet_frame("db11", scales=(0, 3), tolerance=1e-6)
    # distances of 2.3e-5 enter in the second order, times |A| = 80 and cond(V) = 95
    assert abs(default - lowest(finer)) <= 2.3e-5**2 * 80 * 95
    assert abs(default - 0.92722) <= 1e-4


def test_the_strong_closure_is_in_the_name():
    family = frames.fourier(5)
    for derived, plain in (
        (lambda closure: frames.fout(5, closure=closure), "FouT(5)"),
        (lambda closure: frames.translated(family, closure=closure), family.name),
    ):
        assert derived("weak").name == plain
        assert derived("strong").name == f"{plain}, strong closure"


def test_a_window_that_is_not_periodic_has_no_strong_closure():
    with pytest.raises(frames.InvalidInputError, match="at the seam"):
        frames.translated(frames.legendre(4), closure="strong")


@pytest.mark.parametrize(
    "call",
    [
        lambda: frames.translated(frames.legendre(4), closure="closed"),
        lambda: frames.fout(5, closure="closed"),
    ],
)
def test_an_unknown_closure_is_refused(call):
    with pytest.raises(frames.InvalidInputError, match="'weak' and 'strong'"):
        call()


def test_the_time_invariant_reuse_changes_the_clock_and_nothing_else():
    op = frames.scaled(frames.union(frames.legendre(2), frames.legendre(3)))
    reused = frames.time_invariant(op)
    assert (reused.measure, reused.redundant_eigenvalue) == ("translated", 1.0)
    np.testing.assert_array_equal(reused.A, op.A)
    np.testing.assert_array_equal(reused.B, op.B)
    with pytest.raises(frames.InvalidInputError, match="'translated'"):
        frames.time_invariant(reused)


def test_the_bound_of_a_norm_is_sharp_for_a_diagonal_and_for_a_row():
    for matrix, norm in ((np.diag([2.0, 3.0]), 3.0), (np.array([[1.0, 1.0]]), 2**0.5)):
        bound = forms._norm_bound(csr_array(matrix))
        assert bound == pytest.approx(norm)
        assert bound >= np.linalg.norm(matrix, 2) * (1 - 1e-15)
