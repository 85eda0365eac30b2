"""The delay task inside a small S4 (W4S4, Table 1), and HTTYH's continuous delay.

One layer of four channels with A and B frozen and all around them trained gives back its
input as it was `lag` samples ago. Samples are compared by mean squared error (inputs have
variance one), tokens by cross-entropy. Beside the trained net stands what the best linear
readout of one memory of the same size reaches, which needs no training: fitted on training
sequences for real data, exact for a stationary input.
"""

from dataclasses import dataclass
from statistics import mean, stdev
from typing import final

import numpy as np
import torch
from torch import Tensor

from framestate import ssm
from framestate.bench.errors import InvalidInputError
from framestate.bench.networks import NetSettings
from framestate.bench.record import Curve, Fidelity, Outcome, Record
from framestate.bench.tasks import inputs, readout, species
from framestate.bench.tasks.network import Place
from framestate.bench.tasks.recall import Material, Recalled, Recipe, recall
from framestate.bench.tasks.sequences import Reading, Sequences, read

SUITE = "delay-deep"
# name in tables -> (layer, species of the linear readout)
MEMORIES = {
    "W4S4": ("w4s4", species.W4S4),
    "HiPPO": ("s4-legs", species.LEGS),
    "S4D-LegS": ("s4d-legs", "S4D-LegS"),
    "LegT": ("s4-legt", "LegT"),
}
_RMS = 0.5  # of the stationary input, as in HTTYH


@final
@dataclass(frozen=True)
class DeepDelaySettings:
    """One data set, one memory.

    Attributes
    ----------
    species : str
        One of `MEMORIES`.
    net : NetSettings
        Its layer, width and state size; linear where activation and mixing are "none".
    reading : Reading or None
        Where sequences come from; None for noise limited to half the band.
    length, lag : int
        Samples of a sequence, and the delay.
    batch, steps : int
        Sequences of a step, steps.
    lr : float
        Learning rate; that of dt is a quarter of it.
    evaluate : int
        Steps between two evaluations on the test sequences.
    seeds : tuple of int
        One training each.
    linear : (int, int, int)
        Training and test sequences, and dt between lag/3 and 3 lags, of the linear
        readout.
    paper : float or None
        The number of Table 1.
    scaled : bool
        Whether data, net or training are smaller than the paper's.
    """

    species: str
    net: NetSettings
    reading: Reading | None
    length: int = 1024
    lag: int = 256
    batch: int = 16
    steps: int = 10_000
    lr: float = 0.01
    evaluate: int = 500
    seeds: tuple[int, ...] = (0, 1, 2)
    linear: tuple[int, int, int] = (64, 64, 7)
    paper: float | None = None
    scaled: bool = True

    @property
    def data(self) -> str | None:
        """Task of the data library; None for noise."""
        return None if self.reading is None else self.reading.data


@final
@dataclass(frozen=True, eq=False)
class _Source:
    """Training and test sequences, and how close they are to the paper's."""

    material: Material
    signal: str
    fidelity: Fidelity
    note: str
    sequences: Sequences | None


def run(settings: DeepDelaySettings, experiment: str, place: Place) -> Outcome:
    """Train once for each seed, and fit the linear readout.

    Raises
    ------
    DataError
        If the data are not there.
    InvalidInputError
        If the lag is not shorter than a sequence, or no sequence is long enough.
    """
    if not 0 < settings.lag < settings.length:
        raise InvalidInputError(
            request=f"delay of {settings.lag} in sequences of {settings.length}",
            finding="nothing of a sequence is left to compare",
            remedy="Use 0 < lag < length.",
        )
    source = _noise(settings) if settings.reading is None else _real(settings, place)
    results = [
        recall(_recipe(settings), source.material, seed=s) for s in settings.seeds
    ]
    make = _Maker(settings, experiment, source)
    records = [make.trained(results), make.ignorant()]
    records.append(make.right(results) if make.tokens else make.linear())
    curves = [
        curve
        for seed, result in zip(settings.seeds, results, strict=True)
        for curve in make.curves(result, seed)
    ]
    return Outcome(tuple(records), tuple(curves))


def _recipe(settings: DeepDelaySettings) -> Recipe:
    return Recipe(
        net=settings.net,
        lag=settings.lag,
        length=settings.length,
        steps=settings.steps,
        lr=settings.lr,
        evaluate=settings.evaluate,
    )


def _real(settings: DeepDelaySettings, place: Place) -> _Source:
    assert settings.reading is not None
    found = read(settings.reading, place)
    train, test = _tensor(found.train), _tensor(found.test)

    def draw(rng: np.random.Generator) -> Tensor:
        return train[torch.from_numpy(rng.integers(0, len(train), settings.batch))]

    material = Material(draw, test, found.vocabulary)
    return _Source(material, settings.reading.data, found.fidelity, found.note, found)


def _tensor(rows: np.ndarray) -> Tensor:
    if rows.dtype == np.int64:
        return torch.from_numpy(rows)
    return torch.from_numpy(rows.astype(np.float32)).unsqueeze(-1)


