"""Samples at uneven times: every step has an interval of its own.

Sample n arrives dt[n] after the one before, in units of the window theta, and a sample
that is missing is left out, its interval added to the next one. In the time log T the
scaled equation is time-invariant too, so that uneven samples of a scaled system at the
times T take ``dt = diff(log(T))`` with the rule "zoh", which is then its exact rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Float64, Inexact

from framestate.ssm.checks import ArrayLike, real_array, refusal
from framestate.ssm.discretization import coefficients
from framestate.ssm.discretization.discretize import fixed_rule
from framestate.ssm.discretization.rules import Rule
from framestate.ssm.discretization.steps import Ruled
from framestate.ssm.forms.dplr import DPLR
from framestate.ssm.system import Diagonal, Modes, OperatorLike, System, as_system

_State: TypeAlias = Inexact[np.ndarray, "n batch"]
_Sample: TypeAlias = Float64[np.ndarray, " batch"]


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class IrregularStep(Ruled):
    """x[n] = A_bar(dt[n]) x[n-1] + B_bar(dt[n]) u[n], made as the samples come.

    Parameters
    ----------
    source : System, Diagonal or DPLR
        What is discretized.
    rule : Rule
        How.
    dt : (L,) or (L, *batch) float64
        Interval before each sample, divided by the window theta; with batch axes
        every record has times of its own.
    """

    source: System | Diagonal | DPLR
    dt: Float64[np.ndarray, "L *batch"]

    @property
    def lift(self) -> Inexact[np.ndarray, "N n"]:
        """From this state to the state of the original operator."""
        return self.source.lift


def irregular(
    system: OperatorLike | Diagonal | DPLR, *, dt: ArrayLike, method: str | Rule
) -> IrregularStep:
    """The recurrence of a system whose samples come at uneven times.

    Parameters
    ----------
    system : OperatorLike, Diagonal or DPLR
        Dense, modes, or diagonal plus low rank.
    dt : (L,) or (L, *batch) array_like
        Time since the sample before, divided by the window theta, > 0.
    method : str or Rule
        "euler", "backward_euler", "bilinear", ``gbt(alpha)`` or "zoh".

    Raises
    ------
    InvalidInputError
        If the method is unknown, needs two samples ("foh"), or does not exist for
        the form, or an interval is not positive.
    """
    rule = fixed_rule(method)
    form = isinstance(system, Modes)
    source = system if form else as_system(system)
    intervals = real_array("irregular", "dt", dt, shape="L ...")
    if not np.all(intervals > 0):
        raise refusal(
            "irregular",
            f"{np.count_nonzero(intervals <= 0)} of {intervals.size} intervals dt "
            f"are not positive, the least {intervals.min():g}",
            "Sort the samples by time and merge those at the same time",
        )
    if rule.straight or (rule.alpha is None and isinstance(source, DPLR)):
        raise refusal(
            f"irregular, method {rule.name!r} of a {type(source).__name__}",
            "the rule does not exist here",
            "Use 'bilinear' or gbt(alpha), or 'zoh' of a dense or diagonal system",
        )
    return IrregularStep(source=source, rule=rule, dt=intervals)


def irregular_advance(
    step: IrregularStep, batch: int
) -> Callable[[_State, _Sample, int], _State]:
    """The map (x, u_n, n) -> x of a step; n counts from the first interval.

    Raises
    ------
    InvalidInputError
        If a sample comes after the last interval, or the records are not as many
        as there are series of intervals.
    """
    dts = step.dt.reshape(len(step.dt), -1)
    if dts.shape[1] not in (1, batch):
        raise refusal(
            f"a run over {batch} records",
            f"the step has intervals for {dts.shape[1]}",
            "Pass records of the batch shape that dt has",
        )
    count = len(dts)

    def advance(x: _State, u: _Sample, n: int) -> _State:
        if n >= count:
            raise refusal(
                f"sample {n} of irregular samples",
                f"the step has {count} intervals",
                "Make a step with the intervals of all samples",
            )
        with np.errstate(over="ignore", invalid="ignore"):
            moved, B = _moved(step, dts[n], x)
        return moved + B.T * u

    return advance


def _moved(
    step: IrregularStep, dt: Float64[np.ndarray, " b"], x: _State
) -> tuple[_State, Inexact[np.ndarray, "b n"]]:
    """A_bar x and B_bar; one interval for all records, or one of each."""
    match step.source:
        case Diagonal():
            lam, B, _ = coefficients.diagonal(step.source, step.rule, dt)
            coefficients.finite(step.rule, dt, lam, B)
            return lam.T * x, B
        case DPLR():
            lam, P, Q, B = coefficients.dplr(step.source, step.rule, dt)
            coefficients.finite(step.rule, dt, lam, P, Q, B)
            return lam.T * x - _apply(P, np.real(_apply(Q, x))), B
        case _:
            A, B, _ = coefficients.dense(step.source, step.rule, dt)
            coefficients.finite(step.rule, dt, A, B)
            return _apply(A, x), B


def _apply(
    matrices: Inexact[np.ndarray, "b rows n"], x: Inexact[np.ndarray, "n batch"]
) -> Inexact[np.ndarray, "rows batch"]:
    """A matrix for all columns, or one of each."""
    return (matrices @ x.T[..., None])[..., 0].T
