"""One formula a family: floats, balls and symbols agree."""

from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy

from framestate import frames
from framestate.frames.families import (
    Bernstein,
    BSplines,
    Chebyshev,
    Dilations,
    Fourier,
    Gabor,
    GaussianDerivatives,
    Laguerre,
    Legendre,
    Morlet,
)
from framestate.frames.families.gabor import BAND
from framestate.frames.precision import Precision
from framestate.frames.rings import BALLS, FLOATS, SYMBOLS

LAYOUT = Dilations(coarsest=3, finest=3, voices=1, shift=2.5)
POINTS = (Fraction(0), Fraction(5, 16), Fraction(3, 4), Fraction(1))  # exact floats
FAMILIES = {
    "legendre": Legendre(7).values,
    "legendre, one": Legendre(1).values,
    "fourier": Fourier(6).values,
    "fourier, complex": Fourier(4, "complex").values,
    "chebyshev": Chebyshev(7).values,
    "chebyshev, one": Chebyshev(1).values,
    "bernstein": lambda s, _: Bernstein(6).values(s),
    "bspline": lambda s, _: BSplines(3, 4, "clamped").pieces(2, 2 + s),
    "bspline, cardinal": lambda s, _: BSplines(3, 4, "cardinal").pieces(0, s),
    "laguerre": Laguerre(5, 12.5).values,
    "laguerre, one": Laguerre(1, 12.5).values,
    "gabor": Gabor(0.5, 1.5, 1, 0.75).values,
    "mexican hat": GaussianDerivatives(2, LAYOUT, "hat", sign=-1).values,
    "gaussian derivative": GaussianDerivatives(5, LAYOUT, "fifth").values,
    "morlet": Morlet(5.5, LAYOUT).values,
}

every_family = pytest.mark.parametrize("values", FAMILIES.values(), ids=FAMILIES)


def balls(values, point):
    s = flint.arb(point.numerator) / point.denominator
    return [flint.acb(value) for value in values(s, BALLS)]


@every_family
def test_floats_lie_within_rounding_of_the_balls(values):
    found = np.array(values(np.array([float(s) for s in POINTS]), FLOATS))
    with Precision(30).working():
        exact = np.array([balls(values, s) for s in POINTS]).T
        radius = max(float(x.rad()) for x in exact.ravel())
        expected = np.vectorize(lambda x: complex(x.mid()))(exact)
    assert found.shape == expected.shape
    assert radius <= 1e-25
    # largest value times the terms of the longest recurrence, cosines of up to 30
    bound = 100 * np.finfo(float).eps * np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound)


@every_family
@pytest.mark.parametrize("point", POINTS[1:3], ids=str)
def test_symbols_evaluate_to_the_balls(values, point):
    s = sympy.Symbol("s", real=True)
    at = {s: sympy.Rational(point.numerator, point.denominator)}
    expressions = [sympy.sympify(f) for f in values(s, SYMBOLS)]
    found = [complex(f.subs(at).evalf(25)) for f in expressions]
    with Precision(30).working():
        expected = [complex(x.mid()) for x in balls(values, point)]
    bound = 4 * np.finfo(float).eps * max(abs(x) for x in expected)
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound)


def test_symbols_are_the_polynomials_by_their_names():
    s = sympy.Symbol("s")
    for n, (p, t) in enumerate(
        zip(Legendre(6).values(s, SYMBOLS), Chebyshev(6).polynomials(s), strict=True)
    ):
        legendre = sympy.sqrt(2 * n + 1) * sympy.legendre(n, 2 * s - 1)
        assert sympy.expand(p - legendre) == 0
        assert sympy.expand(t - sympy.chebyshevt(n, 2 * s - 1)) == 0


