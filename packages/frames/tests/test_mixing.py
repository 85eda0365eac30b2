"""Mixing, the encoder, and errors of reconstruction as numbers."""

import dataclasses
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames import encoder
from framestate.frames.encoder import Encoder
from framestate.frames.families import Atoms
from framestate.frames.piecewise import Piecewise, piecewise_basis, piecewise_signal
from framestate.frames.spaces import (
    ContinuousPolynomials,
    PiecewisePolynomials,
    TrigonometricPolynomials,
)
from framestate.frames.testing import random_frames

EPS = np.finfo(np.float64).eps
SEEDS = st.integers(0, 2**32 - 1)


def any_frames(**kwargs):
    return random_frames(**kwargs) | random_frames(complex_valued=True, **kwargs)


def encoder_of(frame):
    op = frames.scaled(frame)
    return Encoder(op.reduced_A, op.reduced_B)


def cosines(size):
    space = PiecewisePolynomials(cells=size, degree=12)
    k = np.arange(size)[:, None]
    values = np.where(k == 0, 1.0, np.sqrt(2.0)) * np.cos(np.pi * k * space.nodes)
    return frames.Frame(Atoms("cosines", space, space.interpolate(values)))


# theory: measured once by a prototype with three digits
KNOWN = (
    ("Legendre", lambda: frames.legendre(65), 1.0, 1e-12),
    ("cosine", lambda: cosines(65), 0.938, 5e-4),
    ("Fourier", lambda: frames.fourier(65), 0.835, 5e-4),
    ("cubic B-spline", lambda: frames.bspline(degree=3, intervals=62), 0.830, 5e-4),
    ("Slepian", lambda: frames.slepian(65, bandwidth=31.2), 0.987, 5e-4),
)


@pytest.mark.parametrize(("name", "make", "alignment", "digits"), KNOWN)
def test_the_alignment_of_known_families_is_reproduced(name, make, alignment, digits):
    found = frames.mixing(make())
    assert found.rank == found.heard == 65
    assert abs(found.alignment - alignment) <= digits


@pytest.mark.parametrize("size", [1, 7, 33])
def test_complex_and_real_waves_mix_alike(size):
    real, other = (
        frames.mixing(frames.fourier(size, field=field))
        for field in ("real", "complex")
    )
    assert other.alignment == pytest.approx(real.alignment, abs=1e-12)
    assert other.gap == pytest.approx(real.gap, abs=1e-9)
    assert other.heard == real.heard == size


def test_the_papers_frame_mixes_little(papers_frame):
    found = frames.mixing(papers_frame(0, 3))
    assert abs(found.alignment - 0.998) <= 2e-4
    assert found.error == pytest.approx(math.sqrt(130 * (1 - found.alignment)))


def test_the_alignment_is_known_to_twelve_digits():
    # 1, sqrt2 cos, sqrt2 sin of one wave, A_r and b in closed form, in 30 digits
    mp = mpmath.MPContext()
    mp.dps = 30
    op = frames.scaled(frames.fourier(3))
    pi, root = mp.pi, mp.sqrt(2)
    # <s e_k', e_l>: of exponentials pi i n or n / (n - m)
    A = mp.matrix([[1, 0, 0], [root, mp.mpf(3) / 2, -pi], [0, pi, mp.mpf(1) / 2]])
    np.testing.assert_allclose(
        np.array(A.tolist(), dtype=float), op.reduced_A, rtol=0, atol=1e-14
    )
    lam, right = mp.eig(A)
    left = right**-1
    b = mp.matrix([1, root, 0])
    total = mp.mpf(0)
    # M = sum_j q_j p_j b int s^(lam_j - 1) e^T; the waves by their power series
    for j in range(3):
        drive = (left[j, :] * b)[0]
        for k in range(3):
            x = 2 * pi
            wave = [
                1 / lam[j],
                root * mp.hyp1f2(lam[j] / 2, 0.5, lam[j] / 2 + 1, -(x**2) / 4) / lam[j],
                root
                * x
                * mp.hyp1f2((lam[j] + 1) / 2, 1.5, (lam[j] + 3) / 2, -(x**2) / 4)
                / (lam[j] + 1),
            ][k]
            total += right[k, j] * drive * wave
    found = frames.mixing(frames.fourier(3)).alignment
    assert abs(found - float(total.real) / 3) <= 1e-13
    assert abs(total.imag) <= 1e-25


