r"""Sparse atoms in dense tiles, and combinations of atoms, evaluated when asked.

A fine atom lives on few cells. Cut into stretches of cells, the coordinates C of all
atoms are one dense block a stretch, of the atoms that live there: a combination W C
and its products are then sums over stretches, by matrix products of ordinary size,
and a basis of r functions with D coordinates is never held as a whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Inexact, Int64
from scipy.sparse import csr_array

from framestate.frames.spaces import PiecewisePolynomials, Points, Stretch, Values

FILL = 2 / 3  # from here on, sparse rows with their indices are the larger ones


def is_sparse(atoms: int, dimension: int, entries: int) -> bool:
    """Whether so many nonzeros are better held without the zeros."""
    return entries < FILL * atoms * dimension


@final
@dataclass(frozen=True, eq=False)
class Tile:
    """The atoms that live on a stretch, by their coordinates there."""

    part: Stretch
    atoms: Int64[np.ndarray, "live"]
    block: Inexact[np.ndarray, "live width"]


@final
@dataclass(frozen=True, eq=False)
class Tiles:
    """The coordinates of some atoms, cut into dense tiles.

    Parameters
    ----------
    space : PiecewisePolynomials
        Where the coordinates live: a space that both maps leave cell by cell.
    coordinates : csr_array, shape (N, D)
        One atom a row.
    """

    space: PiecewisePolynomials
    coordinates: csr_array

    @cached_property
    def tiles(self) -> Sequence[Tile]:
        """One for each stretch; stretches are about as long as an atom."""
        x = self.coordinates
        # narrower and the products are small, wider and the blocks hold mostly zeros
        width = max(1, int(np.median(np.diff(x.indptr))))
        return [_tile(x, part) for part in self.space.stretches(width)]

    def gram(self) -> Inexact[np.ndarray, "N N"]:
        """C C^H."""
        size = self.coordinates.shape[0]
        total = np.zeros((size, size), dtype=self.coordinates.dtype)
        for tile in self.tiles:
            total[np.ix_(tile.atoms, tile.atoms)] += tile.block @ tile.block.conj().T
        return total


def _tile(x: csr_array, part: Stretch) -> Tile:
    cut = x[:, part.columns]
    atoms = np.flatnonzero(np.diff(cut.indptr))
    return Tile(part, atoms, cut[atoms].toarray())


@final
@dataclass(frozen=True, eq=False)
class Combination:
    """Functions W C: combinations of atoms.

    Parameters
    ----------
    weights : ndarray, shape (r, N)
        W, one function a row.
    tiles : Tiles
        The atoms.
    """

    weights: Inexact[np.ndarray, "r N"]
    tiles: Tiles

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of functions and of coordinates, as of a matrix."""
        return len(self.weights), self.tiles.space.dimension

    def pieces(self) -> Iterator[tuple[Stretch, Inexact[np.ndarray, "r width"]]]:
        """Coordinates on each stretch in turn."""
        for tile in self.tiles.tiles:
            yield tile.part, self.weights[:, tile.atoms] @ tile.block

    def gram(self) -> Inexact[np.ndarray, "r r"]:
        """Inner products of the functions."""
        total = np.zeros((len(self.weights),) * 2, dtype=self.weights.dtype)
        for _, x in self.pieces():
            total += x @ x.conj().T
        return total

    def toarray(self) -> Inexact[np.ndarray, "r D"]:
        """All coordinates at once."""
        return np.hstack([x for _, x in self.pieces()])

    def evaluate(self, s: Points) -> Values:
        """Values at s in [0, 1]."""
        return self.weights @ self.tiles.space.evaluate(self.tiles.coordinates, s)
