"""What a memory still knows of the past: state, then reconstruction.

A scaled memory runs through L samples with the scaled clock (bilinear) and holds the
whole past, a translated one with a fixed step of 1/L window and holds the last L samples.
The state z holds coordinates in the orthonormal basis e_k of V, so that
f^(s) = sum_k z_k e_k(s) with s in [0, 1] from the oldest to now. The ideal is the
projection of the samples on V.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float64

from framestate import ssm
from framestate.bench.tasks import species
from framestate.frames import Frame, scaled

Batch = Float64[np.ndarray, "length trials"]


@final
@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Reconstructions of a batch by one species.

    Attributes
    ----------
    values : (length, trials) float64
        The reconstruction at the sample places.
    error, ideal : (trials,) float64
        L2 norm of the error relative to the signal's: of the memory, and of the
        best that its span allows.
    """

    values: Float64[np.ndarray, "length trials"]
    error: Float64[np.ndarray, " trials"]
    ideal: Float64[np.ndarray, " trials"]


def reconstruct(name: str, signals: Batch, *, order: int) -> Reconstruction:
    """Run every column of `signals` through one species and rebuild it.

    A translated memory starts at rest, with the signal filling its window.
    """
    state = final_states(name, signals, order=order)
    return _rebuilt(species.frame_of(name, order), signals, state)


def reconstruct_past(frame: Frame, signals: Batch) -> Reconstruction:
    """The same for the scaled memory of any frame."""
    step = ssm.discretize(ssm.reduce(scaled(frame)), method="bilinear")
    state = np.asarray(ssm.final_state(step, signals).x, dtype=np.float64)
    return _rebuilt(frame, signals, state)


def final_states(
    name: str, signals: Batch, *, order: int
) -> Float64[np.ndarray, "n trials"]:
    """State of a species behind each column, as for `reconstruct`."""
    system = species.build(name, order)
    if species.measure_of(name) == "scaled":
        step = ssm.discretize(system, method="bilinear")
    else:
        step = ssm.discretize(system, dt=1 / len(signals), method="bilinear")
    return np.asarray(ssm.final_state(step, signals).x, dtype=np.float64)


def reconstruct_windows(
    name: str, signals: Batch, *, order: int, window: int, every: int
) -> tuple[Float64[np.ndarray, "window windows"], Reconstruction]:
    """Rebuild the last `window` samples at window, window + every, .. of each column.

    Returns
    -------
    (windows, reconstruction)
        What was to be rebuilt, (window, trials), column after column of the record at
        the first place, then at the next.
    """
    step = ssm.discretize(species.build(name, order), dt=1 / window, method="bilinear")
    ends = np.arange(window, len(signals) + 1, every)
    truth: list[Float64[np.ndarray, "_ _"]] = []
    states: list[Float64[np.ndarray, "_ _"]] = []
    state, begin = None, 0
    for end in ends:
        state = ssm.final_state(step, signals[begin:end], state=state)
        states.append(np.asarray(state.x, dtype=np.float64))
        truth.append(signals[end - window : end])
        begin = int(end)
    windows = np.concatenate(truth, axis=1)
    frame = species.frame_of(name, order)
    return windows, _rebuilt(frame, windows, np.concatenate(states, axis=1))


def _rebuilt(
    frame: Frame,
    signals: Batch,
    state: Float64[np.ndarray, "n trials"],
) -> Reconstruction:
    basis, orthonormal = _sampled(frame, len(signals))
    values = basis.T @ state
    norms = np.linalg.norm(signals, axis=0)
    best = orthonormal @ (orthonormal.T @ signals)
    return Reconstruction(
        values=values,
        error=np.linalg.norm(signals - values, axis=0) / norms,
        ideal=np.linalg.norm(signals - best, axis=0) / norms,
    )


def _sampled(
    frame: Frame, length: int
) -> tuple[Float64[np.ndarray, "rank length"], Float64[np.ndarray, "length rank"]]:
    """The basis at the samples, and an orthonormal basis of its span there."""
    # sample n is held on [n, n + 1) / L: its middle is where it belongs
    places = (np.arange(length) + 0.5) / length
    basis = np.asarray(frame.basis(places), dtype=np.float64)
    q, _ = scipy.linalg.qr(basis.T, mode="economic")
    return basis, q
