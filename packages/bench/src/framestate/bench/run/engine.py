"""Execute a plan experiment by experiment, keeping each in the journal.

An experiment whose key (settings, seed, signals, code) stands in the journal is not
run again; so an interrupted run goes on where it stopped.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import torch

from framestate.bench import plan
from framestate.bench.data import Signal, catalog, folder, library, sources
from framestate.bench.errors import DataError, OutputError
from framestate.bench.plan import Experiment, Size
from framestate.bench.record import (
    Journal,
    JournalEntry,
    Outcome,
    Results,
    Skipped,
    sweep,
)
from framestate.bench.run import estimates
from framestate.bench.run.environment import code_fingerprint, describe
from framestate.bench.run.estimates import Watch
from framestate.bench.run.progress import Progress, Steps
from framestate.bench.tasks.network import Place

JOURNAL, RUNS = "journal.jsonl", "runs"


@final
@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes
    ----------
    size : Size
        "smoke", "cpu" or "paper".
    tasks : tuple of str
        Suites or experiments; all if empty.
    out : pathlib.Path
        Folder for the journal and the results.
    data : pathlib.Path or None
        Folder with data sets.
    cache : pathlib.Path or None
        Folder for decoded data sets.
    lag : int or None
        Another lag for the delay task.
    values : tuple of str
        Other settings, "name=value".
    fresh : bool
        Forget the journal and what was trained first.
    """

    size: Size
    tasks: tuple[str, ...]
    out: Path
    data: Path | None = None
    cache: Path | None = None
    lag: int | None = None
    values: tuple[str, ...] = ()
    fresh: bool = False


@final
@dataclass(frozen=True, eq=False)
class Prepared:
    """A plan that was checked: everything it needs is there."""

    request: Request
    experiments: tuple[Experiment, ...]
    skipped: tuple[Skipped, ...]
    signals: Mapping[str, tuple[Signal, ...]]
    keys: Mapping[str, str]


def prepare(request: Request) -> Prepared:
    """Check all that can be wrong before anything is computed or written.

    Raises
    ------
    UnknownTaskError, DataError, InvalidInputError, OutputError
        The first thing that is wrong.
    """
    experiments = plan.plan(request.size)
    chosen = plan.select(experiments, request.tasks)
    chosen = chosen if request.tasks else plan.usual(chosen)
    chosen = plan.with_lag(chosen, request.lag)
    chosen = plan.with_values(chosen, request.values)
    lacking = {e.name: lack(e, request.data) for e in chosen}
    ready = tuple(e for e in chosen if not lacking[e.name])
    _require_data(request, chosen, lacking)
    skipped = tuple(Skipped(name, reason) for name, reason in lacking.items() if reason)
    names = {name for experiment in ready for name in experiment.signals}
    signals = {name: catalog.load(name, request.data) for name in sorted(names)}
    for experiment in ready:
        plan.check(experiment, signals)
    _require_writable(request.out)
    code = code_fingerprint()
    states = {data: _state(data, request.data) for data in {e.data for e in ready}}
    keys = {e.name: e.key(signals, code=code, data=states[e.data]) for e in ready}
    return Prepared(request, ready, skipped, signals, keys)


def _state(task: str | None, data: Path | None) -> str:
    """A hash of what the data set of a task is made of; it may be many files."""
    if task is None:
        return ""
    wanted = library.data_set_of(task)
    return sources.key(wanted.name, sources.choose(wanted, data), data)


def lack(experiment: Experiment, data: Path | None) -> str:
    """What an experiment waits for, in words; nothing if it can be run."""
    if experiment.needs_folder and data is None:
        return f"needs a data folder: --data DIR or {folder.VARIABLE}"
    if experiment.data is None:
        return ""
    wanted = library.data_set_of(experiment.data)
    try:
        sources.choose(wanted, data)
    except DataError:
        return f"needs the data set {wanted.name}: framestate-bench data status"
    return ""


