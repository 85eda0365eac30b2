"""Orthonormal Legendre polynomials sqrt(2n+1) P_n(2s - 1), n = 0 .. N-1."""

import numpy as np

from framestate.frames.families.base import Atoms
from framestate.frames.spaces import PiecewisePolynomials


def legendre_atoms(size: int) -> Atoms:
    """Return the first ``size`` orthonormal Legendre polynomials on [0, 1]."""
    return Atoms(
        name=f"legendre({size})",
        space=PiecewisePolynomials(cells=1, degree=size - 1),
        coordinates=np.eye(size),
    )
