"""Function spaces on [0, 1] with orthonormal coordinates.

A family of atoms is a matrix of coordinates in such a space, and every inner
product that a state space model needs is then a matrix product.
"""

from framestate.frames.spaces.base import (
    Coordinates,
    Matrix,
    Points,
    Space,
    Values,
    dense,
)
from framestate.frames.spaces.continuous import (
    ContinuousPolynomials,
    PolynomialSpace,
    continuous_space,
)
from framestate.frames.spaces.polynomial import PiecewisePolynomials, Stretch
from framestate.frames.spaces.refinable import RefinableSpace
from framestate.frames.spaces.trigonometric import (
    ComplexExponentials,
    TrigonometricPolynomials,
)

__all__ = [
    "ComplexExponentials",
    "ContinuousPolynomials",
    "Coordinates",
    "Matrix",
    "PiecewisePolynomials",
    "Points",
    "PolynomialSpace",
    "RefinableSpace",
    "Space",
    "Stretch",
    "TrigonometricPolynomials",
    "Values",
    "continuous_space",
    "dense",
]
