"""One process at a time: a lock file that the operating system frees at every death."""

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import filelock

from framestate.bench.data.extraction import writing
from framestate.bench.errors import DataError

_log = logging.getLogger(__name__)


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold a hidden lock file beside a path; wait, and say so, while another process holds it.

    Raises
    ------
    DataError
        If the holder is the process that started this one: a script without a main
        guard, run again by its own workers.
    OutputError
        If the folder cannot be written.
    """
    lock = filelock.FileLock(path.with_name(f".{path.name}.lock"))
    holder = path.with_name(f".{path.name}.holder")
    with writing(path):
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            _require_stranger(path, holder)
            _log.warning("%s: another process is at work, waiting for it", path.name)
            lock.acquire()
        holder.write_text(str(os.getpid()), encoding="ascii")
    try:
        yield
    finally:
        lock.release()


def _require_stranger(path: Path, holder: Path) -> None:
    """Refuse to wait for the process that started this one and waits for it."""
    parent = os.getppid()  # multiprocessing does not know it this early
    if _noted(holder) == str(parent):
        raise DataError(
            request=f"{path.name} in a process of its own",
            finding=f"its parent, process {parent}, is at work on it and would wait",
            remedy="In a script, open data below if __name__ == '__main__'.",
        )


def _noted(holder: Path) -> str:
    try:
        return holder.read_text(encoding="ascii")
    except OSError:
        return ""  # it is just being taken