def _require_data(
    request: Request, chosen: tuple[Experiment, ...], lacking: Mapping[str, str]
) -> None:
    """Refuse to leave out what was named; a row of a suite may be skipped."""
    left = [e.name for e in chosen if lacking[e.name]]
    named = [name for name in left if name in request.tasks]
    if named or (left and len(left) == len(chosen)):
        first = (named or left)[0]
        raise DataError(
            request=f"running {', '.join(named or left)}",
            finding=f"{first} {lacking[first]}",
            remedy=f"Say where the data are with --data DIR or {folder.VARIABLE}.",
        )


def _require_writable(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise OutputError(
            request=f"output folder {str(out)!r}",
            finding=error.strerror or type(error).__name__,
            remedy="Choose a folder that can be written with --out DIR.",
        ) from error
    sweep(out)


def run(prepared: Prepared, progress: Progress) -> Results:
    """Run what the journal does not hold yet.

    Raises
    ------
    BenchError
        If an experiment fails; those before it stay in the journal.
    """
    journal = Journal(prepared.request.out / JOURNAL)
    if prepared.request.fresh:
        journal.clear()
        shutil.rmtree(prepared.request.out / RUNS, ignore_errors=True)
    known = {entry.key: entry.outcome for entry in journal.read()}
    outcomes: list[Outcome] = []
    threads = torch.get_num_threads()
    try:
        with progress.over(len(prepared.experiments)) as steps:
            for experiment in prepared.experiments:
                key = prepared.keys[experiment.name]
                steps.start(experiment.about)
                outcome = known.get(key)
                if outcome is None:
                    outcome, seconds = _timed(prepared, experiment, steps)
                    journal.append(JournalEntry(key, experiment.name, outcome))
                    steps.done(experiment.name, f"{seconds:.1f} s")
                else:
                    steps.done(experiment.name, "already done, kept from the journal")
                outcomes.append(outcome)
    finally:
        torch.set_num_threads(threads)
    return _results(prepared, outcomes)


def _timed(
    prepared: Prepared, experiment: Experiment, steps: Steps
) -> tuple[Outcome, float]:
    rng = np.random.default_rng(experiment.seed or 0)
    request = prepared.request
    place = Place(
        request.data,
        request.cache,
        request.out / RUNS,
        lambda name: Watch(
            request.out,
            request.size,
            experiment.name,
            len(experiment.seeds),
            steps.listener(name),
        ),
    )
    # one thread is faster for small nets, and gives the same sums every time
    torch.set_num_threads(1 if experiment.data is None else os.cpu_count() or 1)
    begun = time.perf_counter()
    outcome = plan.execute(experiment, prepared.signals, rng, place)
    seconds = time.perf_counter() - begun
    if experiment.data is not None:
        estimates.keep(request.out, request.size, experiment.name, seconds)
    command = _command(request, experiment)
    settings = experiment.settings_json()
    records = tuple(
        replace(
            record,
            seeds=experiment.seeds,
            command=command,
            seconds=round(seconds, 2),
            settings={**settings, **record.settings},
        )
        for record in outcome.records
    )
    return replace(outcome, records=records), seconds


def _command(request: Request, experiment: Experiment) -> str:
    words = ["framestate-bench run", experiment.name]
    if request.size != "cpu":
        words.append(f"--size {request.size}")
    if experiment.needs_folder or _reads_files(experiment, request.data):
        words.append("--data DIR")
    words += [f"--set {word}" for word in request.values]
    if request.lag is not None and experiment.suite == "delay":
        words.append(f"--lag {request.lag}")
    return " ".join(words)


def _reads_files(experiment: Experiment, data: Path | None) -> bool:
    if experiment.data is None:
        return False
    return bool(sources.choose(library.data_set_of(experiment.data), data).needs)


def _results(prepared: Prepared, outcomes: list[Outcome]) -> Results:
    return Results(
        size=prepared.request.size,
        records=tuple(r for outcome in outcomes for r in outcome.records),
        curves=tuple(c for outcome in outcomes for c in outcome.curves),
        skipped=prepared.skipped,
        environment=describe(),
    )
