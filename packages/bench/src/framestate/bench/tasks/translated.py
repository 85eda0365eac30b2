"""Function approximation with a window (WaLRUS): who rebuilds the recent past best.

A translated memory of one state size reads a whole signal; at regular places the last
`window` samples are rebuilt from its state. Errors are relative to what was to be rebuilt;
windows in which next to nothing happens are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.bench.data import Signal, synthetic
from framestate.bench.record import Outcome
from framestate.bench.tasks import species
from framestate.bench.tasks.approximation import Comparison, Group, joined, prepared
from framestate.bench.tasks.reconstruction import Reconstruction, reconstruct_windows

SUITE = "translated"
_QUIET = 0.01  # of a window's share of the energy of its signal

Batch = Float64[np.ndarray, "length trials"]


@final
@dataclass(frozen=True)
class WindowSettings:
    """Signals, and the window that moves over them.

    Attributes
    ----------
    signals : tuple of str
        Real signals; the four random classes if empty.
    order, length, window, every : int
        States, samples of a signal, of the window, and between two places.
    trials : int
        Signals of each kind, at most.
    jumps : int
        Of a random signal.
    width : float
        Of its spikes and bumps, as a share of the signal.
    species : tuple of str
        Which memories.
    scaled : bool
        Whether order or signals are smaller than the paper's.
    """

    signals: tuple[str, ...] = ()
    order: int = 65
    length: int = 8000
    window: int = 1000
    every: int = 1000
    trials: int = 10
    jumps: int = 80
    width: float = 0.00125
    species: tuple[str, ...] = (
        *species.TRANSLATED_SPECIES,
        *species.TRANSLATED_ABLATIONS,
    )
    scaled: bool = True


def run(
    settings: WindowSettings,
    rng: np.random.Generator,
    *,
    signals: Mapping[str, tuple[Signal, ...]],
) -> Outcome:
    """Errors and shares, window by window."""
    what = "-".join(settings.signals) or "synthetic"
    compare = Comparison(f"{SUITE}/{what}", settings.species)
    outcomes: list[Outcome] = []
    for name, batch in _batches(settings, rng, signals):
        found = {
            one: reconstruct_windows(
                one,
                batch,
                order=settings.order,
                window=settings.window,
                every=settings.every,
            )
            for one in settings.species
        }
        windows = found[settings.species[0]][0]
        energy = np.sum(windows**2, axis=0)
        loud = energy > _QUIET * settings.window / settings.length
        rebuilt = {one: _chosen(result, loud) for one, (_, result) in found.items()}
        note = f"{int(loud.sum())} of {loud.size} windows of {settings.window} samples"
        group = Group(name, "scaled-down" if settings.scaled else "own", note)
        outcomes.append(compare(group, windows[:, loud], rebuilt))
    return joined(outcomes)


def _batches(
    settings: WindowSettings,
    rng: np.random.Generator,
    signals: Mapping[str, tuple[Signal, ...]],
) -> Iterator[tuple[str, Batch]]:
    """Each kind of signal, of norm one in all columns."""
    for name in settings.signals:
        records = signals[name][: settings.trials]
        columns = [prepared(one.values, settings.length) for one in records]
        yield name, np.stack(columns, axis=1)
    for kind in () if settings.signals else synthetic.CLASSES:
        drawn = synthetic.trials(
            kind,
            rng,
            settings.trials,
            length=settings.length,
            jumps=settings.jumps,
            width=settings.width,
        )
        yield kind, drawn


def _chosen(result: Reconstruction, columns: np.ndarray) -> Reconstruction:
    return Reconstruction(
        values=result.values[:, columns],
        error=result.error[columns],
        ideal=result.ideal[columns],
    )
