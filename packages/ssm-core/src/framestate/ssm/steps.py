"""Discrete systems as values: what `discretize` returns and `run` advances."""

from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Bool, Complex128, Float64

from framestate.ssm.checks import refusal
from framestate.ssm.rules import Rule
from framestate.ssm.system import Diagonal, System


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DenseStep:
    """x[n] = A_bar x[n-1] + B_bar u[n], time-invariant and dense.

    Parameters
    ----------
    system : System
        What was discretized, of order n.
    rule : Rule
        How.
    dt : float
        Sample interval divided by the window theta.
    A_bar : (n, n) float64
        Step matrix.
    B_bar : (n,) float64
        Step input.
    """

    system: System
    rule: Rule
    dt: float
    A_bar: Float64[np.ndarray, "n n"]
    B_bar: Float64[np.ndarray, " n"]

    @property
    def method(self) -> str:
        """Name of the rule."""
        return self.rule.name

    @property
    def lift(self) -> Float64[np.ndarray, "N n"]:
        """From this state to the state of the original operator."""
        return self.system.lift


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DiagonalStep:
    """z[n] = lam_bar z[n-1] + B_bar u[n], time-invariant, one factor a mode.

    Parameters
    ----------
    modes : Diagonal
        What was discretized, m modes.
    rule : Rule
        How.
    dt : float
        Sample interval divided by the window theta.
    lam_bar : (m,) complex128
        Factor of each mode over a step.
    B_bar : (m,) complex128
        Step input of each mode.
    """

    modes: Diagonal
    rule: Rule
    dt: float
    lam_bar: Complex128[np.ndarray, " m"]
    B_bar: Complex128[np.ndarray, " m"]

    @property
    def method(self) -> str:
        """Name of the rule."""
        return self.rule.name

    @property
    def paired(self) -> Bool[np.ndarray, " m"]:
        """True where a mode stands for itself and its conjugate."""
        return self.modes.paired

    @property
    def lift(self) -> Complex128[np.ndarray, "N m"]:
        """From modes to the state of the original operator."""
        return self.modes.lift


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DenseClock:
    """The scaled clock of a dense system: step n is its own matrix.

    Parameters
    ----------
    system : System
        Scaled, of order n.
    rule : Rule
        How it is advanced.
    settled : (n,) float64
        A^-1 B, the state under a constant unit input and after one sample.
    """

    system: System
    rule: Rule
    settled: Float64[np.ndarray, " n"]

    @property
    def method(self) -> str:
        """Name of the rule."""
        return self.rule.name

    @property
    def lift(self) -> Float64[np.ndarray, "N n"]:
        """From this state to the state of the original operator."""
        return self.system.lift


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DiagonalClock:
    """The scaled clock of independent modes.

    Parameters
    ----------
    modes : Diagonal
        Scaled, m modes.
    rule : Rule
        How they are advanced.
    settled : (m,) complex128
        B / lam, the state under a constant unit input and after one sample.
    """

    modes: Diagonal
    rule: Rule
    settled: Complex128[np.ndarray, " m"]

    @property
    def method(self) -> str:
        """Name of the rule."""
        return self.rule.name

    @property
    def lift(self) -> Complex128[np.ndarray, "N m"]:
        """From modes to the state of the original operator."""
        return self.modes.lift


TimeInvariantStep: TypeAlias = DenseStep | DiagonalStep
ScaledClock: TypeAlias = DenseClock | DiagonalClock


def discretized(request: str, step: object) -> TimeInvariantStep | ScaledClock:
    """The step itself, if `discretize` can have returned it.

    Raises
    ------
    InvalidInputError
        If it is anything else, such as a system or None.
    """
    if isinstance(step, DenseStep | DiagonalStep | DenseClock | DiagonalClock):
        return step
    raise refusal(
        f"{request} of a {type(step).__name__}",
        "it is not a discretized step",
        "Call discretize first and pass what it returns",
    )


def time_invariant(
    request: str, step: TimeInvariantStep | ScaledClock
) -> TimeInvariantStep:
    """The step itself, if it is the same at every sample.

    Raises
    ------
    InvalidInputError
        If it is a scaled clock, or nothing that `discretize` returns.
    """
    known = discretized(request, step)
    if isinstance(known, DenseStep | DiagonalStep):
        return known
    raise refusal(
        f"{request} of a {type(step).__name__}",
        "the scaled clock changes with every sample, so nothing is stationary",
        "Pass dt to discretize (the time-invariant reuse)",
    )
