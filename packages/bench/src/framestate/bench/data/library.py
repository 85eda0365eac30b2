"""All data sets and tasks by name."""

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from framestate.bench.data import cache as caches
from framestate.bench.data import own, sources
from framestate.bench.data.dataset import DataSet, Decoded, Progress
from framestate.bench.data.task import Task
from framestate.bench.errors import InvalidInputError
from framestate.bench.suggest import suggestion

_PACKAGE = "framestate.bench.data.sets"
_MODULES = (
    "listops",
    "listops_small",
    "imdb",
    "aan",
    "cifar10",
    "cifar10_exact4000",
    "mnist",
    "pathfinder32",
    "pathfinder64",
    "pathfinder128",
    "pathfinder256",
    "pathfinder32_small",
    "pathfinder128_small",
    "speech_commands",
    "mitbih",
    "bidmc_rr",
    "bidmc_hr",
    "bidmc_spo2",
    "ptbxl",
    "m4_yearly",
    "m4_quarterly",
    "m4_monthly",
    "m4_weekly",
    "m4_daily",
    "m4_hourly",
    "weather",
    "wth",
    "ecl",
    "etth1",
    "etth2",
    "ettm1",
    "ettm2",
    "exchange",
    "electricity",
    "traffic",
    "solar",
    "metr_la",
    "pjm",
    "vic",
    "mt200",
)


def data_sets() -> Mapping[str, DataSet]:
    """Every data set by its name; its module is imported now, its files are not read."""
    names = (f"{_PACKAGE}.{module}" for module in _MODULES)
    found = (importlib.import_module(name).DATA_SET for name in names)
    return {data_set.name: data_set for data_set in found}


def task_names() -> tuple[str, ...]:
    """Every task, in the order of the data sets."""
    return tuple(_tasks())


def data_set(name: str) -> DataSet:
    """Data set by name.

    Raises
    ------
    InvalidInputError
        If there is none of this name.
    """
    every = data_sets()
    if name not in every:
        raise _unknown("data set", name, every)
    return every[name]


def data_set_of(task: str) -> DataSet:
    """The data set that a task is made of; "own:PATH" is a task of one's own data.

    Raises
    ------
    InvalidInputError
        If there is no task of this name.
    DataError
        If there is nothing at the path.
    """
    if own.is_own(task):
        return own.data_set(task)
    every = _tasks()
    if task not in every:
        raise _unknown("task", task, every)
    return every[task]


def open_data(
    name: str,
    folder: Path | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
    *,
    layout: str | None = None,
) -> Decoded:
    """The arrays of a data set, memory-mapped; decoded once, whoever asks first.

    Parameters
    ----------
    name : str
        One of `data_sets`.
    folder : pathlib.Path, optional
        The data folder, else FRAMESTATE_DATA.
    cache : pathlib.Path, optional
        The cache folder, else FRAMESTATE_CACHE, else the user's.
    progress : callable, optional
        (done, total) while it is decoded.
    layout : str, optional
        Which layout to take; the best that is there if not given.

    Raises
    ------
    InvalidInputError
        If the name is unknown.
    DataError
        If files are missing or damaged.
    OutputError
        If the cache cannot be written.
    """
    return _opened(data_set(name), folder, cache, progress, layout)


def open_task(
    task_name: str,
    *,
    folder: Path | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
    layout: str | None = None,
) -> Task:
    """A task, ready for a model.

    Parameters
    ----------
    task_name : str
        One of `task_names`, or "own:PATH", see `framestate.bench.data.own`.
    folder, cache, progress, layout
        As for `open_data`.

    Raises
    ------
    InvalidInputError, DataError, OutputError
        As `open_data`, and where the layout does not hold what the task needs.
    """
    wanted = data_set_of(task_name)
    decoded = _opened(wanted, folder, cache, progress, layout)
    return wanted.tasks[task_name](decoded)


def _opened(
    wanted: DataSet,
    folder: Path | None,
    cache: Path | None,
    progress: Progress | None,
    layout: str | None,
) -> Decoded:
    place = sources.data_folder(folder)
    chosen = sources.choose(wanted, place, layout)
    home = caches.cache_folder(cache)
    return caches.cached(wanted.name, chosen, place, home, progress or _silent)


def _tasks() -> Mapping[str, DataSet]:
    return {task: one for one in data_sets().values() for task in one.tasks}


def _unknown(what: str, name: str, known: Iterable[str]) -> InvalidInputError:
    return InvalidInputError(
        request=f"{what} {name!r}",
        finding="there is none of this name",
        remedy=suggestion(name, known, "framestate-bench data status"),
    )


def _silent(done: int, total: int) -> None:
    del done, total
