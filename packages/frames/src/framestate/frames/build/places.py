"""Construction W at dyadic places: exact in the span of a refinable function.

With K the support of the filter and eta the shift, neighbors of one scale are K eta
units of the filter apart. Where that is n / 2^b with a small b, every atom is a finite
combination of the translates of the scaling function on a fine enough level, and
nothing need be projected: only rounded.
"""

import math
from fractions import Fraction

import numpy as np

from framestate.frames.build.dyadic import basis_atoms, refinable_space
from framestate.frames.families import Atoms
from framestate.frames.families.dyadic import Group, synthesis
from framestate.frames.families.wavelet import PRUNE, Layout
from framestate.frames.filters import load_continuous
from framestate.frames.filters.catalog import CERTIFIED

ROUNDING = 4.0 * float(np.finfo(np.float64).eps)
FINEST = 6  # halvings of a unit that a shift may ask for
LARGEST = 1 << 14  # translates in the window


def dyadic_step(support: int, shift: float | Fraction) -> Fraction | None:
    """Distance of neighbors in units of the filter, if it is a dyadic fraction.

    A float that is within rounding of one, such as 1/21 for a support of 21, counts.
    """
    units = support * shift
    near = Fraction(round(units * 2**FINEST), 2**FINEST)
    slack = 0 if isinstance(shift, Fraction) else ROUNDING
    return near if near and abs(near - units) <= slack * units else None


def dyadic_wavelet_atoms(
    name: str, layout: Layout, shift: float | Fraction
) -> Atoms | None:
    """The atoms of construction W, exactly; None where they are not dyadic.

    None is returned too for wavelets whose taps are tabulated, and where the window
    would hold more than ``LARGEST`` translates.
    """
    wavelet = load_continuous(name)
    step = dyadic_step(wavelet.support, shift)
    if not name.startswith(tuple(CERTIFIED)) or step is None:
        return None
    # a wavelet is made of the next finer level, and its start must be a whole number
    extra = max(1, step.denominator.bit_length() - 1, layout.finest)
    octaves = extra - layout.finest
    cells = wavelet.support << octaves
    if cells > LARGEST:
        return None
    groups = [
        Group(kind, scale + octaves, int(step * 2 ** (scale + octaves)))
        for kind, scale in layout.levels
    ]
    space = refinable_space(name, cells, digits=None)
    label = (
        f"wavelet {name}, scales {layout.finest}..{layout.coarsest}, "
        f"shift {float(shift):g}, exact"
    )
    # the papers' atoms have the norm of psi(K x)
    W = synthesis(wavelet, cells, groups) / math.sqrt(wavelet.support)
    atoms = basis_atoms(label, space, W)
    norms = np.sqrt((abs(atoms.coordinates) ** 2).sum(axis=1))
    kept = np.flatnonzero(norms > PRUNE * norms.max())
    return Atoms(label, space, atoms.coordinates[kept])
