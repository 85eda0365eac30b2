"""Reading the files of a data set: whatever is wrong with one is a `DataError`."""

import io
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framestate.bench.data import archives, streams
from framestate.bench.data.dataset import Decoded
from framestate.bench.errors import DataError


@contextmanager
def reading(path: Path) -> Generator[None]:
    """Turn every error that damaged bytes can cause into `DataError`."""
    try:
        yield
    except streams.DAMAGE as error:
        raise streams.broken(path, error) from error


@contextmanager
def table(path: Path) -> Generator[io.BufferedReader]:
    """The bytes of a table: a plain, .gz or .xz file, or the only table of a .zip."""
    with reading(path):
        if path.suffix != ".zip":
            with streams.opened(path) as stream:
                yield stream
            return
        for _, stream in archives.members(path, _is_table):
            yield stream
            return
        raise streams.damaged(path, "there is no .csv or .txt in it")


def _is_table(name: str) -> bool:
    hidden = name.startswith("__MACOSX") or Path(name).name.startswith(".")
    return not hidden and name.endswith((".csv", ".txt"))


def npz(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """Members of an .npz file; objects are never unpickled."""
    with (
        reading(path),
        path.open("rb") as stream,
        np.load(stream, allow_pickle=False) as archive,
    ):
        return {name: np.asarray(archive[name]) for name in names}


def members(source: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the wanted files of a folder or an archive."""
    if not source.is_dir():
        for name, stream in archives.members(source, wanted):
            yield name, stream.read()
        return
    with reading(source):
        for path in sorted(source.rglob("*")):
            name = path.relative_to(source).as_posix()
            if wanted(name) and path.is_file():
                yield name, path.read_bytes()


def decoded_array(decoded: Decoded, name: str, task: str) -> NDArray[Any]:
    """A decoded array.

    Raises
    ------
    DataError
        If the layout does not hold it, so that the task cannot be had from it.
    """
    if name not in decoded.arrays:
        raise DataError(
            request=f"task {task!r}",
            finding=f"the layout {decoded.layout.name!r} holds no {name!r}",
            remedy="Fetch or import the official files of this data set.",
        )
    return decoded.arrays[name]
