"""Exact dyadic frames: dimension, duals, forms and operators against their balls."""

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import issparse

from framestate import frames
from framestate.frames import filters
from framestate.frames.families.dyadic import Group, pyramid, refined, synthesis
from framestate.frames.operators.base import dense
from framestate.frames.precision import Precision
from framestate.frames.refinement import Refinable, shipped
from framestate.frames.refinement.edges import cholesky, orthonormalize
from framestate.frames.refinement.forms import dual_form, nearest
from framestate.frames.spaces import RefinableSpace
from framestate.frames.theorem.ball_forms import ball_forms

EPS = float(np.finfo(np.float64).eps)
NAMES = st.sampled_from(["db2", "db3", "db4", "db6", "sym4", "sym5"])


# built inside the test, not the strategy: type checks draw from Python's random state
PYRAMIDS = st.tuples(NAMES, st.integers(1, 5), st.integers(0, 5))


def build(pyramid):
    name, level, drop = pyramid
    return frames.dyadic_frame(name, level=level, coarsest=max(0, level - drop))


def window_of(frame):
    space = frame.atoms.space
    assert isinstance(space, RefinableSpace)
    return space.window


@given(pyramid=PYRAMIDS)
def test_the_dimension_is_that_of_the_finest_translates(pyramid):
    frame = build(pyramid)
    window = window_of(frame)
    assert frame.rank == window.cells + 2 * frame.exact.degree
    assert frame.size - frame.rank == (frame.size - window.dimension)
    assert issparse(frame.analysis)
    assert issparse(frame.synthesis)


@pytest.mark.theorem("T-pyramid")
@given(name=NAMES, level=st.integers(0, 6), drop=st.integers(0, 6))
def test_the_restricted_two_scale_transform_is_orthogonal(name, level, drop):
    wavelet = filters.load(name)
    groups = pyramid(level, max(0, level - drop))
    W = synthesis(wavelet, 1 << level, groups)
    gram = (W.T @ W).toarray()
    bound = 4 * EPS * (level + 1) * len(wavelet.lowpass)
    np.testing.assert_allclose(gram, np.eye(len(gram)), rtol=0, atol=bound)


@pytest.mark.theorem("T-pyramid")
@given(name=NAMES, level=st.integers(2, 3), drop=st.integers(1, 3))
def test_every_pyramid_has_the_frame_operator_of_the_scaling_functions(
    name, level, drop
):
    plain = frames.dyadic_frame(name, level=level)
    deep = frames.dyadic_frame(name, level=level, coarsest=max(0, level - drop))
    first, second = (dense(f.analysis) for f in (plain, deep))
    np.testing.assert_allclose(first.T @ first, second.T @ second, rtol=0, atol=1e-13)
    # and so the same operator on V
    assert np.array_equal(frames.scaled(plain).reduced_A, frames.scaled(deep).reduced_A)


@pytest.mark.theorem("T-pyramid")
@given(pyramid=PYRAMIDS)
def test_synthesis_undoes_analysis(pyramid):
    frame = build(pyramid)
    T, R = dense(frame.analysis), dense(frame.synthesis)
    bound = 64 * EPS * frame.size * np.abs(R).max()
    np.testing.assert_allclose(R @ T, np.eye(frame.rank), rtol=0, atol=bound)


@given(pyramid=PYRAMIDS, seed=st.integers(0, 2**32 - 1))
def test_the_atoms_are_the_wavelets_themselves(pyramid, seed):
    frame = build(pyramid)
    s = np.random.default_rng(seed).uniform(0.0, 1.0, 5)
    name, high, drop = pyramid
    low = max(0, high - drop)
    functions = Refinable(filters.load(name))
    rows = [
        functions.scaling(2.0**low * s - k) * 2 ** (low / 2) for k in starts(name, low)
    ]
    for j in range(low, high):
        rows += [
            functions.wavelet(2.0**j * s - k) * 2 ** (j / 2) for k in starts(name, j)
        ]
    np.testing.assert_allclose(frame.atoms(s), rows, rtol=0, atol=1e-10)


def starts(name, level):
    return range(1 - filters.load(name).support, 1 << level)


