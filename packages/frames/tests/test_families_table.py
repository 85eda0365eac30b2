"""Every family: what it spans, its values, and the identities of its operators."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import sympy
from scipy import special
from scipy.interpolate import BSpline

from framestate import frames
from framestate.frames.spaces import ContinuousPolynomials

EPS = np.finfo(np.float64).eps
SYMBOL = sympy.Symbol("s")


@dataclass(frozen=True)
class Row:
    """A frame, how many dimensions it spans, and its atoms by another formula."""

    make: Callable[[], frames.Frame]
    size: int
    rank: int
    direct: Callable[[np.ndarray], list[np.ndarray]] | None


def legendre(size, s):
    return [
        np.sqrt(2 * n + 1) * special.eval_legendre(n, 2 * s - 1) for n in range(size)
    ]


def chebyshev(size, s):
    scale = [1.0] + [np.sqrt(2.0)] * (size - 1)
    return [c * special.eval_chebyt(n, 2 * s - 1) for n, c in enumerate(scale)]


def bernstein(size, s):
    n = size - 1
    return [special.comb(n, k) * s**k * (1 - s) ** (n - k) for k in range(size)]


def waves(size, s):
    real = [1 + 0 * s]
    for n in range(1, size):
        turn = 2 * np.pi * n * s
        real += [np.sqrt(2) * np.cos(turn), np.sqrt(2) * np.sin(turn)]
    return real[:size]


def exponentials(size, s):
    orders = [(n + 1) // 2 * (-1) ** (n + 1) for n in range(size)]
    return [np.exp(2j * np.pi * n * s) for n in orders]


def splines(degree, intervals, clamped, s):
    knots = np.arange(-degree, intervals + degree + 1) / intervals
    knots = np.clip(knots, 0, 1) if clamped else knots
    return list(BSpline(knots, np.eye(intervals + degree), degree)(s).T)


def laguerre(size, scale, s):
    x = scale * (1 - s)
    window = np.sqrt(scale) * np.exp(-x / 2)
    return [window * special.eval_laguerre(n, x) for n in range(size)]


def gabor(a, b, top, width, s):
    centers = np.arange(np.ceil(-width / a), np.floor((1 + width) / a + 1e-9) + 1) * a
    windows = [
        2**0.25 / np.sqrt(width) * np.exp(-np.pi * ((s - c) / width) ** 2)
        for c in centers
    ]
    waves = [np.exp(2j * np.pi * b * m * s) for m in range(-top, top + 1)]
    return [window * wave for window in windows for wave in waves]


def dilated(mother, scales, shift, s):
    """Father at the first scale, then the mothers at all of them."""

    def level(functions, scale):
        a = 2.0**scale / 16
        first, last = np.ceil(-3 / shift), np.floor((1 / a + 3) / shift)
        for k in np.arange(first, last + 1):
            for value in functions(s / a - k * shift):
                yield value / np.sqrt(a)

    values = list(level(lambda x: [np.exp(-(x**2) / 2) / np.pi**0.25], scales[0]))
    for scale in scales:
        values += level(mother, scale)
    return values


def hat(x):
    height = 2 / (np.sqrt(3) * np.pi**0.25)
    return [height * (1 - x**2) * np.exp(-(x**2) / 2)]


def third_derivative(x):
    he = special.eval_hermitenorm(3, x)
    return [-he * np.exp(-(x**2) / 2) / np.sqrt(special.gamma(3.5))]


def wave_train(x, w=5.0):
    c = (1 + np.exp(-(w**2)) - 2 * np.exp(-0.75 * w**2)) ** -0.5 * np.pi**-0.25
    psi = c * np.exp(-(x**2) / 2) * (np.exp(1j * w * x) - np.exp(-(w**2) / 2))
    return [psi, psi.conj()]


def random_points(count=4000):
    return np.sort(np.random.default_rng(7).random(count))


def samples(s):
    return np.array([np.cos(3 * s), s**2, 1j * np.exp(s)])


ROWS = {
    "legendre": Row(lambda: frames.legendre(9), 9, 9, lambda s: legendre(9, s)),
    "fourier": Row(lambda: frames.fourier(8), 8, 8, lambda s: waves(8, s)),
    "fourier, complex": Row(
        lambda: frames.fourier(7, field="complex"), 7, 7, lambda s: exponentials(7, s)
    ),
    "chebyshev": Row(lambda: frames.chebyshev(20), 20, 20, lambda s: chebyshev(20, s)),
    "chebyshev, one": Row(lambda: frames.chebyshev(1), 1, 1, lambda s: [1 + 0 * s]),
    "bernstein": Row(lambda: frames.bernstein(12), 12, 12, lambda s: bernstein(12, s)),
    "bernstein, ill": Row(
        lambda: frames.bernstein(60), 60, 60, lambda s: bernstein(60, s)
    ),
    "bspline": Row(
        lambda: frames.bspline(degree=3, intervals=7),
        10,
        10,
        lambda s: splines(3, 7, True, s),
    ),
    "bspline, hats": Row(
        lambda: frames.bspline(degree=1, intervals=4, ends="cardinal"),
        5,
        5,
        lambda s: splines(1, 4, False, s),
    ),
    "bspline, one interval": Row(
        lambda: frames.bspline(degree=3, intervals=1),
        4,
        4,
        lambda s: bernstein(4, s),
    ),
    "laguerre": Row(
        lambda: frames.laguerre(12, scale=90.0), 12, 12, lambda s: laguerre(12, 90, s)
    ),
    "gabor": Row(
        lambda: frames.gabor(time_step=0.25, frequency_step=2.0, modulations=3),
        49,
        21,
        lambda s: gabor(0.25, 2, 3, np.sqrt(0.125), s),
    ),
    "gabor, windows": Row(
        lambda: frames.gabor(
            time_step=0.2, frequency_step=1.0, modulations=0, width=0.2, rank=7
        ),
        8,
        7,
        lambda s: gabor(0.2, 1, 0, 0.2, s),
    ),
    "mexican hat": Row(
        lambda: frames.mexican_hat(scales=(1, 2), voices=1, rank=9),
        71,
        9,
        lambda s: dilated(hat, [2, 1], 0.5, s),
    ),
    "gaussian derivative": Row(
        lambda: frames.gaussian_derivative(3, scales=(0, 1), rank=20),
        138,
        20,
        lambda s: dilated(third_derivative, [1, 0.5, 0], 0.5, s),
    ),
    "morlet": Row(
        lambda: frames.morlet(scales=(2, 3), voices=2, omega=5.0, rank=15),
        129,
        15,
        lambda s: dilated(wave_train, [3, 2.5, 2], 0.5, s),
    ),
    "slepian": Row(lambda: frames.slepian(33, bandwidth=15.0), 33, 33, None),
    "slepian, one": Row(lambda: frames.slepian(1, bandwidth=0.5), 1, 1, None),
    "random": Row(
        lambda: frames.random_frame(20, np.random.default_rng(0), rank=9), 20, 9, None
    ),
    "random, complex": Row(
        lambda: frames.random_frame(12, np.random.default_rng(0), field="complex"),
        12,
        12,
        None,
    ),
    "sampled": Row(
        lambda: frames.sampled(
            samples(np.linspace(0, 1, 65)), np.linspace(0, 1, 65), degree=16
        ),
        3,
        3,
        samples,
    ),
    "symbolic": Row(
        lambda: frames.symbolic(
            [1, sympy.Abs(SYMBOL - sympy.Rational(1, 3)), sympy.sin(9 * SYMBOL)],
            cells=3,
        ),
        3,
        3,
        lambda s: [1 + 0 * s, np.abs(s - 1 / 3), np.sin(9 * s)],
    ),
    "union, mixed": Row(
        lambda: frames.union(
            frames.bspline(degree=2, intervals=3),
            frames.fourier(5, field="complex"),
            frames.bspline(degree=1, intervals=2),
        ),
        13,
        10,  # the constants are in all three; s is in both kinds of splines
        lambda s: splines(2, 3, True, s) + exponentials(5, s) + splines(1, 2, True, s),
    ),
}

every_family = pytest.mark.parametrize("name", ROWS)


@functools.cache
def frame_of(name):
    return ROWS[name].make()


@every_family
def test_a_family_has_the_atoms_and_the_rank_that_are_expected(name):
    frame, row = frame_of(name), ROWS[name]
    assert (frame.size, frame.rank) == (row.size, row.rank)
    assert np.isfinite(frame.atoms(random_points(50))).all()


def slopes_of(atoms):
    """Norms of the derivatives: a rounded argument moves a value by as much."""
    space, x = atoms.space, atoms.coordinates
    if isinstance(space, ContinuousPolynomials):
        space, x = space.mesh, space.embed(x)
    return np.linalg.norm(space.derivative(x), axis=1)


@pytest.mark.parametrize("name", [name for name in ROWS if ROWS[name].direct])
def test_the_representation_is_as_near_to_the_atoms_as_it_says(name):
    atoms, s = frame_of(name).atoms, random_points()
    truth = np.array(ROWS[name].direct(s))
    gap, size = (
        np.sqrt(np.mean(np.abs(x) ** 2, axis=1)) for x in (atoms(s) - truth, truth)
    )
    # the mean over random points is within a factor of two of the norm; another
    # formula has roundings of its own, and so has the sum of D modes
    rounding = EPS * (slopes_of(atoms) + 30 * atoms.space.dimension * size)
    assert (gap <= 2 * atoms.representation_error * size + rounding).all()
    assert atoms.representation_error <= 1e-12


@every_family
def test_the_scaled_operator_is_normal_plus_rank_one(name):
    op = frames.scaled(frame_of(name))
    A, b = op.reduced_A, op.reduced_B
    gap = A + A.conj().T - np.eye(op.rank) - np.outer(b, b.conj())
    assert np.abs(gap).max() <= 1e-12 * op.rank


@every_family
def test_the_translated_operator_is_skew_plus_rank_two(name):
    frame = frame_of(name)
    op = frames.translated(frame)
    far, near = frame.basis([0.0, 1.0]).T
    A = op.reduced_A
    gap = A + A.conj().T - np.outer(far.conj(), far) - np.outer(near.conj(), near)
    assert np.abs(gap).max() <= 1e-12 * op.rank


@every_family
def test_the_synthesis_inverts_the_analysis(name):
    frame = frame_of(name)
    product = frame.synthesis @ frame.analysis
    bound = 10 * frame.size * EPS * frame.cond
    np.testing.assert_allclose(product, np.eye(frame.rank), rtol=0, atol=bound)


@every_family
def test_the_duals_reconstruct_the_span(name):
    frame, s = frame_of(name), random_points(40)
    values = frame.basis(s)
    found = frame.analysis.T @ frame.duals(s)
    bound = 10 * frame.size * EPS * frame.cond * np.abs(values).max()
    np.testing.assert_allclose(found, values, rtol=0, atol=bound)


def test_the_names_tell_families_apart():
    names = [frame_of(name).name for name in ROWS]
    assert len(set(names)) == len(names)
