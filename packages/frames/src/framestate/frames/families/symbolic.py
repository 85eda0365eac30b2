r"""Functions given by sympy expressions in one variable, with exact derivatives.

A function belongs in a state equation when it is the integral of its derivative. The
derivative is taken by sympy and must be a finite function; the polynomials that
represent the function must have this derivative, to ``SLOPE``. Where no polynomials
represent it, the finding says whether f(b) - f(a) is the integral of f': it jumps, or
it is only too fine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import sympy
from numpy.polynomial import legendre

from framestate.frames.errors import (
    FramesError,
    InvalidInputError,
    NotDifferentiableError,
)
from framestate.frames.families.base import Atoms
from framestate.frames.families.represent import represent
from framestate.frames.spaces import ContinuousPolynomials, Points, Values

SLOPE = 1e-6  # relative L2 distance of derivatives that is accepted
FINE, FINER = 2**10, 2**13  # cells on which f' is integrated
NO_FUNCTIONS = (sympy.DiracDelta, sympy.Derivative, sympy.Subs)
UNKNOWN = (ArithmeticError, AttributeError, NameError, RuntimeError, TypeError)
SHOWN = 3  # expressions in a name

Function = Callable[[Points], Values]


@final
@dataclass(frozen=True)
class Expressions:
    """N functions of one real variable.

    Parameters
    ----------
    expressions : tuple of sympy expressions
        Real or complex.
    variable : sympy symbol
        The only free symbol; assumed real.
    cells : int
        Kinks are allowed at multiples of 1 / cells only.
    """

    expressions: tuple[Any, ...]
    variable: Any
    cells: int = 1

    @property
    def name(self) -> str:
        """The first expressions, and how many more there are."""
        shown = ", ".join(map(str, self.expressions[:SHOWN]))
        more = len(self.expressions) - SHOWN
        return f"symbolic({shown}{f' and {more} more' if more > 0 else ''})"

    def values(self, s: Points) -> Values:
        """Values at s, shape (N, len(s))."""
        return self._evaluate(self._value_functions, s)

    def slopes(self, s: Points) -> Values:
        """Values of the exact derivatives at s."""
        return self._evaluate(self._slope_functions, s)

    def atoms(self) -> Atoms:
        """Piecewise polynomials to rounding, in value and in slope.

        Raises
        ------
        NotDifferentiableError
            When a function jumps, or its derivative is not finite.
        InvalidInputError
            When an expression has no values in float64, or is too fine.
        """
        _ = self._slope_functions  # refuses what has no derivative
        try:
            atoms = represent(self.name, self.values, cells=self.cells)
        except InvalidInputError as unresolved:
            raise self._diagnosis(unresolved) from None
        self._check_slopes(atoms)
        return atoms

    @cached_property
    def _value_functions(self) -> list[Function]:
        return [self._compiled(f) for f in self.expressions]

    @cached_property
    def _slope_functions(self) -> list[Function]:
        compiled: list[Function] = []
        for f in self.expressions:
            slope = sympy.diff(f, self.variable)
            if slope.has(*NO_FUNCTIONS):
                raise self._rough(f"the derivative of {f} is {slope}, no function")
            compiled.append(self._compiled(slope))
        return compiled

    def _rough(self, finding: str) -> NotDifferentiableError:
        return NotDifferentiableError(
            request=f"frame of {self.name}",
            finding=finding,
            remedy="Use continuous functions; write kinks with Piecewise, Abs or Max",
        )

    def _compiled(self, f: Any) -> Function:
        """An expression as a function of float64 arrays."""
        function = sympy.lambdify(self.variable, f, ["scipy", "numpy"])

        def values(s: Points) -> Any:
            try:
                with np.errstate(all="ignore"):
                    return np.broadcast_to(function(s), s.shape) + 0.0
            except UNKNOWN as failure:
                raise InvalidInputError(
                    request=f"frame of {self.name}",
                    finding=f"{f} has no values in float64 ({failure})",
                    remedy="Use functions that NumPy and SciPy know",
                ) from None

        return values

    @staticmethod
    def _evaluate(functions: Sequence[Function], s: Points) -> Values:
        return np.array([function(s) for function in functions])

    def _diagnosis(self, unresolved: FramesError) -> FramesError:
        """Why no polynomials represent the functions."""
        s = np.linspace(0.0, 1.0, FINE * self.cells + 1)
        if not np.isfinite(self.values(s)).all():
            return unresolved
        infinite = np.argwhere(~np.isfinite(self.slopes(s)))
        if len(infinite):
            atom, at = infinite[0]
            return self._rough(
                f"the derivative of {self.expressions[atom]} is not finite at "
                f"s = {s[at]:.6g}"
            )
        coarse, fine = self._unexplained(FINE), self._unexplained(FINER)
        # halving the cells shrinks what quadrature leaves, never a jump
        jumps = np.argwhere(fine.max(axis=1) > 0.5 * coarse.max(axis=1))
        if len(jumps) and fine[jumps[0, 0]].max() > SLOPE:
            atom, at = jumps[0, 0], int(fine[jumps[0, 0]].argmax())
            left, right = np.array([at, at + 1]) / (FINER * self.cells)
            return self._rough(
                f"{self.expressions[atom]} jumps, by {fine[atom, at]:.4g} of its "
                f"largest value, between s = {left:.6g} and {right:.6g}"
            )
        return unresolved

    def _unexplained(self, fine: int) -> np.ndarray:
        """|f(b) - f(a) - integral of f'| on every cell, relative to max |f|."""
        cells = fine * self.cells
        local, weights = legendre.leggauss(4)
        s = ((np.arange(cells)[:, None] + (local + 1.0) / 2.0) / cells).ravel()
        grown = self.slopes(s).reshape(-1, cells, 4) @ weights / (2.0 * cells)
        values = self.values(np.linspace(0.0, 1.0, cells + 1))
        largest = np.abs(values).max(axis=1, keepdims=True)
        gaps = np.abs(np.diff(values, axis=1) - grown)
        return gaps / np.where(largest > 0.0, largest, 1.0)

    def _check_slopes(self, atoms: Atoms) -> None:
        space, x = atoms.space, atoms.coordinates
        if isinstance(space, ContinuousPolynomials):
            space, x = space.mesh, space.embed(x)
        s = (np.arange(FINE * self.cells) + 0.5) / (FINE * self.cells)
        exact = self.slopes(s)
        gap = np.linalg.norm(space.evaluate(space.derivative(x), s) - exact, axis=1)
        # a slope counts against that of the function's own size
        size = np.linalg.norm(exact, axis=1) + np.linalg.norm(self.values(s), axis=1)
        wrong = np.flatnonzero(~(gap <= SLOPE * size))
        if len(wrong):
            raise InvalidInputError(
                request=f"frame of {self.name}",
                finding=f"the derivative of {self.expressions[wrong[0]]} is represented "
                f"only up to {gap[wrong[0]] / size[wrong[0]]:.1e}, relatively",
                remedy="Use functions whose fine structure is not below rounding",
            )
