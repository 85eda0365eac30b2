"""Recurrences: all states of a record, or only the last one, resumable.

``states[n]`` has absorbed ``u[n]``. There are two algorithms, on every array library:

"recurrence" is the definition, sample by sample. Nothing in it depends on how a record
is cut: resumed from `State`, it performs the operations of an uncut run, bit for bit.

"scan" cuts blocks of the record into about sqrt(L) chunks of sqrt(L) samples that move
side by side (`framestate.ssm.kernels.blocked.affine`), or leaves them to a kernel
(`framestate.ssm.runtime.scans`). Its states differ from the definition's by rounding,
less than 8 n L eps c max|states| with c the largest norm of a product of transitions
(1 where all modes are stable).
"""

from dataclasses import dataclass
from typing import Literal, final

from jaxtyping import Inexact

from framestate.ssm.arrays import Array
from framestate.ssm.checks import ArrayLike, known, refusal
from framestate.ssm.runtime.linear import Step
from framestate.ssm.runtime.records import Record, State, begin

Algorithm = Literal["auto", "recurrence", "scan"]


@final
@dataclass(frozen=True, eq=False)
class Trajectory:
    """All states of a run and the one to resume from.

    Parameters
    ----------
    states : (L, n, *batch) real or (L, m, *batch) complex
        ``states[n]`` has absorbed ``u[n]``.
    final : State
        After the last sample.
    """

    states: Inexact[Array, "L n *batch"]
    final: State


def run(
    step: Step,
    u: ArrayLike,
    *,
    state: State | None = None,
    algorithm: Algorithm | str = "auto",
) -> Trajectory:
    """States of the recurrence driven by a record.

    Parameters
    ----------
    step : TimeInvariantStep, ScaledClock or IrregularStep
        From `discretize` or `irregular`.
    u : (L,) or (L, *batch) array_like
        Real samples, time first; (L, ..., H) if each of H channels has its own dt.
        They decide library, device and precision of the states.
    state : State, optional
        Where to resume; at rest if left out.
    algorithm : "auto", "recurrence" or "scan"
        Sample by sample, in parallel, or by the size of the record. Modes in CuPy
        arrays are scanned by CUDA kernels. Low-rank steps and the clocks of dense and
        low-rank systems have no scan; these clocks move on the host, wherever the
        samples are.

    Returns
    -------
    Trajectory
        States (L, n, *batch) and the final state.

    Raises
    ------
    InvalidInputError
        If step is not discretized, u or the state is malformed, they do not fit
        together, or the step has no such algorithm.
    UnstableError
        If a state on the host overflows; the message names the pole that grows.
    """
    record = begin("run", step, u, state)
    parallel = _parallel("run", step, record, algorithm)
    place, layout, x = record.place, record.layout, record.x
    shape = (record.u.shape[1], x.shape[1], *layout.batch)
    states = place.xp.zeros(shape, dtype=x.dtype, device=place.device)
    for part, found in record.states(parallel=parallel):
        states[part, ...] = layout.join(place.xp, found)
        x = found[:, -1, :, :]
    return Trajectory(states, record.after("run", step, x))


def final_state(
    step: Step,
    u: ArrayLike,
    *,
    state: State | None = None,
    algorithm: Algorithm | str = "auto",
) -> State:
    """The state after a record: ``run(...).final`` without storing the others.

    Parameters
    ----------
    step : TimeInvariantStep, ScaledClock or IrregularStep
        From `discretize` or `irregular`.
    u : (L,) or (L, *batch) array_like
        Real samples, time first, as in `run`.
    state : State, optional
        Where to resume; at rest if left out.
    algorithm : "auto", "recurrence" or "scan"
        As in `run`.

    Raises
    ------
    InvalidInputError
        If step is not discretized, u or the state is malformed, they do not fit
        together, or the step has no such algorithm.
    UnstableError
        If a state on the host overflows; the message names the pole that grows.
    """
    record = begin("final_state", step, u, state)
    parallel = _parallel("final_state", step, record, algorithm)
    return record.after("final_state", step, record.end(parallel=parallel))


def _parallel(
    request: str,
    step: Step,
    record: Record,
    algorithm: Algorithm | str,
) -> bool:
    """Whether to scan."""
    name = known(request, "algorithm", algorithm, "auto recurrence scan")
    if name == "scan" and record.motion.scan is None:
        raise refusal(
            f"{request} of a {type(step).__name__}, algorithm 'scan'",
            "what is left of a state after many samples is not cheap to tell",
            "Use algorithm 'recurrence', or a diagonal system",
        )
    if name != "auto":
        return name == "scan"
    return record.favors_scan
