"""Rings: one formula for floats, balls and symbols.

A family of functions is written once, with +, -, *, / and the few functions of a
``Ring``; which numbers come out depends on what goes in for s: a float64 array, a
ball of python-flint at the working precision, or a symbol of sympy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import flint
import numpy as np
import sympy

Element = Any  # float64 array, arb, acb or sympy expression
Number = Fraction | float | int


@final
@dataclass(frozen=True)
class Ring:
    """What a formula needs beyond arithmetic.

    Parameters
    ----------
    name : str
        "floats", "balls" or "symbols".
    number : callable
        A fraction, float or int as an element; exact but for fractions as floats.
    pi : callable
        The number pi, at the working precision.
    imaginary : element
        The imaginary unit.
    sqrt, exp, cos, sin : callable
        The functions, of elements.
    """

    name: str
    number: Callable[[Number], Element]
    pi: Callable[[], Element]
    imaginary: Element
    sqrt: Callable[[Element], Element]
    exp: Callable[[Element], Element]
    cos: Callable[[Element], Element]
    sin: Callable[[Element], Element]

    def cis(self, x: Element) -> Element:
        """Return exp(i x) for real x."""
        return self.cos(x) + self.imaginary * self.sin(x)


def _ball(x: Number) -> Element:
    p, q = x.as_integer_ratio()
    return flint.arb(p) / flint.arb(q)


def _symbol(x: Number) -> Element:
    return sympy.Rational(*x.as_integer_ratio())


FLOATS = Ring(
    name="floats",
    number=float,
    pi=lambda: np.pi,
    imaginary=1j,
    sqrt=np.sqrt,
    exp=np.exp,
    cos=np.cos,
    sin=np.sin,
)
BALLS = Ring(
    name="balls",
    number=_ball,
    pi=flint.arb.pi,
    imaginary=flint.acb(0, 1),
    sqrt=flint.arb.sqrt,
    exp=flint.arb.exp,
    cos=flint.arb.cos,
    sin=flint.arb.sin,
)
SYMBOLS = Ring(
    name="symbols",
    number=_symbol,
    pi=lambda: sympy.pi,
    imaginary=sympy.I,
    sqrt=sympy.sqrt,
    exp=sympy.exp,
    cos=sympy.cos,
    sin=sympy.sin,
)
