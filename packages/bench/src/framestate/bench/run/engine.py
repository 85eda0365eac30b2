"""Execute a plan experiment by experiment, keeping each in the journal.

An experiment whose key (settings, seed, signals, code) stands in the journal is not
run again; so an interrupted run goes on where it stopped.
"""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import torch

from framestate.bench import plan
from framestate.bench.data import Signal, catalog, folder
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
from framestate.bench.run.environment import code_fingerprint, describe
from framestate.bench.run.progress import Progress

JOURNAL = "journal.jsonl"


@final
@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes
    ----------
    size : Size
        "default" or "quick".
    tasks : tuple of str
        Suites or experiments; all if empty.
    out : pathlib.Path
        Folder for the journal and the results.
    data : pathlib.Path or None
        Folder with data sets.
    lag : int or None
        Another lag for the delay task.
    fresh : bool
        Forget the journal first.
    """

    size: Size
    tasks: tuple[str, ...]
    out: Path
    data: Path | None = None
    lag: int | None = None
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
    chosen = plan.select(plan.plan(request.size), request.tasks)
    chosen = plan.with_lag(chosen, request.lag)
    ready = tuple(e for e in chosen if request.data or not e.needs_folder)
    _require_data(request, chosen, ready)
    reason = f"needs a data folder: --data DIR or {folder.VARIABLE}"
    skipped = tuple(Skipped(e.name, reason) for e in chosen if e not in ready)
    names = {name for experiment in ready for name in experiment.signals}
    signals = {name: catalog.load(name, request.data) for name in sorted(names)}
    for experiment in ready:
        plan.check(experiment, signals)
    _require_writable(request.out)
    code = code_fingerprint()
    keys = {e.name: e.key(signals, code=code) for e in ready}
    return Prepared(request, ready, skipped, signals, keys)


def _require_data(
    request: Request, chosen: tuple[Experiment, ...], ready: tuple[Experiment, ...]
) -> None:
    """Refuse to leave out what was named; a row of a suite may be skipped."""
    left = [e.name for e in chosen if e not in ready]
    named = [name for name in left if name in request.tasks]
    if named or (left and not ready):
        raise DataError(
            request=f"running {', '.join(named or left)}",
            finding="the signals come from a data folder, and none was given",
            remedy=f"Give --data DIR or set {folder.VARIABLE}.",
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
    known = {entry.key: entry.outcome for entry in journal.read()}
    outcomes: list[Outcome] = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # faster for small nets, and the same sums every time
    try:
        with progress.over(len(prepared.experiments)) as steps:
            for experiment in prepared.experiments:
                key = prepared.keys[experiment.name]
                steps.start(experiment.about)
                outcome = known.get(key)
                if outcome is None:
                    outcome, seconds = _timed(prepared, experiment)
                    journal.append(JournalEntry(key, experiment.name, outcome))
                    steps.done(experiment.name, f"{seconds:.1f} s")
                else:
                    steps.done(experiment.name, "already done, kept from the journal")
                outcomes.append(outcome)
    finally:
        torch.set_num_threads(threads)
    return _results(prepared, outcomes)


def _timed(prepared: Prepared, experiment: Experiment) -> tuple[Outcome, float]:
    rng = np.random.default_rng(experiment.seed or 0)
    begun = time.perf_counter()
    outcome = plan.execute(experiment, prepared.signals, rng)
    seconds = time.perf_counter() - begun
    command = _command(prepared.request, experiment)
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
    if request.size == "quick":
        words.append("--quick")
    if experiment.needs_folder:
        words.append("--data DIR")
    if request.lag is not None and experiment.suite == "delay":
        words.append(f"--lag {request.lag}")
    return " ".join(words)


def _results(prepared: Prepared, outcomes: list[Outcome]) -> Results:
    return Results(
        size=prepared.request.size,
        records=tuple(r for outcome in outcomes for r in outcome.records),
        curves=tuple(c for outcome in outcomes for c in outcome.curves),
        skipped=prepared.skipped,
        environment=describe(),
    )
