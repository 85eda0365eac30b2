"""Packed files read as if their maker were hostile: gz, xz, or as they are.

How a file is packed, its first bytes say, not its name. A damaged or cut file and one
that unpacks to more than `LIMIT` bytes or `RATIO` times its own size are each one
`DataError`, raised by whatever reads the stream.
"""

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, cast, final

from framestate.bench.errors import DataError

LIMIT = 64 * 2**30
RATIO = 200
FREE = 64 * 2**20  # small files may swell as they like
BUFFER = 2**16
DAMAGE = (
    OSError,
    EOFError,
    ValueError,  # names that cannot be decoded among them
    KeyError,
    IndexError,
    OverflowError,
    NotImplementedError,
    RuntimeError,  # an encrypted member
    MemoryError,  # a header that asks for more than there is
    struct.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
)


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


@final
class Guarded(io.RawIOBase):  # the protocol of io is by inheritance
    """A stream whose damage is one `DataError`, and which gives at most `budget`.

    Attributes
    ----------
    last : bytes
        What was read last.
    """

    def __init__(self, source: object, path: Path, budget: int) -> None:
        super().__init__()
        self._source = cast("_Source", source)
        self._path = path
        self._budget = budget
        self.last = b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a writable buffer; 0 at the end."""
        try:
            self.last = self._source.read(len(buffer))
        except DAMAGE as error:
            raise broken(self._path, error) from error
        self._budget -= len(self.last)
        if self._budget < 0:
            raise swollen(self._path)
        buffer[: len(self.last)] = self.last
        return len(self.last)


def buffered(source: object, path: Path, budget: int) -> io.BufferedReader:
    """What has ``read``, as a guarded and buffered stream."""
    guarded = cast("io.RawIOBase", Guarded(source, path, budget))
    return io.BufferedReader(guarded, BUFFER)


@contextmanager
def opened(path: Path) -> Generator[io.BufferedReader]:
    """The content of one file: unpacked where it is gz or xz, else as it is.

    Raises
    ------
    DataError
        If the file is missing, damaged or cut; at reading, too.
    """
    with binary(path) as raw:
        yield buffered(unpacked(raw, packing(raw)), path, budget(path))


@contextmanager
def binary(path: Path) -> Generator[io.BufferedReader]:
    """The bytes of a file as they are.

    Raises
    ------
    DataError
        If it cannot be opened.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise damaged(path, error.strerror or type(error).__name__) from error
    with raw:
        yield raw


def packing(raw: io.BufferedReader) -> str:
    """How it is packed: "zip", "gz", "xz" or "" by its first bytes."""
    head = raw.read(6)
    raw.seek(0)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head[:2] == b"\x1f\x8b":
        return "gz"
    return "xz" if head == b"\xfd7zXZ\x00" else ""


def unpacked(raw: io.BufferedReader, how: str) -> io.BufferedIOBase:
    """The stream behind gz or xz; anything else as it is."""
    if how == "gz":
        return gzip.GzipFile(fileobj=raw)
    return lzma.LZMAFile(raw) if how == "xz" else raw


def budget(path: Path) -> int:
    """Bytes that a file may unpack to."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise damaged(path, error.strerror or type(error).__name__) from error
    return min(LIMIT, max(FREE, RATIO * size))


def broken(path: Path, error: BaseException) -> DataError:
    """The error for what a library says about damaged bytes."""
    return damaged(path, f"{type(error).__name__}: {error}")


def swollen(path: Path) -> DataError:
    """The error for a file that unpacks to more than its budget."""
    return damaged(path, "it holds more than its size may hold")


def damaged(path: Path, finding: str) -> DataError:
    """The error for a file that cannot be used, in one line."""
    return DataError(
        request=f"reading {path}",
        finding=" ".join(finding.split()),
        remedy="Copy it again from its source.",
    )
