"""The files of a store: which there are, which may go.

A value has two files: ``<key>.<token>.npz``, written first, whose name is never used
again, and ``<key>.json``, which names it and makes the entry. So files are taken away
in the opposite order, and only an .npz file that a record named and that record is
gone: another process may be about to name the others. What no record names for an
hour was left by a process that died.
"""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from framestate.frames.files import TEMPORARY
from framestate.frames.store.payload import NAME
from framestate.frames.store.record import MAX_BYTES, parse

RECORD = re.compile(r"([0-9a-f]{64})\.json")
STALE = 3600.0  # seconds without a change


@final
@dataclass(frozen=True)
class Found:
    """A file of the store, as it was a moment ago.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        The entry it belongs to; of a record, the entry it makes.
    bytes : int
        Its length.
    changed : float
        Time of the last change in seconds; of a record, of the last use.
    """

    path: Path
    key: str
    bytes: int
    changed: float

    @property
    def is_record(self) -> bool:
        """Whether it is the .json file of an entry."""
        return self.path.suffix == ".json"


def files_of(folder: Path) -> list[Found]:
    """List all files that are ours; none where there is no folder."""
    try:
        with os.scandir(folder) as entries:
            return list(_ours(entries))
    except FileNotFoundError:
        return []


def _ours(entries: Iterator[os.DirEntry[str]]) -> Iterator[Found]:
    for entry in entries:
        temporary = TEMPORARY.fullmatch(entry.name)
        name = temporary["name"] if temporary else entry.name
        match = RECORD.fullmatch(name) or NAME.fullmatch(name)
        if match is None:
            continue
        try:
            stat = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # another process was faster
        yield Found(Path(entry.path), match[1], stat.st_size, stat.st_mtime_ns / 1e9)


def read_record(folder: Path, key: str) -> bytes | None:
    """Content of an entry's record, or None where there is no entry."""
    try:
        with (folder / f"{key}.json").open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None


def payload_of(folder: Path, key: str) -> str | None:
    """Name of the .npz file of an entry; None where no sound record says it."""
    text = read_record(folder, key)
    try:
        return None if text is None else parse(text, key).payload.file
    except ValueError:
        return None


def remove(folder: Path, key: str) -> bool:
    """Take an entry away; whether there was one."""
    payload = payload_of(folder, key)
    try:
        (folder / f"{key}.json").unlink()
    except FileNotFoundError:
        return False
    if payload is not None:
        (folder / payload).unlink(missing_ok=True)
    return True


def sweep(folder: Path) -> None:
    """Take away what processes left behind that died while they wrote."""
    old = time.time() - STALE
    for file in files_of(folder):
        if not file.is_record and file.changed < old and _is_nobodys(folder, file):
            file.path.unlink(missing_ok=True)


def _is_nobodys(folder: Path, file: Found) -> bool:
    """Whether no record names a file, nor might, were it not damaged."""
    if not (folder / f"{file.key}.json").exists():
        return True
    named = payload_of(folder, file.key)
    return named is not None and named != file.path.name


def evict(folder: Path, *, max_bytes: int, keep: str) -> None:
    """Take away the entries that were not used for longest, until the rest fits."""
    found = files_of(folder)
    total = sum(file.bytes for file in found)
    by_use = sorted((f.changed, f.key) for f in found if f.is_record)
    for _, key in by_use:
        if total <= max_bytes:
            return
        if key != keep and remove(folder, key):
            total -= sum(file.bytes for file in found if file.key == key)
