"""Real Fourier functions 1, sqrt2 cos 2 pi n s, sqrt2 sin 2 pi n s on [0, 1]."""

import numpy as np

from framestate.frames.families.base import Atoms
from framestate.frames.spaces import TrigonometricPolynomials


def fourier_atoms(size: int) -> Atoms:
    """Return the first ``size`` functions of the real Fourier basis of [0, 1]."""
    return Atoms(
        name=f"fourier({size})",
        space=TrigonometricPolynomials(size),
        coordinates=np.eye(size),
    )
