"""Files of MIT-BIH -> signals, beats, and windows of 32 s with their rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import final

import numpy as np
from jaxtyping import Float32, Int16, Int64, UInt8

from framestate.bench.data import streams
from framestate.bench.data.dataset import Arrays, Progress
from framestate.bench.data.sets import files, moments, wfdb

RATE, LENGTH = 360, 650_000
ZERO, UNITS_PER_MV = 1024, 200.0
_DS1 = (
    "101 106 108 109 112 114 115 116 118 119 122 124 201 203 205 207 208 209 215 220 "
    "223 230"
)
_DS2 = (
    "100 103 105 111 113 117 121 123 200 202 210 212 213 214 219 221 222 228 231 232 "
    "233 234"
)
DS1, DS2, PACED = tuple(_DS1.split()), tuple(_DS2.split()), ("102", "104", "107", "217")
RECORDS, KINDS = tuple(sorted((*DS1, *DS2, *PACED))), ("hea", "dat", "atr")
PREPARED = ("mitbih/mitbih_signals_int16.npz", "mitbih/mitbih_annotations.npz")
BEATS = (*range(1, 14), 34, 38)  # the annotation codes that mark a beat
_UP, _DOWN, _SECONDS, _FEWEST = 25, 72, 32, 10  # 360 Hz * 25/72 = 125 Hz
_WINDOW = 4_000  # samples of 32 s at 125 Hz


@final
@dataclass(frozen=True, eq=False)
class _Record:
    name: str
    leads: tuple[str, str]
    signals: Int16[np.ndarray, "T 2"]
    sample: Int64[np.ndarray, " n"]
    code: UInt8[np.ndarray, " n"]


def records(source: str, folder: Path, progress: Progress) -> Arrays:
    """Records as .hea, .dat and .atr, in an archive or a folder.

    Raises
    ------
    DataError
        If one is missing or damaged.
    """
    path = folder / source
    found = {
        PurePosixPath(name).name: data for name, data in files.members(path, _wanted)
    }
    complete: list[_Record] = []
    for name in RECORDS:
        complete.append(_read(path, name, found))
        progress(len(complete), len(RECORDS))
    return _arrays(complete)


def _wanted(name: str) -> bool:
    stem, _, kind = PurePosixPath(name).name.partition(".")
    return stem in RECORDS and kind in KINDS


def _read(path: Path, name: str, found: Mapping[str, bytes]) -> _Record:
    for kind in KINDS:
        if f"{name}.{kind}" not in found:
            raise streams.damaged(path, f"{name}.{kind} is missing")
    head = wfdb.header(path / f"{name}.hea", found[f"{name}.hea"])
    scales = {(lead.gain, lead.baseline) for lead in head.leads}
    form = (head.rate, head.length, len(head.leads))
    if form != (RATE, LENGTH, 2) or scales != {(UNITS_PER_MV, ZERO)}:
        finding = f"rate, length, leads {form}, gain and zero {sorted(scales)}"
        raise streams.damaged(path / f"{name}.hea", finding)
    marks = wfdb.annotations(path / f"{name}.atr", found[f"{name}.atr"])
    return _Record(
        name,
        (head.leads[0].name, head.leads[1].name),
        wfdb.samples(path / f"{name}.dat", head, found[f"{name}.dat"]),
        marks.sample,
        marks.code,
    )


def prepared(folder: Path, progress: Progress) -> Arrays:
    """The two .npz files.

    Raises
    ------
    DataError
        If one is damaged, or a record in them is.
    """
    signals, marks = (folder / path for path in PREPARED)
    listed = files.npz(marks, "records", "leads")
    names = [str(name) for name in listed["records"]]
    if tuple(names) != RECORDS or listed["leads"].shape != (len(RECORDS), 2):
        raise streams.damaged(marks, f"{len(names)} records, not the {len(RECORDS)}")
    raw = files.npz(signals, *(f"sig_{name}" for name in names))
    sample = files.npz(marks, *(f"sample_{name}" for name in names))
    code = files.npz(marks, *(f"code_{name}" for name in names))
    complete: list[_Record] = []
    for name, (first, second) in zip(names, listed["leads"].tolist(), strict=True):
        both = raw[f"sig_{name}"]
        if both.shape != (2, LENGTH) or both.dtype != np.int16:
            raise streams.damaged(signals, f"sig_{name}: {both.dtype} {both.shape}")
        place = sample[f"sample_{name}"].astype(np.int64)
        kind = code[f"code_{name}"].astype(np.uint8)
        if place.shape != kind.shape or place.ndim != 1:
            raise streams.damaged(marks, f"{name}: {place.shape} and {kind.shape}")
        complete.append(_Record(name, (first, second), both.T, place, kind))
        progress(len(complete), len(RECORDS))
    return _arrays(complete)


def _arrays(complete: list[_Record]) -> Arrays:
    windows = [_windows(record) for record in complete]
    beats = [np.isin(record.code, BEATS) for record in complete]
    sizes = [int(one.sum()) for one in beats]
    pairs = list(zip(complete, beats, strict=True))
    signals = np.stack([_ordered(record) for record in complete])
    leads = [moments.sums(signals[:, :, lead]) for lead in (0, 1)]
    sums, squares = (np.stack(both, axis=1) for both in zip(*leads, strict=True))
    return {
        "records": np.array([record.name for record in complete]),
        "signals": signals,
        "sums": sums,
        "squares": squares,
        "beat_record": np.repeat(np.arange(len(complete)), sizes),
        "beat_sample": np.concatenate([r.sample[b] for r, b in pairs]),
        "beat_code": np.concatenate([r.code[b] for r, b in pairs]),
        "hr_inputs": np.concatenate([inputs for inputs, _ in windows]),
        "hr": np.concatenate([rates for _, rates in windows]),
        "hr_record": np.repeat(
            np.arange(len(complete)), [len(rates) for _, rates in windows]
        ),
    }


def _ordered(record: _Record) -> Int16[np.ndarray, "T 2"]:
    """Both leads, MLII first where there is one."""
    swapped = record.leads[1] == "MLII"
    return record.signals[:, ::-1] if swapped else record.signals


def _windows(
    record: _Record,
) -> tuple[Float32[np.ndarray, "w 4000 2"], Float32[np.ndarray, " w"]]:
    """Windows of 32 s in millivolts at 125 Hz, and the rate in each."""
    import scipy.signal  # slow to import, and not needed to list what there is

    volts = (_ordered(record).astype(np.float64) - ZERO) / UNITS_PER_MV
    slow = scipy.signal.resample_poly(volts, _UP, _DOWN, axis=0)
    inputs = slow[: len(slow) // _WINDOW * _WINDOW].reshape(-1, _WINDOW, 2)
    beats = record.sample[np.isin(record.code, BEATS)] / RATE
    rates = [_rate(beats, _SECONDS * index) for index in range(len(inputs))]
    kept = np.isfinite(rates)
    return inputs[kept].astype(np.float32), np.array(rates, dtype=np.float32)[kept]


def _rate(beats: np.ndarray, begin: int) -> float:
    """Beats a minute in the window from ``begin`` seconds; NaN if too few."""
    within = beats[(beats >= begin) & (beats < begin + _SECONDS)]
    if within.size < _FEWEST:
        return float("nan")
    return float(60 * (within.size - 1) / (within[-1] - within[0]))
