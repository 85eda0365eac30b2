"""Recurrences, sample by sample: states, or only the last one, resumable exactly.

``states[n]`` has absorbed ``u[n]``. Nothing here depends on how a record is cut:
a run resumed from `State` performs the operations of an uncut run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Complex128, Float64, Inexact

from framestate.ssm.checks import ArrayLike, numeric, real_array, refusal, whole
from framestate.ssm.clock import dense_clock, diagonal_clock
from framestate.ssm.steps import (
    DenseClock,
    DenseStep,
    DiagonalClock,
    DiagonalStep,
    ScaledClock,
    TimeInvariantStep,
    discretized,
)

# The next state (n, batch) from the state, a sample (batch,) and its number.
Advance: TypeAlias = Callable[
    [Inexact[np.ndarray, "n batch"], Float64[np.ndarray, " batch"], int],
    Inexact[np.ndarray, "n batch"],
]


@final
@dataclass(frozen=True, eq=False)
class State:
    """A state and the number of samples it has absorbed.

    Parameters
    ----------
    x : (n, *batch) float64 or (m, *batch) complex128
        State of a dense system, or modes of a diagonal one.
    count : int
        Samples absorbed; the scaled clock reads it.
    """

    x: Inexact[np.ndarray, "n *batch"]
    count: int


@final
@dataclass(frozen=True, eq=False)
class Trajectory:
    """All states of a run and the one to resume from.

    Parameters
    ----------
    states : (L, n, *batch) float64 or (L, m, *batch) complex128
        ``states[n]`` has absorbed ``u[n]``.
    final : State
        After the last sample.
    """

    states: Inexact[np.ndarray, "L n *batch"]
    final: State


def run(
    step: TimeInvariantStep | ScaledClock,
    u: ArrayLike,
    *,
    state: State | None = None,
) -> Trajectory:
    """States of the recurrence driven by a record.

    Parameters
    ----------
    step : DenseStep, DiagonalStep, DenseClock or DiagonalClock
        From `discretize`.
    u : (L,) or (L, *batch) array_like
        Real samples, time first.
    state : State, optional
        Where to resume; at rest if left out.

    Returns
    -------
    Trajectory
        States (L, n, *batch) and the final state.

    Raises
    ------
    InvalidInputError
        If step is not discretized, u or the state is malformed, or they do not
        fit together.
    """
    samples = real_array("run", "u", u, shape="L ...")
    x, count = _start("run", step, samples, state)
    states = np.empty((len(samples), *x.shape), dtype=x.dtype)
    advance = _advance(step)
    for i, sample in enumerate(samples.reshape(len(samples), -1)):
        x = states[i] = advance(x, sample, count + i)
    shape = (x.shape[0], *samples.shape[1:])
    final = State(states[-1].reshape(shape).copy(), count + len(samples))
    return Trajectory(states.reshape(len(samples), *shape), final)


def final_state(
    step: TimeInvariantStep | ScaledClock,
    u: ArrayLike,
    *,
    state: State | None = None,
) -> State:
    """The state after a record: ``run(...).final`` without storing the others.

    Parameters
    ----------
    step : DenseStep, DiagonalStep, DenseClock or DiagonalClock
        From `discretize`.
    u : (L,) or (L, *batch) array_like
        Real samples, time first.
    state : State, optional
        Where to resume; at rest if left out.

    Raises
    ------
    InvalidInputError
        If step is not discretized, u or the state is malformed, or they do not
        fit together.
    """
    samples = real_array("final_state", "u", u, shape="L ...")
    x, count = _start("final_state", step, samples, state)
    advance = _advance(step)
    for i, sample in enumerate(samples.reshape(len(samples), -1)):
        x = advance(x, sample, count + i)
    return State(x.reshape(x.shape[0], *samples.shape[1:]), count + len(samples))


def _start(
    request: str,
    step: TimeInvariantStep | ScaledClock,
    samples: Float64[np.ndarray, "L *batch"],
    state: State | None,
) -> tuple[Inexact[np.ndarray, "n flat"], int]:
    """The first state with its batch axes flattened, and its count."""
    modal = isinstance(discretized(request, step), DiagonalStep | DiagonalClock)
    dtype = np.complex128 if modal else np.float64
    shape = (step.lift.shape[1], *samples.shape[1:])
    if state is None:
        return np.zeros((shape[0], samples[0].size), dtype=dtype), 0
    _check_state(request, state)
    x = numeric(
        request,
        "state.x",
        state.x,
        kinds="iufc" if modal else "iuf",
        shape=" ".join(map(str, shape)),
    )
    count = whole(request, "state.count", state.count, low=0)
    return x.reshape(shape[0], -1).astype(dtype), count


def _check_state(request: str, state: object) -> None:
    if not isinstance(state, State):
        raise refusal(
            f"{request} from state = {state!r:.60}",
            f"a {type(state).__name__} is not a State",
            "Pass State(x, count), or the .final of an earlier run",
        )


def _advance(step: TimeInvariantStep | ScaledClock) -> Advance:
    match step:
        case DenseStep():
            return _dense(step)
        case DiagonalStep():
            return _diagonal(step)
        case DenseClock():
            return dense_clock(step)
        case _:
            return diagonal_clock(step)


def _dense(step: DenseStep) -> Advance:
    def advance(
        x: Float64[np.ndarray, "n batch"], u: Float64[np.ndarray, " batch"], _: int
    ) -> Float64[np.ndarray, "n batch"]:
        return step.A_bar @ x + step.B_bar[:, None] * u

    return advance


def _diagonal(step: DiagonalStep) -> Advance:
    lam, B = step.lam_bar[:, None], step.B_bar[:, None]

    def advance(
        x: Complex128[np.ndarray, "m batch"], u: Float64[np.ndarray, " batch"], _: int
    ) -> Complex128[np.ndarray, "m batch"]:
        return lam * x + B * u

    return advance
