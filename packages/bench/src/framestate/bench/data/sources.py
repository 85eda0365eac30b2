"""What lies below a data folder, and how to know it again without reading it."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from framestate.bench.data.dataset import DataSet, Layout
from framestate.bench.errors import DataError

VARIABLE = "FRAMESTATE_DATA"


def data_folder(folder: Path | None) -> Path | None:
    """The folder given, else that of FRAMESTATE_DATA, else None.

    Raises
    ------
    DataError
        If a folder is named that is not there.
    """
    named = folder or os.environ.get(VARIABLE)
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.is_dir():
        raise DataError(
            request=f"data folder {str(path)!r}",
            finding="there is no such folder",
            remedy=f"Make it, or correct {VARIABLE} or the argument.",
        )
    return path


def missing(layout: Layout, folder: Path | None) -> tuple[str, ...]:
    """What a layout needs and does not find."""
    return tuple(need for need in layout.needs if not _is_there(need, folder))


def _is_there(need: str, folder: Path | None) -> bool:
    """Below the folder; own data may lie elsewhere, at an absolute path."""
    if folder is None and not Path(need).is_absolute():
        return False
    return (folder or Path()).joinpath(need).exists()


def choose(data_set: DataSet, folder: Path | None, name: str | None = None) -> Layout:
    """The best layout that is there, or the one of this name.

    Raises
    ------
    DataError
        If there is none; what each of them lacks, and how to get it, is said.
    """
    for layout in data_set.layouts:
        if name in (None, layout.name) and not missing(layout, folder):
            return layout
    lacking = "; ".join(
        f"layout {layout.name!r} lacks {_listed(missing(layout, folder))}"
        for layout in data_set.layouts
        if name in (None, layout.name)
    )
    known = ", ".join(repr(layout.name) for layout in data_set.layouts)
    raise DataError(
        request=f"data set {data_set.name!r}",
        finding=f"in {_place(folder)} {lacking or f'it may lie as {known} only'}",
        remedy=how_to_get(data_set),
    )


def how_to_get(data_set: DataSet) -> str:
    """A sentence that says where the files are."""
    name = data_set.name
    ways = [f"import what you have: framestate-bench data import {name} PATH"]
    if data_set.remotes:
        ways.insert(0, f"framestate-bench data fetch {name}")
    return f"Get it: {', or '.join(ways)}; see {data_set.home}."


def key(data_set: str, layout: Layout, folder: Path | None) -> str:
    """Twelve digits that change with the layout, its version and its files.

    sha256 over name, version, and path, size and modification time (ns) of each source
    file; where a source is a folder, of each file below it.
    """
    state = hashlib.sha256(json.dumps([data_set, layout.name, layout.version]).encode())
    for line in stamps(layout, folder):
        state.update(json.dumps(line).encode())
    return state.hexdigest()[:12]


def stamps(layout: Layout, folder: Path | None) -> Iterator[tuple[str, int, int]]:
    """(path below the data folder, size, modification time in ns) of each file."""
    for need in layout.needs:
        path = Path(folder or "") / need
        if not path.is_dir():
            yield need, *_stamp(path)
            continue
        for file in sorted(_files(path)):
            yield f"{need}/{file.relative_to(path).as_posix()}", *_stamp(file)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError as error:
        raise DataError(
            request=f"reading {file}",
            finding=error.strerror or type(error).__name__,
            remedy="Remove it, or put the file there that belongs there.",
        ) from error
    return status.st_size, status.st_mtime_ns


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in names)


def _place(folder: Path | None) -> str:
    return f"{folder}" if folder else f"no data folder (set {VARIABLE})"


def _listed(needs: tuple[str, ...]) -> str:
    shown = ", ".join(needs[:3])
    return shown if len(needs) <= 3 else f"{shown} and {len(needs) - 3} more"
