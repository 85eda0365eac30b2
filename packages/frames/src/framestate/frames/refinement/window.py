r"""The translates of a refinable function on a window [0, M], orthonormalized in balls.

phi_k(s) = sqrt(M) phi(M s - k), k = -(K-1) .. M - 1, on [0, 1]: M + K - 1 functions,
linearly independent. Those that no end cuts are orthonormal already; each end cuts
n = K - 1 of them, which meet no translates of the other end when M >= 2 n. So only two
blocks of size n are orthonormalized, whatever M is, and every form is a band with two
small full blocks at its ends. With the half-line tables g, d, e (T-window),

    <phi_k, phi_l>      = g[k,l] - g[k-M,l-M]
    <phi_k', phi_l>     = M (d[k,l] - d[k-M,l-M])
    <s phi_k', phi_l>   = e[k,l] - M d[k-M,l-M] - e[k-M,l-M].
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

import flint

from framestate.frames.precision import Ball, BallMatrix
from framestate.frames.refinement.edges import Edge, orthonormalize, unit_residual
from framestate.frames.refinement.tables import Tables

Form = Literal["derivative", "dilation"]


@final
@dataclass(frozen=True, eq=False)
class Window:
    """Translates of an orthonormal refinable function on [0, M].

    Parameters
    ----------
    tables : Tables
        Half-line tables of the function with itself.
    cells : int
        Length M of the window in units of the translates, at least 1.
    name : str
        What this is, for errors.
    """

    tables: Tables
    cells: int
    name: str

    @property
    def cut(self) -> int:
        """Number n of translates that one end cuts."""
        return len(self.tables.values) - 2

    @property
    def dimension(self) -> int:
        """Number of translates, which is the dimension of their span."""
        return self.cells + self.cut

    @property
    def blocks(self) -> tuple[range, ...]:
        """Translates k that are orthonormalized together: two ends, or all at once."""
        n, M = self.cut, self.cells
        if 2 * n > M:
            return (range(-n, M),)
        return range(-n, 0), range(M - n, M)

    @property
    def inner(self) -> range:
        """Translates that are orthonormal already."""
        n, M = self.cut, self.cells
        return range(0) if 2 * n > M else range(M - n)

    def rows(self, translates: range) -> slice:
        """Where some translates, or what is made of them, stand among all."""
        return slice(translates.start + self.cut, translates.stop + self.cut)

    def mass(self, k: int, l: int) -> Ball:
        """<phi_k, phi_l>."""
        T, M = self.tables, self.cells
        return T.mass(k, l) - T.mass(k - M, l - M)

    def derivative(self, k: int, l: int) -> Ball:
        """<phi_k', phi_l>."""
        T, M = self.tables, self.cells
        return M * (T.slope(k, l) - T.slope(k - M, l - M))

    def dilation(self, k: int, l: int) -> Ball:
        """<s phi_k', phi_l>."""
        T, M = self.tables, self.cells
        far = M * T.slope(k - M, l - M) + T.dilation(k - M, l - M)
        return T.dilation(k, l) - far

    def form(self, form: Form) -> Callable[[int, int], Ball]:
        """One of the two forms that operators are made of, by name."""
        return self.dilation if form == "dilation" else self.derivative

    def block(
        self, form: Callable[[int, int], Ball], rows: range, columns: range
    ) -> BallMatrix:
        """Matrix of a form between two ranges of translates."""
        with self.tables.precision.working():
            return flint.arb_mat([[form(k, l) for l in columns] for k in rows])

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The orthonormal combinations of each of the ``blocks``."""
        with self.tables.precision.working():
            return tuple(
                orthonormalize(self.block(self.mass, cut, cut), request=self.name)
                for cut in self.blocks
            )

    def residual(self) -> float:
        """Bound on every entry of E G E^T - I, in balls."""
        with self.tables.precision.working():
            return max(float(unit_residual(edge).upper()) for edge in self.edges)
