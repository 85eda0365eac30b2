"""One writer for a run folder."""

import json
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from framestate.bench.errors import OutputError

LOCK, OWNER = ".lock", ".owner.json"


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold a run folder, made where it is missing, against every other process.

    The system lets go when the process ends, however it ends.

    Raises
    ------
    OutputError
        If another process holds it, which is named; or if it cannot be written.
    """
    request = f"training into {folder}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise OutputError(
            request=request,
            finding=f"another process writes there ({_owner(folder)})",
            remedy="Wait for it, end it, or choose another folder.",
        ) from error
    except OSError as error:
        raise unwritable(request, error) from error
    try:
        _sign(folder, request)
        yield
    finally:
        lock.release()


def unwritable(request: str, error: OSError) -> OutputError:
    """Say that a folder cannot be written, in the words of the system."""
    return OutputError(
        request=request,
        finding=error.strerror or type(error).__name__,
        remedy="Free some space, or choose a folder that can be written; "
        "what was written before is whole and is resumed from.",
    )


def _sign(folder: Path, request: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    owner = {"process": os.getpid(), "machine": socket.gethostname(), "since": now}
    try:
        (folder / OWNER).write_text(json.dumps(owner), encoding="utf-8")
    except OSError as error:
        raise unwritable(request, error) from error


def _owner(folder: Path) -> str:
    """Who holds the folder, as far as it said so."""
    try:
        owner = json.loads((folder / OWNER).read_text(encoding="utf-8"))
        return ", ".join(f"{name} {value}" for name, value in owner.items())
    except (OSError, ValueError, AttributeError):
        return "it has not said which"
