"""Outputs of a record without its states: y = C x + D u.

Three algorithms, one result up to rounding:

"recurrence"  states of bounded blocks are computed, read and dropped; for every step
"chunked"     chunks of T samples by matrix products, T + 4 m products an output
"fft"         the same with Fourier transforms inside of a chunk, for long chunks

The last two need a step with powers. Their outputs differ from the definition's by
less than 8 (L + n) eps c |C| |B| sum|u|, with c the largest norm of a power of A (the
condition of the modes times 1, or less, if they are stable), whatever the chunk.
"""

from functools import lru_cache, partial
from typing import Literal

import numpy as np
from jaxtyping import Float

from framestate.ssm.arrays import Array, Place
from framestate.ssm.checks import ArrayLike, known, refusal, whole
from framestate.ssm.runtime.chunks import Chunk, chunk_size, tables
from framestate.ssm.runtime.layout import Layout
from framestate.ssm.runtime.linear import Linear, Step, linear
from framestate.ssm.runtime.measure import fastest, rounded_up
from framestate.ssm.runtime.readout import Readout, readout, real_state
from framestate.ssm.runtime.records import Record, State, begin
from framestate.ssm.runtime.recurrence import linear_motion

Algorithm = Literal["auto", "recurrence", "chunked", "fft"]
_LENGTH = 1 << 12  # samples of a measurement
_LARGE = 256  # states of a dense system whose powers are no small matter
_PROBE = 1 << 16  # samples times records of a measurement


def outputs(  # noqa: PLR0913
    step: Step,
    C: ArrayLike,
    u: ArrayLike,
    *,
    D: ArrayLike | None = None,
    state: State | None = None,
    chunk: int | None = None,
    algorithm: Algorithm | str = "auto",
) -> tuple[Float[Array, "L *batch"], State]:
    """y[n] = C x[n] + D u[n] for a record, and the state it leaves.

    Parameters
    ----------
    step : TimeInvariantStep, ScaledClock or IrregularStep
        From `discretize` or `irregular`.
    C : (*rows, n) real or (*rows, m) complex array_like
        Readout as in `kernel`; (*rows, H, n) if each of H channels has its own dt. A
        constant: no gradient flows to it.
    u : (L,) or (L, *batch) array_like
        Real samples as in `run`; they decide library, device and precision.
    D : array_like, optional
        What a sample adds at once: a number, or one for each row of C.
    state : State, optional
        Where to resume; at rest if left out.
    chunk : int, optional
        Samples T of a chunk; 128, or 512 with "fft", but less where the tables
        would hold more than 2^21 numbers.
    algorithm : "auto", "recurrence", "chunked" or "fft"
        How; "auto" takes what is fastest here, timed once for each size. With
        ``chunk`` and on a device, where timing would wait for it, that is "chunked",
        and for dense systems of more than 256 states the size of the record decides.

    Returns
    -------
    y : (L, *rows, *batch)
        Outputs.
    state : State
        After the last sample.

    Raises
    ------
    InvalidInputError
        If an argument is malformed, they do not fit together, or the step has no
        such algorithm.
    UnstableError
        If a state on the host overflows; the message names the pole that grows.
    """
    record = begin("outputs", step, u, state)
    rows, found = readout("outputs", step, C, D), linear(step)
    name = known("outputs", "algorithm", algorithm, "auto recurrence chunked fft")
    size = None if chunk is None else whole("outputs", "chunk", chunk, low=1)
    if name == "auto":
        name = "recurrence" if found is None else _choose(record, found, rows, size)
    if name == "recurrence":
        y, x = by_states(record, rows)
    elif found is None:
        raise refusal(
            f"outputs of a {type(step).__name__}, algorithm {name!r}",
            "its transitions have no powers to tabulate",
            "Use algorithm 'recurrence'",
        )
    else:
        y, x = _by_chunks(record, found, rows, size, name)
    xp, layout = record.place.xp, record.layout
    shape = (y.shape[1], *rows.axes, *layout.batch)
    return xp.reshape(layout.join(xp, y), shape), record.after("outputs", step, x)


def by_states(record: Record, rows: Readout) -> tuple[Float[Array, "h L p b"], Array]:
    """Outputs and the last state from the states of one block after another."""
    place, xp, x = record.place, record.place.xp, record.x
    C, D = place.put(rows.real), place.put(rows.D[:, None, :, None])
    parts: list[Array] = []
    for part, found in record.states(parallel=record.favors_scan):
        state = real_state(xp, xp.permute_dims(found, (0, 2, 1, 3)))
        h, N, length, b = state.shape
        y = xp.reshape(C @ xp.reshape(state, (h, N, -1)), (h, -1, length, b))
        u = record.u[:, part, None, :]
        parts.append(xp.permute_dims(y, (0, 2, 1, 3)) + D * u)
        x = found[:, -1, :, :]
    return xp.concat(parts, axis=1), x


def _by_chunks(
    record: Record, step: Linear, rows: Readout, size: int | None, name: str
) -> tuple[Float[Array, "h L p b"], Array]:
    place, length = record.place, record.u.shape[1]
    by_transform = name == "fft"
    size = min(size or chunk_size(rows, by_transform=by_transform), length)
    inputs = [record.u]
    if step.past is not None:
        earlier = (record.last[:, None, :], record.u[:, :-1, :])
        inputs.append(place.xp.concat(earlier, axis=1))
    chunk = Chunk(place, step, tables(step, rows, size), by_transform)
    return chunk.walk(record.x, inputs)


def _choose(record: Record, step: Linear, rows: Readout, size: int | None) -> str:
    if size is not None or not record.place.on_host:
        return "chunked"
    (h, length, b), n = record.u.shape, step.B.shape[1]
    if not step.modal and n > _LARGE:
        return "chunked" if length * b > _LARGE * n else "recurrence"
    length = min(rounded_up(length), _LENGTH)
    b = min(rounded_up(b), max(1, _PROBE // (length * h)))
    return _measured(record.place, rows.C.shape, b, length, modal=step.modal)


@lru_cache(maxsize=256)
def _measured(
    place: Place, shape: tuple[int, int, int], b: int, length: int, *, modal: bool
) -> str:
    """The fastest algorithm for a step and a readout of zeros of that size."""
    h, p, n = shape
    dtype = np.complex128 if modal else np.float64
    A = np.zeros((h, n) if modal else (h, n, n), dtype=dtype)
    step = Linear(A, np.zeros((h, n), dtype=dtype), None)
    rows = Readout((p,), np.zeros(shape, dtype=dtype), np.zeros((h, p)))
    record = Record(
        place=place,
        layout=Layout((b, h), h),
        motion=linear_motion(step, place),
        u=place.zeros((h, length, b), modal=False),
        x=place.zeros((h, n, b), modal=modal),
        last=place.zeros((h, b), modal=False),
        count=0,
    )
    return fastest(
        {
            "recurrence": partial(by_states, record, rows),
            "chunked": partial(_by_chunks, record, step, rows, None, "chunked"),
            "fft": partial(_by_chunks, record, step, rows, None, "fft"),
        }
    )
