"""One long record of one's own, cut by time into windows to forecast."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from framestate.bench.data.own.options import Options, blocks, unfit, usable
from framestate.bench.data.splits import Windows
from framestate.bench.data.task import Task
from framestate.bench.errors import InvalidInputError


@final
@dataclass(frozen=True, eq=False)
class Record:
    """One long record: values (T, d), names of its columns."""

    values: NDArray[Any]
    names: tuple[str, ...]


def task(path: Path, record: Record, options: Options) -> Task:
    """The task of a long record.

    The rows are cut by the shares. What is forecast lies in the window's own part; the
    history of the first windows of validation and test reaches into the part before.

    Raises
    ------
    DataError
        If a value is not finite or a part is too short for one window.
    InvalidInputError
        If a column is unknown, or another kind than a forecast is asked for.
    """
    if options.kind not in (None, "forecast"):
        raise InvalidInputError(
            request=f"{options.kind} on {path}",
            finding="it holds one long record without labels",
            remedy="Leave the kind out, or give labeled sequences.",
        )
    values, names = record.values, record.names
    columns = _chosen(path, names, options)
    for begin, block in blocks(values):
        for row, column in np.argwhere(~usable(block))[:1]:
            found = f"column {names[column]!r} is {block[row, column]}"
            raise unfit(path, f"row {begin + row}, {found}")
    rows = len(values)
    first, second = np.rint(np.cumsum(options.shares[:2]) * rows).astype(int)
    scaled = _scaled(values, int(first), standardize=options.standardize)
    train, validation, test = (
        _windows(path, scaled, int(begin), int(end), columns, options)
        for begin, end in (
            (options.history, first),
            (first, second),
            (second, rows),
        )
    )
    return Task(
        name=f"own-{path.name.split('.')[0]}",
        kind="forecast",
        train=train,
        validation=validation,
        test=test,
        channels=values.shape[1],
        vocabulary=None,
        outputs=len(columns),
        max_length=options.history,
        fidelity="own",
        horizon=options.horizon,
        note=f"split by time after rows {first} and {second} of {rows}",
    )


def _chosen(path: Path, names: tuple[str, ...], options: Options) -> tuple[int, ...]:
    missing = [name for name in options.columns if name not in names]
    if missing:
        shown = ", ".join(names[:10])
        raise InvalidInputError(
            request=f"columns {', '.join(missing)} of {path}",
            finding="there are no such columns",
            remedy=f"Use some of {shown}{', ..' if len(names) > 10 else ''}.",
        )
    return tuple(names.index(name) for name in options.columns or names)


def _scaled(
    values: NDArray[Any], train: int, *, standardize: bool
) -> NDArray[np.float32]:
    if not standardize or train < 1:
        return values.astype(np.float32)
    mean = values[:train].mean(axis=0, dtype=np.float64)
    std = values[:train].std(axis=0, dtype=np.float64)
    return ((values - mean) / np.where(std > 0, std, 1.0)).astype(np.float32)


def _windows(
    path: Path,
    values: NDArray[np.float32],
    begin: int,
    end: int,
    columns: tuple[int, ...],
    options: Options,
) -> Windows:
    """Windows whose forecast rows lie in begin .. end - 1."""
    starts = np.arange(begin, end - options.horizon + 1) - options.history
    if starts.size == 0 or starts[0] < 0:
        finding = f"a part of rows {begin} to {end} holds no window"
        sizes = f"{options.history} rows of history and {options.horizon} to forecast"
        raise unfit(path, f"{finding} of {sizes}")
    return Windows(values, starts, options.history, options.horizon, columns)
