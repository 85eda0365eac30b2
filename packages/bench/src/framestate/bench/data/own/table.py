"""One's own CSV: a long record with named columns, or a labeled sequence a row."""

import csv
import io
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from framestate.bench.data import streams
from framestate.bench.data.own.examples import Examples
from framestate.bench.data.own.forecast import Record
from framestate.bench.data.own.options import Options, unfit
from framestate.bench.errors import DataError

_Line: TypeAlias = tuple[int, list[str]]  # its number, its cells
_WHOLE = 2.0**53  # integers below are exact in float64


def read(path: Path, options: Options) -> Examples | Record:
    """What the table holds.

    Raises
    ------
    DataError
        If it is empty, a row is longer or shorter than the first, or a cell is no
        number.
    """
    with streams.opened(path) as stream:
        # names may be in any encoding, numbers are ASCII in all of them
        text = io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="")
        try:
            return _read(path, _lines(text), options)
        except csv.Error as error:
            raise streams.broken(path, error) from error
        finally:
            text.detach()  # the stream is closed by the one that opened it


def _lines(text: io.TextIOWrapper) -> Iterator[_Line]:
    """All lines that are not empty."""
    first = text.readline()
    mark = next((mark for mark in "\t;" if mark in first), ",")
    reader = csv.reader(chain([first], text), delimiter=mark)
    for cells in reader:
        if cells:
            yield reader.line_num, cells


def _read(path: Path, lines: Iterator[_Line], options: Options) -> Examples | Record:
    first = _next(path, lines)
    header = options.header
    if header is None:
        header = not any(_is_number(cell) for cell in first[1])
    names = tuple(cell.strip() for cell in first[1]) if header else None
    body = lines if header else chain([first], lines)
    if header if options.kind is None else options.kind == "forecast":
        return _record(path, names, body)
    return _examples(path, body, options)


def _next(path: Path, lines: Iterator[_Line]) -> _Line:
    for line in lines:
        return line
    raise unfit(path, "it holds no row of numbers")


def _record(
    path: Path, names: tuple[str, ...] | None, lines: Iterator[_Line]
) -> Record:
    first = _next(path, lines)
    dates = 0 if _is_number(first[1][0]) else 1
    width = len(first[1]) if names is None else len(names)
    named = names or tuple(map(str, range(width)))
    if width == dates:
        raise unfit(path, "it has a column of dates alone")
    if len(set(named)) != width:
        raise unfit(path, "two columns have the same name")
    rows = [
        _numbers(path, line, cells, named, slice(dates, None))
        for line, cells in chain([first], lines)
    ]
    return Record(np.stack(rows), named[dates:])


def _examples(path: Path, lines: Iterator[_Line], options: Options) -> Examples:
    first = _next(path, lines)
    named = tuple(map(str, range(len(first[1]))))
    if len(named) < 2:
        raise unfit(path, f"line {first[0]} has no label behind its numbers")
    values: list[NDArray[np.float64]] = []
    labels: list[str] = []
    for line, cells in chain([first], lines):
        values.append(_numbers(path, line, cells, named, slice(-1)))
        labels.append(cells[-1].strip())
    targets, note = _targets(labels, options)
    return Examples(np.stack(values), None, targets, note=note)


def _targets(labels: list[str], options: Options) -> tuple[NDArray[Any], str]:
    """Classes, numbers, or names, which are classes in alphabetical order."""
    if not all(map(_is_number, labels)):
        names, classes = np.unique(np.array(labels), return_inverse=True)
        return classes.astype(np.int64), f"classes {', '.join(names.tolist())}; "
    numbers = np.array(list(map(float, labels)))
    whole = np.isfinite(numbers) & (np.abs(numbers) < _WHOLE)
    if options.kind != "regression" and whole.all() and (numbers % 1 == 0).all():
        return numbers.astype(np.int64), ""
    return numbers, ""


def _numbers(
    path: Path, line: int, cells: list[str], named: tuple[str, ...], which: slice
) -> NDArray[np.float64]:
    if len(cells) != len(named):
        finding = f"line {line} has {len(cells)} cells, not {len(named)}"
        raise unfit(path, f"{finding}; sequences of unequal lengths need an .npz file")
    try:
        return np.array(list(map(float, cells[which])))
    except ValueError:
        raise _no_number(path, line, cells[which], named[which]) from None


def _no_number(
    path: Path, line: int, cells: list[str], named: tuple[str, ...]
) -> DataError:
    name, cell = next(
        (name, cell)
        for name, cell in zip(named, cells, strict=True)
        if not _is_number(cell)
    )
    what = repr(cell[:20]) if cell.strip() else "empty"
    return unfit(path, f"line {line}, column {name!r} is {what}, not a number")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
