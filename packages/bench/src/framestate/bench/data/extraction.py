"""An archive unpacked into a folder: whole, or not at all."""

import io
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from framestate.bench.data import archives, streams
from framestate.bench.data.dataset import Progress
from framestate.bench.errors import OutputError

_COPY = 2**20


def extract(
    path: Path,
    folder: Path,
    *,
    wanted: archives.Wanted = archives.everything,
    progress: Progress | None = None,
) -> None:
    """Unpack the wanted regular files of an archive into a new folder.

    They are written to a hidden folder beside it, which is renamed when all are there.

    Raises
    ------
    DataError
        If the archive is refused (see `archives`); nothing is left then.
    OutputError
        If the folder is there already, or cannot be written.
    """
    if folder.exists():
        raise OutputError(
            request=f"unpacking {path}",
            finding=f"{folder} is there already",
            remedy="Remove it, or name another folder.",
        )
    with staged(folder) as stage:
        for name, stream in archives.members(path, wanted, progress):
            with _new_file(stage / name, name, path) as out:
                shutil.copyfileobj(stream, out, _COPY)


def _new_file(target: Path, name: str, path: Path) -> io.BufferedWriter:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        # names may differ in case alone, or be a file here and a folder there
        finding = f"the member {name!r} collides with another"
        raise streams.damaged(path, finding) from error


@contextmanager
def staged(folder: Path) -> Generator[Path]:
    """A hidden folder that becomes ``folder`` at the end, or vanishes.

    Raises
    ------
    OutputError
        If it cannot be made, filled or renamed.
    """
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{folder.name}."
        stage = Path(tempfile.mkdtemp(dir=folder.parent, prefix=prefix, suffix=".tmp"))
        try:
            yield stage
            stage.chmod(0o755)  # mkdtemp makes it private
            stage.rename(folder)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def writing(path: Path) -> Generator[None]:
    """Say of a disk that is full or may not be written what it is.

    Raises
    ------
    OutputError
        For every OSError inside.
    """
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def sweep(folder: Path, name: str) -> None:
    """Remove what killed processes left of folders that begin with ``name``."""
    for stale in folder.glob(f".{name}*.tmp"):
        shutil.rmtree(stale, ignore_errors=True)


def unwritable(path: Path, error: OSError) -> OutputError:
    """The error for a disk that is full or may not be written."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return OutputError(
        request=f"writing {path}",
        finding=reason,
        remedy="Make room, or choose a folder that can be written.",
    )