def test_gaussian_derivatives_are_derivatives_of_norm_one():
    x = sympy.Symbol("x", real=True)
    for n in range(1, 6):
        (psi,) = GaussianDerivatives(n, LAYOUT, "psi").mother(x, SYMBOLS)
        gaussian = sympy.exp(-(x**2) / 2)
        ratio = sympy.simplify(psi / sympy.diff(gaussian, x, n))
        assert ratio.is_positive
        assert not ratio.free_symbols
        assert sympy.integrate(sympy.expand(psi**2), (x, -sympy.oo, sympy.oo)) == 1


@pytest.mark.parametrize("omega", [1.0, 2.0, 6.0])
def test_the_morlet_wavelet_has_norm_one_and_no_mean(omega):
    # the trapezoidal rule on the line is exact to rounding for these bands
    x = np.arange(-12.0, 12.0, 1 / 8)
    psi, conjugate = Morlet(omega, LAYOUT).mother(x, FLOATS)
    np.testing.assert_array_equal(conjugate, psi.conj())
    assert abs(psi.sum() / 8) <= 1e-15
    assert abs((psi * conjugate).sum() / 8 - 1) <= 1e-15


@pytest.mark.parametrize("ring", [FLOATS, BALLS, SYMBOLS], ids=lambda ring: ring.name)
def test_a_ring_knows_numbers_pi_and_the_imaginary_unit(ring):
    with Precision(30).working():
        assert complex(ring.number(Fraction(3, 8))) == 0.375
        assert complex(ring.number(0.1)) == 0.1
        assert complex(ring.number(7)) == 7
        assert complex(ring.imaginary * ring.imaginary) == -1
        assert abs(complex(ring.cis(ring.pi()))) == pytest.approx(1, abs=1e-15)
        assert complex(ring.cis(ring.pi() / 2)) == pytest.approx(1j, abs=1e-15)


@pytest.mark.parametrize(
    "family",
    [
        Legendre(7),
        Fourier(1),
        Fourier(6),
        Fourier(7),
        Fourier(5, "complex"),
        Chebyshev(7),
        Laguerre(5, 12.5),
        Gabor(0.5, 1.5, 1, 0.75),
        GaussianDerivatives(2, LAYOUT, "hat", sign=-1),
        Morlet(5.5, LAYOUT),
    ],
    ids=lambda family: type(family).__name__,
)
def test_the_atoms_have_the_values_of_the_formula(family):
    s = np.linspace(0, 1, 37)
    atoms = family.atoms()
    wanted = np.array(family.values(s, FLOATS))
    found = atoms.space.evaluate(atoms.coordinates, s)
    assert found.shape == wanted.shape
    bound = 1e3 * np.finfo(float).eps * np.abs(wanted).max()
    np.testing.assert_allclose(found, wanted, rtol=0, atol=bound)


def test_real_and_complex_waves_are_cosines_sines_and_exponentials():
    s = np.linspace(0, 1, 11)
    one, cosine, sine = Fourier(3).values(s, FLOATS)
    root, turn = np.sqrt(2), 2 * np.pi * s
    np.testing.assert_allclose(one, np.ones(11), rtol=0, atol=0)
    np.testing.assert_allclose(cosine, root * np.cos(turn), rtol=0, atol=1e-15)
    np.testing.assert_allclose(sine, root * np.sin(turn), rtol=0, atol=1e-15)
    ahead, back = Fourier(3, "complex").values(s, FLOATS)[1:]
    np.testing.assert_allclose(ahead, np.exp(1j * turn), rtol=0, atol=1e-15)
    np.testing.assert_allclose(back, np.exp(-1j * turn), rtol=0, atol=1e-15)


def test_a_family_that_does_not_fit_says_how_large_it_is():
    # 3 waves at each of 4096 + 1 + 2 64 centers; 2 (2^14 + BAND 2^6) coordinates
    family = Gabor(2.0**-12, 2.0**14, 1, 2.0**-6)
    with pytest.raises(frames.InvalidInputError) as caught:
        family.atoms()
    band = round(2 * (2**14 + BAND * 2**6))
    assert f"{3 * 4225} atoms of {band} coordinates" in str(caught.value)