@given(frame=any_frames(max_rank=5))
def test_the_encoder_meets_a_fine_sum(frame):
    basis = piecewise_basis(frame)
    found = encoder_of(frame).against(basis, basis.mesh, degree=basis.space.degree)
    np.testing.assert_allclose(found, fine_sum(frame, basis), rtol=0, atol=1e-8)


def fine_sum(frame, g):
    """int w g^T ds in t = -log s by Gauss' rule on panels, w from eigenvectors."""
    op = frames.scaled(frame)
    lam, V = np.linalg.eig(op.reduced_A)
    drive = np.linalg.solve(V, op.reduced_B.astype(complex))
    local, weights = np.polynomial.legendre.leggauss(12)
    far = -np.log(g.mesh[1:])[::-1]
    breaks = np.union1d(far, np.linspace(0.0, 40.0, 1601))
    half = np.diff(breaks)[:, None] / 2
    t = (breaks[:-1, None] + half * (1 + local)).ravel()
    w = V @ (drive[:, None] * np.exp(-(lam[:, None] - 0.5) * t))
    values = g(np.exp(-t))
    return (w * (half * weights).ravel() * np.exp(-t / 2)) @ values.T


@pytest.mark.parametrize("size", [1, 2, 30])
@pytest.mark.parametrize("cells", [1, 7])
def test_polynomials_encode_with_themselves_on_every_mesh(size, cells):
    frame = frames.legendre(size)
    mesh = np.arange(cells + 1) / cells
    M = encoder_of(frame).against(frame.basis, mesh, degree=size - 1)
    # |A| is about size^2 / 2, and as many roundings of w
    np.testing.assert_allclose(M, np.eye(size), rtol=0, atol=10 * EPS * (1 + size**2))


@pytest.mark.parametrize("block", [1, 2, 64, 10_000])
def test_the_blocks_of_panels_do_not_matter(block, monkeypatch):
    frame, mesh = frames.fourier(5), np.arange(9) / 8
    expected = encoder_of(frame).against(frame.basis, mesh, degree=20)
    monkeypatch.setattr(encoder, "BLOCK", block)
    found = encoder_of(frame).against(frame.basis, mesh, degree=20)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


def test_a_memory_that_hears_nothing_encodes_nothing():
    space = PiecewisePolynomials(cells=1, degree=3)
    s = space.nodes
    x = space.interpolate(np.array([1 - s, (1 - s) * s, (1 - s) ** 3]))
    found = frames.mixing(frames.Frame(Atoms("vanishing", space, x)))
    assert found.heard == 0
    assert abs(found.alignment) <= 1e-12
    assert found.error == pytest.approx(math.sqrt(3))


def test_a_mode_that_hears_nothing_is_counted_out():
    # on half of the window each, so that s d/ds couples them in neither order
    space = PiecewisePolynomials(cells=2, degree=2)
    s = space.nodes
    left = np.where(s <= 0.5, s * (0.5 - s), 0.0)
    right = np.where(s >= 0.5, s - 0.5, 0.0)
    x = space.interpolate(np.array([left, right]))
    found = frames.mixing(frames.Frame(Atoms("halves", space, x)))
    assert (found.heard, found.rank) == (1, 2)
    w = frames.mixing(frames.Frame(Atoms("right", space, x[1:])))
    assert 2 * found.alignment == pytest.approx(w.alignment)
    assert found.error**2 == pytest.approx(1 + w.error**2)


