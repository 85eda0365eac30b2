"""A record out of a file: CSV, WAV, NPY or NPZ."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from framestate.bench.data import Signal, wav
from framestate.bench.errors import DataError


def read_signal(path: Path, column: str | None = None) -> Signal:
    """One record, its samples in the order of the file.

    Parameters
    ----------
    path : pathlib.Path
        ``.csv`` (a column of numbers, with or without names above), ``.wav`` (the mean
        of its channels), ``.npy`` or ``.npz`` (an array, or a channel of one).
    column : str, optional
        Name or number (from 0) of a CSV column; name of an array, its channel behind
        a colon ("ecg:0"); the last column of numbers, or the only array, if left out.

    Raises
    ------
    DataError
        If the file is missing, damaged, of another kind or holds no such column.
    InvalidInputError
        If a sample is not finite, or the record does not vary.
    """
    readers = {".csv": _csv, ".wav": _wav, ".npy": _npy, ".npz": _npz}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _refused(path, f"files end in {', '.join(readers)}", "Convert it first.")
    try:
        content = path.read_bytes()
    except OSError as error:
        finding = error.strerror or type(error).__name__
        raise _refused(path, finding, "Name a file that can be read.") from error
    values, sampling = reader(path, content, column)
    return Signal(path.stem, values, sampling, path.name)


def _refused(path: Path, finding: str, remedy: str) -> DataError:
    return DataError(request=f"signal {path.name}", finding=finding, remedy=remedy)


_Read = tuple[Float64[np.ndarray, " length"], str]


def _csv(path: Path, content: bytes, column: str | None) -> _Read:
    rows = _rows(path, content)
    named = any(_number(cell) is None for cell in rows[0])
    names = rows[0] if named else [str(n) for n in range(len(rows[0]))]
    body = rows[1:] if named else rows
    wide = next((n for n, row in enumerate(body, 1) if any(row[len(names) :])), None)
    if wide is not None:
        raise _refused(
            path,
            f"row {wide} of {len(body)} has {len(body[wide - 1])} cells where the first "
            f"has {len(names)}",
            "Write numbers with decimal points, and quote cells that hold commas.",
        )
    chosen = _column(path, names, body, column)
    found = [_number(row[chosen]) if chosen < len(row) else None for row in body]
    gaps = [number for number, value in enumerate(found) if value is None]
    if gaps:
        raise _refused(
            path,
            f"row {gaps[0] + 1} of {len(body)} holds no number in column {names[chosen]!r} "
            f"({len(gaps)} such {'row' if len(gaps) == 1 else 'rows'})",
            "Fill or cut the gap, or name another column with --column.",
        )
    values = np.array([value for value in found if value is not None])
    return values, f"column {names[chosen]}, {len(values):,} rows"


def _rows(path: Path, content: bytes) -> list[list[str]]:
    """Rows that are not empty and no comment; commas, semicolons or tabs between."""
    try:
        text = content.decode("utf-8-sig")
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        first = next(filter(str.strip, lines), "")
        delimiter = max(",;\t", key=first.count)
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused(path, f"no CSV text ({error})", "Save it as UTF-8.") from error
    if not rows:
        raise _refused(path, "the file is empty", "Give a column of numbers.")
    return rows


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _column(
    path: Path, names: list[str], body: list[list[str]], column: str | None
) -> int:
    if column is None:
        first = body[0] if body else []
        numeric = [n for n, cell in enumerate(first) if _number(cell) is not None]
        if numeric:
            return numeric[-1]
        raise _refused(
            path,
            "no column holds numbers",
            "Give a column of numbers, with decimal points.",
        )
    if column in names:
        return names.index(column)
    if column.isdigit() and int(column) < len(names):
        return int(column)
    raise _refused(
        path, f"there is no column {column!r}", f"Columns are {', '.join(names)}."
    )


def _wav(path: Path, content: bytes, column: str | None) -> _Read:
    sound = wav.read(path, io.BytesIO(content))
    channels = sound.unit().astype(np.float64).T
    values = (
        channels.mean(axis=0) if column is None else _channel(path, channels, column)
    )
    seconds = len(values) / sound.rate
    return values, f"{len(values):,} samples at {sound.rate} Hz, {seconds:.3g} s"


def _npy(path: Path, content: bytes, column: str | None) -> _Read:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise _refused(path, f"no NumPy array ({error})", "Save it anew.") from error
    return _flat(path, array, "", column or "")


def _npz(path: Path, content: bytes, column: str | None) -> _Read:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            names = list(archive.files)
            name, _, channel = (column or "").partition(":")
            name = names[0] if not name and len(names) == 1 else name
            if name in names:
                return _flat(path, archive[name], name, channel)
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise _refused(path, f"no NumPy archive ({error})", "Save it anew.") from error
    raise _refused(
        path,
        f"it holds {', '.join(names) or 'nothing'}",
        "Name one of them with --column.",
    )


def _flat(path: Path, array: NDArray[np.generic], name: str, channel: str) -> _Read:
    """The array, or one of the channels along its shorter axis."""
    values, where = np.squeeze(array), [f"array {name}"] if name else []
    if values.ndim == 2:
        channels = values if values.shape[0] < values.shape[1] else values.T
        values = _channel(path, channels, channel, name)
        where.append(f"channel {channel}")
    elif channel:
        values = _channel(path, np.atleast_2d(values), channel, name)
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise _refused(
            path,
            f"an array of shape {array.shape} and {array.dtype} values",
            "Save one record of real numbers, (length,).",
        )
    return values.astype(np.float64), ", ".join([*where, f"{len(values):,} samples"])


def _channel(
    path: Path, channels: NDArray[np.generic], channel: str, name: str = ""
) -> NDArray[np.generic]:
    """One row of the channels, by its number."""
    if channel.isdecimal() and int(channel) < len(channels):
        return channels[int(channel)]
    several = f"{len(channels)} {'channel' if len(channels) == 1 else 'channels'}"
    raise _refused(
        path,
        f"{name or 'it'} holds {several} of {channels.shape[1]:,} samples",
        f"Name one by its number, such as --column {f'{name}:0' if name else '0'}.",
    )
