"""The .npz file of an entry, with its length and hash."""

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import final

from framestate.frames.files import refusals, write_whole
from framestate.frames.store.archive import read_arrays, write_arrays
from framestate.frames.store.values import Arrays

NAME = re.compile(r"([0-9a-f]{64})\.[0-9a-f]{16}\.npz")


@final
@dataclass(frozen=True)
class Payload:
    """Name, length and hash of a file."""

    file: str
    bytes: int
    sha256: str


def write_payload(folder: Path, key: str, arrays: Arrays) -> Payload:
    """Write arrays to a file of the entry ``key`` that has a new name.

    Raises
    ------
    OutputError
        When the folder or the disk refuses; nothing remains.
    """
    path = folder / f"{key}.{secrets.token_hex(8)}.npz"
    write_whole(path, lambda stream: write_arrays(stream, arrays))
    with refusals(f"reading {path}"), path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        return Payload(path.name, stream.tell(), sha256)


def read_payload(folder: Path, payload: Payload) -> Arrays:
    """Read the arrays of a file that is what was written.

    Raises
    ------
    ValueError
        With the finding, when it is not.
    FileNotFoundError, OSError
        When there is no such file, or it cannot be read.
    """
    with (folder / payload.file).open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size != payload.bytes:
            raise ValueError(
                f"{payload.file} has {size} bytes, and {payload.bytes} were written"
            )
        if hashlib.file_digest(stream, "sha256").hexdigest() != payload.sha256:
            raise ValueError(f"{payload.file} was changed after it was written")
        try:
            return read_arrays(stream)
        except ValueError as error:
            raise ValueError(f"{payload.file}: {error}") from error
