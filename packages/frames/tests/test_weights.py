"""Frames under a weight: the inner product, the dual and the operators."""

import math

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.families import Atoms
from framestate.frames.spaces import ContinuousPolynomials, PiecewisePolynomials
from framestate.frames.testing import random_frames
from framestate.frames.weights import DEGREES, SMOOTH

EPS = np.finfo(np.float64).eps
DERIVE = pytest.mark.parametrize("derive", [frames.scaled, frames.translated])
RATES = st.floats(0.0, 5.0)


def any_frames(**kwargs):
    return random_frames(**kwargs) | random_frames(complex_valued=True, **kwargs)


def weighted_product(frame, x, y, *, by=np.ones_like):
    """<x, y>_w by a rule that is finer than the frame's own; rows by rows."""
    cells = frame.space.cells
    local, weights = np.polynomial.legendre.leggauss(80)
    s = ((np.arange(cells)[:, None] + (local + 1) / 2) / cells).ravel()
    weights = np.tile(weights / (2 * cells), cells) * frame.weight(s) * by(s)
    return (x(s) * weights) @ y(s).conj().T


@settings(max_examples=25)
@given(frame=any_frames(), rate=RATES)
def test_the_basis_is_orthonormal_under_the_weight(frame, rate):
    weighted = frames.WeightedFrame(frame, frames.exponential_weight(rate))
    gram = weighted_product(weighted, weighted.basis, weighted.basis)
    # the triangle is known to eps times its condition, at most exp(rate / 2)
    bound = 1e3 * EPS * math.exp(rate) * weighted.space.dimension
    np.testing.assert_allclose(gram, np.eye(weighted.rank), rtol=0, atol=bound)


@settings(max_examples=15)
@given(frame=any_frames(), rate=RATES)
def test_analysis_gives_the_weighted_coefficients_and_the_dual_reconstructs(
    frame, rate
):
    weighted = frames.WeightedFrame(frame, frames.exponential_weight(rate))
    space = frame.atoms.space
    phi = frame.analysis.conj() @ frame.basis_coordinates
    atoms = lambda s: space.evaluate(phi, s)
    T = weighted_product(weighted, weighted.basis, atoms).T
    bound = 1e4 * EPS * math.exp(rate) * frame.cond * np.abs(T).max()
    np.testing.assert_allclose(weighted.analysis, T, rtol=0, atol=bound)
    RT = weighted.synthesis @ weighted.analysis
    np.testing.assert_allclose(RT, np.eye(frame.rank), rtol=0, atol=bound * frame.cond)
    s = np.linspace(0.0, 1.0, 7)
    rebuilt = weighted.analysis.T @ weighted.duals(s)
    scale = bound * frame.cond * (1 + np.abs(weighted.basis(s)).max())
    np.testing.assert_allclose(rebuilt, weighted.basis(s), rtol=0, atol=scale)


@DERIVE
@settings(max_examples=15)
@given(frame=any_frames(), rate=RATES)
def test_the_operator_is_its_definition(derive, frame, rate):
    weighted = frames.WeightedFrame(frame, frames.exponential_weight(rate))
    op, space = derive(weighted), frame.atoms.space
    phi = frame.analysis.conj() @ frame.basis_coordinates
    atoms, slope = (
        lambda s, x=x: space.evaluate(x, s) for x in (phi, space.derivative(phi))
    )
    scaled = op.measure == "scaled"
    by = np.positive if scaled else np.ones_like
    moved = weighted_product(weighted, weighted.duals, slope, by=by)
    drift = rate * weighted_product(weighted, weighted.duals, atoms, by=by)
    A = (moved + drift).T
    if scaled:
        A = A + np.eye(frame.size)
    else:
        far = atoms(np.zeros(1))[:, 0], weighted.duals(0.0)[:, 0]
        A = A + math.exp(-rate) * np.outer(far[0].conj(), far[1])
    bound = op.error_bound * (1 + frame.cond) * frame.size
    np.testing.assert_allclose(op.A, A, rtol=0, atol=bound)
    now = atoms(np.ones(1))[:, 0].conj()
    np.testing.assert_allclose(op.B, now, rtol=0, atol=bound)
    assert op.redundant_eigenvalue == (1.0 if scaled else 0.0)