@given(frame=any_frames(max_rank=6))
def test_alignment_is_at_most_one_and_the_gap_bounds_the_mixing(frame):
    found = frames.mixing(frame)
    assert found.alignment <= 1 + 1e-9
    assert found.error >= 0.0
    assert found.gap >= 0.0


def test_the_error_of_perfect_alignment_is_zero_and_not_nan():
    assert frames.Mixing(alignment=1 + 1e-15, heard=3, rank=3, gap=0.0).error == 0.0


def test_the_gap_is_the_norm_of_what_leaves_the_span():
    assert frames.mixing(frames.legendre(4)).gap <= 1e-13
    space = PiecewisePolynomials(cells=1, degree=2)
    s = space.nodes
    x = space.interpolate(np.array([1 + s]))
    found = frames.mixing(frames.Frame(Atoms("line", space, x)))
    # e = (1 + s) / sqrt(7/3); s e' = s / sqrt(7/3); (I - P): 1/3 - (5/6)^2 / (7/3)
    expected = math.sqrt((1 / 3 - (5 / 6) ** 2 / (7 / 3)) / (7 / 3))
    assert found.gap == pytest.approx(expected, rel=1e-12)


@given(frame=any_frames(max_rank=5), seed=SEEDS, samples=st.integers(1, 9))
def test_the_two_parts_make_the_error(frame, seed, samples):
    rng = np.random.default_rng(seed)
    u = rng.standard_normal(samples) + 1j * rng.standard_normal(samples)
    error = frames.reconstruction_error(frame, u)
    f, basis = piecewise_signal(u), piecewise_basis(frame)
    z = encoder_of(frame).against(f, f.mesh, degree=0)[:, 0]
    local, weights = np.polynomial.legendre.leggauss(8)
    breaks = np.union1d(f.mesh, basis.mesh)
    half = np.diff(breaks)[:, None] / 2
    s = (breaks[:-1, None] + half * (1 + local)).ravel()
    weights = (half * weights).ravel()
    missed = f(s)[0] - z @ basis(s)
    total = math.sqrt(np.sum(weights * np.abs(missed) ** 2))
    assert error.total == pytest.approx(total, rel=1e-9)


@given(seed=SEEDS, degree=st.integers(0, 5))
def test_polynomials_remember_polynomials(seed, degree):
    x = np.random.default_rng(seed).standard_normal((1, degree + 1))
    f = Atoms("signal", PiecewisePolynomials(1, degree), x)
    error = frames.reconstruction_error(frames.legendre(6), f)
    assert error.total <= 1e-12 * np.linalg.norm(x)
    short = frames.reconstruction_error(frames.legendre(3), f)
    assert short.mixing <= 1e-12 * np.linalg.norm(x)
    assert short.truncation == pytest.approx(np.linalg.norm(x[0, 3:]), abs=1e-12)


def test_the_truncation_part_is_the_distance_from_the_span(papers_frame):
    frame = papers_frame(0, 3)
    u = np.cumsum(np.random.default_rng(0).standard_normal(1000))
    error = frames.reconstruction_error(frame, u)
    held = piecewise_signal(u)
    s = (np.arange(100_000) + 0.5) / 100_000
    e = frame.basis(s)
    y = e @ held(s)[0] / len(s)
    rest = held(s)[0] - y @ e
    # the mid-point rule is off by jumps of e' and steps of 1e-5
    assert error.truncation == pytest.approx(math.sqrt(np.mean(rest**2)), rel=1e-3)
    assert 0.0 < error.mixing < error.truncation < error.total


