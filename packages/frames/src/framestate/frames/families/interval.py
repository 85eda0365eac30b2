r"""Orthonormal wavelets on [0, 1] with boundary functions (construction I), as rows.

Level j has 2^j scaling functions: p at 0, the translates 1 .. 2^j - 2p, p at 1; and as
many wavelets in the same order. The step from one level to the next finer one is a
sparse orthogonal matrix; the functions of the finest level are known in the
orthonormal basis of the window.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import flint
import numpy as np
from jaxtyping import Float64
from scipy.sparse import coo_array, csr_array, eye_array, vstack

from framestate.frames.filters import Filter
from framestate.frames.precision import Ball, BallMatrix
from framestate.frames.refinement import Window
from framestate.frames.refinement.forms import nearest
from framestate.frames.refinement.interval import Boundary


@final
@dataclass(frozen=True, eq=False)
class Interval:
    """A wavelet with its boundary functions at both ends.

    Parameters
    ----------
    wavelet : Filter
        Taps in float64.
    ends : (Boundary, Boundary)
        At 0, and at 1 (of the reversed filter).
    """

    wavelet: Filter
    ends: tuple[Boundary, Boundary]

    def step(self, cells: int) -> tuple[csr_array, csr_array]:
        """Scaling functions and wavelets of ``cells`` units on the next finer level.

        Returns
        -------
        two csr_array, each of shape (cells, 2 cells)
        """
        left, right = self.ends
        low = self._rows(cells, self.wavelet.lowpass, left.lowpass, right.lowpass)
        high = self._rows(cells, self.wavelet.highpass, left.highpass, right.highpass)
        return low, high

    def _rows(
        self,
        cells: int,
        taps: Float64[np.ndarray, "taps"],
        left: BallMatrix,
        right: BallMatrix,
    ) -> csr_array:
        p = self.wavelet.moments
        k = np.arange(1, cells - 2 * p + 1)
        row, tap = np.indices((len(k), len(taps)))
        near, far = _rounded(left), _rounded(right)
        end, place = np.indices(near.shape)
        rows = (end, row + p, cells - 1 - end)
        columns = (place, 2 * k[row] + tap + p - 1, 2 * cells - 1 - place)
        values = (near, np.broadcast_to(taps, row.shape), far)
        i, j, v = (
            np.concatenate([x.ravel() for x in xs]) for xs in (rows, columns, values)
        )
        return coo_array((v, (i, j)), shape=(cells, 2 * cells)).tocsr()

    def transform(self, level: int, coarsest: int) -> csr_array:
        """Orthogonal matrix: functions of the pyramid in those of the finest level."""
        rows: list[csr_array] = []
        finer = eye_array(1 << level).tocsr()
        for j in range(level - 1, coarsest - 1, -1):
            low, high = self.step(1 << j)
            rows.append((high @ finer).tocsr())
            finer = (low @ finer).tocsr()
        return vstack([finer, *reversed(rows)]).tocsr()

    def coordinates(self, window: Window) -> csr_array:
        """Scaling functions of the window's level in its orthonormal basis."""
        i, j, balls = zip(*self._entries(window), strict=True)
        values = [nearest(ball)[0] for ball in balls]
        shape = (window.cells, window.dimension)
        return coo_array((values, (i, j)), shape=shape).tocsr()

    def ball_coordinates(self, window: Window) -> BallMatrix:
        """The same, dense, before the rounding."""
        X = flint.arb_mat(window.cells, window.dimension)
        for i, j, ball in self._entries(window):
            X[i, j] = ball
        return X

    def _entries(self, window: Window) -> Iterator[tuple[int, int, Ball]]:
        """Row, column and value of what is not zero."""
        with window.tables.precision.working():
            for index, row in enumerate(self._translates(window.cells)):
                for k in sorted(row.keys() & set(window.inner)):
                    yield index, k + window.cut, row[k]
                for cut, edge in zip(window.blocks, window.edges, strict=True):
                    if row.keys().isdisjoint(cut):
                        continue
                    held = flint.arb_mat([[row.get(k, flint.arb(0)) for k in cut]])
                    found = (held * edge.analysis).entries()
                    yield from (
                        (index, k + window.cut, x)
                        for k, x in zip(cut, found, strict=True)
                    )

    def _translates(self, cells: int) -> Iterator[dict[int, Ball]]:
        """Each scaling function as translate -> coefficient."""
        left, right = self.ends
        p, size = self.wavelet.moments, 2 * self.wavelet.moments - 1
        for a in range(p):
            yield {-i: left.functions[a, i] for i in range(size)}
        for k in range(1, cells - 2 * p + 1):
            yield {k: flint.arb(1)}
        for a in reversed(range(p)):
            yield {cells - size + i: right.functions[a, i] for i in range(size)}


def _rounded(x: BallMatrix) -> Float64[np.ndarray, "rows columns"]:
    values = [nearest(ball)[0] for ball in x.entries()]
    return np.array(values).reshape(x.nrows(), x.ncols())
