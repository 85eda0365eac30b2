"""From a state equation to a recurrence, on a fixed or on the scaled clock.

With ``dt`` the equation is time-invariant (a scaled operator is then used in the
translated equation, the time-invariant reuse of W4S4). Without it a scaled
operator runs on its own clock, where sample n fills the interval from n to n + 1.
"""

from typing import overload

import numpy as np
from jaxtyping import Float64

from framestate.ssm.checks import ArrayLike, known, number, real_array, refusal
from framestate.ssm.discretization import coefficients
from framestate.ssm.discretization.rules import EXACT, FOH, NAMED, ZOH, Rule
from framestate.ssm.discretization.steps import (
    DenseClock,
    DenseStep,
    DiagonalClock,
    DiagonalStep,
    DPLRClock,
    DPLRStep,
    ScaledClock,
    TimeInvariantStep,
)
from framestate.ssm.forms.dplr import DPLR
from framestate.ssm.forms.woodbury import Woodbury
from framestate.ssm.system import Diagonal, Modes, OperatorLike, System, as_system


@overload
def discretize(
    system: Diagonal, *, dt: ArrayLike, method: str | Rule
) -> DiagonalStep: ...
@overload
def discretize(system: DPLR, *, dt: ArrayLike, method: str | Rule) -> DPLRStep: ...
@overload
def discretize(
    system: OperatorLike, *, dt: ArrayLike, method: str | Rule
) -> DenseStep: ...
@overload
def discretize(
    system: Diagonal, *, dt: None = None, method: str | Rule
) -> DiagonalClock: ...
@overload
def discretize(system: DPLR, *, dt: None = None, method: str | Rule) -> DPLRClock: ...
@overload
def discretize(
    system: OperatorLike, *, dt: None = None, method: str | Rule
) -> DenseClock: ...
def discretize(
    system: OperatorLike | Diagonal | DPLR,
    *,
    dt: ArrayLike | None = None,
    method: str | Rule,
) -> TimeInvariantStep | ScaledClock:
    """The recurrence of a system under a rule.

    Parameters
    ----------
    system : OperatorLike, Diagonal or DPLR
        Dense (a `System` or any operator with A, B, measure), modes, or diagonal
        plus low rank.
    dt : float or (H,) array_like, optional
        Sample interval divided by the window theta, > 0; an array gives each of H
        channels its own. Left out, a scaled system runs on its own clock.
    method : str or Rule
        "euler", "backward_euler", "bilinear" or ``gbt(alpha)`` on both clocks;
        with dt also "zoh" (the input is held between samples) and "foh" (it runs
        straight), and without it "exact", which holds it (T-scaled-solution in
        docs/theorems.md).

    Returns
    -------
    DenseStep, DiagonalStep, DPLRStep, DenseClock, DiagonalClock or DPLRClock
        By the kind of system and by whether dt was given.

    Raises
    ------
    InvalidInputError
        If the method is unknown, belongs to the other clock or does not exist for
        the form, dt is not positive, a translated system is given no dt, a matrix
        of the rule is singular, or an entry of the step overflows.
    """
    rule = _rule(method, fixed=dt is not None)
    known_form = isinstance(system, Modes)
    source = system if known_form else as_system(system)
    if dt is None:
        return _clock(source, rule)
    with np.errstate(over="ignore", invalid="ignore"):
        return _step(source, rule, _interval(dt))


def _interval(dt: ArrayLike) -> float | Float64[np.ndarray, " channels"]:
    """A positive number, or one a channel."""
    if np.ndim(dt) == 0:
        return number("discretize", "dt", dt, above=0.0)
    intervals = real_array("discretize", "dt", dt, shape="H")
    for channel in np.flatnonzero(intervals <= 0):
        number("discretize", f"dt[{channel}]", float(intervals[channel]), above=0.0)
    return intervals


def _step(
    source: System | Diagonal | DPLR,
    rule: Rule,
    dt: float | Float64[np.ndarray, " channels"],
) -> TimeInvariantStep:
    spread = np.asarray(dt)
    match source:
        case Diagonal():
            lam, B, past = coefficients.diagonal(source, rule, spread)
            coefficients.finite(rule, spread, lam, B, past)
            return DiagonalStep(
                modes=source, rule=rule, dt=dt, lam_bar=lam, B_bar=B, B_past=past
            )
        case DPLR():
            lam, P, Q, B = coefficients.dplr(source, rule, spread)
            coefficients.finite(rule, spread, lam, P, Q, B)
            return DPLRStep(
                form=source, rule=rule, dt=dt, lam_bar=lam, P_bar=P, Q_bar=Q, B_bar=B
            )
        case _:
            A, B, past = coefficients.dense(source, rule, spread)
            coefficients.finite(rule, spread, A, B, past)
            return DenseStep(
                system=source, rule=rule, dt=dt, A_bar=A, B_bar=B, B_past=past
            )


def fixed_rule(method: str | Rule) -> Rule:
    """The rule of that name on a fixed clock.

    Raises
    ------
    InvalidInputError
        If the name is unknown or belongs to the scaled clock.
    """
    return _rule(method, fixed=True)


def _rule(method: str | Rule, *, fixed: bool) -> Rule:
    if isinstance(method, Rule):
        return method
    exact, others = ((ZOH, FOH), (EXACT,)) if fixed else ((EXACT,), (ZOH, FOH))
    if method in (other.name for other in others):
        given = "with dt" if fixed else "without dt (the scaled clock)"
        raise refusal(
            f"discretize {given}, method {method!r}",
            f"{method!r} belongs to the {'scaled' if fixed else 'fixed'} clock",
            f"Use method {exact[0].name!r}, "
            f"or {'leave dt out' if fixed else 'pass dt'}",
        )
    rules = {**NAMED, **{rule.name: rule for rule in exact}}
    return rules[known("discretize", "method", method, " ".join(rules))]


def _clock(source: System | Diagonal | DPLR, rule: Rule) -> ScaledClock:
    if source.measure != "scaled":
        raise refusal(
            f"discretize a {source.measure} system without dt",
            "only the scaled equation has a clock of its own",
            "Pass dt, the sample interval divided by the window theta",
        )
    if isinstance(source, System):
        right = source.B[:, None]
        settled = coefficients.solve(source.A, right, "scaled clock")[:, 0]
        return DenseClock(system=source, rule=rule, settled=settled)
    if np.any(source.lam == 0):
        raise coefficients.singular(f"{len(source.lam)} modes", "scaled clock")
    if isinstance(source, Diagonal):
        return DiagonalClock(modes=source, rule=rule, settled=source.B / source.lam)
    settled = Woodbury(source).solve(0.0, 1.0, source.B[:, None])[:, 0]
    return DPLRClock(form=source, rule=rule, settled=settled)