def _noise(settings: DeepDelaySettings) -> _Source:
    def draw(rng: np.random.Generator, count: int) -> Tensor:
        drawn = inputs.draw("band2", rng, length=settings.length, count=count)
        return _tensor(_RMS * drawn.T)

    material = Material(
        draw=lambda rng: draw(rng, settings.batch),
        test=draw(np.random.default_rng(2**31), 64),
    )
    note = "drawn anew for each step"
    return _Source(material, "band2", "regenerated", note, None)


@final
@dataclass(frozen=True, eq=False)
class _Maker:
    """Records and curves of one experiment."""

    settings: DeepDelaySettings
    experiment: str
    source: _Source

    @property
    def tokens(self) -> bool:
        """Whether nats are printed, else the logarithm of an error."""
        return self.source.material.vocabulary is not None

    @property
    def metric(self) -> str:
        """Of the table."""
        return "test cross-entropy" if self.tokens else "log10 test MSE"

    def printed(self, error: float) -> float:
        """An error as the metric has it."""
        return error if self.tokens else float(np.log10(error))

    def trained(self, results: list[Recalled]) -> Record:
        """Mean over the seeds."""
        values = [self.printed(result.tests[-1][1]) for result in results]
        spread = f", sd {stdev(values):.2g}" if len(values) > 1 else ""
        runs = f"runs {', '.join(f'{v:.4g}' for v in values)}{spread}"
        size = f"{results[0].parameters:,} numbers trained, A and B frozen"
        note = f"{runs}; {size}; {self.settings.steps} steps; lag {self.settings.lag}"
        name, paper = self.settings.species, self.settings.paper
        return self._record(name, self.metric, mean(values), note, paper)

    def ignorant(self) -> Record:
        """What a constant answer costs, from the test sequences themselves."""
        test = self.source.material.test[:, : -self.settings.lag]
        value = float(test.double().var(correction=0))
        if self.tokens:
            share = torch.bincount(test.flatten()).double() / test.numel()
            value = float(-torch.special.xlogy(share, share).sum())
        note = "always the same answer, the best there is"
        return self._record("constant", self.metric, self.printed(value), note)

    def right(self, results: list[Recalled]) -> Record:
        """Tokens that are given back."""
        value = 100 * mean(result.right for result in results)
        return self._record(self.settings.species, "tokens recalled", value, unit="%")

    def linear(self) -> Record:
        """The best linear readout of one memory of this size."""
        error, dt = _linear(self.settings, self.source)
        name = f"{self.settings.species}, best linear readout"
        how = "fitted on training sequences" if self.source.sequences else "exact"
        note = f"one memory of {self.settings.net.order} states, dt {dt:.2g}; {how}"
        return self._record(name, self.metric, self.printed(error), note)

    def curves(self, result: Recalled, seed: int) -> list[Curve]:
        """Loss of every tenth step, and error on the test sequences."""
        lines = {"training loss": result.losses[::10], "test error": result.tests}
        return [
            Curve(
                suite=SUITE,
                experiment=self.experiment,
                species=self.settings.species,
                signal=self.source.signal,
                name=f"{label}, seed {seed}",
                x=tuple(float(step) for step, _ in points),
                y=tuple(round(self.printed(value), 5) for _, value in points),
            )
            for label, points in lines.items()
        ]

    def _record(
        self,
        name: str,
        metric: str,
        value: float,
        note: str = "",
        paper: float | None = None,
        unit: str = "",
    ) -> Record:
        return Record(
            suite=SUITE,
            experiment=self.experiment,
            species=name,
            signal=self.source.signal,
            metric=metric,
            value=value,
            unit=unit,
            paper=paper,
            fidelity=_fidelity(self.settings, self.source),
            note="; ".join(filter(None, (note, self.source.note))),
        )


def _fidelity(settings: DeepDelaySettings, source: _Source) -> Fidelity:
    # the paper names neither lag nor length of its delay tasks
    known = settings.paper is None or source.fidelity == "subset"
    return (
        "scaled-down" if settings.scaled else source.fidelity if known else "look-alike"
    )


def _linear(settings: DeepDelaySettings, source: _Source) -> tuple[float, float]:
    """Error of the best linear readout, and its dt."""
    name, lag = MEMORIES[settings.species][1], settings.lag
    train, test, count = settings.linear
    dts = np.geomspace(1 / (3 * lag), 3 / lag, count)
    order = settings.net.order
    if source.sequences is None:
        return min((_exact(name, order, lag, dt), dt) for dt in dts.tolist())
    seen, unseen = (
        readout.recalling(np.asarray(rows[:count], dtype=np.float64).T, lag)
        for rows, count in (
            (source.sequences.train, train),
            (source.sequences.test, test),
        )
    )
    best = readout.best_linear(name, seen, unseen, order=order, dts=dts)
    return best.error, best.dt


def _exact(name: str, order: int, lag: int, dt: float) -> float:
    step = ssm.discretize(species.build(name, order), dt=dt, method="bilinear")
    spectrum = inputs.spectrum("band2", inputs.period(dt, least=8192, lag=lag))
    return _RMS**2 * ssm.delay_error(step, lag, spectrum=spectrum)
