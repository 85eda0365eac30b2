"""What the run-time side reads of a step, whatever its kind.

A time-invariant step with powers is, on the host and in double precision,

    x[n] = A x[n-1] + B u[n] + past u[n-1]

for each of h channels (h = 1 if they share it), with A a matrix or the diagonal of
one. A new kind of step joins here and in `framestate.ssm.runtime.recurrence`.
"""

from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Complex128, Float64, Inexact

from framestate.ssm.discretization.irregular import IrregularStep
from framestate.ssm.discretization.steps import (
    DenseClock,
    DenseStep,
    DiagonalClock,
    DiagonalStep,
    ScaledClock,
    TimeInvariantStep,
    discretized,
)
from framestate.ssm.system import System

Step: TypeAlias = TimeInvariantStep | ScaledClock | IrregularStep
Transition: TypeAlias = Complex128[np.ndarray, "h m"] | Float64[np.ndarray, "h n n"]


@final
@dataclass(frozen=True, eq=False)
class Linear:
    """A time-invariant step of h channels.

    Parameters
    ----------
    A : (h, m) complex128 or (h, n, n) float64
        Factors of independent modes, or matrices.
    B : (h, n) complex128 or float64
        Input vectors.
    past : (h, n) or None
        Input vectors of the sample before, if the step reads it.
    """

    A: Transition
    B: Inexact[np.ndarray, "h n"]
    past: Inexact[np.ndarray, "h n"] | None

    @property
    def modal(self) -> bool:
        """Whether A is a diagonal."""
        return self.A.ndim == 2

    @property
    def transpose(self) -> "Linear":
        """The step with A^T, which moves rows."""
        A = self.A if self.modal else np.swapaxes(self.A, 1, 2)
        return Linear(A, self.B, self.past)

    def power(self, t: int) -> Transition:
        """A^t, t >= 0."""
        return self.A**t if self.modal else np.linalg.matrix_power(self.A, t)

    def orbit(
        self, x: Inexact[np.ndarray, "h n k"], count: int
    ) -> Inexact[np.ndarray, "h count n k"]:
        """x, A x, .., A^(count - 1) x, by doubling."""
        found, leap = x[:, None], self.A
        while found.shape[1] < count:
            factor = leap[:, None, :, None] if self.modal else leap[:, None]
            moved = factor * found if self.modal else factor @ found
            found = np.concatenate((found, moved), axis=1)
            leap = leap * leap if self.modal else leap @ leap
        return found[:, :count]


def linear(step: Step) -> Linear | None:
    """The step in that form, or None if it has no powers to tabulate."""
    if not isinstance(step, DenseStep | DiagonalStep):
        return None
    A = step.A_bar if isinstance(step, DenseStep) else step.lam_bar
    if step.B_bar.ndim == 2:
        return Linear(A, step.B_bar, step.B_past)
    return Linear(
        A[None], step.B_bar[None], None if step.B_past is None else step.B_past[None]
    )


def mode_weights(step: Step) -> Float64[np.ndarray, " m"] | None:
    """How often each mode counts in a real sum, or None if the state is real."""
    match step:
        case DenseStep() | DenseClock():
            return None
        case DiagonalStep() | DiagonalClock():
            return step.modes.weights
        case IrregularStep():
            return None if isinstance(step.source, System) else step.source.weights
        case _:
            return step.form.weights


def channels_of(step: Step) -> int | None:
    """H if each of H channels has a step of its own."""
    if not isinstance(step, TimeInvariantStep) or step.B_bar.ndim == 1:
        return None
    return len(step.B_bar)


def runnable(request: str, step: object) -> Step:
    """The step itself, if it can move a state.

    Raises
    ------
    InvalidInputError
        If it is anything else, such as a system or None.
    """
    return step if isinstance(step, IrregularStep) else discretized(request, step)
