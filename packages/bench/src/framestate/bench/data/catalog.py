"""Signals by name, wherever they come from."""

from pathlib import Path

from framestate.bench.data import embedded, folder
from framestate.bench.data.signal import Signal
from framestate.bench.errors import InvalidInputError

FOLDER_NAMES: tuple[str, ...] = ("mitbih", "speech", "m4-hourly", "m4-monthly")
_M4_COUNT = 300  # as many series as the WaLRUS script takes


def needs_folder(name: str) -> bool:
    """Whether the signal is read from the data folder."""
    return name in FOLDER_NAMES


def load(name: str, path: Path | None) -> tuple[Signal, ...]:
    """One signal, or the series of a collection.

    Parameters
    ----------
    name : str
        Name of an embedded signal or of one of `FOLDER_NAMES`.
    path : pathlib.Path or None
        The data folder; only needed for `FOLDER_NAMES`.

    Raises
    ------
    InvalidInputError
        If the name is unknown, or the folder is needed and not given.
    DataError
        If the folder does not hold the signal in order.
    """
    if not needs_folder(name):
        return (embedded.load(name),)
    if path is None:
        raise InvalidInputError(
            request=f"signal {name!r}",
            finding="no data folder was given",
            remedy=f"Give --data DIR or set {folder.VARIABLE}.",
        )
    match name:
        case "mitbih":
            return (folder.mitbih(path),)
        case "speech":
            return (folder.speech(path),)
        case "m4-hourly":
            return _collection(path, name, "hourly")
        case _:
            return _collection(path, name, "monthly")


def _collection(path: Path, name: str, frequency: folder.M4) -> tuple[Signal, ...]:
    series = folder.m4_series(path, frequency, count=_M4_COUNT)
    return tuple(
        Signal(
            name=name,
            values=values,
            sampling=f"series {index + 1}, {values.size} {frequency} values",
            source="M4 competition",
        )
        for index, values in enumerate(series)
    )
