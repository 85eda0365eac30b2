"""Discrete systems as values: what `discretize` returns and `run` advances."""

from abc import ABC
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Bool, Complex128, Float64

from framestate.ssm.checks import refusal
from framestate.ssm.discretization.rules import Rule
from framestate.ssm.forms.dplr import DPLR
from framestate.ssm.system import Diagonal, System

Interval: TypeAlias = float | Float64[np.ndarray, " H"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Ruled(ABC):
    """What every step has: the rule by which it moves."""

    rule: Rule

    @property
    def method(self) -> str:
        """Name of the rule."""
        return self.rule.name


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DenseStep(Ruled):
    """x[n] = A_bar x[n-1] + B_bar u[n] (+ B_past u[n-1]), time-invariant and dense.

    Parameters
    ----------
    system : System
        What was discretized, of order n.
    rule : Rule
        How.
    dt : float or (H,) float64
        Sample interval divided by the window theta; one of each of H channels
        puts an axis H before those of the arrays.
    A_bar : (n, n) float64
        Step matrix.
    B_bar : (n,) float64
        Step input.
    B_past : (n,) float64 or None
        What u[n-1] adds where the rule takes the input as straight between samples.
    """

    system: System
    dt: Interval
    A_bar: Float64[np.ndarray, "*H n n"]
    B_bar: Float64[np.ndarray, "*H n"]
    B_past: Float64[np.ndarray, "*H n"] | None = None

    @property
    def lift(self) -> Float64[np.ndarray, "N n"]:
        """From this state to the state of the original operator."""
        return self.system.lift


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DiagonalStep(Ruled):
    """z[n] = lam_bar z[n-1] + B_bar u[n] (+ B_past u[n-1]), one factor a mode.

    Parameters
    ----------
    modes : Diagonal
        What was discretized, m modes.
    rule : Rule
        How.
    dt : float or (H,) float64
        Sample interval divided by the window theta; one of each of H channels
        puts an axis H before those of the arrays.
    lam_bar : (m,) complex128
        Factor of each mode over a step.
    B_bar : (m,) complex128
        Step input of each mode.
    B_past : (m,) complex128 or None
        What u[n-1] adds where the rule takes the input as straight between samples.
    """

    modes: Diagonal
    dt: Interval
    lam_bar: Complex128[np.ndarray, "*H m"]
    B_bar: Complex128[np.ndarray, "*H m"]
    B_past: Complex128[np.ndarray, "*H m"] | None = None

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
class DenseClock(Ruled):
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
    settled: Float64[np.ndarray, " n"]

    @property
    def lift(self) -> Float64[np.ndarray, "N n"]:
        """From this state to the state of the original operator."""
        return self.system.lift


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DiagonalClock(Ruled):
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
    settled: Complex128[np.ndarray, " m"]

    @property
    def lift(self) -> Complex128[np.ndarray, "N m"]:
        """From modes to the state of the original operator."""
        return self.modes.lift


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DPLRStep(Ruled):
    """z[n] = lam_bar z[n-1] - P_bar Re(Q_bar z[n-1]) + B_bar u[n]: O(m k) a step.

    Parameters
    ----------
    form : DPLR
        What was discretized, m modes and rank k.
    rule : Rule
        How, a generalized bilinear rule.
    dt : float or (H,) float64
        Sample interval divided by the window theta; one of each of H channels
        puts an axis H before those of the arrays.
    lam_bar : (m,) complex128
        Factor of each mode over a step.
    P_bar : (m, k) complex128
        Where the low-rank part acts.
    Q_bar : (k, m) complex128
        What it reads; already weighted by pairs.
    B_bar : (m,) complex128
        Step input of each mode.
    """

    form: DPLR
    dt: Interval
    lam_bar: Complex128[np.ndarray, "*H m"]
    P_bar: Complex128[np.ndarray, "*H m k"]
    Q_bar: Complex128[np.ndarray, "*H k m"]
    B_bar: Complex128[np.ndarray, "*H m"]

    @property
    def lift(self) -> Complex128[np.ndarray, "N m"]:
        """From modes to the state of the original operator."""
        return self.form.lift


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DPLRClock(Ruled):
    """The scaled clock of a diagonal plus low-rank system: O(m k) a step.

    Parameters
    ----------
    form : DPLR
        Scaled, m modes and rank k.
    rule : Rule
        How it is advanced.
    settled : (m,) complex128
        A^-1 B, the state under a constant unit input and after one sample.
    """

    form: DPLR
    settled: Complex128[np.ndarray, " m"]

    @property
    def lift(self) -> Complex128[np.ndarray, "N m"]:
        """From modes to the state of the original operator."""
        return self.form.lift


TimeInvariantStep: TypeAlias = DenseStep | DiagonalStep | DPLRStep
ScaledClock: TypeAlias = DenseClock | DiagonalClock | DPLRClock


def discretized(request: str, step: object) -> TimeInvariantStep | ScaledClock:
    """The step itself, if `discretize` can have returned it.

    Raises
    ------
    InvalidInputError
        If it is anything else, such as a system or None.
    """
    if isinstance(step, TimeInvariantStep | ScaledClock):
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
    if isinstance(known, TimeInvariantStep):
        return known
    raise refusal(
        f"{request} of a {type(step).__name__}",
        "the scaled clock changes with every sample, so nothing is stationary",
        "Pass dt to discretize (the time-invariant reuse)",
    )
