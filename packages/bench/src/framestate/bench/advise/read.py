"""A record out of a file: CSV, WAV, NPY or NPZ."""

import csv
import io
import wave
import zipfile
from pathlib import Path

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from framestate.bench.data import Signal
from framestate.bench.errors import DataError, InvalidInputError

_PCM = {1: np.uint8, 2: np.dtype("<i2"), 4: np.dtype("<i4")}


def read_signal(path: Path, column: str | None = None) -> Signal:
    """One record, its samples in the order of the file.

    Parameters
    ----------
    path : pathlib.Path
        ``.csv`` (a column of numbers, with or without names above), ``.wav`` (PCM, the
        mean of its channels), ``.npy`` or ``.npz`` (an array).
    column : str, optional
        Name or number (from 0) of a CSV column, or name of an array; the last column
        of numbers, or the only array, if left out.

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
    try:
        text = content.decode("utf-8-sig")
        delimiter = ";" if text.partition("\n")[0].count(";") else ","
        rows = [
            row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused(path, f"no CSV text ({error})", "Save it as UTF-8.") from error
    if not rows:
        raise _refused(path, "the file is empty", "Give a column of numbers.")
    named = any(_number(cell) is None for cell in rows[0])
    names = rows[0] if named else [str(n) for n in range(len(rows[0]))]
    body = rows[1:] if named else rows
    chosen = _column(path, names, body, column)
    values = np.empty(len(body))
    for number, row in enumerate(body, start=2 if named else 1):
        value = _number(row[chosen]) if chosen < len(row) else None
        if value is None:
            raise _refused(
                path,
                f"line {number} holds no number in column {names[chosen]!r}",
                "Fill or cut the gap, or name another column with --column.",
            )
        values[number - (2 if named else 1)] = value
    return values, f"column {names[chosen]}, {len(values)} rows"


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
        raise _refused(path, "no column holds numbers", "Give a column of numbers.")
    if column in names:
        return names.index(column)
    if column.isdigit() and int(column) < len(names):
        return int(column)
    raise _refused(
        path, f"there is no column {column!r}", f"Columns are {', '.join(names)}."
    )


def _wav(path: Path, content: bytes, column: str | None) -> _Read:
    del column
    try:
        with wave.open(io.BytesIO(content)) as sound:
            width, channels = sound.getsampwidth(), sound.getnchannels()
            rate, raw = sound.getframerate(), sound.readframes(sound.getnframes())
    except (wave.Error, EOFError, ValueError) as error:
        raise _refused(
            path, f"no PCM sound ({error})", "Save it as PCM WAV."
        ) from error
    if width not in _PCM:
        raise _refused(path, f"{8 * width} bits a sample", "Save it with 16 bits.")
    whole = len(raw) // (width * channels) * width * channels
    samples = np.frombuffer(raw[:whole], dtype=_PCM[width]).astype(np.float64)
    middle = 128.0 if width == 1 else 0.0
    samples = (samples - middle) / 2.0 ** (8 * width - 1)
    values = samples.reshape(-1, channels).mean(axis=1)
    return values, f"{len(values)} samples at {rate} Hz"


def _npy(path: Path, content: bytes, column: str | None) -> _Read:
    del column
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise _refused(path, f"no NumPy array ({error})", "Save it anew.") from error
    return _flat(path, array)


def _npz(path: Path, content: bytes, column: str | None) -> _Read:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            names = list(archive.files)
            name = names[0] if column is None and len(names) == 1 else column
            if name not in names:
                raise _refused(
                    path,
                    f"it holds {', '.join(names) or 'nothing'}",
                    "Name one of them with --column.",
                )
            return _flat(path, archive[name])
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise _refused(path, f"no NumPy archive ({error})", "Save it anew.") from error


def _flat(path: Path, array: NDArray[np.generic]) -> _Read:
    values = np.squeeze(array)
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise _refused(
            path,
            f"an array of shape {array.shape} and {array.dtype} values",
            "Save one record of real numbers, (length,).",
        )
    return values.astype(np.float64), f"{len(values)} samples"


def require_long(signal: Signal, least: int) -> None:
    """Refuse a record that is too short to say anything about.

    Raises
    ------
    InvalidInputError
        If it has fewer samples than that.
    """
    if len(signal.values) < least:
        raise InvalidInputError(
            request=f"advice on {signal.name!r}",
            finding=f"the record has {len(signal.values)} samples",
            remedy=f"Give at least {least}.",
        )
