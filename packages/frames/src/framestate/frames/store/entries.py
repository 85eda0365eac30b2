"""What a store says about its values, without loading them."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import final

from framestate.frames.store.record import Record, parse
from framestate.frames.store.upkeep import Found, files_of, read_record


@final
@dataclass(frozen=True)
class Entry:
    """One value of a store.

    Parameters
    ----------
    key : str
        Hash of kind, inputs and version.
    record : Record, optional
        Kind, inputs, digits, error bound, versions; None where it cannot be read.
    bytes : int
        Length of its files.
    used : float
        When it was last saved or loaded, in seconds since 1970.
    finding : str
        What is wrong; empty where nothing was seen. The arrays are looked at when the
        value is loaded.
    """

    key: str
    record: Record | None
    bytes: int
    used: float
    finding: str


def look(folder: Path) -> tuple[Entry, ...]:
    """Look at all entries of a folder, the last used first."""
    files = files_of(folder)
    sizes: Counter[str] = Counter()
    for file in files:
        sizes[file.key] += file.bytes
    lengths = {file.path.name: file.bytes for file in files}
    records = sorted(
        (file for file in files if file.is_record), key=lambda f: (-f.changed, f.key)
    )
    return tuple(_entry(folder, file, sizes[file.key], lengths) for file in records)


def _entry(folder: Path, file: Found, size: int, lengths: dict[str, int]) -> Entry:
    try:
        record = parse(read_record(folder, file.key) or b"", file.key)
    except ValueError as error:
        return Entry(file.key, None, size, file.changed, str(error))
    length = lengths.get(record.payload.file)
    finding = ""
    if length is None:
        finding = "its .npz file is missing"
    elif length != record.payload.bytes:
        finding = f"its .npz file has {length} bytes, not {record.payload.bytes}"
    return Entry(file.key, record, size, file.changed, finding)
