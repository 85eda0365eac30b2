"""The span as a value: exact spans, combinations of atoms in tiles, ranks."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, eye_array

from framestate import frames
from framestate.frames.combination import Combination, Tiles, is_sparse
from framestate.frames.families import Atoms
from framestate.frames.frame import Frame
from framestate.frames.spaces import PiecewisePolynomials
from framestate.frames.span import Span, factorize
from framestate.frames.testing import random_frames

EPS = float(np.finfo(np.float64).eps)
SPACES = (
    PiecewisePolynomials(cells=7, degree=3),
    PiecewisePolynomials(cells=1, degree=5),
    PiecewisePolynomials(cells=40, degree=0),
)


def scattered(rng, rows, columns, *, complex_entries=False):
    """Random rows, most entries of which are zero."""
    x = rng.standard_normal((rows, columns))
    if complex_entries:
        x = x + 1j * rng.standard_normal((rows, columns))
    return csr_array(x * (rng.random((rows, columns)) < 0.2))


@st.composite
def combinations(draw):
    space = draw(st.sampled_from(SPACES))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    atoms, kind = draw(st.integers(1, 9)), draw(st.booleans())
    x = scattered(rng, atoms, space.dimension, complex_entries=kind)
    weights = rng.standard_normal((draw(st.integers(1, 4)), atoms)).astype(x.dtype)
    return Combination(weights, Tiles(space, x))


@given(functions=combinations(), s=st.lists(st.floats(0, 1), max_size=5).map(np.array))
def test_a_combination_is_the_product_that_it_stands_for(functions, s):
    space, x = functions.tiles.space, functions.tiles.coordinates.toarray()
    whole = functions.weights @ x
    size = 1.0 + np.abs(functions.weights).sum() * np.abs(x).sum()
    bound = x.size * EPS * size**2
    assert functions.shape == whole.shape
    np.testing.assert_allclose(functions.toarray(), whole, rtol=0, atol=bound)
    np.testing.assert_allclose(
        functions.gram(), whole @ whole.conj().T, rtol=0, atol=bound
    )
    np.testing.assert_allclose(
        functions.tiles.gram(), x @ x.conj().T, rtol=0, atol=bound
    )
    points = s.astype(np.float64)
    values = space.evaluate(whole, points)
    np.testing.assert_allclose(
        functions.evaluate(points), values, rtol=0, atol=100 * bound
    )


@given(functions=combinations())
def test_both_maps_may_be_taken_part_by_part(functions):
    space, whole = functions.tiles.space, functions.toarray()
    pieces = list(functions.pieces())
    ends = [part.columns.start for part, _ in pieces]
    ends.append(pieces[-1][0].columns.stop)
    assert ends == sorted({0, *ends})
    assert ends[-1] == space.dimension
    scale = 1.0 + np.abs(whole).sum()
    for name in ("derivative", "dilation"):
        parts = [getattr(part, name)(x) for part, x in pieces]
        expected = getattr(space, name)(whole)
        bound = 1e3 * space.dimension * EPS * scale
        np.testing.assert_allclose(np.hstack(parts), expected, rtol=0, atol=bound)


@pytest.mark.parametrize("space", SPACES, ids=str)
@pytest.mark.parametrize("name", ["derivative", "dilation"])
def test_the_maps_of_sparse_rows_are_those_of_dense_ones(space, name):
    x = scattered(np.random.default_rng(5), 4, space.dimension)
    found = getattr(space, name)(x)
    dense = found if isinstance(found, np.ndarray) else found.toarray()
    expected = getattr(space, name)(x.toarray())
    np.testing.assert_allclose(
        dense, expected, rtol=0, atol=1e3 * EPS * np.abs(x).sum()
    )


def test_tiles_are_about_as_wide_as_the_atoms():
    space = PiecewisePolynomials(cells=64, degree=3)
    rows = [n // 8 for n in range(128)]
    columns = [16 * (n // 8) + n % 8 for n in range(128)]  # 8 coordinates an atom
    x = csr_array((np.ones(128), (rows, columns)), shape=(16, 256))
    tiles = Tiles(space, x).tiles
    assert len(tiles) == 32
    assert {tile.block.shape for tile in tiles} == {(1, 8), (0, 8)}


@pytest.mark.parametrize(("entries", "sparse"), [(65, True), (67, False)])
def test_two_thirds_of_the_entries_are_where_sparse_rows_stop_to_pay(entries, sparse):
    # an entry with a 4-byte index takes 12 bytes instead of 8
    assert is_sparse(10, 10, entries) == sparse


@pytest.mark.parametrize("shape", [(5, 3), (5, 8), (5, 40)])
def test_the_factors_are_a_singular_value_decomposition(shape):
    x = np.random.default_rng(11).standard_normal(shape)
    found = factorize(x)
    product = found.left * found.singular_values @ found.right
    np.testing.assert_allclose(product, x, rtol=0, atol=1e-13)
    np.testing.assert_allclose(
        found.singular_values, np.linalg.svd(x, compute_uv=False), atol=1e-13
    )


def exact_frame(kind):
    """Two hats and their sum, whose span is known; T, R and e in one storage."""
    space = PiecewisePolynomials(cells=2, degree=1)
    hats = space.interpolate(np.eye(3))[::2]  # the ends' hats do not overlap
    e = hats / np.linalg.norm(hats, axis=1, keepdims=True)
    mixture = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    T = mixture * np.linalg.norm(hats, axis=1)
    R = np.linalg.pinv(T)
    s = np.linalg.svd(T, compute_uv=False)
    span = Span(*(kind(x) for x in (T, R, e)), singular_values=s)
    return Frame(Atoms("hats", space, kind(mixture @ hats)), exact=span)


@pytest.mark.parametrize("kind", [np.array, csr_array])
def test_an_exact_span_says_what_the_decomposition_finds(kind):
    exact = exact_frame(kind)
    found = dataclasses.replace(exact, exact=None)
    assert exact.rank == found.rank == 2
    np.testing.assert_allclose(exact.bounds, found.bounds, rtol=1e-14)
    assert exact.cond == pytest.approx(found.cond, rel=1e-14)
    assert exact.cond == pytest.approx(np.sqrt(3.0), rel=1e-14)  # G = I + ones
    for tolerance in (None, 0.5, 0.6):
        assert exact.effective_rank(tolerance=tolerance) == pytest.approx(
            found.effective_rank(tolerance=tolerance), rel=1e-12
        )
    s = np.linspace(0.0, 1.0, 11)
    np.testing.assert_allclose(exact.duals(s), found.duals(s), rtol=0, atol=1e-13)
    for derive in (frames.scaled, frames.translated):
        np.testing.assert_allclose(derive(exact).A, derive(found).A, rtol=0, atol=1e-13)
        np.testing.assert_allclose(derive(exact).B, derive(found).B, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("change", "keep"),
    [
        ({"analysis": np.eye(2)}, None),
        ({"synthesis": np.eye(2)}, None),
        ({"basis": np.eye(2)}, None),
        ({"singular_values": np.ones(1)}, None),
        ({}, 2),
    ],
)
def test_a_span_of_other_atoms_is_refused(change, keep):
    frame = exact_frame(np.array)
    span = dataclasses.replace(frame.span, **change)
    with pytest.raises(frames.InvalidInputError, match="exact span"):
        dataclasses.replace(frame, exact=span, keep=keep)


@pytest.mark.parametrize("measure", ["scaled", "translated"])
def test_a_flow_that_is_known_is_handed_out(measure):
    span = exact_frame(np.array).span
    assert span.flow(measure) is None
    known = dataclasses.replace(span, flows={measure: eye_array(3).tocsr()}.__getitem__)
    assert known.flow(measure).shape == (3, 3)


def test_the_entropy_of_equal_singular_values_counts_them():
    assert frames.legendre(7).effective_rank() == pytest.approx(7.0, rel=1e-14)


@given(frame=random_frames())
def test_the_effective_rank_is_at_most_the_number_of_singular_values(frame):
    s = frame.all_singular_values
    kept = s[s > 0]
    shares = kept / kept.sum()
    assert frame.effective_rank() == pytest.approx(np.prod(shares**-shares), rel=1e-10)
    assert 1.0 <= frame.effective_rank() <= len(s) * (1 + 1e-12)


@given(frame=random_frames(), tolerance=st.floats(1e-6, 0.99))
def test_the_effective_rank_counts_what_a_cut_there_would_keep(frame, tolerance):
    cut = dataclasses.replace(frame, rcond=tolerance)
    assert frame.effective_rank(tolerance=tolerance) == cut.rank
    assert len(cut.singular_values) == cut.rank


@pytest.mark.parametrize("tolerance", [0.0, 1.0, -1.0, float("nan")])
def test_an_effective_rank_of_no_tolerance_is_refused(tolerance):
    with pytest.raises(frames.InvalidInputError, match="tolerance = "):
        frames.legendre(3).effective_rank(tolerance=tolerance)
