"""T-gram: the span from the Gram matrix is the span from the coordinates."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from framestate import frames
from framestate.frames import frame as frame_module
from framestate.frames import gram
from framestate.frames.combination import Combination, Tiles
from framestate.frames.families import Atoms
from framestate.frames.frame import Frame
from framestate.frames.gram import RESOLUTION, factorize_gram, tridiagonalize
from framestate.frames.spaces import PiecewisePolynomials
from framestate.frames.span import factorize

EPS = float(np.finfo(np.float64).eps)


@st.composite
def local_atoms(draw, *, complex_atoms=None):
    """Continuous functions on few cells each, with some that are combinations."""
    space = PiecewisePolynomials(
        cells=draw(st.integers(3, 12)), degree=draw(st.integers(1, 4))
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, space.cells))
    values = np.zeros((count, len(space.nodes)))
    for row, start in zip(values, rng.integers(0, space.cells, count), strict=True):
        inside = slice(start * space.degree + 1, (start + 2) * space.degree)
        row[inside] = rng.standard_normal(len(row[inside]))
    if complex_atoms or (complex_atoms is None and draw(st.booleans())):
        values = values * np.exp(2j * np.pi * rng.random((count, 1)))
    x = space.interpolate(values)
    x = x * 10.0 ** -rng.uniform(0.0, draw(st.floats(0.0, 4.0)), (count, 1))
    twice = rng.integers(0, count, draw(st.integers(0, 4)))
    return Atoms("local atoms", space, csr_array(np.vstack([x, -0.5 * x[twice]])))


def widest_gap(s):
    """How many singular values to keep: none is kept that the Gram way may not."""
    kept = s[s >= 10 * RESOLUTION * s[0]]
    following = np.append(s, 0.0)[1 : len(kept) + 1]
    return int(np.argmax(kept**2 - following**2 > 0.5 * kept**2) + 1), kept, following


@pytest.mark.theorem("T-gram")
@given(atoms=local_atoms())
def test_both_ways_find_the_same_span(atoms):
    x = atoms.coordinates
    direct, found = factorize(x.toarray()), factorize_gram(Tiles(atoms.space, x))
    s, t = direct.singular_values, found.singular_values
    unit = sum(x.shape) * EPS * s[0] ** 2  # rounding of the Gram matrix
    shared = min(len(s), len(t))
    assert np.abs(s[:shared] ** 2 - t[:shared] ** 2).max() <= 2 * unit
    rank, kept, following = widest_gap(s)
    gap = (kept**2 - following**2)[rank - 1]
    assert found.resolves(rank)
    e, span = direct.right[:rank], found.cut(rank)
    f = span.coordinates
    # projectors: Davis and Kahan for the subspace, and the rounding of f itself
    angle = 4 * unit / gap + sum(x.shape) * EPS * s[0] / kept[rank - 1]
    assert np.abs(e.conj().T @ e - f.conj().T @ f).max() <= angle


@pytest.mark.theorem("T-gram")
@given(atoms=local_atoms())
def test_the_maps_of_the_gram_way_belong_to_its_basis(atoms):
    x = atoms.coordinates
    found = factorize_gram(Tiles(atoms.space, x))
    rank, kept, _ = widest_gap(found.singular_values)
    span, eye = found.cut(rank), np.eye(rank)
    cond, unit = kept[0] / kept[rank - 1], sum(x.shape) * EPS
    e = span.coordinates
    assert np.abs(e @ e.conj().T - eye).max() <= 4 * unit * cond
    assert np.abs(span.synthesis @ span.analysis - eye).max() <= 4 * unit * cond
    # T = conj(C e^H), and e = conj(R) C
    defined = (x @ e.conj().T).conj()
    bound = 4 * unit * cond * kept[0]
    np.testing.assert_allclose(span.analysis, defined, rtol=0, atol=bound)
    np.testing.assert_allclose(
        span.synthesis.conj() @ x, e, rtol=0, atol=4 * unit * cond
    )
    np.testing.assert_array_equal(span.singular_values, found.singular_values)


@pytest.mark.theorem("T-gram")
@pytest.mark.parametrize("phase", [1.0, 1j])
def test_nearly_dependent_atoms_lose_their_condition_once_and_not_twice(phase):
    rng = np.random.default_rng(23)
    space = PiecewisePolynomials(cells=20, degree=3)
    s = np.geomspace(1.0, 2e-5, 20)
    U, W = (np.linalg.qr(rng.standard_normal((n, 20)))[0] for n in (30, 80))
    x = csr_array((U * s @ W.T) * (1.0 + phase))
    span = factorize_gram(Tiles(space, x)).cut(20)
    e, eye = span.coordinates, np.eye(20)
    once = 4 * sum(x.shape) * EPS / s[-1]
    assert once <= 0.1 * EPS / s[-1] ** 2  # what the eigenvectors alone would give
    assert np.abs(e @ e.conj().T - eye).max() <= once
    assert np.abs(span.synthesis @ span.analysis - eye).max() <= once
    defined = (x @ e.conj().T).conj()
    np.testing.assert_allclose(span.analysis, defined, rtol=0, atol=once)


@given(atoms=local_atoms(complex_atoms=False))
def test_operators_are_the_same_in_pieces_and_at_once(atoms):
    x = atoms.coordinates
    found = factorize_gram(Tiles(atoms.space, x))
    rank, kept, _ = widest_gap(found.singular_values)
    span = found.cut(rank)
    lazy = Frame(atoms, exact=span)
    whole = Frame(atoms, exact=dataclasses.replace(span, basis=span.coordinates))
    assert isinstance(lazy.span.basis, Combination)
    cond = kept[0] / kept[rank - 1]
    for derive in (frames.scaled, frames.translated):
        op, expected = derive(lazy), derive(whole)
        bound = op.error_bound + expected.error_bound
        assert np.abs(op.A_r - expected.A_r).max() <= bound
        assert op.error_bound == pytest.approx(expected.error_bound, rel=1e-6)
        np.testing.assert_allclose(op.b, expected.b, rtol=0, atol=1e-12 * cond)
        e = lazy.basis_coordinates.astype(np.longdouble)
        if derive is frames.scaled:
            exact = np.eye(rank) + _dilation(atoms.space, e) @ e.T
            assert np.abs(op.A_r - exact).max() <= op.error_bound


def _dilation(space, e):
    n, k = np.indices((space.degree + 1,) * 2).astype(np.longdouble)
    odd = (k < n) & ((n - k) % 2 == 1)
    D = np.where(odd, 2 * np.sqrt((2 * n + 1) * (2 * k + 1)), 0)
    m = np.arange(1, space.degree + 1).astype(np.longdouble)
    a = m / (2 * np.sqrt(4 * m**2 - 1))
    J = np.diag(a, 1) + np.diag(a, -1) + np.eye(space.degree + 1) / 2
    slope = e.reshape(len(e), space.cells, -1) @ D
    cell = np.arange(space.cells)[None, :, None]
    return (cell * slope + slope @ J).reshape(e.shape)


@settings(max_examples=40)
@given(
    size=st.integers(1, 70),
    seed=st.integers(0, 2**32 - 1),
    complex_entries=st.booleans(),
    data=st.data(),
)
def test_the_largest_eigenvalues_are_found_with_their_vectors(
    size, seed, complex_entries, data
):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((size, size + 1))
    if complex_entries:
        x = x + 1j * rng.standard_normal((size, size + 1))
    G = x @ x.conj().T
    found, count = tridiagonalize(G.copy()), data.draw(st.integers(1, size))
    bound = 50 * size * EPS * np.linalg.norm(G, 2)
    expected = np.linalg.eigvalsh(G)[::-1]
    np.testing.assert_allclose(found.eigenvalues, expected, rtol=0, atol=bound)
    lam, U = found.largest(count)
    np.testing.assert_allclose(lam, expected[:count], rtol=0, atol=bound)
    np.testing.assert_allclose(G @ U, U * lam, rtol=0, atol=bound)
    np.testing.assert_allclose(
        U.conj().T @ U, np.eye(count), rtol=0, atol=50 * size * EPS
    )


def test_a_status_of_lapack_is_not_passed_over():
    with pytest.raises(ArithmeticError, match="argument 4"):
        gram._checked((np.eye(2), -4))


def test_singular_values_that_rounding_hides_are_0():
    space = PiecewisePolynomials(cells=4, degree=2)
    x = np.zeros((3, 12))
    x[0, :6], x[1, 6:], x[2, :6] = 1.0, 1e-9, 1.0
    found = factorize_gram(Tiles(space, csr_array(x)))
    np.testing.assert_array_equal(found.singular_values[1:], 0.0)
    assert found.resolves(1)
    assert not found.resolves(2)
    assert not found.resolves(4)


def large_atoms(smallest):
    """Bumps on 1 of 600 cells, 24 of them, of which the last is ``smallest``."""
    space = PiecewisePolynomials(cells=600, degree=3)
    rng = np.random.default_rng(3)
    values = np.zeros((24, len(space.nodes)))
    for n, row in enumerate(values):
        row[75 * n + 1 : 75 * n + 3] = rng.uniform(1.0, 2.0, 2)
    x = space.interpolate(values)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    x[-1] *= smallest
    return Atoms("bumps", space, csr_array(x))


@pytest.fixture
def _anything_is_large(monkeypatch):
    monkeypatch.setattr(gram, "LARGE", 1)


@pytest.mark.usefixtures("_anything_is_large")
@pytest.mark.parametrize(
    ("smallest", "arguments", "rank", "by_gram"),
    [
        (1e-3, {"rcond": 1e-4}, 24, True),
        (1e-3, {"rcond": 1e-2}, 23, True),
        (1e-3, {"rcond": 0.9e-5}, 24, False),  # may ask for less than is resolved
        (1e-3, {"keep": 24}, 24, True),
        (1e-6, {"keep": 24}, 24, False),  # does ask for it
        (1e-6, {"keep": 23}, 23, True),
        (1e-6, {"rcond": 1e-5}, 23, True),
        (1e-3, {}, 24, False),
    ],
)
def test_the_gram_matrix_serves_what_it_resolves(smallest, arguments, rank, by_gram):
    frame = Frame(large_atoms(smallest), **arguments)
    assert frame.rank == rank
    assert isinstance(frame.span.basis, Combination) == by_gram
    assert frame.cond == pytest.approx(1 / smallest if rank == 24 else 1.0, rel=1e-6)


@pytest.mark.usefixtures("_anything_is_large")
@pytest.mark.parametrize("keep", [25, 30])
def test_more_dimensions_than_there_are_atoms_are_refused(keep):
    with pytest.raises(frames.RankError, match="its atoms span 24 dimensions"):
        Frame(large_atoms(1.0), keep=keep)


def test_small_or_dense_frames_are_decomposed_directly():
    atoms = large_atoms(1.0)
    assert not isinstance(Frame(atoms, rcond=0.1).span.basis, Combination)
    dense = dataclasses.replace(atoms, coordinates=atoms.coordinates.toarray())
    assert not isinstance(Frame(dense, rcond=0.1).span.basis, Combination)


@pytest.mark.parametrize(
    ("atoms", "dimension", "entries", "suits"),
    [
        (2**10, 2**12, 2**20, True),
        (2**10 - 1, 2**12, 2**20, False),  # small
        (2**11, 2**11, 2**20, False),  # no longer than many
        (2**10, 2**12, 3 * 2**20, False),  # full
    ],
)
def test_the_gram_matrix_is_for_long_sparse_atoms(atoms, dimension, entries, suits):
    assert gram.suits_gram(atoms, dimension, entries) == suits


@pytest.mark.usefixtures("_anything_is_large")
def test_an_effective_rank_below_what_the_gram_matrix_resolves_is_found_directly():
    frame = Frame(large_atoms(1e-6), rcond=0.01)
    assert frame.all_singular_values[-1] == pytest.approx(1e-6, rel=1e-2)
    assert frame.effective_rank(tolerance=0.99e-6) == 24
    assert frame.effective_rank(tolerance=1.01e-6) == 23
    assert frame.effective_rank(tolerance=0.1) == 23
    hidden = Frame(large_atoms(1e-9), rcond=0.01)
    assert hidden.all_singular_values[-1] == 0.0
    assert hidden.effective_rank(tolerance=0.9e-9) == 24
    assert hidden.effective_rank() == pytest.approx(23.0, rel=1e-6)


@pytest.mark.usefixtures("_anything_is_large")
def test_a_decomposition_that_needs_too_much_memory_is_refused(monkeypatch):
    monkeypatch.setattr(frame_module, "MAX_GIB", 1e-6)
    frame = Frame(large_atoms(1.0), rcond=0.01)
    assert frame.rank == 24
    assert frame.effective_rank(tolerance=RESOLUTION) == 24
    for ask in (
        lambda: frame.effective_rank(tolerance=1e-7),
        lambda: dataclasses.replace(frame, rcond=1e-7).rank,
    ):
        with pytest.raises(frames.InvalidInputError, match="GiB allowed"):
            ask()
    # coordinates that are dense are there already
    dense = dataclasses.replace(
        frame.atoms, coordinates=frame.atoms.coordinates.toarray()
    )
    assert Frame(dense, rcond=1e-7).rank == 24


def test_memory_is_counted_in_gib():
    assert gram.gram_gib(2**13, 0) == pytest.approx(1.5)
    assert gram.gram_gib(0, 2**27) == pytest.approx(3.0)
