r"""The span of the translates of a refinable function on a window (construction D).

Coordinates belong to the orthonormal basis of ``refinement.window``: combinations of
the translates that an end cuts, in the order of their share of the Gram matrix, and
the other translates as they are. Both forms are sparse and exact to rounding.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import final

import flint
import numpy as np
from jaxtyping import Float64
from scipy.sparse import csr_array

from framestate.frames.errors import DigitsError
from framestate.frames.precision import BallMatrix
from framestate.frames.refinement import Refinable
from framestate.frames.refinement.forms import Rounded, orthonormal_form
from framestate.frames.refinement.window import Form, Window
from framestate.frames.spaces.base import Coordinates, Points, Values

WIDE = 1e-12  # relative to the largest entry: a form that wide holds no operator


@final
@dataclass(frozen=True, eq=False)
class RefinableSpace:
    """Span of phi(M s - k), k = -(K-1) .. M-1, on [0, 1].

    Parameters
    ----------
    window : Window
        The translates with their forms, in balls.
    functions : Refinable
        The same scaling function in float64.
    """

    window: Window
    functions: Refinable

    @property
    def dimension(self) -> int:
        """Number of coordinates of a function."""
        return self.window.dimension

    def form(self, name: Form) -> Rounded:
        """<e_i', e_j> or <s e_i', e_j>, sparse, every entry rounded once.

        Raises
        ------
        DigitsError
            When the window's digits leave balls too wide to round.
        """
        found = self._dilation if name == "dilation" else self._derivative
        allowed = WIDE * abs(found.matrix).max()
        if not found.error <= allowed:
            digits = self.window.tables.precision.digits
            missing = 3 + math.ceil(math.log10(min(found.error, 1e300) / allowed))
            raise DigitsError(
                request=f"{name} form of {self.window.name}",
                finding=f"the balls are {found.error:.0e} wide, which is too wide for "
                "float64",
                remedy=f"Ask for {digits + missing} digits",
            )
        return found

    @cached_property
    def _derivative(self) -> Rounded:
        return orthonormal_form(self.window, "derivative")

    @cached_property
    def _dilation(self) -> Rounded:
        return orthonormal_form(self.window, "dilation")

    def derivative(self, x: Coordinates) -> Coordinates:
        """Coordinates of the projection of x' on the space."""
        return x @ self._derivative.matrix

    def dilation(self, x: Coordinates) -> Coordinates:
        """Coordinates of the projection of s x' on the space."""
        return x @ self._dilation.matrix

    def evaluate(self, x: Coordinates, s: Points) -> Values:
        """Values at s."""
        return x @ self.basis(s)

    def basis(self, s: Points) -> Float64[np.ndarray, "dimension points"]:
        """Values of the orthonormal basis at s: from balls at the ends."""
        window = self.window
        values = np.zeros((window.dimension, len(s)))
        values[window.rows(window.inner)] = self._inner(s)
        for index, cut in enumerate(window.blocks):
            low, high = cut.start, cut.stop + window.cut
            met = np.flatnonzero((s * window.cells >= low) & (s * window.cells <= high))
            values[window.rows(cut), met] = self._ends(index, s[met])
        return values

    def _inner(self, s: Points) -> Float64[np.ndarray, "inner points"]:
        """The translates that no end cuts, by the float64 cascade."""
        size, K = len(self.window.inner), self.window.cut + 1
        whole = np.floor(s * self.window.cells)
        translates = self.functions.scaling_translates(s * self.window.cells - whole)
        row = whole.astype(np.int64)[:, None] - np.arange(K)
        keep = (row >= 0) & (row < size)
        point = np.broadcast_to(np.arange(len(s))[:, None], row.shape)
        values = csr_array(
            (translates[keep], (row[keep], point[keep])), shape=(size, len(s))
        )
        return math.sqrt(self.window.cells) * values.toarray()

    def _ends(self, index: int, s: Points) -> Float64[np.ndarray, "rows points"]:
        """The combinations of one end, in balls, rounded once."""
        window, cut = self.window, self.window.blocks[index]
        columns: list[list[float]] = []
        with window.tables.precision.working():
            E = window.edges[index].E * flint.arb(window.cells).sqrt()
            for point in s:
                y = window.cells * Fraction(float(point))
                cell = math.floor(y)
                translates = self._translates(y - cell)
                column = [
                    [translates[cell - k, 0] if 0 <= cell - k <= window.cut else 0]
                    for k in cut
                ]
                found = E * flint.arb_mat(column)
                columns.append([float(value.mid()) for value in found.entries()])
        return np.array(columns).reshape(len(s), len(cut)).T

    def _translates(self, y: Fraction) -> BallMatrix:
        """phi(y), phi(y + 1), .., phi(y + K - 1) for 0 <= y < 1 (T-refinement)."""
        digits: list[int] = []
        while y:
            y *= 2
            digits.append(math.floor(y))
            y -= digits[-1]
        vector = flint.arb_mat([[value] for value in self.window.tables.values[:-1]])
        for digit in reversed(digits):
            vector = self._digit_matrices[digit] * vector
        return vector

    @cached_property
    def _digit_matrices(self) -> tuple[BallMatrix, BallMatrix]:
        taps, root = self.window.tables.taps, flint.arb(2).sqrt()
        size = range(len(taps) - 1)
        tap = lambda k: root * taps[k] if 0 <= k < len(taps) else 0
        even, odd = (
            flint.arb_mat([[tap(2 * n + digit - m) for m in size] for n in size])
            for digit in (0, 1)
        )
        return even, odd
