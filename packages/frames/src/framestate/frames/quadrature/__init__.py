"""Quadrature for what has no refinement equation: rules, and certified integrals.

A rule knows the degree of the polynomials for which it is exact; ``integrate``
returns an enclosure of the integral itself.
"""

from framestate.frames.quadrature.certify import integrate
from framestate.frames.quadrature.dyadic import refinable, romberg
from framestate.frames.quadrature.gauss import gauss_legendre
from framestate.frames.quadrature.rule import Rule
from framestate.frames.quadrature.tanh_sinh import tanh_sinh

__all__ = [
    "Rule",
    "gauss_legendre",
    "integrate",
    "refinable",
    "romberg",
    "tanh_sinh",
]
