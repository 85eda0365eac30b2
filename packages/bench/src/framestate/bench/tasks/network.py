"""A network trained on a task of the data library: one row of a table.

One training for each seed, each in a folder of its own, so that a row that was broken
off goes on where it stopped. The validation split selects; the test split is read once.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Literal, final

import numpy as np
import torch
from jaxtyping import Int64
from torch import nn

from framestate.bench import __version__
from framestate.bench.data import library
from framestate.bench.data.task import Batch, Split, Task
from framestate.bench.networks import NetSettings, build
from framestate.bench.record import Curve, Fidelity, Outcome, Record, Scores
from framestate.bench.train import Trained, TrainSettings, train
from framestate.bench.train.events import Listener, silent
from framestate.bench.train.examples import ROOT

Size = Literal["smoke", "cpu", "paper"]
_SHARES = ("accuracy", "balanced_accuracy", "macro_f1")  # printed in percent


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
    also : tuple of str
        Metrics of the test split to print beside the one that selects.
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
    also: tuple[str, ...] = ()
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
    runs = place.runs / experiment.replace("/", "-")
    results: list[Trained] = []
    for seed in settings.seeds:
        name = f"{experiment}, seed {seed}"
        model = build(settings.net, task, seed=seed)
        folder = runs / _folder(settings, model, seed)
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


def _folder(settings: NetworkSettings, model: nn.Module, seed: int) -> str:
    """Another one for other settings or first values: none is taken for another's.

    Values count with three digits, so that a training can move to another machine.
    """
    chosen = asdict(replace(settings, seeds=(), paper=None, note="", also=()))
    sizes = {
        name: f"{float(value.detach().to(torch.complex128).abs().mean()):.3g}"
        for name, value in model.state_dict().items()
        if value.numel()
    }
    text = json.dumps([__version__, chosen, sizes], sort_keys=True)
    return f"seed-{seed}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


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
    about = {
        "suite": experiment.partition("/")[0],
        "experiment": experiment,
        "species": settings.species,
        "signal": task.name,
    }
    trained = list(zip(settings.seeds, results, strict=True))
    curves = tuple(
        Curve(
            **about,
            name=f"{series.name}, seed {seed}",
            x=tuple(map(float, series.steps)),
            y=series.values,
        )
        for seed, result in trained
        for series in result.curves
        if series.steps
    )
    scores = tuple(
        Scores(
            **about,
            metric=result.metric,
            seed=seed,
            values=tuple(_printed(result.metric, value) for value in result.scores),
            higher=result.higher_is_better,
            root=task.kind in ROOT,
        )
        for seed, result in trained
        if result.scores
    )
    return Outcome(_records(settings, about, task, results), curves, scores)


def _records(
    settings: NetworkSettings,
    about: Mapping[str, str],
    task: Task,
    results: list[Trained],
) -> tuple[Record, ...]:
    selecting = results[0].metric
    made: list[Record] = []
    for metric in (selecting, *settings.also):
        runs = tuple(_printed(metric, r.test_metrics[metric]) for r in results)
        record = Record(
            suite=about["suite"],
            experiment=about["experiment"],
            species=about["species"],
            signal=about["signal"],
            metric=metric,
            unit="%" if metric in _SHARES else "",
            value=mean(runs),
            runs=runs,
            paper=settings.paper if metric == selecting else None,
            fidelity=_fidelity(settings, task),
            seeds=settings.seeds,
            note=_words(settings, task, results[0]),
        )
        made.append(record)
    return tuple(made)


def _fidelity(settings: NetworkSettings, task: Task) -> Fidelity:
    """The weaker of the data's and the training's; one's own data are no paper's."""
    return (
        "scaled-down" if settings.scaled and task.fidelity != "own" else task.fidelity
    )


def _words(settings: NetworkSettings, task: Task, first: Trained) -> str:
    words = [
        f"{first.parameters:,} parameters, {first.trainable:,} trained",
        f"{first.steps} steps of {settings.train.batch * settings.train.accumulate}",
    ]
    if settings.examples is not None:
        sizes = (len(s) for s in (task.train, task.validation, task.test))
        words.append(f"{' + '.join(f'{n:,}' for n in sizes)} examples")
    if settings.length is not None:
        words.append(f"the first {task.max_length} samples")
    return "; ".join(filter(None, (*words, task.note, settings.note)))


def _printed(metric: str, value: float) -> float:
    return 100.0 * value if metric in _SHARES else value
