"""Tables of numbers: .csv and .txt files, plain or in .gz, .xz or .zip."""

import io
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.bench.data import streams
from framestate.bench.data.sets import files


@final
@dataclass(frozen=True, eq=False)
class Table:
    """Columns of numbers.

    Attributes
    ----------
    columns : tuple of str
        Their names; "0", "1", .. where the file gives none.
    values : (T, d) float64
        A row a time.
    """

    columns: tuple[str, ...]
    values: Float64[np.ndarray, "T d"]


def read(
    path: Path,
    *,
    header: bool = True,
    keys: int = 1,
    keep: tuple[str, ...] = (),
    encoding: str = "utf-8",
) -> Table:
    """Table of a comma-separated file.

    Parameters
    ----------
    path : pathlib.Path
        Plain, .gz, .xz, or a .zip with one table in it.
    header : bool
        Whether the first line names the columns.
    keys : int
        How many columns at the left are no numbers, such as a date.
    keep : tuple of str
        The columns to take, in this order; empty for all that are no keys.
    encoding : str
        Of the text.

    Raises
    ------
    DataError
        If the file cannot be read, a row is shorter or longer than the first, an
        entry is no finite number, or a column is missing.
    """
    with (
        files.table(path) as stream,
        io.TextIOWrapper(stream, encoding=encoding) as text,
    ):
        first = text.readline()
        names = [name.strip().strip('"') for name in first.split(",")]
        columns = names if header else [str(index) for index in range(len(names))]
        places = _places(path, columns, keys, keep)
        rows = text if header else chain([first], text)
        values = _numbers(rows, places, len(names), path)
    if not np.all(np.isfinite(values)):
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise streams.damaged(path, f"row {row}, column {column} is not finite")
    return Table(tuple(columns[place] for place in places), values)


def _places(
    path: Path, columns: list[str], keys: int, keep: tuple[str, ...]
) -> list[int]:
    missing = [name for name in keep if name not in columns]
    if missing:
        raise streams.damaged(path, f"no column {missing[0]!r}")
    if keep:
        return [columns.index(name) for name in keep]
    if len(columns) <= keys:
        raise streams.damaged(path, f"{len(columns)} columns")
    return list(range(keys, len(columns)))


def _numbers(
    rows: Iterable[str], places: list[int], width: int, path: Path
) -> Float64[np.ndarray, "T d"]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # NumPy only warns of a file without rows
        try:
            return np.loadtxt(
                _whole_rows(rows, width),
                delimiter=",",
                usecols=places,
                comments=None,
                ndmin=2,
            )
        except UserWarning as warning:
            raise streams.damaged(path, "no rows") from warning


def _whole_rows(rows: Iterable[str], width: int) -> Iterator[str]:
    for number, line in enumerate(rows):
        if line.count(",") != width - 1:
            raise ValueError(f"row {number} has {line.count(',') + 1} of {width} cells")
        yield line