@DERIVE
@pytest.mark.parametrize("weight", ["rate 0", "power 0", "constant 3"])
def test_a_constant_weight_gives_the_plain_operator(derive, weight):
    make = {
        "rate 0": frames.exponential_weight(0.0),
        "power 0": frames.power_weight(0),
        "constant 3": frames.Weight("3", lambda s: np.full_like(s, 3.0)),
    }[weight]
    frame = frames.legendre(12)
    weighted = frames.WeightedFrame(frame, make)
    assert weighted.distance == 0.0
    op, plain = derive(weighted), derive(frame)
    bound = 2 * op.error_bound + plain.error_bound
    np.testing.assert_allclose(op.A, plain.A, rtol=0, atol=3 * bound)
    factor = 3.0 if weight == "constant 3" else 1.0  # of the state and of B
    np.testing.assert_allclose(op.B, factor * plain.B, rtol=0, atol=3 * bound)


@pytest.mark.parametrize("exponent", [1, 2, 5])
def test_a_power_moves_the_whole_eigenvalues_of_polynomials(exponent):
    frame = frames.WeightedFrame(frames.legendre(4), frames.power_weight(exponent))
    found = np.sort(np.linalg.eigvals(frames.scaled(frame).A).real)
    # s d/ds + exponent is triangular on polynomials
    np.testing.assert_allclose(found, exponent + np.arange(1.0, 5.0), atol=1e-8)


@given(rate=st.floats(0.1, 50.0))
def test_the_weighted_mean_has_its_rate_in_closed_form(rate):
    weighted = frames.WeightedFrame(frames.legendre(1), frames.exponential_weight(rate))
    op = frames.scaled(weighted)
    assert op.A[0, 0] == pytest.approx(rate / (1 - math.exp(-rate)), rel=1e-13)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_fast_exponential_on_a_window_is_the_laguerre_memory(size):
    rate = 60.0
    weighted = frames.WeightedFrame(
        frames.legendre(size), frames.exponential_weight(rate)
    )
    op = frames.translated(weighted)
    # HiPPO-LagT: L_n' = -sum_{k<n} L_k and L_n(0) = 1, with x = rate (1 - s); signs
    # alternate as p_n grows towards now. The far end is exp(-60) 60^6 = 4e-16
    sign = (-1.0) ** np.arange(size)
    lagt = np.tril(np.outer(sign, sign))
    bound = op.error_bound / rate + 1e-12
    np.testing.assert_allclose(op.reduced_A / rate, lagt, rtol=0, atol=bound)
    np.testing.assert_allclose(
        np.abs(op.reduced_B), np.sqrt(rate) * np.ones(size), rtol=0, atol=1e-7
    )


@pytest.mark.parametrize("measure", ["scaled", "translated"])
@pytest.mark.parametrize("make", ["exponential", "power"])
def test_the_state_of_a_polynomial_moves_by_the_operator(measure, make):
    t, s, theta = sympy.symbols("t s theta", positive=True)
    if make == "exponential":
        w, weight = sympy.exp(2 * (s - 1)), frames.exponential_weight(2.0)
    else:
        w, weight = s**2, frames.power_weight(2)
    frame = frames.legendre(3)
    phi = [
        sympy.sqrt(2 * n + 1) * sympy.legendre(n, 2 * s - 1) for n in range(frame.size)
    ]
    f = lambda x: 1 - 2 * x + 3 * x**2
    seen, tau = (
        (f(t * s), t) if measure == "scaled" else (f(t - theta * (1 - s)), theta)
    )
    c = [sympy.integrate(sympy.expand(seen * p * w), (s, 0, 1)) for p in phi]
    at = {t: sympy.Rational(7, 5), theta: sympy.Rational(3, 5)}
    value = lambda x: float(sympy.N(x.subs(at), 30))
    weighted = frames.WeightedFrame(frame, weight)
    op = frames.scaled(weighted) if measure == "scaled" else frames.translated(weighted)
    state, now = np.array([value(x) for x in c]), value(f(t))
    moved = np.array([value(tau * sympy.diff(x, t)) for x in c])
    bound = op.error_bound * (1 + np.abs(state).sum()) * 10
    np.testing.assert_allclose(-op.A @ state + op.B * now, moved, rtol=0, atol=bound)


