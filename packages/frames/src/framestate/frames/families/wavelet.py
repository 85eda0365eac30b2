r"""The redundant wavelet frame of the WaLRUS and W4S4 papers (construction W).

[0, 1] is the mother wavelet's full support at scale 0. For the scales s (smaller
is finer) from s_max down to s_min, and all shifts k that meet [0, 1],

    psi_{s,k}(x) = psi(K (x - k eta 2^s) / 2^s) / sqrt(2^s),   cut to [0, 1],
    k = ceil(-1/eta) .. max(0, floor(2^-s / eta)),

K the support of psi in units of its filter; the father phi at s_max only. Atoms
shorter than ``PRUNE`` of the longest are left out. Each atom is held as the
continuous piecewise polynomial through its exact values at the nodes of a mesh:
a frame of H1 functions in its own right, so every clause of the corrected theorem
holds for it to rounding; its distance to the ideal frame is measured and kept.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.frames.families.base import Atoms
from framestate.frames.filters import load
from framestate.frames.refinement import Refinable
from framestate.frames.spaces import PiecewisePolynomials, Points

CELLS_PER_UNIT = 16  # mesh cells in one unit of the finest wavelet's filter
DEGREE = 4
PRUNE = 0.005

Shifts = Float64[np.ndarray, "shifts"]
Profile = Callable[[Points], Points]


@final
@dataclass(frozen=True)
class Layout:
    """Which scales and shifts the frame has.

    Parameters
    ----------
    coarsest, finest : int
        Scales s_max and s_min.
    shift : float
        Distance eta of neighbors, in units of their support.
    """

    coarsest: int
    finest: int
    shift: float

    def shifts(self, scale: int) -> Shifts:
        """Left ends k eta 2^s of the atoms of a scale."""
        # 1e-9: a quotient such as 1/0.01 may round to just past the integer
        first = math.ceil(-1.0 / self.shift - 1e-9)
        last = max(0, math.floor(2.0**-scale / self.shift + 1e-9))
        return np.arange(first, last + 1) * self.shift * 2.0**scale


def wavelet_atoms(name: str, layout: Layout) -> Atoms:
    """Return the atoms of construction W.

    Parameters
    ----------
    name : str
        Orthonormal wavelet, for example ``"db11"``.
    layout : Layout
        Scales and shifts.

    Raises
    ------
    UnknownWaveletError, NotDifferentiableError, InvalidInputError
        From ``filters.load``.
    """
    functions = Refinable(load(name))
    units = functions.filter.support * 2.0**-layout.finest
    space = PiecewisePolynomials(
        cells=max(1, math.ceil(units * CELLS_PER_UNIT)), degree=DEGREE
    )
    levels: list[tuple[Profile, int]] = [
        (functions.wavelet, scale)
        for scale in range(layout.coarsest, layout.finest - 1, -1)
    ]
    levels.append((functions.scaling, layout.coarsest))
    support = functions.filter.support
    values = np.vstack(
        [
            _sample(profile, support, scale, layout.shifts(scale), space.nodes)
            for profile, scale in levels
        ]
    )
    coordinates = space.interpolate(values)
    norms = np.linalg.norm(coordinates, axis=1)
    return Atoms(
        name=f"wavelet {name}, scales {layout.finest}..{layout.coarsest}, "
        f"shift {layout.shift:g}",
        space=space,
        coordinates=coordinates[norms > PRUNE * norms.max()],
        representation_error=_representation_error(functions.wavelet, support),
    )


def _sample(
    profile: Profile, support: int, scale: int, starts: Shifts, s: Points
) -> Float64[np.ndarray, "shifts points"]:
    """Values at s of all atoms of one scale."""
    position = (s[None, :] - starts[:, None]) / 2.0**scale
    inside = (position > 0.0) & (position < 1.0)
    values = np.zeros(position.shape)
    values[inside] = profile(position[inside] * support) / 2.0 ** (scale / 2)
    return values


def _representation_error(profile: Profile, support: int) -> float:
    """Relative L2 distance of psi to its interpolant, on the finest scale's mesh."""
    mesh = PiecewisePolynomials(cells=support * CELLS_PER_UNIT, degree=DEGREE)
    interpolant = mesh.interpolate(profile(mesh.nodes * support)[None, :])
    between = 0.5 * (mesh.nodes[1:] + mesh.nodes[:-1])
    exact = profile(between * support)
    gap = mesh.evaluate(interpolant, between)[0] - exact
    return float(np.linalg.norm(gap) / np.linalg.norm(exact))
