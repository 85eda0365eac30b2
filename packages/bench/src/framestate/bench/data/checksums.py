"""Checksums of files: "sha256:..", "md5:.." and "git:.." (the id of a git blob).

The id of a blob is sha1("blob " + size in decimal + NUL + content).
"""

import hashlib
import re
from pathlib import Path

from framestate.bench.data.dataset import Progress
from framestate.bench.errors import DataError, InvalidInputError

_DIGITS = {"sha256": 64, "md5": 32, "git": 40}
_CHUNK = 2**20


def digest(path: Path, kind: str = "sha256", progress: Progress | None = None) -> str:
    """Checksum of a file, read as a stream.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    kind : {"sha256", "md5", "git"}
        Which checksum.
    progress : callable, optional
        (bytes done, bytes of the file).

    Returns
    -------
    str
        Hexadecimal digits in lower case.

    Raises
    ------
    InvalidInputError
        If the kind is unknown.
    DataError
        If the file cannot be read.
    """
    if kind not in _DIGITS:
        raise _unknown(f"checksum of kind {kind!r}")
    try:
        return _digest(path, kind, progress)
    except OSError as error:
        raise DataError(
            request=f"reading {path}",
            finding=error.strerror or type(error).__name__,
            remedy="Give a file that can be read.",
        ) from error


def _digest(path: Path, kind: str, progress: Progress | None) -> str:
    with path.open("rb") as stream:
        size, done = path.stat().st_size, 0
        state = hashlib.new("sha1" if kind == "git" else kind, usedforsecurity=False)
        if kind == "git":
            state.update(b"blob %d\0" % size)
        while chunk := stream.read(_CHUNK):
            state.update(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, size)
    return state.hexdigest()


def verify(path: Path, checksum: str, progress: Progress | None = None) -> None:
    """Refuse a file that does not have this checksum.

    Raises
    ------
    InvalidInputError
        If the checksum is not written as this module says.
    DataError
        If the file has another one, or cannot be read.
    """
    kind, expected = split(checksum)
    found = digest(path, kind, progress)
    if found != expected:
        raise DataError(
            request=f"checking {path}",
            finding=f"its {kind} is {found}, not {expected}: damaged, or another file",
            remedy="Remove it and fetch or copy it again.",
        )


def record(path: Path, sha256: str) -> None:
    """Write the sha256 of a file beside it, in the format of the command sha256sum."""
    beside(path).write_text(f"{sha256}  {path.name}\n", encoding="utf-8")


def recorded(path: Path) -> str:
    """The sha256 that was recorded beside a file; empty if none was.

    Raises
    ------
    DataError
        If what stands there is no checksum.
    """
    note = beside(path)
    if not note.exists():
        return ""
    sha256 = note.read_bytes()[:64].decode("latin-1")
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise DataError(
            request=f"reading {note}",
            finding="it does not begin with a sha256",
            remedy="Remove it if you trust the file beside it.",
        )
    return sha256


def beside(path: Path) -> Path:
    """Where the checksum of a file is recorded."""
    return path.with_name(f"{path.name}.sha256")


def split(checksum: str) -> tuple[str, str]:
    """Kind and digits (in lower case) of a checksum.

    Raises
    ------
    InvalidInputError
        If it is not written as this module says.
    """
    kind, _, digits = checksum.partition(":")
    digits = digits.lower()
    size = _DIGITS.get(kind, 0)
    if not size or not re.fullmatch(f"[0-9a-f]{{{size}}}", digits):
        raise _unknown(f"checksum {checksum!r}")
    return kind, digits


def _unknown(request: str) -> InvalidInputError:
    return InvalidInputError(
        request=request,
        finding="it is not written in a way that is known",
        remedy="Write sha256:<64 digits>, md5:<32 digits> or git:<40 digits>.",
    )
