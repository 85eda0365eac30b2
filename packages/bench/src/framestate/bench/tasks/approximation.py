"""Function approximation (WaLRUS): who rebuilds a signal's whole past best.

Every trial is a unit-norm signal; LegS, FouS and WaLRUS of one state size rebuild
it from their final state. We record the mean relative L2 error, the error of the
ideal projection on the same span, and the share of trials each species wins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.bench.data import Signal, stretch, synthetic, windows
from framestate.bench.record import Curve, Fidelity, Outcome, Record
from framestate.bench.tasks import species
from framestate.bench.tasks.reconstruction import Reconstruction, reconstruct

SUITE, ABLATION = "approximation", "approximation-ablation"
_PAPER_ORDER = 501
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
class Group:
    """Trials of one kind, and how faithful they are."""

    signal: str
    fidelity: Fidelity
    note: str


def run_synthetic(settings: SyntheticSettings, rng: np.random.Generator) -> Outcome:
    """Errors and shares on the random classes."""
    whole = settings.order >= _PAPER_ORDER
    compare = Comparison(f"{_suite(settings)}/synthetic", settings.species)
    note = f"{settings.trials} draws of {settings.jumps} jumps"
    outcomes: list[Outcome] = []
    for kind in settings.classes:
        batch = synthetic.trials(
            kind,
            rng,
            settings.trials,
            length=settings.length,
            jumps=settings.jumps,
            width=settings.width,
        )
        # the paper's bumps are narrower
        close: Fidelity = "look-alike" if kind == "bumps" else "regenerated"
        group = Group(kind, close if whole else "scaled-down", note)
        outcomes.append(compare(group, batch, _rebuilt(batch, settings)))
    return joined(outcomes)


def run_real(
    settings: RealSettings,
    rng: np.random.Generator,
    *,
    signals: Mapping[str, tuple[Signal, ...]],
) -> Outcome:
    """Errors and shares on real signals, resampled to one length, norm one."""
    del rng  # nothing is random here
    several = len(settings.signals) > 1
    what = "real" if several else settings.signals[0]
    compare = Comparison(f"{_suite(settings)}/{what}", settings.species)
    outcomes: list[Outcome] = []
    for name in settings.signals:
        pieces, note = _pieces(signals[name], settings)
        batch = np.stack([prepared(p, settings.length) for p in pieces], axis=1)
        close: Fidelity = "subset" if settings.order >= _PAPER_ORDER else "scaled-down"
        group = Group(name, close if name in _SHARES else "own", note)
        outcomes.append(compare(group, batch, _rebuilt(batch, settings)))
    return joined(outcomes)


def _suite(settings: SyntheticSettings | RealSettings) -> str:
    known = set(settings.species) <= set(species.SCALED_SPECIES)
    return SUITE if known else ABLATION


def joined(outcomes: list[Outcome]) -> Outcome:
    """Several outcomes as one."""
    return Outcome(
        records=tuple(record for one in outcomes for record in one.records),
        curves=tuple(curve for one in outcomes for curve in one.curves),
    )


def _rebuilt(
    batch: Float64[np.ndarray, "length trials"],
    settings: SyntheticSettings | RealSettings,
) -> Mapping[str, Reconstruction]:
    return {
        name: reconstruct(name, batch, order=settings.order)
        for name in settings.species
    }


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


def prepared(
    values: Float64[np.ndarray, " time"], length: int
) -> Float64[np.ndarray, " length"]:
    """A record of one length, of Euclidean norm one."""
    stretched = stretch(values, length=length)
    return stretched / np.linalg.norm(stretched)


@final
@dataclass(frozen=True)
class Comparison:
    """From reconstructions by several species to records, and one picture."""

    experiment: str
    species: tuple[str, ...]

    def __call__(
        self,
        group: Group,
        batch: Float64[np.ndarray, "length trials"],
        rebuilt: Mapping[str, Reconstruction],
    ) -> Outcome:
        return Outcome(
            records=tuple(self._records(group, rebuilt)),
            curves=tuple(self._overlay(group, batch, rebuilt)),
        )

    @property
    def suite(self) -> str:
        """The part of the name before the slash."""
        return self.experiment.partition("/")[0]

    def _records(
        self, group: Group, rebuilt: Mapping[str, Reconstruction]
    ) -> Iterator[Record]:
        errors = np.stack([r.error for r in rebuilt.values()])
        won = np.bincount(errors.argmin(axis=0), minlength=len(rebuilt))
        share = 100.0 * won / errors.shape[1]
        for index, (name, rebuild) in enumerate(rebuilt.items()):
            # the paper's shares are among its own three
            shares = _SHARES if self.species == species.SCALED_SPECIES else {}
            numbers = (
                ("relative error", errors[index].mean(), "", _ERRORS),
                ("ideal error", rebuild.ideal.mean(), "", {}),
                ("share won", share[index], "%", shares),
            )
            for metric, value, unit, table in numbers:
                yield Record(
                    suite=self.suite,
                    experiment=self.experiment,
                    species=name,
                    signal=group.signal,
                    metric=metric,
                    value=float(value),
                    unit=unit,
                    paper=table.get(group.signal, {}).get(name),
                    fidelity=group.fidelity,
                    note=group.note,
                )

    def _overlay(
        self,
        group: Group,
        batch: Float64[np.ndarray, "length trials"],
        rebuilt: Mapping[str, Reconstruction],
    ) -> Iterator[Curve]:
        count = min(_POINTS, len(batch))
        places = np.linspace(0, len(batch) - 1, count).astype(np.int64)
        lines = {"signal": batch, **{n: r.values for n, r in rebuilt.items()}}
        # per sample, the values depend on how many samples there are: undo that
        scale = np.sqrt(len(batch))
        for name, line in lines.items():
            yield Curve(
                suite=self.suite,
                experiment=self.experiment,
                species=name,
                signal=group.signal,
                name="reconstruction",
                x=tuple(round(float(p) / len(batch), 6) for p in places),
                y=tuple(round(float(v), 6) for v in scale * line[places, 0]),
            )
