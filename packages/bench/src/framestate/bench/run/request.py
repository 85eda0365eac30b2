"""What the user asked for, checked before anything is computed or written."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from framestate.bench import plan
from framestate.bench.data import Signal, catalog, folder, library, sources
from framestate.bench.errors import DataError, OutputError
from framestate.bench.plan import Experiment, Size
from framestate.bench.record import Journal, Skipped, sweep
from framestate.bench.run import estimates
from framestate.bench.run.budget import fitting
from framestate.bench.run.environment import code_fingerprint

JOURNAL = "journal.jsonl"


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
    seeds : int or None
        How many seeds each training has.
    budget : float or None
        Seconds that are to be enough.
    jobs : int
        Experiments at a time.
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
    seeds: int | None = None
    budget: float | None = None
    jobs: int = 1
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
    order: tuple[str, ...]


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
    chosen = plan.with_seeds(chosen, request.seeds)
    lacking = {e.name: lack(e, request.data) for e in chosen}
    ready = tuple(e for e in chosen if not lacking[e.name])
    _require_data(request, chosen, lacking)
    skipped = tuple(Skipped(name, reason) for name, reason in lacking.items() if reason)
    names = {name for experiment in ready for name in experiment.signals}
    signals = {name: catalog.load(name, request.data) for name in sorted(names)}
    for experiment in ready:
        plan.check(experiment, signals)
    code = code_fingerprint()
    states = {data: _state(data, request.data) for data in {e.data for e in ready}}
    keys = {e.name: e.key(signals, code=code, data=states[e.data]) for e in ready}
    if request.budget is not None:
        known = set() if request.fresh else _known(request)
        fit = fitting(
            ready,
            estimates.known(request.out),
            size=request.size,
            budget=request.budget,
            workers=request.jobs,
            done=frozenset(e.name for e in ready if keys[e.name] in known),
        )
        ready, skipped = fit.experiments, (*skipped, *fit.skipped)
    _require_writable(request.out)
    order = tuple(e.name for e in experiments)
    return Prepared(request, ready, skipped, signals, keys, order)


def _known(request: Request) -> set[str]:
    return {entry.key for entry in Journal(request.out / JOURNAL).read()}


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


def reads_files(experiment: Experiment, data: Path | None) -> bool:
    """Whether the data set of an experiment is read from files."""
    if experiment.data is None:
        return False
    return bool(sources.choose(library.data_set_of(experiment.data), data).needs)
