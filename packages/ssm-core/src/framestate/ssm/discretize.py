"""From a state equation to a recurrence, on a fixed or on the scaled clock.

With ``dt`` the equation is time-invariant (a scaled operator is then used in the
translated equation, the time-invariant reuse of W4S4). Without it a scaled
operator runs on its own clock, where sample n fills the interval from n to n + 1.
"""

from typing import overload

import numpy as np
import scipy.linalg
from jaxtyping import Complex128, Float64, Inexact

from framestate.ssm.checks import known, number, refusal
from framestate.ssm.errors import InvalidInputError
from framestate.ssm.rules import EXACT, NAMED, ZOH, Rule
from framestate.ssm.steps import (
    DenseClock,
    DenseStep,
    DiagonalClock,
    DiagonalStep,
    ScaledClock,
    TimeInvariantStep,
)
from framestate.ssm.system import Diagonal, OperatorLike, System, as_system


@overload
def discretize(
    system: Diagonal, *, dt: float | int, method: str | Rule
) -> DiagonalStep: ...
@overload
def discretize(
    system: OperatorLike, *, dt: float | int, method: str | Rule
) -> DenseStep: ...
@overload
def discretize(
    system: Diagonal, *, dt: None = None, method: str | Rule
) -> DiagonalClock: ...
@overload
def discretize(
    system: OperatorLike, *, dt: None = None, method: str | Rule
) -> DenseClock: ...
def discretize(
    system: OperatorLike | Diagonal,
    *,
    dt: float | int | None = None,
    method: str | Rule,
) -> TimeInvariantStep | ScaledClock:
    """The recurrence of a system under a rule.

    Parameters
    ----------
    system : OperatorLike or Diagonal
        Dense (a `System` or any operator with A, B, measure), or modes.
    dt : float, optional
        Sample interval divided by the window theta, > 0. Left out, a scaled
        system runs on its own clock.
    method : str or Rule
        "euler", "backward_euler", "bilinear" or ``gbt(alpha)`` on both clocks;
        "zoh" with dt and "exact" without it hold the input between samples
        (T-scaled-solution in docs/theorems.md).

    Returns
    -------
    DenseStep, DiagonalStep, DenseClock or DiagonalClock
        By the kind of system and by whether dt was given.

    Raises
    ------
    InvalidInputError
        If the method is unknown or belongs to the other clock, dt is not
        positive, a translated system is given no dt, a matrix of the rule is
        singular, or an entry of the step overflows.
    """
    rule = _rule(method, fixed=dt is not None)
    source = system if isinstance(system, Diagonal) else as_system(system)
    if dt is None:
        return _clock(source, rule)
    dt = number("discretize", "dt", dt, above=0.0)
    if isinstance(source, Diagonal):
        with np.errstate(over="ignore", invalid="ignore"):
            lam_bar, B_bar = _diagonal(source, rule, dt)
        _check_finite(rule, dt, np.append(lam_bar, B_bar))
        return DiagonalStep(
            modes=source, rule=rule, dt=dt, lam_bar=lam_bar, B_bar=B_bar
        )
    with np.errstate(over="ignore", invalid="ignore"):
        A_bar, B_bar = _dense(source, rule, dt)
    _check_finite(rule, dt, np.append(A_bar, B_bar))
    return DenseStep(system=source, rule=rule, dt=dt, A_bar=A_bar, B_bar=B_bar)


def _rule(method: str | Rule, *, fixed: bool) -> Rule:
    if isinstance(method, Rule):
        return method
    exact, other = (ZOH, EXACT) if fixed else (EXACT, ZOH)
    if method == other.name:
        given = "with dt" if fixed else "without dt (the scaled clock)"
        raise refusal(
            f"discretize {given}, method {method!r}",
            f"{method!r} belongs to the {'scaled' if fixed else 'fixed'} clock",
            f"Use method {exact.name!r}, or {'leave dt out' if fixed else 'pass dt'}",
        )
    rules = {**NAMED, exact.name: exact}
    return rules[known("discretize", "method", method, " ".join(rules))]


def _diagonal(
    modes: Diagonal, rule: Rule, dt: float
) -> tuple[Complex128[np.ndarray, " m"], Complex128[np.ndarray, " m"]]:
    z = modes.lam * dt
    if rule.alpha is not None and np.any(1 + rule.alpha * z == 0):
        raise _singular(f"{len(z)} modes", rule.name)
    return rule.gain(z), dt * rule.drive(z) * modes.B


def _dense(
    system: System, rule: Rule, dt: float
) -> tuple[Float64[np.ndarray, "n n"], Float64[np.ndarray, " n"]]:
    n = system.size
    if rule.alpha is None:
        block = np.zeros((n + 1, n + 1))
        block[:n, :n], block[:n, n] = -dt * system.A, dt * system.B
        _check_finite(rule, dt, block)
        step = scipy.linalg.expm(block)
        return step[:n, :n], step[:n, n]
    start = np.eye(n) - (1 - rule.alpha) * dt * system.A
    end = np.eye(n) + rule.alpha * dt * system.A
    solved = _solve(end, np.column_stack((start, dt * system.B)), rule.name)
    return solved[:, :n], solved[:, n]


def _check_finite(rule: Rule, dt: float, entries: Inexact[np.ndarray, "..."]) -> None:
    bad = int(np.count_nonzero(~np.isfinite(entries)))
    if bad:
        raise refusal(
            f"discretize with dt = {dt:g}, method {rule.name!r}",
            f"{bad} of {entries.size} entries are not finite: dt times A overflows",
            "Pass a smaller dt, in units of the window theta",
        )


def _solve(
    matrix: Float64[np.ndarray, "n n"],
    right: Float64[np.ndarray, "n k"],
    what: str,
) -> Float64[np.ndarray, "n k"]:
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        raise _singular(f"an order-{len(matrix)} system", what) from None


def _singular(source: str, what: str) -> InvalidInputError:
    return refusal(
        f"discretize {source} ({what})",
        "a matrix that has to be inverted is exactly singular",
        "Use another dt or method, or a system with Re(lam) > 0",
    )


def _clock(source: System | Diagonal, rule: Rule) -> ScaledClock:
    if source.measure != "scaled":
        raise refusal(
            f"discretize a {source.measure} system without dt",
            "only the scaled equation has a clock of its own",
            "Pass dt, the sample interval divided by the window theta",
        )
    if isinstance(source, System):
        settled = _solve(source.A, source.B[:, None], "scaled clock")[:, 0]
        return DenseClock(system=source, rule=rule, settled=settled)
    if np.any(source.lam == 0):
        raise _singular(f"{len(source.lam)} modes", "scaled clock")
    return DiagonalClock(modes=source, rule=rule, settled=source.B / source.lam)
