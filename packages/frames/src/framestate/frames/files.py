"""Files that are written whole or not at all.

A temporary file in the same folder is written, forced to the disk and renamed; then
the folder is forced to the disk. A reader sees the old file or the new one, and a
process that is killed leaves at most a temporary file.
"""

import os
import re
import secrets
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from framestate.frames.errors import OutputError

TEMPORARY = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{16}\.tmp")


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let ``write`` fill a file, and put it in place when it is complete.

    Parameters
    ----------
    path : Path
        The file; it replaces one of the same name.
    write : callable
        Is given the open temporary file, which can be read back as well.

    Raises
    ------
    OutputError
        When the folder or the disk refuses; nothing half-written remains.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    with refusals(f"writing {path}"):
        try:
            _fill(temporary, write)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def _fill(path: Path, write: Callable[[BinaryIO], object]) -> None:
    # "x": the name is ours alone; the mode is that of any new file, not private
    with path.open("xb+") as stream:
        write(stream)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make what was renamed or made in a folder survive a crash."""
    if os.name != "posix":
        return  # folders cannot be opened elsewhere
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def require_writable(folder: Path) -> None:
    """Make a folder where there is none, and try whether it takes a file.

    Raises
    ------
    OutputError
        When it does not: before hours were spent on what could not be kept.
    """
    with refusals(f"writing to {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # it has no name to be left behind
            return


@contextmanager
def refusals(request: str) -> Generator[None]:
    """Say in our words what the system refuses inside the block.

    Raises
    ------
    OutputError
        In place of every other OSError.
    """
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            request=request,
            finding=error.strerror or str(error),
            remedy="Choose a folder that can be written, on a disk with room",
        ) from error
