r"""Daubechies filters and symlets by certified spectral factorization.

The squared gain of the filter with p vanishing moments is known in closed form,

    |H(w)|^2 = 2 cos^{2p}(w/2) P(sin^2(w/2)),   P(y) = sum_{k<p} C(p-1+k, k) y^k,

and each root y of P belongs to a pair z, 1/z with y = (2 - z - 1/z) / 4. Taking one of
each pair gives a filter: all of them outside the unit circle, the Daubechies filters
(minimum phase); mixed, the symlets. FLINT isolates the roots in balls.
"""

from math import comb

import flint

from framestate.frames.filters.balls import BallFilter
from framestate.frames.precision import Ball, Precision

MINIMUM_PHASE = "spectral factorization, minimum phase"


def daubechies(moments: int, precision: Precision) -> BallFilter:
    """Return db<moments>, 1 <= moments, in balls."""
    # the factors' roots lose about half a digit for each of the p moments
    with precision.more(moments).working():
        roots = [1 / z for z in inner_roots(moments)]
        taps = from_roots(roots, moments)
    return BallFilter(f"db{moments}", taps, moments, precision, MINIMUM_PHASE)


def inner_roots(moments: int) -> list[Ball]:
    """Roots |z| < 1 of the spectral factor; of a conjugate pair the upper one."""
    # in u = 4 y the coefficients are whole numbers
    coefficients = [
        comb(moments - 1 + k, k) * 4 ** (moments - 1 - k) for k in range(moments)
    ]
    roots: list[Ball] = []
    found: Ball = flint.fmpz_poly(coefficients).complex_roots()  # (root, multiplicity)
    for u, _ in found:
        if u.imag < 0:
            continue
        centre = 1 - u / 2  # (z + 1/z) / 2
        offset = (centre * centre - 1).sqrt()
        z = centre + offset
        roots.append(z if abs(z) < 1 else centre - offset)
    return roots


def from_roots(roots: list[Ball], moments: int) -> tuple[Ball, ...]:
    """Taps, lowest index first, of the factor with these roots and their conjugates."""
    factor = flint.acb_poly([1, 1]) ** moments
    for z in roots:
        factor *= flint.acb_poly([-z, 1])
        if not z.imag.contains(0):
            factor *= flint.acb_poly([-z.conjugate(), 1])
    taps = [c.real for c in factor.coeffs()]
    scale = flint.arb(2).sqrt() / sum(taps, flint.arb(0))
    return tuple(tap * scale for tap in taps)