@pytest.mark.parametrize(("cells", "degree", "rate"), [(1, 5, 3.0), (3, 2, 8.0)])
@DERIVE
def test_the_error_bound_holds_against_forty_digits(derive, cells, degree, rate):
    space = PiecewisePolynomials(cells=cells, degree=degree)
    rng = np.random.default_rng(cells)
    x = space.interpolate(rng.standard_normal((3, len(space.nodes))))
    frame = frames.Frame(Atoms("three", space, x))
    weighted = frames.WeightedFrame(frame, frames.exponential_weight(rate))
    op = derive(weighted)
    exact = forty_digits(weighted, rate, scaled=op.measure == "scaled")
    assert np.abs(op.reduced_A - exact).max() <= op.error_bound
    assert op.error_bound <= 1e-9 * np.abs(op.reduced_A).max()


def forty_digits(weighted, rate, *, scaled):
    """A_r for the basis as stored, whose Gram matrix is not exactly I."""
    mp = mpmath.MPContext()
    mp.dps = 60
    cells, r = weighted.space.cells, range(weighted.rank)
    e = polynomials(mp, weighted)

    def form(x, y, *, slope):
        """<s x', y>_w, <x', y>_w or <x, y>_w, cell by cell."""
        total = mp.mpf(0)
        for cell in range(cells):
            left, right = x[cell], y[cell]
            if slope:  # x' = cells d/dt, s = (cell + t) / cells
                left = [cells * n * c for n, c in enumerate(left)][1:]
            if slope and scaled:
                shifted = [mp.mpf(0), *left]
                left = [
                    (cell * c + d) / cells
                    for c, d in zip([*left, 0], shifted, strict=True)
                ]
            moments = exponential_moments(mp, rate, cell, cells, len(left) + len(right))
            total += mp.fsum(
                a * b * moments[i + j]
                for i, a in enumerate(left)
                for j, b in enumerate(right)
            )
        return total

    gram = mp.matrix([[form(e[k], e[l], slope=False) for l in r] for k in r])
    moved = mp.matrix([[form(e[l], e[k], slope=True) for l in r] for k in r])
    now = [mp.fsum(x[-1]) for x in e]
    A = mp.matrix([[now[k] * now[l] for l in r] for k in r]) - moved
    # <f_T, e> = z G for f_T = z e: the operator on z's coefficients is A G^-1
    return np.array((A * gram**-1).tolist(), dtype=float).reshape(len(r), -1)


def polynomials(mp, weighted):
    """Coefficients in powers of the local t, of each function on each cell."""
    cells = weighted.space.cells
    rows = weighted.members.x.reshape(weighted.rank, cells, -1)
    power = lambda n, k: (-1) ** (n + k) * math.comb(n, k) * math.comb(n + k, k)
    modes = rows.shape[2]
    return [
        [
            [
                mp.fsum(
                    mp.mpf(float(local[n])) * mp.sqrt(cells * (2 * n + 1)) * power(n, k)
                    for n in range(k, modes)
                )
                for k in range(modes)
            ]
            for local in function
        ]
        for function in rows
    ]


def exponential_moments(mp, rate, cell, cells, count):
    """int over a cell of t^n exp(rate (s - 1)) ds, s = (cell + t) / cells."""
    a = mp.mpf(rate) / cells
    front = mp.exp(a * cell - rate) / cells
    moments = [(mp.exp(a) - 1) / a]
    for n in range(1, count):
        moments.append((mp.exp(a) - n * moments[-1]) / a)
    return [front * x for x in moments]


@DERIVE
@settings(max_examples=20)
@given(frame=any_frames(max_rank=5), slope=st.floats(0.0, 3.0))
def test_a_weight_is_an_oblique_dual(derive, frame, slope):
    """c_i = <f, w phi_i>: the frame w phi with the weighted duals of phi."""
    w = lambda s: 1.0 + slope * s
    weighted = frames.WeightedFrame(frame, frames.Weight("line", w))
    space = frame.atoms.space
    fine = PiecewisePolynomials(cells=space.cells, degree=space.degree + 1)
    s = fine.nodes
    phi = (frame.analysis.conj() @ frame.basis(s)) * w(s)
    atoms = Atoms("w phi", fine, fine.interpolate(phi))
    other = frames.Frame(atoms, rcond=1e-9)
    pair = frames.given_dual(other, fine.interpolate(weighted.duals(s)), tolerance=1e-8)
    op, oblique = derive(weighted), derive(pair)
    size = np.abs(op.A).max() + op.error_bound
    np.testing.assert_allclose(oblique.A, op.A, rtol=0, atol=1e-8 * size * frame.cond)
    np.testing.assert_allclose(oblique.B, op.B, rtol=0, atol=1e-8 * size)


