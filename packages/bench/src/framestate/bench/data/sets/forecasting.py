"""Forecasting tasks of a table: borders, standardizing, windows.

Rows are cut by time into train, validation and test. Each column is standardized with
mean and standard deviation of the train rows alone (a constant column keeps its scale,
as in scikit-learn). A window is ``history`` rows of input and ``horizon`` rows to
forecast; what is forecast lies in the window's own part, while the history of the first
windows of validation and test reaches back into the part before, as in the papers' code.
A window with a row that is missing (NaN) is left out.

The input ends where the forecast begins: a model that wants the horizon as zeros behind
it, as S4 does, appends them itself.

Two families of tasks:

    NAME-96, -192, -336, -720     all columns from all, history 96
    NAME-s24, -s48, ..            one column from itself, histories of Informer's scripts

Source: Informer (arXiv 2012.07436) and state-spaces/s4 for the second, Autoformer
(arXiv 2106.13008) for the first; borders .7/.1/.2, ETT 12, 4 and 4 months of 30 days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Float32, Float64

from framestate.bench.data import streams
from framestate.bench.data.dataset import Arrays, Decoded, Layout, Progress
from framestate.bench.data.sets import files, tables
from framestate.bench.data.splits import Windows
from framestate.bench.data.task import Task
from framestate.bench.errors import DataError
from framestate.bench.record import Fidelity

Tasks: TypeAlias = dict[str, Callable[[Decoded], Task]]
HISTORY, HORIZONS = 96, (96, 192, 336, 720)


@final
@dataclass(frozen=True)
class Borders:
    """Row behind the last one of each part."""

    train: int
    validation: int
    test: int


def shares(rows: int) -> Borders:
    """Seven, one and two tenths of the rows."""
    test = int(rows * 0.2)
    return Borders(int(rows * 0.7), rows - test, rows)


def months(rows: int, *, per_hour: int) -> Borders:
    """Twelve, four and four months of 30 days; rows behind them are not used."""
    del rows
    month = 30 * 24 * per_hour
    return Borders(12 * month, 16 * month, 20 * month)


@final
@dataclass(frozen=True)
class Cut:
    """How a task cuts a table.

    Attributes
    ----------
    history, horizon : int
        Rows seen and rows to forecast.
    borders : callable
        Rows of the table -> `Borders`.
    column : str or None
        The only column seen and forecast; None for all.
    """

    history: int
    horizon: int
    borders: Callable[[int], Borders] = shares
    column: str | None = None


def multivariate(
    name: str,
    *,
    horizons: tuple[int, ...] = HORIZONS,
    borders: Callable[[int], Borders] = shares,
) -> Tasks:
    """Tasks NAME-96 ..: all columns, history 96."""
    return {
        f"{name}-{h}": partial(_task, f"{name}-{h}", Cut(HISTORY, h, borders))
        for h in horizons
    }


def univariate(
    name: str,
    column: str,
    histories: Mapping[int, int],
    *,
    borders: Callable[[int], Borders] = shares,
) -> Tasks:
    """Tasks NAME-s24 ..: one column, history by horizon."""
    return {
        f"{name}-s{h}": partial(_task, f"{name}-s{h}", Cut(n, h, borders, column))
        for h, n in histories.items()
    }


@final
@dataclass(frozen=True)
class Form:
    """What a table file must look like, and how to read it.

    Attributes
    ----------
    rows : int or None
        How many; None where no source states it.
    columns, keys : int
        Columns of numbers, and those before them that are none.
    header : bool
        Whether the first line names them.
    keep : tuple of str
        The columns to take; all if empty.
    encoding : str
        Of the text.
    """

    rows: int | None
    columns: int
    header: bool = True
    keys: int = 1
    keep: tuple[str, ...] = ()
    encoding: str = "utf-8"


def layout(
    name: str, path: str, form: Form, *, fidelity: Fidelity = "full", note: str = ""
) -> Layout:
    """A table that lies in one file."""
    decode = partial(_decode, path, form)
    return Layout(name, (path,), fidelity, decode, note=note)


def _decode(path: str, form: Form, folder: Path, progress: Progress) -> Arrays:
    progress(0, 1)
    table = tables.read(
        folder / path,
        header=form.header,
        keys=form.keys,
        keep=form.keep,
        encoding=form.encoding,
    )
    rows, columns = table.values.shape
    if form.rows not in (None, rows) or columns != form.columns:
        wanted = f"{form.rows or 'any'} x {form.columns}"
        finding = f"{rows} rows x {columns} columns, not {wanted}"
        raise streams.damaged(folder / path, finding)
    progress(1, 1)
    return {"values": table.values, "columns": np.array(table.columns)}


def _task(name: str, cut: Cut, decoded: Decoded) -> Task:
    values = np.asarray(files.decoded_array(decoded, "values", name), dtype=np.float64)
    if cut.column is not None:
        values = values[:, [_place(name, decoded, cut.column)]]
    borders = cut.borders(len(values))
    _require_rows(name, cut, borders, len(values))
    scaled = standardize(values, borders.train)
    train, validation, test = (
        _windows(name, cut, scaled, span) for span in _spans(cut, borders)
    )
    found = len(train) + len(validation) + len(test)
    possible = sum(end - begin for begin, end in _spans(cut, borders))
    possible -= 3 * (cut.history + cut.horizon - 1)
    return Task(
        name=name,
        kind="forecast",
        train=train,
        validation=validation,
        test=test,
        channels=scaled.shape[1],
        vocabulary=None,
        outputs=scaled.shape[1],
        max_length=cut.history,
        horizon=cut.horizon,
        fidelity=decoded.layout.fidelity,
        note=_note(decoded.layout.note, possible - found, possible),
    )


def _spans(cut: Cut, borders: Borders) -> tuple[tuple[int, int], ...]:
    """Rows that the windows of each part may touch."""
    return (
        (0, borders.train),
        (borders.train - cut.history, borders.validation),
        (borders.validation - cut.history, borders.test),
    )


def _note(note: str, left_out: int, possible: int) -> str:
    if not left_out:
        return note
    gaps = f"{left_out} of {possible} windows left out: a row is missing in them"
    return f"{note}; {gaps}" if note else gaps


def _place(name: str, decoded: Decoded, column: str) -> int:
    columns = files.decoded_array(decoded, "columns", name).tolist()
    if column not in columns:
        raise DataError(
            request=f"task {name!r}",
            finding=f"the layout {decoded.layout.name!r} has no column {column!r}",
            remedy=f"Its columns are {', '.join(columns[:8])} ..",
        )
    return columns.index(column)


def _require_rows(name: str, cut: Cut, borders: Borders, rows: int) -> None:
    parts = (borders.train - cut.history, borders.validation - borders.train)
    room = min(*parts, borders.test - borders.validation)
    if rows < borders.test or room < cut.horizon or borders.train < cut.history:
        raise DataError(
            request=f"task {name!r}",
            finding=f"{rows} rows cut at {borders.train}, {borders.validation}, "
            f"{borders.test} hold no window of {cut.history} + {cut.horizon} rows",
            remedy="Use the complete file, or a task of a shorter horizon.",
        )


def standardize(
    values: Float64[np.ndarray, "T d"], train: int
) -> Float32[np.ndarray, "T d"]:
    """(x - mean)/std of the columns, from the first ``train`` rows that are there.

    Raises
    ------
    DataError
        If a column is missing in all of them.
    """
    seen = values[:train]
    empty = np.isnan(seen).all(axis=0)
    if empty.any():
        raise DataError(
            request="standardizing a table",
            finding=f"column {int(empty.argmax())} is missing in all train rows",
            remedy="Leave the column out.",
        )
    std = np.nanstd(seen, axis=0)
    scale = np.where(std > 0, std, 1.0)
    return ((values - np.nanmean(seen, axis=0)) / scale).astype(np.float32)


def _windows(
    name: str, cut: Cut, values: Float32[np.ndarray, "T d"], span: tuple[int, int]
) -> Windows:
    begin, end = span
    size = cut.history + cut.horizon
    starts = np.arange(begin, end - size + 1, dtype=np.int64)
    before = np.concatenate([[0], np.cumsum(np.isnan(values).any(axis=1))])
    starts = starts[before[starts + size] == before[starts]]  # no row is missing
    if not starts.size:
        raise DataError(
            request=f"task {name!r}",
            finding=f"every window of rows {begin} to {end} holds a missing row",
            remedy="Use a task of a shorter horizon.",
        )
    every = tuple(range(values.shape[1]))
    return Windows(values, starts, cut.history, cut.horizon, every)
