"""Journal of finished experiments: one JSON line each, appended and fsynced.

A crash can only tear the last line; reading drops a torn tail and nothing else.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from framestate.bench.errors import BenchError, OutputError
from framestate.bench.record.files import sync_folder
from framestate.bench.record.stored import (
    SCHEMA,
    outcome_from_json,
    outcome_to_json,
)
from framestate.bench.record.values import Outcome


@final
@dataclass(frozen=True)
class JournalEntry:
    """One finished experiment: the hash of what was asked, and what came out."""

    key: str
    experiment: str
    outcome: Outcome


@final
@dataclass(frozen=True)
class Journal:
    """Append-only file of `JournalEntry` lines at `path`."""

    path: Path

    def append(self, entry: JournalEntry) -> None:
        """Add one entry and force it to the disk.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        line = _line(entry)
        try:
            self._append_bytes(line)
        except OSError as error:
            raise self._refused("appending to", error) from error

    def _refused(self, verb: str, error: OSError) -> OutputError:
        return OutputError(
            request=f"{verb} {self.path}",
            finding=error.strerror or type(error).__name__,
            remedy="Remove what stands there, or choose another folder with --out DIR.",
        )

    def _append_bytes(self, line: bytes) -> None:
        new = not self.path.exists()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        handle = os.open(self.path, flags, 0o644)
        try:
            # a torn tail must not swallow the next entry: end it first
            if not new and _is_torn(handle):
                line = b"\n" + line
            while line:
                line = line[os.write(handle, line) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            sync_folder(self.path.parent)

    def read(self) -> tuple[JournalEntry, ...]:
        """All whole entries, oldest first; torn or foreign lines are dropped.

        Raises
        ------
        OutputError
            If there is something that cannot be read.
        """
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._refused("reading", error) from error
        entries = (_entry(line) for line in lines)
        return tuple(entry for entry in entries if entry is not None)

    def clear(self) -> None:
        """Forget everything.

        Raises
        ------
        OutputError
            If the file cannot be removed.
        """
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise self._refused("clearing", error) from error


def _is_torn(handle: int) -> bool:
    size = os.fstat(handle).st_size
    if size == 0:
        return False
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1) != b"\n"


def _line(entry: JournalEntry) -> bytes:
    value = {
        "schema": SCHEMA,
        "key": entry.key,
        "experiment": entry.experiment,
        **outcome_to_json(entry.outcome),
    }
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode() + b"\n"


def _entry(line: bytes) -> JournalEntry | None:
    try:
        value: dict[str, Any] = json.loads(line)
        if value["schema"] != SCHEMA:
            return None
        outcome = outcome_from_json(value)
        return JournalEntry(value["key"], value["experiment"], outcome)
    except (ValueError, KeyError, TypeError, BenchError):
        return None  # torn, or written by another version: computed again
