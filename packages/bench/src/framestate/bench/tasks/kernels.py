"""What a memory does with the past: impulse responses, and kernels of recall.

A state answers an impulse with e_k(s), s = lag over window. What is recalled of the past
at theta is sum_s K(theta, s) u(s); for white noise the best K(theta, .) is the projection
of an impulse at theta on the span of all e_k: the sharper, the better (T-delay-oracle).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate import ssm
from framestate.bench.record import Curve, Outcome, Record
from framestate.bench.tasks import species

SUITE = "kernels"
_NAMES = ("W4S4", "LegS", "WaLRUS-T", "LegT", "FouT", "S4D-Lin")
_RANK = 1e-10  # of the largest singular value: below lies rounding


@final
@dataclass(frozen=True)
class KernelSettings:
    """Memories of one size, on a grid of lags.

    Attributes
    ----------
    order : int
        States of every species (S4D: the even number below).
    samples : int
        Samples of a window.
    windows : int
        Windows that are looked back on.
    places : tuple of float
        Where the past is recalled, lag over window.
    shown : int
        Impulse responses that are drawn, the first.
    species : tuple of str
        Which memories.
    """

    order: int = 65
    samples: int = 128
    windows: int = 2
    places: tuple[float, ...] = (0.25, 0.5, 0.75)
    shown: int = 5
    species: tuple[str, ...] = _NAMES


def run(settings: KernelSettings, rng: np.random.Generator) -> Outcome:
    """Kernels as curves; as records what share of white noise they recall."""
    del rng  # nothing is random here
    made = [_memory(name, settings) for name in settings.species]
    return Outcome(
        tuple(record for one in made for record in one.records),
        tuple(curve for one in made for curve in one.curves),
    )


def _memory(name: str, settings: KernelSettings) -> Outcome:
    responses = _responses(name, settings)
    left, sizes, _ = np.linalg.svd(responses, full_matrices=False)
    basis = left[:, sizes > _RANK * sizes[0]]
    curves = [
        _curve(settings, name, f"{name}, the first states", "impulse response", column)
        for column in responses.T[: settings.shown]
    ]
    records: list[Record] = []
    for place in settings.places:
        at = round(place * settings.samples)
        kernel = basis @ basis[at]
        signal = f"lag {place:g} of the window"
        curves.append(_curve(settings, name, signal, "weight of the past", kernel))
        records.append(
            Record(
                suite=SUITE,
                experiment="kernels/all",
                species=name,
                signal=signal,
                metric="share of white noise recalled",
                value=float(kernel[at]),  # a projection: its trace is its quality
                fidelity="own",
            )
        )
    return Outcome(tuple(records), tuple(curves))


def _responses(
    name: str, settings: KernelSettings
) -> Float64[np.ndarray, "lags states"]:
    system = species.build(name, settings.order)
    step = ssm.discretize(system, dt=1 / settings.samples, method="bilinear")
    impulse = np.zeros(settings.windows * settings.samples)
    impulse[0] = 1.0
    states = np.asarray(ssm.run(step, impulse).states, dtype=np.complex128)
    if not np.any(states.imag):
        return states.real
    return np.column_stack([states.real, states.imag])


def _curve(
    settings: KernelSettings,
    name: str,
    signal: str,
    what: str,
    values: Float64[np.ndarray, " lags"],
) -> Curve:
    lags = np.arange(len(values)) / settings.samples
    return Curve(
        suite=SUITE,
        experiment="kernels/all",
        species=name,
        signal=signal,
        name=f"{what} against lag over window",
        x=tuple(round(float(v), 6) for v in lags),
        y=tuple(round(float(v), 6) for v in values),
    )
