"""Readers for a data folder: M4, MIT-BIH and Speech Commands as .npz files.

    DIR/m4/m4_hourly.npz, m4_weekly.npz      ids, values, offsets (series end to end)
    DIR/m4/m4_monthly_sample.npz             ids, values (series, time)
    DIR/mitbih/mitbih_signals_int16.npz      sig_<record> int16 (2, time), 360 Hz
    DIR/speech_commands/sc_v001_30words_x10.npz   lo, hi uint8 (clips, 16000)

Each reader opens one file and decodes only the members it needs. Objects are never
unpickled. Everything that can be wrong with a file is one `DataError`.
"""

import os
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from framestate.bench.data import streams
from framestate.bench.data.sets.mitbih_files import UNITS_PER_MV, ZERO
from framestate.bench.data.sets.speech_files import unzigzag
from framestate.bench.data.signal import Signal
from framestate.bench.data.sources import VARIABLE
from framestate.bench.errors import DataError

M4 = Literal["hourly", "weekly", "monthly"]
FILES: Mapping[str, str] = {
    "m4-hourly": "m4/m4_hourly.npz",
    "m4-weekly": "m4/m4_weekly.npz",
    "m4-monthly": "m4/m4_monthly_sample.npz",
    "mitbih": "mitbih/mitbih_signals_int16.npz",
    "speech": "speech_commands/sc_v001_30words_x10.npz",
}


def find(argument: str | None, environment: Mapping[str, str]) -> Path | None:
    """Data folder from `--data`, else from FRAMESTATE_DATA, else None.

    Raises
    ------
    DataError
        If a folder is named that is not there.
    """
    name = argument or environment.get(VARIABLE)
    if not name:
        return None
    origin = "--data" if argument else VARIABLE
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise DataError(
            request=f"data folder {str(folder)!r} from {origin}",
            finding="there is no such folder",
            remedy=f"Correct {origin}, or leave it out: the other rows need no data.",
        )
    return folder


def _path(folder: Path, key: str) -> Path:
    path = folder / FILES[key]
    if not path.is_file():
        raise DataError(
            request=f"signals {key!r} in the data folder {str(folder)!r}",
            finding=f"the file {FILES[key]} is missing",
            remedy="Put it there, or name the tasks to run without it.",
        )
    return path


def _members(folder: Path, key: str, *names: str) -> tuple[NDArray[np.generic], ...]:
    path = _path(folder, key)
    try:
        # our own stream: a file that is no archive must not stay open
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return tuple(np.asarray(archive[name]) for name in names)
    except streams.DAMAGE as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error


def _damaged(path: Path, finding: str) -> DataError:
    return DataError(
        request=f"reading {', '.join(path.parts[-2:]).replace(', ', os.sep)}",
        finding=f"the file is damaged or laid out otherwise ({finding})",
        remedy="Copy it again from its source.",
    )


def _array(
    path: Path, name: str, value: NDArray[np.generic], *, rank: int, kinds: str = "iuf"
) -> NDArray[np.generic]:
    """The array itself, if it holds real numbers in `rank` dimensions."""
    if value.dtype.kind not in kinds:
        raise _damaged(path, f"{name} holds {value.dtype} values")
    if value.ndim != rank:
        raise _damaged(path, f"{name} has {value.ndim} dimensions, not {rank}")
    if value.size == 0:
        raise _damaged(path, f"{name} is empty")
    return value


def m4_series(
    folder: Path, frequency: M4, *, count: int
) -> tuple[Float64[np.ndarray, " time"], ...]:
    """First `count` M4 series that change over time, each of its own length.

    Raises
    ------
    DataError
        If the file is missing, damaged or laid out otherwise.
    """
    key = f"m4-{frequency}"
    if frequency == "monthly":
        (table,) = _members(folder, key, "values")
        table = _array(folder / FILES[key], "values", table, rank=2)
        series = tuple(np.asarray(table, dtype=np.float64)[:count])
    else:
        values, offsets = _members(folder, key, "values", "offsets")
        series = _cut(folder / FILES[key], values, offsets, count)
    return _varying(folder / FILES[key], series)


def _cut(
    path: Path,
    values: NDArray[np.generic],
    offsets: NDArray[np.generic],
    count: int,
) -> tuple[NDArray[np.float64], ...]:
    values = _array(path, "values", values, rank=1)
    offsets = _array(path, "offsets", offsets, rank=1, kinds="iu")
    ends = np.asarray(offsets, dtype=np.int64)
    ordered = ends.size >= 2 and bool(np.all(np.diff(ends) >= 0))
    if not ordered or ends[0] < 0 or ends[-1] > values.size:
        raise _damaged(path, "the offsets do not fit the values")
    flat = np.asarray(values, dtype=np.float64)
    return tuple(flat[a:b] for a, b in pairwise(ends[: count + 1]))


def _varying(
    path: Path, series: tuple[NDArray[np.float64], ...]
) -> tuple[NDArray[np.float64], ...]:
    """Those that change over time; at least one must, and all must be finite."""
    for index, one in enumerate(series):
        if not np.all(np.isfinite(one)):
            raise _damaged(path, f"series {index} holds a value that is not finite")
    varying = tuple(one for one in series if one.size > 1 and np.ptp(one) > 0)
    if not varying:
        raise _damaged(path, "no series changes over time")
    return varying


def mitbih(folder: Path, *, record: str = "100", length: int = 10_000) -> Signal:
    """First lead of one MIT-BIH record in millivolts, its first `length` samples.

    Raises
    ------
    DataError
        If the file is missing, damaged or laid out otherwise.
    """
    (raw,) = _members(folder, "mitbih", f"sig_{record}")
    path = folder / FILES["mitbih"]
    raw = _array(path, f"sig_{record}", raw, rank=2)
    (units,) = _varying(path, (np.asarray(raw[0, :length], dtype=np.float64),))
    return Signal(
        name="mitbih",
        values=(units - ZERO) / UNITS_PER_MV,
        sampling=f"record {record}, first lead, {units.size} samples at 360 Hz",
        source="MIT-BIH Arrhythmia Database, ODC-BY 1.0",
    )


def speech(folder: Path, *, clip: int = 0) -> Signal:
    """One clip of Speech Commands, 16 kHz, samples in [-1, 1).

    The file holds the low and the high byte of the zig-zag coded first difference.

    Raises
    ------
    DataError
        If the file is missing, damaged or laid out otherwise.
    """
    low, high = _members(folder, "speech", "lo", "hi")
    path = folder / FILES["speech"]
    low = _array(path, "lo", low, rank=2, kinds="u")
    high = _array(path, "hi", high, rank=2, kinds="u")
    if low.shape != high.shape or not 0 <= clip < low.shape[0]:
        raise _damaged(path, f"no clip {clip} in arrays of shape {low.shape}")
    pcm = unzigzag(low[[clip]].astype(np.uint8), high[[clip]].astype(np.uint8))[0]
    (wave,) = _varying(path, (pcm.astype(np.float64) / 2.0**15,))
    return Signal(
        name="speech",
        values=wave,
        sampling=f"clip {clip}, {pcm.size} samples at 16 kHz",
        source="Speech Commands v0.01 sample, CC BY 4.0",
    )
