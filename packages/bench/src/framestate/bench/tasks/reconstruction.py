"""What a scaled memory still knows of the whole past: state, then reconstruction.

A signal of L samples is run through the scaled clock (bilinear); the final state z
holds coordinates in the orthonormal basis e_k of V, so f^(s) = sum_k z_k e_k(s) with
s in [0, 1] the whole past. The ideal is the projection of the samples on V.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float64

from framestate import ssm
from framestate.bench.tasks import species

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
    """Run every column of `signals` through one species and rebuild it."""
    length = len(signals)
    system = species.build(name, order)
    clock = ssm.discretize(system, method="bilinear")
    state = np.asarray(ssm.final_state(clock, signals).x, dtype=np.float64)
    # sample n is held on [n, n + 1) / L: its middle is where it belongs
    places = (np.arange(length) + 0.5) / length
    basis = np.asarray(species.frame_of(name, order).basis(places), dtype=np.float64)
    values = basis.T @ state
    norms = np.linalg.norm(signals, axis=0)
    return Reconstruction(
        values=values,
        error=np.linalg.norm(signals - values, axis=0) / norms,
        ideal=np.linalg.norm(signals - _project(basis, signals), axis=0) / norms,
    )


def _project(
    basis: Float64[np.ndarray, "rank length"], signals: Batch
) -> Float64[np.ndarray, "length trials"]:
    q, _ = scipy.linalg.qr(basis.T, mode="economic")
    return q @ (q.T @ signals)
