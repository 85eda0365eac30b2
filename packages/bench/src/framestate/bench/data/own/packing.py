"""What one's own file or folder holds, as arrays that a cache can keep, and as a task."""

from pathlib import Path

import numpy as np

from framestate.bench.data.dataset import Arrays
from framestate.bench.data.own import arrays, examples, forecast, sounds, table
from framestate.bench.data.own.examples import PARTS, Examples
from framestate.bench.data.own.forecast import Record
from framestate.bench.data.own.options import Options
from framestate.bench.data.task import Task
from framestate.bench.errors import DataError


def contents(path: Path, options: Options) -> Examples | Record:
    """What a file or folder holds.

    Raises
    ------
    DataError
        If it is missing, damaged or does not fit the format.
    OutputError
        If there is no room for sounds in the temporary folder.
    """
    if path.is_dir():
        return sounds.read(path, options)
    if path.suffix == ".npz":
        return arrays.read(path)
    if {".csv", ".tsv", ".txt"} & set(path.suffixes):
        return table.read(path, options)
    raise DataError(
        request=f"own data {path}",
        finding="it is no folder and no .npz, .csv, .tsv or .txt file",
        remedy="Give one of these.",
    )


def made(path: Path, options: Options, found: Examples | Record) -> Task:
    """The task of what was found there.

    Raises
    ------
    DataError, InvalidInputError
        If it, or an option, cannot be meant.
    """
    if isinstance(found, Examples):
        return examples.task(path, found, options)
    return forecast.task(path, found, options)


def packed(found: Examples | Record) -> Arrays:
    """The same as arrays by name."""
    if isinstance(found, Record):
        return {"series": found.values, "columns": np.array(found.names)}
    kept = {"values": found.values, "targets": found.targets}
    kept["note"] = np.array([found.note])
    if found.offsets is not None:
        kept["offsets"] = found.offsets
    return kept | dict(zip(PARTS, found.parts or (), strict=False))


def unpacked(kept: Arrays) -> Examples | Record:
    """What `packed` was given."""
    if "series" in kept:
        names = map(str, kept["columns"].tolist())
        return Record(kept["series"], tuple(names))
    rows = [np.asarray(kept[part]) for part in PARTS if part in kept]
    parts = (rows[0], rows[1], rows[2]) if rows else None
    return Examples(
        kept["values"],
        np.asarray(kept["offsets"]) if "offsets" in kept else None,
        np.asarray(kept["targets"]),
        parts,
        str(kept["note"][0]),
    )
