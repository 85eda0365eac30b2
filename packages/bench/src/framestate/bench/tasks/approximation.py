"""Function approximation (WaLRUS): who rebuilds a signal's whole past best.

Every trial is a unit-norm signal; LegS, FouS and WaLRUS of one state size rebuild
it from their final state. We record the mean relative L2 error, the error of the
ideal projection on the same span, and the share of trials each species wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.bench.data import Signal, stretch, synthetic, windows
from framestate.bench.record import Curve, Fidelity, Outcome, Record
from framestate.bench.tasks import species
from framestate.bench.tasks.reconstruction import Reconstruction, reconstruct

SUITE = "approximation"
_POINTS = 500  # of a curve; the eye needs no more
# WaLRUS paper, scaled, 501 states: share of instances won, percent
_SHARES: Mapping[str, Mapping[str, float]] = {
    "blocks": {species.LEGS: 0.0, species.FOUS: 0.0, species.WALRUS: 100.0},
    "bumps": {species.LEGS: 0.0, species.FOUS: 0.0, species.WALRUS: 100.0},
    "spikes": {species.LEGS: 0.0, species.FOUS: 0.0, species.WALRUS: 100.0},
    "piecepoly": {species.LEGS: 1.0, species.FOUS: 0.0, species.WALRUS: 99.0},
    "m4-monthly": {species.LEGS: 0.0, species.FOUS: 0.47, species.WALRUS: 99.53},
}
# the authors' script on the first 300 monthly series, 501 states: mean L2 error
_ERRORS: Mapping[str, Mapping[str, float]] = {
    "m4-monthly": {species.LEGS: 0.0444, species.FOUS: 0.0910, species.WALRUS: 0.0426},
}


@final
@dataclass(frozen=True)
class SyntheticSettings:
    """The four random classes, all through one recurrence."""

    classes: tuple[synthetic.Class, ...] = synthetic.CLASSES
    order: int = 65
    length: int = 5000
    trials: int = 100
    jumps: int = 10
    width: float = 0.01
    species: tuple[str, ...] = species.SCALED_SPECIES


@final
@dataclass(frozen=True)
class RealSettings:
    """Real signals: one is cut into windows, a collection is taken whole."""

    signals: tuple[str, ...]
    order: int = 65
    length: int = 5000
    window: int = 512
    count: int = 24
    species: tuple[str, ...] = species.SCALED_SPECIES


@final
@dataclass(frozen=True)
class _Group:
    """Trials of one kind: which columns of the batch, and how faithful they are."""

    signal: str
    columns: slice
    fidelity: Fidelity
    note: str


def run_synthetic(settings: SyntheticSettings, rng: np.random.Generator) -> Outcome:
    """Errors and shares on the random classes."""
    groups: list[_Group] = []
    columns: list[Float64[np.ndarray, " length"]] = []
    note = f"{settings.trials} draws of {settings.jumps} jumps"
    for kind in settings.classes:
        start = len(columns)
        columns += [
            synthetic.draw(
                kind,
                rng,
                length=settings.length,
                jumps=settings.jumps,
                width=settings.width,
            )
            for _ in range(settings.trials)
        ]
        groups.append(_Group(kind, slice(start, len(columns)), "scaled-down", note))
    return _compare("approximation/synthetic", groups, columns, settings)


def run_real(
    settings: RealSettings,
    rng: np.random.Generator,
    *,
    signals: Mapping[str, tuple[Signal, ...]],
) -> Outcome:
    """Errors and shares on real signals, resampled to one length, norm one."""
    del rng  # nothing is random here
    groups: list[_Group] = []
    columns: list[Float64[np.ndarray, " length"]] = []
    for name in settings.signals:
        start = len(columns)
        pieces, note = _pieces(signals[name], settings)
        columns += [_prepared(piece, settings.length) for piece in pieces]
        kind: Fidelity = "scaled-down" if name in _SHARES else "own"
        groups.append(_Group(name, slice(start, len(columns)), kind, note))
    return _compare(_experiment(settings), groups, columns, settings)


def _experiment(settings: RealSettings) -> str:
    several = len(settings.signals) > 1
    return f"{SUITE}/{'real' if several else settings.signals[0]}"


def _pieces(
    signals: tuple[Signal, ...], settings: RealSettings
) -> tuple[list[Float64[np.ndarray, " _"]], str]:
    if len(signals) != 1:
        return [s.values for s in signals], f"{len(signals)} series"
    (signal,) = signals
    # a short record still gives several windows, of half its length
    length = min(settings.window, signal.values.size // 2)
    cut = windows(signal, length=length, count=settings.count)
    overlap = settings.count * length > signal.values.size
    note = f"{settings.count}{' overlapping' * overlap} windows of {length} samples"
    return list(cut.T), note


def _prepared(
    values: Float64[np.ndarray, " time"], length: int
) -> Float64[np.ndarray, " length"]:
    stretched = stretch(values, length=length)
    return stretched / np.linalg.norm(stretched)


def _compare(
    experiment: str,
    groups: list[_Group],
    columns: list[Float64[np.ndarray, " length"]],
    settings: SyntheticSettings | RealSettings,
) -> Outcome:
    batch = np.stack(columns, axis=1)
    rebuilt = {
        name: reconstruct(name, batch, order=settings.order)
        for name in settings.species
    }
    records: list[Record] = []
    curves: list[Curve] = []
    for group in groups:
        records += _records(experiment, group, rebuilt)
        curves += _overlay(experiment, group, batch, rebuilt)
    return Outcome(records=tuple(records), curves=tuple(curves))


def _records(
    experiment: str, group: _Group, rebuilt: Mapping[str, Reconstruction]
) -> list[Record]:
    errors = np.stack([r.error[group.columns] for r in rebuilt.values()])
    won = np.bincount(errors.argmin(axis=0), minlength=len(rebuilt)) / errors.shape[1]
    records: list[Record] = []
    for index, (name, rebuild) in enumerate(rebuilt.items()):
        numbers = (
            ("relative error", errors[index].mean(), "", _paper(_ERRORS, group, name)),
            ("ideal error", rebuild.ideal[group.columns].mean(), "", None),
            ("share won", 100.0 * won[index], "%", _paper(_SHARES, group, name)),
        )
        records += [
            Record(
                suite=SUITE,
                experiment=experiment,
                species=name,
                signal=group.signal,
                metric=metric,
                value=float(value),
                unit=unit,
                paper=paper,
                fidelity=group.fidelity,
                note=group.note,
            )
            for metric, value, unit, paper in numbers
        ]
    return records


def _paper(
    table: Mapping[str, Mapping[str, float]], group: _Group, name: str
) -> float | None:
    return table.get(group.signal, {}).get(name)


def _overlay(
    experiment: str,
    group: _Group,
    batch: Float64[np.ndarray, "length trials"],
    rebuilt: Mapping[str, Reconstruction],
) -> list[Curve]:
    first = group.columns.start
    places = np.linspace(0, len(batch) - 1, min(_POINTS, len(batch))).astype(np.int64)
    lines = {"signal": batch[:, first]}
    lines |= {name: r.values[:, first] for name, r in rebuilt.items()}
    # per sample, the values depend on how many samples there are: undo that
    scale = np.sqrt(len(batch))
    return [
        Curve(
            suite=SUITE,
            experiment=experiment,
            species=name,
            signal=group.signal,
            name="reconstruction",
            x=tuple(round(float(p) / len(batch), 6) for p in places),
            y=tuple(round(float(v), 6) for v in scale * line[places]),
        )
        for name, line in lines.items()
    ]
