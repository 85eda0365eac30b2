"""M4: series of six frequencies, each a data set of its own (`m4_hourly` ..).

Official files: a line a series, the id, then its values; a short line is filled up with
empty cells. The horizon is the competition's, its test part is the test; history is at
most seven horizons, the longest window of N-BEATS (arXiv 1905.10437). See `series` for training and scale:
errors are in units of the standard deviation of a series, not the competition's sMAPE.
"""

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
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
from framestate.bench.data.sets import files, series
from framestate.bench.data.task import Task

_COMMIT = "6c1067e5a57161249b17289a565178dc7a3fb3ca"
_HISTORY = 7  # horizons
_SAMPLE = "equal-length samples of some series, not the whole frequency"


def data_set(
    frequency: str, *, horizon: int, count: int, blobs: tuple[str, str]
) -> DataSet:
    """Data set of one frequency, such as "Hourly", with its git blobs (train, test)."""
    low = frequency.lower()
    train, test = (
        f"m4/{part}/{frequency}-{part.lower()}.csv" for part in ("Train", "Test")
    )
    base = (
        f"https://raw.githubusercontent.com/Mcompetitions/M4-methods/{_COMMIT}/Dataset"
    )
    return DataSet(
        name=f"m4-{low}",
        title=f"M4 {low}",
        licence="none stated; published for research by the M4 organizers",
        citation="Makridakis et al., The M4 Competition, IJF 36 (2020)",
        home="https://github.com/Mcompetitions/M4-methods",
        remotes=tuple(
            Remote(path, f"{base}/{path.removeprefix('m4/')}", f"git:{blob}")
            for path, blob in zip((train, test), blobs, strict=True)
        ),
        layouts=(
            Layout(
                "official",
                (train, test),
                "full",
                partial(_official, (train, test), horizon, count),
            ),
            *_prepared(low, horizon, count),
        ),
        tasks={f"m4-{low}": partial(_task, f"m4-{low}", horizon)},
    )


def _prepared(low: str, horizon: int, count: int) -> tuple[Layout, ...]:
    if low in ("hourly", "weekly"):
        path = f"m4/m4_{low}.npz"
        decode = partial(_whole, path, horizon, count)
        return (Layout("prepared", (path,), "full", decode),)
    path = f"m4/m4_{low}_sample.npz"
    decode = partial(_sample, path, horizon)
    return (Layout("prepared", (path,), "subset", decode, note=_SAMPLE),)


def _official(
    paths: tuple[str, str], horizon: int, count: int, folder: Path, progress: Progress
) -> Arrays:
    train = dict(_lines(folder / paths[0], progress))
    test = dict(_lines(folder / paths[1], progress))
    if list(train) != list(test) or len(train) != count:
        finding = f"{len(train)} train and {len(test)} test series, not {count} alike"
        raise streams.damaged(folder / paths[1], finding)
    short = [name for name, one in test.items() if one.size != horizon]
    if short:
        finding = f"series {short[0]} has {test[short[0]].size} values, not {horizon}"
        raise streams.damaged(folder / paths[1], finding)
    parts = [np.concatenate([train[name], test[name]]) for name in train]
    return _ends(folder / paths[0], parts, horizon)


def _lines(path: Path, progress: Progress) -> Iterator[tuple[str, NDArray[np.float64]]]:
    with files.table(path) as stream, io.TextIOWrapper(stream, "utf-8") as text:
        rows = csv.reader(text, strict=True)
        try:
            next(rows, None)  # the header
            for done, row in enumerate(rows):
                cells = [cell for cell in row[1:] if cell not in ("", "NA")]
                yield row[0], np.array(cells, dtype=np.float64)
                progress(done + 1, 0)
        except csv.Error as error:
            raise streams.broken(path, error) from error


def _whole(
    path: str, horizon: int, count: int, folder: Path, progress: Progress
) -> Arrays:
    progress(0, 1)
    found = files.npz(folder / path, "values", "offsets", "test")
    with files.reading(folder / path):
        ends = found["offsets"].astype(np.int64)
        spans = ends[0], ends[-1], int(np.diff(ends).min())
        if spans[:2] != (0, found["values"].size) or spans[2] < 0:
            raise streams.damaged(folder / path, "the offsets do not fit the values")
        heads = np.split(found["values"], ends[1:-1])
        pairs = zip(heads, found["test"], strict=True)
        parts = [np.concatenate(pair) for pair in pairs]
    if len(parts) != count or found["test"].shape[1] != horizon:
        finding = f"test of shape {found['test'].shape}, not {(count, horizon)}"
        raise streams.damaged(folder / path, finding)
    return _ends(folder / path, parts, horizon)


def _sample(path: str, horizon: int, folder: Path, progress: Progress) -> Arrays:
    progress(0, 1)
    values = files.npz(folder / path, "values")["values"]
    if values.ndim != 2:
        raise streams.damaged(folder / path, f"values of shape {values.shape}")
    return _ends(folder / path, list(values), horizon)


def _ends(path: Path, parts: list[NDArray[np.float64]], horizon: int) -> Arrays:
    """Series end to end, each long enough and finite."""
    for index, one in enumerate(parts):
        if one.dtype.kind != "f" or not np.all(np.isfinite(one)):
            raise streams.damaged(path, f"series {index} is not finite")
        if one.size <= 2 * horizon:
            raise streams.damaged(path, f"series {index} has {one.size} values")
    lengths = [one.size for one in parts]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return {"values": np.concatenate(parts), "offsets": offsets}


def _task(name: str, horizon: int, decoded: Decoded) -> Task:
    collection = series.Collection(
        np.asarray(files.decoded_array(decoded, "values", name), dtype=np.float64),
        np.asarray(files.decoded_array(decoded, "offsets", name), dtype=np.int64),
    )
    history = _HISTORY * horizon
    train, validation, test = series.splits(
        collection, history=history, horizon=horizon
    )
    return Task(
        name=name,
        kind="forecast",
        train=train,
        validation=validation,
        test=test,
        channels=1,
        vocabulary=None,
        outputs=1,
        max_length=history,
        horizon=horizon,
        fidelity=decoded.layout.fidelity,
        note=decoded.layout.note,
    )
