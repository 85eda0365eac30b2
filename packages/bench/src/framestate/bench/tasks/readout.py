"""States of a frozen memory as numbers, and the best linear readout of them.

Many sequences run side by side; a readout sees the state after each sample, the sample
itself and a constant. It is fitted on one set of sequences and measured on another.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float64

from framestate import ssm
from framestate.bench.tasks import species

Batch = Float64[np.ndarray, "length trials"]


def states(
    name: str, batch: Batch, *, order: int, dt: float
) -> Float64[np.ndarray, "length trials n"]:
    """State of a species after each sample, time-invariant with the bilinear rule.

    Parameters
    ----------
    name : str
        Species, as for `framestate.bench.tasks.species.build`.
    batch : (length, trials) float64
        Sequences, from rest.
    order : int
        States.
    dt : float
        Sample interval over the window.
    """
    step = ssm.discretize(species.build(name, order), dt=dt, method="bilinear")
    found = np.asarray(ssm.run(step, batch).states)  # (length, modes, trials)
    if np.iscomplexobj(found):
        found = np.concatenate([np.real(found), np.imag(found)], axis=1)
    return np.moveaxis(found, 1, 2).astype(np.float64, copy=False)


@final
@dataclass(frozen=True)
class Best:
    """The best linear readout over a sweep of dt.

    Attributes
    ----------
    error : float
        Mean squared error on the sequences that were not fitted.
    dt : float
        Where the fitted sequences have their smallest error.
    """

    error: float
    dt: float


def best_recall(
    name: str,
    train: Batch,
    test: Float64[np.ndarray, "length others"],
    *,
    order: int,
    lag: int,
    dts: Float64[np.ndarray, " dt"],
) -> Best:
    """Recall u[n - lag] linearly, n >= lag; fitted and chosen on `train` alone."""
    best, least = Best(float("inf"), 0.0), float("inf")
    for dt in dts:
        seen, unseen = (
            _design(name, batch, order=order, dt=float(dt), lag=lag)
            for batch in (train, test)
        )
        weights = _fitted(seen, train[: len(train) - lag].ravel())
        fitted = _error(seen, train, weights, lag)
        if fitted < least:
            least, best = fitted, Best(_error(unseen, test, weights, lag), float(dt))
    return best


def _design(
    name: str, batch: Batch, *, order: int, dt: float, lag: int
) -> Float64[np.ndarray, "rows parameters"]:
    found = states(name, batch, order=order, dt=dt)[lag:]
    now = batch[lag:, :, None]
    rows = np.concatenate([found, now, np.ones_like(now)], axis=2)
    return rows.reshape(-1, rows.shape[2])


def _fitted(
    design: Float64[np.ndarray, "rows parameters"],
    target: Float64[np.ndarray, " rows"],
) -> Float64[np.ndarray, " parameters"]:
    weights, *_ = scipy.linalg.lstsq(design, target, lapack_driver="gelsy")
    return np.asarray(weights, dtype=np.float64)


def _error(
    design: Float64[np.ndarray, "rows parameters"],
    batch: Batch,
    weights: Float64[np.ndarray, " parameters"],
    lag: int,
) -> float:
    target = batch[: len(batch) - lag].ravel()
    return float(np.mean((design @ weights - target) ** 2))