def test_continuous_atoms_are_weighted_as_their_polynomials():
    conforming = ContinuousPolynomials(cells=3, degree=2)
    rng = np.random.default_rng(2)
    x = rng.standard_normal((4, conforming.dimension))
    weight = frames.exponential_weight(1.0)
    held, plain = (
        frames.scaled(frames.WeightedFrame(frames.Frame(atoms), weight))
        for atoms in (
            Atoms("conforming", conforming, x),
            Atoms("plain", conforming.mesh, conforming.embed(x)),
        )
    )
    np.testing.assert_allclose(held.A, plain.A, rtol=0, atol=1e-11)


def test_a_weight_is_named_with_its_frame():
    weighted = frames.WeightedFrame(frames.legendre(2), frames.exponential_weight(2.5))
    assert weighted.name == "legendre(2), weight exp(2.5 (s - 1))"
    assert frames.scaled(weighted).name == weighted.name
    assert frames.power_weight(3).name == "s^3"


def test_only_the_weak_closure_is_defined_under_a_weight():
    weighted = frames.WeightedFrame(frames.legendre(2), frames.power_weight(1))
    with pytest.raises(frames.InvalidInputError, match="'weak'"):
        frames.translated(weighted, closure="strong")


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf"), 100.5])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(frames.InvalidInputError, match="exponential_weight"):
        frames.exponential_weight(rate)


def test_the_largest_rate_is_resolved():
    weighted = frames.WeightedFrame(
        frames.legendre(2), frames.exponential_weight(100.0)
    )
    assert weighted.distance == 0.0


def test_a_negative_exponent_is_refused():
    with pytest.raises(frames.InvalidInputError, match="power_weight"):
        frames.power_weight(-1)


@pytest.mark.parametrize(
    "value",
    [
        lambda s: s - 0.5,
        np.zeros_like,
        lambda s: np.full_like(s, np.inf),
        lambda s: np.full_like(s, np.nan),
        lambda s: s[:1],
        lambda s: 1.0 + 0j * s,
    ],
)
def test_a_weight_that_is_not_positive_is_refused(value):
    with pytest.raises(frames.InvalidInputError, match="weight odd"):
        frames.WeightedFrame(frames.legendre(2), frames.Weight("odd", value))


def test_a_weight_with_a_corner_inside_a_cell_is_refused():
    corner = frames.Weight("corner", lambda s: 1.0 + np.abs(s - 0.3))
    with pytest.raises(frames.InvalidInputError, match="away from polynomials"):
        frames.WeightedFrame(frames.legendre(2), corner)


def test_a_corner_between_cells_is_smooth_on_each():
    corner = frames.Weight("corner", lambda s: 1.0 + np.abs(s - 0.5))
    space = PiecewisePolynomials(cells=2, degree=1)
    atoms = Atoms("hats", space, space.interpolate(np.eye(3)))
    assert frames.WeightedFrame(frames.Frame(atoms), corner).distance == 0.0


def test_the_distance_of_a_rough_weight_enters_the_bound():
    rough = frames.Weight("rough", lambda s: 1.0 + np.abs(s - 0.3) ** 5)
    weighted = frames.WeightedFrame(frames.legendre(2), rough)
    assert 0.0 < weighted.distance < SMOOTH
    smooth = frames.WeightedFrame(frames.legendre(2), frames.power_weight(1))
    op = frames.scaled(weighted)
    assert op.error_bound > 10 * frames.scaled(smooth).error_bound
    # against a rule that knows the corner
    parts = np.array([0.0, 0.3, 1.0])
    local, weights = np.polynomial.legendre.leggauss(12)
    half = np.diff(parts)[:, None] / 2
    s = (parts[:-1, None] + half * (1 + local)).ravel()
    weights = (half * weights).ravel() * rough(s)
    gram = (weighted.basis(s) * weights) @ weighted.basis(s).T
    assert np.abs(gram - np.eye(2)).max() <= 4 * weighted.distance
    assert np.abs(gram - np.eye(2)).max() > 0.0
    assert len(weighted.rule[0]) == 2 + DEGREES[-1]


def test_functions_that_are_no_polynomials_are_refused():
    with pytest.raises(frames.InvalidInputError, match="TrigonometricPolynomials"):
        frames.WeightedFrame(frames.fourier(3), frames.power_weight(1))


def test_weighted_functions_have_values_on_the_window_only():
    weighted = frames.WeightedFrame(frames.legendre(2), frames.power_weight(1))
    with pytest.raises(frames.InvalidInputError, match="values of legendre"):
        weighted.basis(1.5)
