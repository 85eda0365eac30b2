r"""The redundant wavelet frame of the WaLRUS and W4S4 papers (construction W).

[0, 1] is the mother wavelet's full support at scale 0. For the scales s (smaller
is finer) from s_max down to s_min, and all shifts k that meet [0, 1],

    psi_{s,k}(x) = psi(K (x - k eta 2^s) / 2^s) / sqrt(2^s),   cut to [0, 1],
    k = ceil(-1/eta) .. max(0, floor(2^-s / eta)),

K the support of psi in units of its filter; the father phi at s_max only. Atoms
shorter than ``PRUNE`` of the longest are left out. Each scale has its own mesh, with
2^level cells in a unit of its filter, and each atom is projected on it
(``projection.py``); the meshes are nested, so all atoms are continuous piecewise
polynomials of the finest: a frame of H1 functions in its own right, so that every
clause of the corrected theorem holds for it to rounding. Its distance to the ideal
frame is computed and kept.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64, Int64
from scipy.sparse import csr_array

from framestate.frames.combination import is_sparse
from framestate.frames.errors import InvalidInputError
from framestate.frames.families.base import Atoms
from framestate.frames.families.projection import (
    CellProjection,
    Kind,
    Projected,
    halves,
)
from framestate.frames.filters import load_continuous
from framestate.frames.refinement import Refinable
from framestate.frames.spaces import Coordinates, PiecewisePolynomials

CELLS = 96  # in one support at the most, where no tolerance asks for another mesh
DEGREE = 8
PRUNE = 0.005
BATCH = 2**18  # cells that are projected at once

Shifts = Float64[np.ndarray, "shifts"]
Row = Float64[np.ndarray, "entries"]


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
        # the first and the last only touch [0, 1] where the quotients are whole: one
        # that a rounding leaves out is nothing
        first = math.ceil(-1.0 / self.shift)
        last = max(0, math.floor(2.0**-scale / self.shift))
        return np.arange(first, last + 1) * self.shift * 2.0**scale

    @property
    def levels(self) -> list[tuple[Kind, int]]:
        """Kinds and scales of the atoms, in their order."""
        scales = range(self.coarsest, self.finest - 1, -1)
        return [*(("wavelet", scale) for scale in scales), ("scaling", self.coarsest)]

    def mesh(self, support: int, level: int) -> PiecewisePolynomials:
        """The finest of the meshes."""
        octaves = max(level, self.finest) - self.finest
        return PiecewisePolynomials(cells=support << octaves, degree=DEGREE)

    def sizes(self, support: int, level: int) -> tuple[int, int, int]:
        """Atoms before pruning, coordinates, and nonzeros at most, without making them."""
        mesh = self.mesh(support, level)
        atoms, entries = 0, 0
        for _, scale in self.levels:
            count = round(1 / self.shift + max(1.0, 2.0**-scale / self.shift))
            share = min(1.0, 2.0**scale)  # of the window
            atoms += count
            entries += count * round(mesh.dimension * share + 2 * (DEGREE + 1))
        return atoms, mesh.dimension, entries


def wavelet_atoms(name: str, layout: Layout, *, level: int | None = None) -> Atoms:
    """Return the atoms of construction W.

    Parameters
    ----------
    name : str
        Wavelet, for example ``"db11"``.
    layout : Layout
        Scales and shifts.
    level : int, optional
        Each scale has 2^level cells in a unit of its filter; at least 1. Left out, as
        many as make ``CELLS`` in a support.

    Raises
    ------
    UnknownWaveletError, NotDifferentiableError, InvalidInputError
        From ``filters.load_continuous``.
    """
    functions = Refinable(load_continuous(name))
    support = functions.filter.support
    level = default_level(support) if level is None else level
    mesh = layout.mesh(support, level)
    rows: list[Piece] = []
    error = 0.0
    for batch in _batches(functions, layout, level):
        rows.extend(batch.pieces(mesh))
        error = max(error, batch.error)
    return Atoms(
        name=f"wavelet {name}, scales {layout.finest}..{layout.coarsest}, "
        f"shift {layout.shift:g}",
        space=mesh,
        coordinates=_assemble(rows, mesh),
        representation_error=error,
    )


def default_level(support: int) -> int:
    """The largest level with at most ``CELLS`` cells in a support; at least 1."""
    return max(1, int(math.log2(CELLS / support)))


def level_for(
    request: str, name: str, layout: Layout, tolerance: float, *, most: int
) -> int:
    """Return the least level whose representation error is within a tolerance.

    Parameters
    ----------
    request : str
        What to name in an error.
    name, layout : str, Layout
        As for ``wavelet_atoms``.
    tolerance : float
        Largest representation error.
    most : int
        Largest level that may be tried; at least 1.

    Raises
    ------
    InvalidInputError
        When no level reaches the tolerance; says what can be reached.
    """
    functions = Refinable(load_continuous(name))
    found = math.sqrt(CellProjection(functions, "wavelet", 1, DEGREE).rounding)
    reason = f"rounding in float64 hides distances below {found:.1e}"
    if tolerance > found:
        for level in range(1, most + 1):
            found = max(batch.error for batch in _batches(functions, layout, level))
            if found <= tolerance:
                return level
        reason = (
            f"2^{most} cells in a unit of the filter are the most that are allowed, "
            f"and atoms are {found:.1e} away"
        )
    raise InvalidInputError(
        request=request,
        finding=f"tolerance = {tolerance!r} is out of reach: {reason}",
        remedy=f"Ask for tolerance={2.0 * found:.1g}, or a smoother wavelet",
    )


@final
@dataclass(frozen=True)
class Piece:
    """An atom by its coordinates on the mesh, from the first that is not zero."""

    start: int
    values: Row


@final
@dataclass(frozen=True, eq=False)
class Batch:
    """Neighboring atoms of one kind and scale, projected on the mesh of the scale.

    Parameters
    ----------
    first : ndarray, shape (atoms,)
        The cell of the mesh, counted from 0, where the projections begin.
    window : int
        Number of cells in [0, 1].
    projected : Projected
        The functions psi(K x) on the line.
    shrink : float
        From these to the atoms.
    """

    first: Int64[np.ndarray, "atoms"]
    window: int
    projected: Projected
    shrink: float

    @property
    def error(self) -> float:
        """Largest distance of an atom from its projection, relative to its norm."""
        return float(self.projected.distances.max())

    def pieces(self, mesh: PiecewisePolynomials) -> Iterator[Piece]:
        """The atoms cut to [0, 1], on a mesh that is the finer one."""
        octaves = (mesh.cells // self.window).bit_length() - 1
        for first, x in zip(
            self.first.tolist(), self.projected.coordinates, strict=True
        ):
            low = max(first, 0)
            high = max(low, min(first + len(x), self.window))
            inside = refine(self.shrink * x[low - first : high - first], octaves)
            yield Piece((low << octaves) * (DEGREE + 1), inside.ravel())


def _batches(functions: Refinable, layout: Layout, level: int) -> Iterator[Batch]:
    support = functions.filter.support
    for kind, scale in layout.levels:
        own = max(level, scale)  # whole cells in [0, 1]
        project = CellProjection(functions, kind, own, DEGREE)
        starts = layout.shifts(scale) * 2.0**-scale * (support << own)
        cells = np.ceil(starts)
        size = max(1, BATCH // project.cells)
        for part in range(0, len(starts), size):
            chosen = slice(part, part + size)
            yield Batch(
                first=cells[chosen].astype(np.int64) - 1,
                window=support << (own - scale),
                projected=project(cells[chosen] - starts[chosen]),
                shrink=1.0 / math.sqrt(support),
            )


def refine(
    x: Float64[np.ndarray, "cells modes"], octaves: int
) -> Float64[np.ndarray, "finer modes"]:
    """The same function on cells 2^-octaves as long."""
    both = np.stack(halves(x.shape[1] - 1), axis=0) * math.sqrt(0.5)
    for _ in range(octaves):
        x = np.einsum("hlm,cm->chl", both, x).reshape(-1, x.shape[1])
    return x


def _assemble(pieces: list[Piece], mesh: PiecewisePolynomials) -> Coordinates:
    """Rows of the atoms that are not too short, sparse where most entries are 0."""
    norms = np.array([np.linalg.norm(piece.values) for piece in pieces])
    kept = [pieces[n] for n in np.flatnonzero(norms > PRUNE * norms.max())]
    ends = np.cumsum([0, *(len(piece.values) for piece in kept)])
    columns = [
        np.arange(len(piece.values), dtype=np.int32) + piece.start for piece in kept
    ]
    values = np.concatenate([piece.values for piece in kept])
    x = csr_array(
        (values, np.concatenate(columns), ends), shape=(len(kept), mesh.dimension)
    )
    return x if is_sparse(len(kept), mesh.dimension, x.nnz) else x.toarray()
