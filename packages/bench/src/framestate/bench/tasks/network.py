"""A network trained on a task of the data library: one row of a table.

One training for each seed, each in a folder of its own, so that a row that was broken
off goes on where it stopped. The validation split selects; the test split is read once.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from typing import Literal, final

import numpy as np
from jaxtyping import Int64

from framestate.bench.data import library
from framestate.bench.data.task import Batch, Split, Task
from framestate.bench.networks import NetSettings, build
from framestate.bench.record import Curve, Fidelity, Outcome, Record
from framestate.bench.train import Trained, TrainSettings, train
from framestate.bench.train.events import Listener, silent

Size = Literal["smoke", "cpu", "paper"]


@final
@dataclass(frozen=True)
class NetworkSettings:
    """A task, a network, a training, and what the paper says came out.

    Attributes
    ----------
    data : str
        Task of `framestate.bench.data.library`.
    species : str
        Name of the network in tables.
    net : NetSettings
        What it is made of.
    train : TrainSettings
        How it is trained; its seed is replaced by each of `seeds`.
    seeds : tuple of int
        One training each.
    examples : (int, int, int) or None
        How many examples of each split are used, drawn by a fixed seed; all if None.
    length : int or None
        Samples kept of a sequence, the first; all if None.
    paper : float or None
        The number that the paper prints, in its unit.
    scaled : bool
        Whether network, data or training are smaller than the paper's.
    note : str
        What a reader must know beside the number.
    """

    data: str
    species: str
    net: NetSettings
    train: TrainSettings
    seeds: tuple[int, ...] = (0,)
    examples: tuple[int, int, int] | None = None
    length: int | None = None
    paper: float | None = None
    scaled: bool = True
    note: str = ""


@final
@dataclass(frozen=True, eq=False)
class Place:
    """Where data, decoded data and trainings are.

    Attributes
    ----------
    data, cache : Path or None
        As for `framestate.bench.data.library.open_task`.
    runs : Path
        A folder for the trainings.
    listener : callable
        What is told of each event of a training.
    """

    data: Path | None
    cache: Path | None
    runs: Path
    listener: Callable[[str], Listener] = lambda _: silent


def run(settings: NetworkSettings, experiment: str, place: Place) -> Outcome:
    """Train once for each seed.

    Raises
    ------
    DataError, InvalidInputError
        If the data are not there, or do not fit the settings.
    BenchError
        As `framestate.bench.train.train` raises.
    """
    task = open_limited(settings, place)
    results: list[Trained] = []
    for seed in settings.seeds:
        name = f"{experiment}, seed {seed}"
        model = build(settings.net, task, seed=seed)
        folder = place.runs / _folder(experiment, settings) / f"seed-{seed}"
        chosen = replace(settings.train, seed=seed)
        results.append(
            train(model, task, chosen, folder, on_event=place.listener(name))
        )
    return _outcome(settings, experiment, task, results)


def open_limited(settings: NetworkSettings, place: Place) -> Task:
    """The task, cut to what the settings use of it."""
    task = library.open_task(settings.data, folder=place.data, cache=place.cache)
    counts = settings.examples or (None, None, None)
    length = settings.length
    parts = (task.train, task.validation, task.test)
    train_, validation, test = (
        Limited(part, chosen(len(part), count), length)
        for part, count in zip(parts, counts, strict=True)
    )
    longest = task.max_length if length is None else min(length, task.max_length)
    return replace(
        task, train=train_, validation=validation, test=test, max_length=longest
    )


def _folder(experiment: str, settings: NetworkSettings) -> str:
    """Another one for other settings, so that none is taken for another's."""
    parts = asdict(replace(settings, seeds=(), paper=None, note=""))
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return f"{experiment.replace('/', '-')}-{digest[:8]}"


@final
@dataclass(frozen=True, eq=False)
class Limited:
    """Some examples of a split, and the first samples of each."""

    whole: Split
    rows: Int64[np.ndarray, " m"]
    length: int | None

    def __len__(self) -> int:
        """Number of examples."""
        return self.rows.size

    def batch(self, rows: Int64[np.ndarray, " B"]) -> Batch:
        """The examples of these rows."""
        batch = self.whole.batch(self.rows[rows])
        if self.length is None:
            return batch
        lengths = np.minimum(batch.lengths, self.length)
        axis = 2 if batch.lengths.ndim == 2 else 1
        keep = min(self.length, batch.inputs.shape[axis])
        inputs = batch.inputs[:, :, :keep] if axis == 2 else batch.inputs[:, :keep]
        return Batch(inputs, lengths, batch.targets)


def chosen(size: int, count: int | None) -> Int64[np.ndarray, " m"]:
    """Rows drawn by a fixed seed, in their order; all where fewer are there."""
    if count is None or count >= size:
        return np.arange(size)
    drawn = np.random.default_rng(0).choice(size, count, replace=False)
    return np.sort(drawn)


def _outcome(
    settings: NetworkSettings, experiment: str, task: Task, results: list[Trained]
) -> Outcome:
    suite = experiment.partition("/")[0]
    values = [_printed(result.metric, result.test) for result in results]
    first = results[0]
    spread = f", sd {stdev(values):.2g}" if len(values) > 1 else ""
    note = "; ".join(filter(None, (_words(settings, task, results), settings.note)))
    record = Record(
        suite=suite,
        experiment=experiment,
        species=settings.species,
        signal=task.name,
        metric=first.metric,
        unit="%" if first.metric == "accuracy" else "",
        value=mean(values),
        paper=settings.paper,
        fidelity=_fidelity(settings, task),
        seeds=settings.seeds,
        note=f"runs {', '.join(f'{v:.4g}' for v in values)}{spread}; {note}",
    )
    curves = tuple(
        Curve(
            suite=suite,
            experiment=experiment,
            species=settings.species,
            signal=task.name,
            name=f"{series.name}, seed {seed}",
            x=tuple(map(float, series.steps)),
            y=series.values,
        )
        for seed, result in zip(settings.seeds, results, strict=True)
        for series in result.curves
        if series.steps
    )
    return Outcome((record,), curves)


def _words(settings: NetworkSettings, task: Task, results: list[Trained]) -> str:
    first = results[0]
    words = [
        f"{first.parameters:,} parameters, {first.trainable:,} trained",
        f"{first.steps} steps of {settings.train.batch * settings.train.accumulate}",
        f"{mean(r.samples_per_second for r in results):.3g} examples/s",
    ]
    if settings.examples is not None:
        sizes = (len(s) for s in (task.train, task.validation, task.test))
        words.append(f"{' + '.join(f'{n:,}' for n in sizes)} examples")
    if settings.length is not None:
        words.append(f"the first {task.max_length} samples")
    return "; ".join(filter(None, (*words, task.note)))


def _fidelity(settings: NetworkSettings, task: Task) -> Fidelity:
    """The weaker of the data's and the training's."""
    return "scaled-down" if settings.scaled else task.fidelity


def _printed(metric: str, value: float) -> float:
    return 100 * value if metric == "accuracy" else value