@pytest.mark.theorem("T-window")
@given(pyramid=PYRAMIDS)
def test_both_lyapunov_identities_hold_to_rounding(pyramid):
    frame = build(pyramid)
    op = frames.scaled(frame)
    A, b = op.reduced_A, op.reduced_B
    size = np.abs(A).max()
    gap = A + A.T - np.eye(op.rank) - np.outer(b, b)
    assert np.abs(gap).max() <= 16 * EPS * size
    A = frames.translated(frame).reduced_A
    far, near = frame.basis([0.0, 1.0]).T
    gap = A + A.T - np.outer(far, far) - np.outer(near, near)
    assert np.abs(gap).max() <= 16 * EPS * max(size, np.abs(A).max())


@pytest.mark.theorem("T-window")
@pytest.mark.parametrize(
    ("name", "level"), [("db2", 3), ("db4", 3), ("db4", 5), ("db11", 6), ("sym6", 5)]
)
def test_the_operator_is_within_its_error_bound_of_the_balls(name, level):
    frame = frames.dyadic_frame(name, level=level)
    op = frames.scaled(frame)
    A = ball_forms(frame, Precision(1)).operator()
    off = [
        abs(op.reduced_A[i, j] - float(A[i, j].real.mid()))
        for i in range(op.rank)
        for j in range(op.rank)
    ]
    assert max(off) <= op.error_bound + EPS * np.abs(op.reduced_A).max()
    assert op.error_bound <= 8 * EPS * np.abs(op.reduced_A).max()


@pytest.mark.theorem("T-window")
@pytest.mark.parametrize("name", ["db2", "db8", "db20"])
def test_A_on_the_frame_is_rounded_once_up_to_twenty_moments(name):
    frame = frames.dyadic_frame(name, level=8)
    window = window_of(frame)
    op = frames.scaled(frame)
    # the oracle: S G^-1 column by column, in 60 more digits
    digits = window.tables.precision.digits + 60
    other = frames.dyadic_frame(name, level=8, digits=digits)
    exact = dual_form(window_of(other), "dilation", far_end=False).matrix
    wanted = np.eye(op.size) + exact.toarray()
    assert np.abs(op.A - wanted).max() <= 1e-15 * np.abs(wanted).max()
    entry = np.abs(op.A - wanted) / np.maximum(np.abs(wanted), EPS)
    assert entry.max() <= 1e-14
    values = Refinable(filters.load(name)).scaling(
        2.0**8 - np.arange(1.0 - window.cut - 1, 2**8)
    )
    np.testing.assert_allclose(op.B, 2**4 * values, rtol=0, atol=1e-13 * 2**4)


@pytest.mark.parametrize("name", ["db3", "sym4"])
@pytest.mark.parametrize("coarsest", [None, 1])
def test_A_and_B_are_the_products_of_their_factors(name, coarsest):
    frame = frames.dyadic_frame(name, level=4, coarsest=coarsest)
    for op in (frames.scaled(frame), frames.translated(frame)):
        mu = op.redundant_eigenvalue
        inner = op.reduced_A - mu * np.eye(op.rank)
        product = mu * np.eye(op.size) + op.analysis @ inner @ op.synthesis
        bound = 1e3 * EPS * np.abs(op.synthesis).max() * np.abs(op.reduced_A).max()
        np.testing.assert_allclose(op.A, product, rtol=0, atol=bound)
        np.testing.assert_allclose(op.B, op.analysis @ op.reduced_B, rtol=0, atol=1e-12)


@pytest.mark.theorem("T-window")
@pytest.mark.parametrize(("name", "level"), [("db3", 3), ("db4", 3), ("db6", 5)])
def test_the_basis_is_orthonormal_by_quadrature(name, level):
    frame = frames.dyadic_frame(name, level=level)
    grid = 2**13
    s = (np.arange(grid) + 0.5) / grid
    e = frame.basis(s)
    # midpoint sums of functions of Hoelder order above 1/2
    assert np.abs(e @ e.T / grid - np.eye(frame.rank)).max() <= 5e-3
    inside = slice(window_of(frame).cut, -window_of(frame).cut)
    assert (
        np.abs(
            (e @ e.T / grid)[inside, inside] - np.eye(frame.rank)[inside, inside]
        ).max()
        <= 1e-3
    )