@given(frame=any_frames(max_rank=4), seed=SEEDS)
def test_leakage_is_the_product_with_what_leaves_the_span(frame, seed):
    rng = np.random.default_rng(seed)
    u = rng.standard_normal(5) + 1j * rng.standard_normal(5)
    times = np.array([1.0, 0.37])
    found = frames.leakage(frame, u, times)
    space, e = frame.atoms.space, frame.basis_coordinates
    flow = space.dilation(e)
    gap = flow - (flow @ e.conj().T) @ e
    held = piecewise_signal(u)
    for time, column in zip(times, found.T, strict=True):
        breaks = np.union1d(
            np.minimum(held.mesh / time, 1.0), np.linspace(0, 1, space.cells + 1)
        )
        local, weights = np.polynomial.legendre.leggauss(9)
        half = np.diff(breaks)[:, None] / 2
        s = (breaks[:-1, None] + half * (1 + local)).ravel()
        weights = (half * weights).ravel()
        expected = space.evaluate(gap, s).conj() @ (weights * held(time * s)[0])
        scale = 1e3 * EPS * np.linalg.norm(flow) * np.abs(u).max()
        np.testing.assert_allclose(column, expected, rtol=0, atol=scale)


@pytest.mark.parametrize("times", [[0.0, 1.0], [1.5], [np.nan], [[0.5]]])
def test_leakage_is_asked_for_times_that_were_heard(times):
    with pytest.raises(frames.InvalidInputError, match="leakage at times"):
        frames.leakage(frames.legendre(2), [1.0], times)


@pytest.mark.parametrize(
    "signal",
    [
        [],
        [np.nan, 1.0],
        [[1.0, 2.0]],
        "signal",
        Atoms("two", PiecewisePolynomials(1, 1), np.eye(2)),
        Atoms("wave", TrigonometricPolynomials(1), np.eye(1)),
    ],
)
def test_what_is_no_signal_is_refused(signal):
    with pytest.raises(frames.InvalidInputError, match="a signal on"):
        frames.reconstruction_error(frames.legendre(2), signal)


def test_samples_are_held():
    held = piecewise_signal([1.0, -2.0])
    np.testing.assert_allclose(
        held(np.array([0.1, 0.49, 0.51, 1.0]))[0], [1, 1, -2, -2]
    )


def test_continuous_polynomials_are_polynomials():
    space = ContinuousPolynomials(cells=3, degree=2)
    x = np.random.default_rng(1).standard_normal((2, space.dimension))
    frame = frames.Frame(Atoms("conforming", space, x))
    other = frames.Frame(Atoms("plain", space.mesh, space.embed(x)))
    a, b = frames.mixing(frame), frames.mixing(other)
    assert a.alignment == pytest.approx(b.alignment, abs=1e-12)
    assert a.gap == pytest.approx(b.gap, abs=1e-10)
    f = Atoms("one of them", space, x[:1])
    assert frames.reconstruction_error(frame, f).truncation <= 1e-12


def test_waves_are_held_by_polynomials_to_rounding():
    frame = frames.fourier(33)
    found = piecewise_basis(frame)
    gram = found.x @ found.x.T
    np.testing.assert_allclose(gram, np.eye(33), rtol=0, atol=1e-13)
    s = np.linspace(0.0, 1.0, 101)
    np.testing.assert_allclose(found(s), frame.basis(s), rtol=0, atol=1e-11)


@dataclasses.dataclass(frozen=True)
class Corner:
    """One function, 1 + |s - 0.3|, which no cell of a uniform mesh resolves."""

    dimension = 1

    def evaluate(self, x, s):
        return x * (1 + np.abs(s - 0.3))[None, :]

    def derivative(self, x):
        return x

    def dilation(self, x):
        return x


def test_functions_that_polynomials_do_not_resolve_are_refused():
    frame = frames.Frame(Atoms("corner", Corner(), np.eye(1)))
    with pytest.raises(frames.InvalidInputError, match="corner in Corner"):
        frames.mixing(frame)


def test_a_piecewise_has_the_mesh_of_its_space():
    f = Piecewise(PiecewisePolynomials(cells=3, degree=0), np.eye(3))
    np.testing.assert_array_equal(f.mesh, [0.0, 1 / 3, 2 / 3, 1.0])
