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
from framestate.frames.filters import load_continuous
from framestate.frames.refinement import Refinable, Translates
from framestate.frames.spaces import PiecewisePolynomials, Points

CELLS_PER_UNIT = 16  # mesh cells in one unit of the finest wavelet's filter
DEGREE = 4
PRUNE = 0.005

Shifts = Float64[np.ndarray, "shifts"]
Profile = Callable[[Points], Translates]


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

    def sizes(self, support: int) -> tuple[int, int]:
        """Atoms before pruning and coordinates of each, without making them."""
        scales = [self.coarsest, *range(self.finest, self.coarsest + 1)]
        atoms = sum(
            1 / self.shift + max(1.0, 2.0**-scale / self.shift) for scale in scales
        )
        return round(atoms), _mesh(support, self.finest).dimension


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
        From ``filters.load_continuous``.
    """
    functions = Refinable(load_continuous(name))
    mesh = _mesh(functions.filter.support, layout.finest)
    levels: list[tuple[Profile, int]] = [
        (functions.wavelet_translates, scale)
        for scale in range(layout.coarsest, layout.finest - 1, -1)
    ]
    levels.append((functions.scaling_translates, layout.coarsest))
    values = np.vstack(
        [
            _sample(profile, functions.filter.support, mesh, scale, layout)
            for profile, scale in levels
        ]
    )
    coordinates = mesh.interpolate(values)
    norms = np.linalg.norm(coordinates, axis=1)
    return Atoms(
        name=f"wavelet {name}, scales {layout.finest}..{layout.coarsest}, "
        f"shift {layout.shift:g}",
        space=mesh,
        coordinates=coordinates[norms > PRUNE * norms.max()],
        representation_error=_representation_error(functions),
    )


def _mesh(support: int, finest: int) -> PiecewisePolynomials:
    """Mesh with whole cells in one unit of the filter, at every scale."""
    return PiecewisePolynomials(
        cells=support * CELLS_PER_UNIT * 2 ** max(0, -finest), degree=DEGREE
    )


def _sample(
    profile: Profile,
    support: int,
    mesh: PiecewisePolynomials,
    scale: int,
    layout: Layout,
) -> Float64[np.ndarray, "shifts nodes"]:
    """Values at the nodes of all atoms of one scale.

    In units of the filter the mesh repeats itself, so an atom is known at all nodes
    from its translates at the nodes of one unit.
    """
    cells = round(mesh.cells / support * 2.0**scale)  # in one unit at this scale
    offsets = (np.arange(cells)[:, None] + mesh.local_nodes[:-1]).ravel() / cells
    starts = layout.shifts(scale) / 2.0**scale * support
    x = offsets[None, :] - starts[:, None]
    whole = np.floor(x)
    y = x - whole
    whole, y = np.where(y < 1.0, whole, whole + 1.0), np.where(y < 1.0, y, 0.0)
    translates = profile(y.ravel()).reshape(*y.shape, support)
    units = mesh.cells // cells + 1
    values = np.zeros((len(starts), units, len(offsets)))
    for n in range(support):
        unit = n - whole.astype(np.int64)
        row, column = np.nonzero((unit >= 0) & (unit < units))
        values[row, unit[row, column], column] = translates[row, column, n]
    nodes = len(mesh.nodes)
    return values.reshape(len(starts), -1)[:, :nodes] / 2.0 ** (scale / 2)


def _representation_error(functions: Refinable) -> float:
    """Relative L2 distance of psi to its interpolant, on the finest scale's mesh."""
    support = functions.filter.support
    mesh = _mesh(support, finest=0)
    interpolant = mesh.interpolate(functions.wavelet(mesh.nodes * support)[None, :])
    between = 0.5 * (mesh.nodes[1:] + mesh.nodes[:-1])
    exact = functions.wavelet(between * support)
    gap = mesh.evaluate(interpolant, between)[0] - exact
    return float(np.linalg.norm(gap) / np.linalg.norm(exact))
