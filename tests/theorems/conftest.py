"""Orthogonal filters whose taps are radicals, as elements of a number field."""

from dataclasses import dataclass
from typing import Any

import pytest
from sympy import QQ, sqrt
from sympy.polys.domains import AlgebraicField

ROOTS = {  # what the field needs beside the rationals
    "haar": (sqrt(2),),
    "db2": (sqrt(2), sqrt(3)),
    "db3": (sqrt(2), sqrt(5 + 2 * sqrt(10))),
}


@dataclass(frozen=True)
class Radicals:
    """Taps of an orthogonal filter with exact arithmetic and an exact test for 0."""

    name: str
    field: AlgebraicField
    expressions: tuple[Any, ...]
    lowpass: tuple[Any, ...]
    highpass: tuple[Any, ...]


def _lowpass(name):
    """Taps in the books (Daubechies 1992, chapter 6), with sum sqrt2."""
    if name == "haar":
        return (1 / sqrt(2), 1 / sqrt(2))
    if name == "db2":
        s = sqrt(3)
        numerators = (1 + s, 3 + s, 3 - s, 1 - s)
        return tuple(n / (4 * sqrt(2)) for n in numerators)
    a, w = sqrt(10), sqrt(5 + 2 * sqrt(10))
    outer = (1 + a + w, 5 + a + 3 * w, 10 - 2 * a + 2 * w)
    inner = (10 - 2 * a - 2 * w, 5 + a - 3 * w, 1 + a - w)
    return tuple(n / (16 * sqrt(2)) for n in outer + inner)


@pytest.fixture(scope="session", params=ROOTS)
def radicals(request):
    name = request.param
    field = QQ.algebraic_field(*ROOTS[name])
    expressions = _lowpass(name)
    lowpass = tuple(field.from_sympy(tap.expand()) for tap in expressions)
    highpass = tuple((-1) ** k * tap for k, tap in enumerate(reversed(lowpass)))
    return Radicals(name, field, expressions, lowpass, highpass)