def test_the_values_at_the_ends_are_evaluated_in_balls():
    frame = frames.dyadic_frame("db11", level=6)
    window = window_of(frame)
    s = np.array([0.0, 1e-3, 0.3, 1.0 - 2.0**-30, 1.0])
    found = frame.basis(s)
    finer = frames.dyadic_frame(
        "db11", level=6, digits=window.tables.precision.digits + 40
    ).basis(s)
    sign = np.sign((found * finer).sum(axis=1))[:, None]  # of an eigenvector
    assert np.abs(found - sign * finer).max() <= 1e-11 * np.abs(found).max()
    assert np.abs(found).max() > 10.0  # the combinations of an end are steep


def test_the_members_of_a_cut_frame_are_those_that_the_cut_keeps():
    whole = frames.dyadic_frame("db11", level=4, coarsest=1)
    cut = frames.dyadic_frame("db11", level=4, coarsest=1, rcond=1e-2)
    kept = (whole.all_singular_values > 1e-2 * whole.all_singular_values[0]).sum()
    assert cut.rank == kept < whole.rank
    assert cut.cond <= 1e2 < whole.cond
    assert frames.scaled(cut).flow is None
    T, R = dense(cut.analysis), dense(cut.synthesis)
    np.testing.assert_allclose(R @ T, np.eye(cut.rank), rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        R, np.linalg.lstsq(T, np.eye(cut.size), rcond=None)[0], rtol=0, atol=1e-9
    )
    # the same cut by a singular value decomposition of the coordinates
    numerical = frames.Frame(cut.atoms, rcond=1e-2)
    assert numerical.rank == cut.rank
    np.testing.assert_allclose(
        numerical.singular_values, cut.singular_values, rtol=1e-12, atol=0
    )
    lam = np.linalg.eigvals(frames.scaled(cut).reduced_A)
    other = np.linalg.eigvals(frames.scaled(numerical).reduced_A)
    np.testing.assert_allclose(
        np.sort_complex(lam), np.sort_complex(other), rtol=0, atol=1e-8
    )


@pytest.mark.parametrize(("oversample", "rank"), [(2, 22), (4, 38)])
def test_oversampled_frames_hold_the_decimated_ones(oversample, rank):
    frame = frames.dyadic_frame("db4", level=4, coarsest=1, oversample=oversample)
    assert frame.rank == rank
    assert f"{oversample} x oversampled" in frame.name
    s = np.linspace(0.0, 1.0, 9)
    fine = frame.atoms(s)
    for atom in frames.dyadic_frame("db4", level=4, coarsest=1).atoms(s):
        assert np.abs(fine - atom).max(axis=1).min() <= 1e-11
    rough = frames.dyadic_frame(
        "db4", level=4, coarsest=1, oversample=oversample, rcond=0.1
    )
    assert rough.rank < rank


def test_a_group_places_its_atoms_wherever_they_meet_the_window():
    group = Group("scaling", 1, 1)
    assert list(group.starts(3, 4)) == list(range(-5, 4))
    assert list(Group("wavelet", 1, 2).starts(3, 4)) == [-4, -2, 0, 2]
    wavelet = filters.load("db2")
    np.testing.assert_array_equal(
        refined(wavelet, Group("wavelet", 1, 1)), wavelet.highpass
    )
    np.testing.assert_array_equal(refined(wavelet, Group("scaling", 0, 1)), [1.0])


def test_a_level_of_two_thousand_atoms_stays_sparse():
    frame = frames.dyadic_frame("db8", level=11)
    op = frames.scaled(frame)
    assert op.rank == 2062
    assert op.A_r.nnz < 40 * op.rank
    assert op.T.nnz < 2 * op.rank
    assert op.flow.nnz < 40 * op.rank


def test_a_ball_rounds_to_the_nearest_number_and_says_how_far_off():
    with Precision(40).working():
        third = flint.arb(1) / 3
        assert nearest(third)[0] == 1 / 3
        assert 0 < nearest(third)[1] <= EPS
        value, error = nearest(flint.arb(3, 0.5))
        assert value == 3.0
        assert error == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize("name", ["db2", "db11"])
def test_other_digits_give_the_same_operator(name):
    digits = shipped.default_digits(int(name[2:]))
    usual = frames.scaled(frames.dyadic_frame(name, level=5))
    more = frames.scaled(frames.dyadic_frame(name, level=5, digits=digits + 10))
    A, B = usual.A, more.A
    np.testing.assert_allclose(A, B, rtol=0, atol=4 * EPS * np.abs(A).max())


