r"""Moments of a scaling function and the coefficients of the polynomials, in balls.

    m_j = int x^j phi(x) dx = 2^(-j) / sqrt2 sum_i C(j, i) m_i sum_k h_k k^(j-i)
    x^a = sum_k c_a(k) phi(x - k),   c_a(k) = int x^a phi(x - k) dx,   a < p

since phi is orthogonal to its translates (T-moments).
"""

from math import comb

import flint

from framestate.frames.precision import Ball
from framestate.frames.refinement.line import Taps


def moments(h: Taps, count: int) -> tuple[Ball, ...]:
    """m_0 .. m_(count-1)."""
    power = [
        sum((tap * flint.arb(k) ** i for k, tap in enumerate(h)), flint.arb(0))
        for i in range(count)
    ]
    found = [flint.arb(1)]
    for j in range(1, count):
        known = sum(
            (comb(j, i) * found[i] * power[j - i] for i in range(j)), flint.arb(0)
        )
        # the term i = j carries m_j itself with the factor 2^-j
        found.append(known / flint.arb(2).sqrt() / (2**j - 1))
    return tuple(found)


def monomial(m: tuple[Ball, ...], degree: int, k: int) -> Ball:
    """c_a(k) = int (x + k)^a phi(x) dx for a = degree."""
    return sum(
        (
            comb(degree, j) * flint.arb(k) ** (degree - j) * m[j]
            for j in range(degree + 1)
        ),
        flint.arb(0),
    )
