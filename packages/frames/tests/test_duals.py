"""Duals: canonical with a regularization, given and verified, truncated."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import legendre
from scipy.sparse import csr_array

from framestate import frames
from framestate.frames.dual import DualPair
from framestate.frames.families import Atoms
from framestate.frames.operators.paired import with_dual
from framestate.frames.spaces import PiecewisePolynomials, TrigonometricPolynomials
from framestate.frames.testing import random_frames

EPS = np.finfo(np.float64).eps
DERIVE = pytest.mark.parametrize("derive", [frames.scaled, frames.translated])
SEEDS = st.integers(0, 2**32 - 1)


def any_frames(**kwargs):
    return random_frames(**kwargs) | random_frames(complex_valued=True, **kwargs)


def left_inverse(frame, seed):
    """Functions R^T e of V for a random left inverse R of T."""
    rng = np.random.default_rng(seed)
    T, R = frame.analysis, frame.synthesis
    null = np.linalg.qr(T, mode="complete")[0][:, frame.rank :]  # null^H T = 0
    free = rng.standard_normal((frame.rank, null.shape[1])) @ null.conj().T
    return (R + free).T @ frame.basis_coordinates


def outward(frame, seed, *, cancel):
    """Functions orthogonal to V, one for each atom; cancelling in reconstructions."""
    rng = np.random.default_rng(seed)
    e, T = frame.basis_coordinates, frame.analysis
    away = rng.standard_normal((frame.size, frame.atoms.space.dimension))
    away = away - (away @ e.conj().T) @ e
    if cancel:  # T^T away = 0
        Q = np.linalg.qr(T.conj())[0]
        away = away - Q @ (Q.conj().T @ away)
    return away


def definition(pair, measure):
    """A_ij by Gauss sums, from values of atoms and duals."""
    frame, space = pair.frame, pair.frame.atoms.space
    phi = frame.analysis.conj() @ frame.basis_coordinates  # projected atoms
    local, weights = legendre.leggauss(space.degree + 2)
    s = ((np.arange(space.cells)[:, None] + (local + 1) / 2) / space.cells).ravel()
    weights = np.tile(weights / (2 * space.cells), space.cells)
    slope = space.evaluate(space.derivative(phi), s)
    form = s * slope if measure == "scaled" else slope
    A = (form.conj() * weights) @ pair.duals(s).T
    if measure == "scaled":
        return np.eye(frame.size) + A
    ends = space.evaluate(phi, np.zeros(1))[:, 0], pair.duals(0.0)[:, 0]
    return A + np.outer(ends[0].conj(), ends[1])


def close(found, expected, *, scale, terms=1e4):
    np.testing.assert_allclose(found, expected, rtol=0, atol=terms * EPS * scale)


def size_of(pair, op):
    """Of the products that make the operator: T, the duals and the flow."""
    flow = np.linalg.norm(pair.frame.atoms.space.derivative(pair.functions))
    return pair.analysis_norm * (flow + np.linalg.norm(op.A))


@DERIVE
@given(frame=any_frames())
def test_the_canonical_dual_gives_the_operator_of_the_frame(derive, frame):
    pair = frames.canonical_dual(frame)
    op, plain = derive(pair), derive(frame)
    assert pair.reproduces
    assert pair.within
    assert op.gain is None
    assert op.flow is None
    assert op.defect == 0.0
    np.testing.assert_array_equal(op.reduced_A, plain.reduced_A)
    close(op.A, plain.A, scale=size_of(pair, op))
    assert op.name == f"{frame.name}, canonical dual"


@DERIVE
@given(frame=any_frames(), seed=SEEDS)
def test_every_dual_in_the_span_is_respected(derive, frame, seed):
    pair = frames.given_dual(frame, left_inverse(frame, seed))
    op = derive(pair)
    assert op.flow is None
    np.testing.assert_array_equal(op.reduced_A, derive(frame).reduced_A)
    close(op.A, definition(pair, op.measure), scale=size_of(pair, op))


@DERIVE
@given(frame=any_frames(), seed=SEEDS)
def test_duals_that_leave_the_span_enter_the_matrix(derive, frame, seed):
    away = outward(frame, seed, cancel=True)
    pair = frames.given_dual(frame, left_inverse(frame, seed) + away)
    op = derive(pair)
    assert pair.reproduces
    np.testing.assert_array_equal(op.reduced_A, derive(frame).reduced_A)
    close(op.A, definition(pair, op.measure), scale=size_of(pair, op))
    assert pair.within == (np.linalg.norm(away) < 1e-8)
    assert (op.flow is None) == pair.within


@DERIVE
@given(frame=any_frames(), seed=SEEDS)
def test_an_oblique_dual_gives_the_oblique_operator(derive, frame, seed):
    away = outward(frame, seed, cancel=False)
    pair = frames.given_dual(frame, left_inverse(frame, seed) + away)
    op, T = derive(pair), frame.analysis
    leaves = np.linalg.norm(T.T @ away, 2)
    assert abs(pair.outside - leaves) <= pair.rounding
    assert op.gain is None
    scale = size_of(pair, op)
    close(op.A, definition(pair, op.measure), scale=scale)
    close(op.A @ T, T @ op.reduced_A, scale=scale * np.linalg.norm(T))
    if leaves > 1e-6:
        assert not pair.reproduces
        gap = T @ (op.reduced_A - derive(frame).reduced_A)
        assert np.linalg.norm(gap) > 1e-9


@given(frame=any_frames(), seed=SEEDS)
def test_the_projection_of_an_oblique_dual_reproduces(frame, seed):
    away = outward(frame, seed, cancel=False)
    pair = frames.given_dual(frame, left_inverse(frame, seed) + away).projected
    assert pair.kind == "projected given"
    assert pair.reproduces
    assert pair.within


@given(frame=any_frames(), seed=SEEDS)
def test_a_dual_reconstructs_a_function_of_the_span(frame, seed):
    pair = frames.given_dual(frame, left_inverse(frame, seed))
    z = np.random.default_rng(seed).standard_normal(frame.rank)
    s = np.linspace(0.0, 1.0, 9)
    rebuilt = (frame.analysis @ z) @ pair.duals(s)
    basis = frame.basis(s)
    scale = np.linalg.norm(z) * pair.rounding * frame.atoms.space.dimension
    np.testing.assert_allclose(rebuilt, z @ basis, rtol=0, atol=scale)


def test_a_dual_may_come_as_atoms_a_list_or_sparse():
    frame = frames.legendre(3)
    functions = np.eye(3)
    atoms = Atoms("the same", frame.atoms.space, functions)
    for dual in (atoms, functions.tolist(), csr_array(functions)):
        op = frames.scaled(frames.given_dual(frame, dual))
        np.testing.assert_allclose(op.A, frames.legs(3).A, rtol=0, atol=1e-13)


@given(frame=any_frames(), excess=st.floats(1e-3, 10.0))
def test_a_dual_that_does_not_reconstruct_is_refused_with_the_residual(frame, excess):
    functions = (1 + excess) * frames.canonical_dual(frame).functions
    with pytest.raises(frames.DualError, match=r"R T = I fails on V by") as caught:
        frames.given_dual(frame, functions)
    told = float(caught.value.finding.split(" by ")[1].split(" ")[0])
    assert abs(told - excess) <= 1e-3 * excess  # four digits are shown
    assert "given dual of random frame" in caught.value.request


def test_a_dual_known_to_a_tolerance_is_accepted_and_its_defect_carried():
    frame = frames.fourier(5)
    pair = frames.given_dual(frame, 1.001 * np.eye(5), tolerance=2e-3)
    op = frames.scaled(pair)
    assert abs(pair.defect - 1e-3) <= 10 * EPS
    assert op.defect == pytest.approx(pair.defect)
    np.testing.assert_allclose(op.gain, 1.001 * np.eye(5), rtol=0, atol=1e-14)
    expected = np.eye(5) + 1.001 * (frames.scaled(frame).A - np.eye(5))
    np.testing.assert_allclose(op.A, expected, rtol=0, atol=1e-12)
    with pytest.raises(frames.DualError, match=r"allowed 5\.0e-04"):
        frames.given_dual(frame, 1.001 * np.eye(5), tolerance=5e-4)


def test_a_residual_of_exactly_the_tolerance_is_accepted():
    pair = frames.given_dual(frames.legendre(1), [[1.5]], tolerance=0.5)
    assert pair.defect == 0.5


@pytest.mark.parametrize("tolerance", [-1.0, float("nan"), float("inf")])
def test_a_tolerance_that_is_no_distance_is_refused(tolerance):
    with pytest.raises(frames.InvalidInputError, match="tolerance"):
        frames.given_dual(frames.legendre(2), np.eye(2), tolerance=tolerance)


@pytest.mark.parametrize(
    "dual",
    [
        np.eye(3),
        np.eye(2)[:1],
        np.full((2, 2), np.nan),
        csr_array([[np.inf, 0.0], [0.0, 1.0]]),
        "dual",
        [[1.0], [1.0, 2.0]],
    ],
)
def test_what_is_no_dual_of_so_many_atoms_is_refused(dual):
    with pytest.raises(frames.InvalidInputError, match=r"needed \(2, 2\)"):
        frames.given_dual(frames.legendre(2), dual)


def test_a_dual_in_another_space_is_refused():
    other = Atoms("waves", TrigonometricPolynomials(2), np.eye(2))
    with pytest.raises(frames.InvalidInputError, match="lives in Trigonometric"):
        frames.given_dual(frames.legendre(2), other)


@pytest.mark.parametrize("s", [-0.1, 1.1, np.nan, "now"])
def test_a_dual_has_values_on_the_window_only(s):
    pair = frames.canonical_dual(frames.legendre(2))
    with pytest.raises(frames.InvalidInputError, match="values of the dual"):
        pair.duals(s)


@given(frame=any_frames(), strength=st.floats(1e-3, 1.0))
def test_tikhonov_damps_the_singular_values(frame, strength):
    pair = frames.canonical_dual(frame, frames.Tikhonov(strength))
    s = frame.singular_values
    alpha = strength * s[0]
    kept = s**2 / (s**2 + alpha**2)
    np.testing.assert_allclose(pair.gain, np.diag(kept), rtol=0, atol=pair.rounding)
    assert abs(pair.defect - (1 - kept.min())) <= pair.rounding
    assert pair.outside <= pair.rounding
    assert pair.within
    assert pair.kind == f"Tikhonov({strength!r})"


@DERIVE
@given(frame=any_frames(), strength=st.floats(1e-3, 1.0))
def test_a_damped_operator_is_its_definition_and_knows_its_defect(
    derive, frame, strength
):
    pair = frames.canonical_dual(frame, frames.Tikhonov(strength))
    op, T = derive(pair), frame.analysis
    scale = size_of(pair, op)
    close(op.A, definition(pair, op.measure), scale=scale)
    close(op.A @ T, T @ op.reduced_A, scale=scale * np.linalg.norm(T))
    close(op.synthesis @ T, np.eye(op.rank), scale=frame.cond)
    np.testing.assert_array_equal(op.gain, pair.gain)
    assert op.defect == pytest.approx(pair.defect, abs=10 * EPS)
    assert op.defect >= strength**2 / (1 + strength**2) - pair.rounding


def test_tikhonov_tends_to_the_canonical_dual():
    frame = frames.fourier(7)
    gaps = [
        np.abs(
            frames.scaled(frames.canonical_dual(frame, frames.Tikhonov(x))).A
            - frames.scaled(frame).A
        ).max()
        for x in (1e-2, 1e-3, 1e-4)
    ]
    ratios = np.array(gaps[:-1]) / gaps[1:]
    np.testing.assert_allclose(ratios, 100.0, rtol=1e-3)  # alpha^2


def test_a_cut_and_a_rank_are_those_of_the_frame():
    x = np.diag([1.0, 0.5, 0.06, 0.02])[:, ::-1]
    frame = frames.Frame(Atoms("fading", PiecewisePolynomials(1, 3), x), rcond=0.05)
    cut = frames.canonical_dual(frame, frames.Cut(0.1))
    kept = frames.canonical_dual(frame, frames.Keep(2))
    expected = dataclasses.replace(frame, rcond=0.1)
    assert frames.canonical_dual(frame).frame is frame
    for pair in (cut, kept):
        assert pair.frame.rank == expected.rank == 2 < frame.rank
        assert pair.kind == "canonical"
        np.testing.assert_allclose(
            pair.duals([0.3]), expected.duals([0.3]), rtol=0, atol=1e-14
        )
    again = frames.canonical_dual(kept.frame, frames.Cut(0.01))
    assert again.frame.keep is None
    assert again.frame.rank == 4


def test_a_regularization_takes_the_place_of_an_exact_span():
    plain = frames.legendre(3)
    frame = dataclasses.replace(plain, exact=plain.span)
    for regularization in (frames.Cut(0.1), frames.Keep(2)):
        assert frames.canonical_dual(frame, regularization).frame.exact is None
    damped = frames.canonical_dual(frame, frames.Tikhonov(1.0))
    assert damped.frame is frame
    np.testing.assert_allclose(damped.gain, np.eye(3) / 2, rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("regularization", "words"),
    [
        (frames.Cut(2.0), "rcond = 2.0"),
        (frames.Keep(0), "rank = 0"),
        (frames.Tikhonov(0.0), "strength = 0.0"),
        (frames.Tikhonov(1.5), "strength = 1.5"),
        (frames.Tikhonov(float("nan")), "strength = nan"),
        (0.01, "0.01 is no regularization"),
    ],
)
def test_a_regularization_out_of_range_is_refused(regularization, words):
    with pytest.raises(frames.InvalidInputError, match=words):
        frames.canonical_dual(frames.legendre(3), regularization)


def test_more_dimensions_than_there_are_cannot_be_kept():
    with pytest.raises(frames.RankError, match="3 dimensions"):
        frames.canonical_dual(frames.legendre(3), frames.Keep(4))


@given(frame=any_frames(), data=st.data())
def test_the_dual_of_the_truncation_is_the_canonical_one(frame, data):
    count = data.draw(st.integers(1, frame.size))
    pair = frames.truncate(frame, count, dual="of-truncation")
    assert pair.reproduces
    assert pair.frame.size == count
    assert pair.frame.name == f"random frame, first {count} atoms"
    np.testing.assert_array_equal(
        pair.frame.atoms.coordinates, frame.atoms.coordinates[:count]
    )


def test_all_atoms_kept_are_the_whole_frame():
    frame = frames.Frame(
        Atoms("three", PiecewisePolynomials(1, 1), np.array([[1, 0], [1, 1], [0, 2.0]]))
    )
    for dual in ("of-truncation", "truncated"):
        pair = frames.truncate(frame, 3, dual=dual)
        assert pair.reproduces
        np.testing.assert_allclose(
            frames.scaled(pair).A, frames.scaled(frame).A, rtol=0, atol=1e-13
        )
    assert pair.kind == "truncated"


def test_a_truncation_forgets_a_fixed_rank_and_keeps_the_cut():
    frame = dataclasses.replace(frames.legendre(5), keep=3, rcond=0.25)
    pair = frames.truncate(frame, 4, dual="truncated")
    assert pair.frame.keep is None
    assert pair.frame.rcond == 0.25
    assert pair.frame.rank == 4


@pytest.mark.parametrize(
    ("atoms", "dual", "words"),
    [
        (0, "truncated", "atoms = 0"),
        (5, "truncated", "has 4 atoms"),
        (2, "canonical", "'of-truncation' and 'truncated'"),
    ],
)
def test_a_truncation_that_is_not_defined_is_refused(atoms, dual, words):
    with pytest.raises(frames.InvalidInputError, match=words):
        frames.truncate(frames.legendre(4), atoms, dual=dual)


@pytest.mark.parametrize("measure", ["scaled", "translated"])
@given(frame=any_frames(max_rank=5), seed=SEEDS)
def test_the_error_bound_of_an_oblique_operator_holds(measure, frame, seed):
    functions = left_inverse(frame, seed) + outward(frame, seed, cancel=False)
    pair = frames.given_dual(frame, functions)
    derive = frames.scaled if measure == "scaled" else frames.translated
    op = derive(pair)
    # a dual that reproduces is taken to do so exactly
    exact = extended(pair, measure)
    assert np.abs(op.reduced_A - exact).max() <= op.error_bound
    assert op.error_bound <= 1e-8 * np.abs(op.reduced_A).max() * pair.analysis_norm


def extended(pair, measure):
    """A_r in extended precision, from the same stored coordinates."""
    space = pair.frame.atoms.space
    kind = np.clongdouble if np.iscomplexobj(pair.functions) else np.longdouble
    e, T = (x.astype(kind) for x in (pair.frame.basis_coordinates, pair.frame.analysis))
    Y = e if pair.reproduces else T.T @ pair.functions.astype(kind)
    n, k = np.indices((space.degree + 1,) * 2).astype(np.longdouble)
    odd = (k < n) & ((n - k) % 2 == 1)
    D = np.where(odd, 2 * np.sqrt((2 * n + 1) * (2 * k + 1)), 0)
    slope = e.reshape(len(e), space.cells, -1) @ D
    if measure == "translated":
        ends = np.sqrt(space.cells * (2 * n[:, 0] + 1)) * (-1) ** n[:, 0]
        far = e[:, : space.degree + 1] @ ends, Y[:, : space.degree + 1] @ ends
        flow = (space.cells * slope).reshape(e.shape)
        return np.outer(far[0].conj(), far[1]) + flow.conj() @ Y.T
    m = np.arange(1, space.degree + 1).astype(np.longdouble)
    a = m / (2 * np.sqrt(4 * m**2 - 1))
    J = np.diag(a, 1) + np.diag(a, -1) + np.eye(space.degree + 1) / 2
    cell = np.arange(space.cells)[None, :, None]
    flow = (cell * slope + slope @ J).reshape(e.shape)
    return np.eye(len(e)) + flow.conj() @ Y.T


@pytest.mark.parametrize("measure", ["scaled", "translated"])
def test_the_error_bound_counts_the_flow_and_the_far_end(measure):
    frame = frames.legendre(3)
    pair = frames.given_dual(frame, np.diag([1.0, 2.0, 3.0]), tolerance=9.0)
    derive = frames.scaled if measure == "scaled" else frames.translated
    # e_2' = 2 sqrt15 e_1 and s e_2' = 2 e_2 + sqrt15 e_1 + sqrt5 e_0
    flow = {"scaled": np.sqrt(24), "translated": 2 * np.sqrt(15)}[measure]
    terms, T, duals = 3 + 3, np.sqrt(3), np.sqrt(1 + 4 + 9)
    bound = 2 * terms * EPS * T * duals * flow
    if measure == "translated":  # values 1, sqrt3, sqrt5 at 0
        bound += 2 * terms * EPS * T * np.sqrt(1 + 4 * 3 + 9 * 5) * np.sqrt(5)
    assert derive(pair).error_bound == pytest.approx(bound, rel=1e-12)


def test_the_strong_closure_reads_a_given_dual_twice():
    frame = frames.fourier(5)
    pair = frames.given_dual(frame, 1.5 * np.eye(5), tolerance=1.0)
    far = frame.basis(0.0)[:, 0]
    weak = frames.translated(pair)
    strong = frames.translated(pair, closure="strong")
    gap = strong.A - weak.A
    np.testing.assert_allclose(gap, 1.5 * np.outer(far, far), rtol=0, atol=1e-13)
    np.testing.assert_array_equal(strong.B, 2 * weak.B)
    assert strong.name == "fourier(5), strong closure, given dual"


def test_sparse_duals_and_maps_give_the_dense_operator():
    rng = np.random.default_rng(5)
    space = PiecewisePolynomials(cells=1, degree=3)
    C = np.eye(4)[:2]
    frame = frames.Frame(Atoms("first two", space, C))
    dual = C + np.array([[0, 0, 1.0, 0], [0, 0, 0, 2.0]])
    sparse = dataclasses.replace(
        frame.span, analysis=csr_array(frame.analysis), synthesis=csr_array(np.eye(2))
    )
    held = dataclasses.replace(frame, exact=sparse)
    dense, other = (
        frames.scaled(frames.given_dual(f, x))
        for f, x in ((frame, dual), (held, csr_array(dual)))
    )
    np.testing.assert_allclose(other.A, dense.A, rtol=0, atol=1e-13)
    z = rng.standard_normal(2)
    np.testing.assert_allclose(other.A @ z, dense.A @ z, rtol=0, atol=1e-12)


def test_a_pair_of_mismatched_gain_is_seen_by_its_operator():
    frame = frames.legendre(2)
    pair = DualPair(frame, 0.5 * np.eye(2), "half")
    op = with_dual(pair, frames.scaled(frame))
    assert op.defect == 0.5
    np.testing.assert_array_equal(op.synthesis, frame.synthesis)


@pytest.mark.parametrize("within", [True, False])
def test_a_complex_dual_of_a_real_frame_counts_as_complex(within):
    frame = frames.union(frames.legendre(1), frames.legendre(2))
    turned = np.array([[0.5 + 1j, 0], [0.5 - 1j, 0], [0, 1]])
    if not within:
        turned[:, 1] += np.array([1j, -1j, 0])
    op = frames.scaled(frames.given_dual(frame, turned))
    assert np.iscomplexobj(op.A)
    assert not np.iscomplexobj(op.reduced_A)
    real, A = op.as_real(), op.A
    expected = np.block([[A.real, -A.imag], [A.imag, A.real]])
    np.testing.assert_allclose(real.A, expected, rtol=0, atol=1e-13)
    plain = frames.scaled(frame)
    assert plain.as_real() is plain


@pytest.mark.parametrize(
    "value",
    [
        frames.Cut(0.1),
        frames.Keep(2),
        frames.Tikhonov(0.1),
        frames.canonical_dual(frames.legendre(2)),
    ],
)
def test_duals_are_values(value):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(value)[0].name, None)