@pytest.mark.parametrize("name", ["db4", "db11"])
def test_too_few_digits_are_refused_with_what_is_needed(name):
    with pytest.raises(frames.DigitsError, match=r"Ask for \d+ digits") as caught:
        frames.scaled(frames.dyadic_frame(name, level=3, digits=4))
    needed = int(caught.value.remedy.split()[2])
    assert needed > 4
    if name == "db4":  # what was asked for is enough
        usual = frames.scaled(frames.dyadic_frame(name, level=3))
        enough = frames.scaled(frames.dyadic_frame(name, level=3, digits=needed))
        gap = np.abs(usual.A - enough.A).max()  # in any basis of V
        assert gap <= 1e-12 * np.abs(usual.A).max()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"level": 0}, "level = 0"),
        ({"level": 17}, "coarsest <= level <= 16"),
        ({"level": 3, "coarsest": 4}, "coarsest <= level"),
        ({"level": 3, "coarsest": -1}, "coarsest <= level"),
        ({"level": 3, "oversample": 3}, "oversample = 3 is not a power of two"),
        ({"level": 3, "oversample": 0}, "oversample = 0"),
        ({"level": 3, "rcond": 0.0}, "rcond = 0.0"),
        ({"level": 3, "rcond": float("nan")}, "rcond = nan"),
        ({"level": 3, "digits": 0}, "digits = 0"),
    ],
)
def test_bad_arguments_are_refused_with_their_value(arguments, match):
    with pytest.raises(frames.InvalidInputError, match=match):
        frames.dyadic_frame("db3", **arguments)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("db1", frames.NotDifferentiableError),
        ("db99", frames.UnknownWaveletError),
        ("bior2.2", frames.DigitsError),
        ("coif2", frames.DigitsError),
    ],
)
def test_wavelets_that_are_not_known_exactly_are_refused(name, error):
    with pytest.raises(error):
        frames.dyadic_frame(name, level=3)


def test_functions_that_are_dependent_are_not_made_orthonormal():
    with Precision(20).working():
        same = flint.arb_mat([[1, 1], [1, 1]])
        with pytest.raises(frames.DigitsError, match="singular one"):
            orthonormalize(same, request="two of one")
        blurred = flint.arb_mat([[1, 0], [0, flint.arb(1e-6, 1e-5)]])
        with pytest.raises(frames.DigitsError, match="singular one"):
            orthonormalize(blurred, request="a ball across 0")


@given(pyramid=PYRAMIDS, seed=st.integers(0, 2**32 - 1))
def test_the_maps_of_the_space_are_its_forms(pyramid, seed):
    space = build(pyramid).atoms.space
    x = np.random.default_rng(seed).standard_normal((2, space.dimension))
    for found, name in (
        (space.derivative(x), "derivative"),
        (space.dilation(x), "dilation"),
    ):
        np.testing.assert_array_equal(found, x @ space.form(name).matrix)
    np.testing.assert_allclose(
        space.evaluate(x, np.array([0.5])), x @ space.basis(np.array([0.5])), 0, 1e-12
    )


def test_cholesky_factors_any_positive_matrix_and_refuses_others():
    with Precision(20).working():
        near = flint.arb_mat([[4, 2, 6], [2, 10, 0], [6, 0, 26]])
        L = cholesky(near)
        product = L * L.transpose()
        for i in range(3):
            for j in range(3):
                assert abs(product[i, j] - near[i, j]) < flint.arb(10) ** -15
                assert j <= i or L[i, j] == 0
        assert L[0, 0] == 2
        assert L[1, 0] == 1
        assert cholesky(flint.arb_mat([[1, 2], [2, 1]])) is None


@pytest.mark.parametrize(
    ("least", "digits"), [("1e-40", "Ask for 100 digits"), ("0", "Ask for 40 digits")]
)
def test_a_refused_gram_matrix_says_how_many_digits_its_conditioning_asks_for(
    least, digits
):
    with Precision(10).working():  # 20 digits are carried
        blurred = flint.arb(least) + flint.arb(0, 1e-15)
        gram = flint.arb_mat([[1, 0], [0, blurred]])
        with pytest.raises(frames.DigitsError) as caught:
            orthonormalize(gram, request="two functions")
    assert digits in str(caught.value)
    assert "20 digits do not separate" in str(caught.value)
