"""BIDMC: breathing rate, heart rate or oxygen saturation from 32 s of PPG and ECG.

Two channels of 4,000 samples at 125 Hz as stored, without scaling. As in
state-spaces/s4 the official train and test cases are put together, .3 of them drawn
with scikit-learn's train_test_split (random_state 0), and those halved (random_state
1) into validation and test; the metric is the root mean square error.

Windows of one recording overlap and lie in all three parts, so that this split, the
papers', measures interpolation between windows of known patients.

RR, HR and SpO2 are data sets of their own: `bidmc_rr`, `bidmc_hr`, `bidmc_spo2`.
"""

import logging
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from framestate.bench.data import streams
from framestate.bench.data.dataset import (
    Arrays,
    DataSet,
    Decoded,
    Layout,
    Progress,
    Remote,
)
from framestate.bench.data.sets import files, shuffled, ts_format
from framestate.bench.data.splits import Rows
from framestate.bench.data.task import Task

LENGTH, CHANNELS = 4_000, 2
_RATE = 125
_PARTS = ("train", "valid", "test")
_SMOKE = "bidmc/bidmc_01_signals.npz"
_log = logging.getLogger(__name__)
_SMOKE_NOTE = "one of 53 recordings, cut 9/3/3 by time: a smoke test, not a score"


def data_set(target: str, record: int, cases: tuple[int, int]) -> DataSet:
    """Data set of one target: "RR", "HR" or "SpO2", with the number of its record."""
    base = f"bidmc/{target}/BIDMC32{target}"
    paths = (f"{base}_TRAIN.ts", f"{base}_TEST.ts")
    url = f"https://zenodo.org/record/{record}/files/"
    low = f"bidmc-{target.lower()}"
    return DataSet(
        name=low,
        title=f"BIDMC {target}",
        licence="ODC-BY 1.0 (recordings); CC BY 4.0 (TSER archive)",
        citation="Pimentel et al., IEEE TBME 64 (2017); Tan et al., TSER archive "
        "(arXiv 2006.12672); split of Gu et al., S4 (arXiv 2111.00396)",
        home=f"https://zenodo.org/record/{record}",
        remotes=tuple(Remote(path, url + Path(path).name, "") for path in paths),
        layouts=(
            Layout("official", paths, "full", partial(_official, paths, cases)),
            _reshuffled(f"bidmc/{target}/reshuffle"),
            *((_smoke(),) if target == "RR" else ()),
        ),
        tasks={low: partial(_task, low)},
    )


def _official(
    paths: tuple[str, str], cases: tuple[int, int], folder: Path, progress: Progress
) -> Arrays:
    pairs = [ts_format.read(folder / path, progress=progress) for path in paths]
    for path, (inputs, _), count in zip(paths, pairs, cases, strict=True):
        _require_shape(folder / path, inputs, (len(inputs), LENGTH, CHANNELS))
        if len(inputs) != count:  # which no source states, so that it may be right
            _log.warning("%s holds %d cases, not %d", path, len(inputs), count)
    inputs, targets = (np.concatenate(both) for both in zip(*pairs, strict=True))
    rows = np.arange(len(inputs))
    _, rest = shuffled.train_test_split(rows, test_size=0.3, random_state=0)
    validation, test = shuffled.train_test_split(rest, test_size=0.5, random_state=1)
    part = np.zeros(len(inputs), dtype=np.int8)
    part[validation], part[test] = 1, 2
    return {"inputs": inputs, "targets": targets, "part": part}


def _require_shape(
    path: Path, inputs: NDArray[np.generic], shape: tuple[int, ...]
) -> None:
    if inputs.shape != shape:
        raise streams.damaged(path, f"cases of shape {inputs.shape}, not {shape}")


def _reshuffled(base: str) -> Layout:
    """What S4's script leaves: the split made already."""
    needs = tuple(f"{base}/{part}{kind}.npy" for part in _PARTS for kind in "xy")
    return Layout("unpacked", needs, "full", partial(_from_npy, base))


def _from_npy(base: str, folder: Path, progress: Progress) -> Arrays:
    inputs: list[NDArray[np.float32]] = []
    targets: list[NDArray[np.float32]] = []
    for done, part in enumerate(_PARTS):
        progress(done, len(_PARTS))
        x, y = (_npy(folder / base / f"{part}{kind}.npy") for kind in "xy")
        _require_shape(folder / base / f"{part}x.npy", x, (len(y), LENGTH, CHANNELS))
        inputs.append(x)
        targets.append(y)
    sizes = [len(y) for y in targets]
    return {
        "inputs": np.concatenate(inputs),
        "targets": np.concatenate(targets),
        "part": np.repeat(np.arange(3, dtype=np.int8), sizes),
    }


def _npy(path: Path) -> NDArray[np.float32]:
    with files.reading(path):
        numbers = np.load(path, allow_pickle=False).astype(np.float32)
    if not numbers.size or not np.all(np.isfinite(numbers)):
        raise streams.damaged(path, f"shape {numbers.shape}, or not finite")
    return numbers


def _smoke() -> Layout:
    return Layout("prepared", (_SMOKE,), "subset", _record, note=_SMOKE_NOTE)


def _record(folder: Path, progress: Progress) -> Arrays:
    """Fifteen windows of recording 01; breaths a minute between marked breaths."""
    progress(0, 1)
    path = folder / _SMOKE
    found = files.npz(path, "signals", "columns", "breaths_ann1")
    with files.reading(path):
        columns = found["columns"].tolist()
        places = [columns.index(name) for name in ("PLETH", "II")]
        signals = found["signals"][:, places].astype(np.float32)
        count = len(signals) // LENGTH
        inputs = signals[: count * LENGTH].reshape(count, LENGTH, CHANNELS)
        breaths = found["breaths_ann1"]
        rates = [_breathing(breaths, LENGTH * index) for index in range(count)]
    part = np.repeat(
        np.arange(3, dtype=np.int8), [count - 2 * (count // 5), *[count // 5] * 2]
    )
    return {
        "inputs": inputs,
        "targets": np.array(rates, dtype=np.float32),
        "part": part,
    }


def _breathing(breaths: NDArray[np.int64], begin: int) -> float:
    """60 (breaths - 1)/(last - first) of the marks in a window."""
    within = breaths[(breaths >= begin) & (breaths < begin + LENGTH)]
    first, *_, last = within.tolist()  # at least two
    return 60 * _RATE * (within.size - 1) / (last - first)


def _task(name: str, decoded: Decoded) -> Task:
    inputs = files.decoded_array(decoded, "inputs", name)
    targets = files.decoded_array(decoded, "targets", name)[:, None]
    part = files.decoded_array(decoded, "part", name)
    train, validation, test = (
        Rows(inputs, targets, np.flatnonzero(part == k), _as_stored) for k in range(3)
    )
    return Task(
        name=name,
        kind="regression",
        train=train,
        validation=validation,
        test=test,
        channels=CHANNELS,
        vocabulary=None,
        outputs=1,
        max_length=LENGTH,
        fidelity=decoded.layout.fidelity,
        note=decoded.layout.note or "overlapping windows of a patient in all parts",
    )


def _as_stored(values: NDArray[np.float32]) -> Float32[np.ndarray, "B L d"]:
    return values
