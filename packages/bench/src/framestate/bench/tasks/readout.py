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
@dataclass(frozen=True, eq=False)
class Pairs:
    """What a memory is fed with, and what its readout shall say at the same time.

    Attributes
    ----------
    inputs, targets : (length, trials) float64
        Sample n of a target belongs to the state after input n.
    begin : int
        First sample that counts.
    """

    inputs: Batch
    targets: Batch
    begin: int


def recalling(batch: Batch, lag: int) -> Pairs:
    """The sequence itself, `lag` samples ago."""
    return Pairs(batch, np.roll(batch, lag, axis=0), lag)


@final
@dataclass(frozen=True, eq=False)
class Best:
    """The best linear readout over a sweep of dt.

    Attributes
    ----------
    error : float
        Mean squared error on the sequences that were not fitted.
    dt : float
        Where the fitted sequences have their smallest error.
    answers : (length, trials) float64
        What it says on the sequences that were not fitted, from `begin` on.
    """

    error: float
    dt: float
    answers: Batch


def best_linear(
    name: str,
    train: Pairs,
    test: Pairs,
    *,
    order: int,
    dts: Float64[np.ndarray, " dt"],
) -> Best:
    """Read out linearly; fitted, and dt chosen, on `train` alone."""
    found: list[tuple[float, Best]] = []
    for dt in dts:
        seen, unseen = (_design(name, p, order, float(dt)) for p in (train, test))
        weights, *_ = scipy.linalg.lstsq(
            seen, train.targets[train.begin :].ravel(), lapack_driver="gelsy"
        )
        fitted = np.mean((seen @ weights - train.targets[train.begin :].ravel()) ** 2)
        wanted = test.targets[test.begin :]
        answers = (unseen @ weights).reshape(wanted.shape)
        error = float(np.mean((answers - wanted) ** 2))
        found.append((float(fitted), Best(error, float(dt), answers)))
    return min(found, key=lambda pair: pair[0])[1]


def _design(
    name: str, pairs: Pairs, order: int, dt: float
) -> Float64[np.ndarray, "rows parameters"]:
    begin = pairs.begin
    found = states(name, pairs.inputs, order=order, dt=dt)[begin:]
    now = pairs.inputs[begin:, :, None]
    rows = np.concatenate([found, now, np.ones_like(now)], axis=2)
    return rows.reshape(-1, rows.shape[2])
