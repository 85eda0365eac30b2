"""Checkpoints that are whole or not there.

A payload is written to a temporary file in the same folder, synced, renamed, and the
folder synced; then, the same way, a small JSON file with its sha256. What has no such
file, or another hash, is no checkpoint, and the one before it is taken. Nothing is
ever unpickled: `torch.load` with ``weights_only`` alone.
"""

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import torch

from framestate.bench.errors import DataError
from framestate.bench.record import replace_bytes
from framestate.bench.train.lock import unwritable

STEP, BEST = "step", "best"
_SIDECAR = re.compile(r"(step|best)-(\d+)\.json")


@final
@dataclass(frozen=True)
class Found:
    """The checkpoint to go on from, and newer ones that were refused."""

    step: int
    path: Path
    damaged: tuple[str, ...]


@final
@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of a run folder.

    Attributes
    ----------
    folder : Path
        Where they lie.
    keep : int
        How many of the newest are kept.
    """

    folder: Path
    keep: int = 2

    def save(self, state: Mapping[str, Any], *, step: int, best_step: int) -> Path:
        """Write the state after a step, then let go of older ones.

        Parameters
        ----------
        state : mapping
            Tensors, numbers and texts, nested.
        step, best_step : int
            Of this state, and of the best weights it counts on.

        Raises
        ------
        OutputError
            If the disk is full or refuses; every older checkpoint is still there.
        """
        path = self._write(STEP, step, state, {"best_step": best_step})
        self._rotate()
        return path

    def save_best(self, weights: Mapping[str, Any], *, step: int) -> Path:
        """Write the weights of the best evaluation so far.

        Raises
        ------
        OutputError
            As for `save`.
        """
        return self._write(BEST, step, weights, {})

    def newest(self) -> Found | None:
        """The newest checkpoint that is whole, with its best weights; None if none is.

        Raises
        ------
        DataError
            If there are checkpoints, and all are damaged.
        """
        damaged: list[str] = []
        for step in self._steps(STEP):
            try:
                self._require_whole(step)
            except DataError as error:
                damaged.append(str(error))
                continue
            return Found(step, self._path(STEP, step), tuple(damaged))
        if damaged:
            raise DataError(
                request=f"resuming from {self.folder}",
                finding=f"no checkpoint is whole: {damaged[0]}",
                remedy='Train again from the start with resume="never".',
            )
        return None

    def load(self, step: int) -> dict[str, Any]:
        """The state after a step.

        Raises
        ------
        DataError
            If the file is damaged.
        """
        return self._load(STEP, step)

    def load_best(self, step: int) -> dict[str, Any]:
        """The best weights, of that step.

        Raises
        ------
        DataError
            If the file is damaged.
        """
        return self._load(BEST, step)

    def sweep(self) -> None:
        """Remove what a killed process left half-written.

        Raises
        ------
        OutputError
            If the folder refuses.
        """
        self.remove(*self.folder.glob(".*.tmp"))

    def clear(self) -> None:
        """Remove all checkpoints.

        Raises
        ------
        OutputError
            If the folder refuses.
        """
        for kind in (STEP, BEST):
            for step in self._steps(kind):
                self._forget(kind, step)

    def remove(self, *paths: Path) -> None:
        """Remove files, whether they are there or not.

        Raises
        ------
        OutputError
            If the folder refuses.
        """
        try:
            for path in paths:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(f"removing old files of {self.folder}", error) from error

    def _rotate(self) -> None:
        kept = self._steps(STEP)[: self.keep]
        for step in self._steps(STEP)[self.keep :]:
            self._forget(STEP, step)
        bests = {self._note(STEP, step).get("best_step") for step in kept}
        for step in self._steps(BEST):
            if step not in bests:
                self._forget(BEST, step)

    def _forget(self, kind: str, step: int) -> None:
        # the note first: a payload without one is no checkpoint
        path = self._path(kind, step)
        self.remove(path.with_suffix(".json"), path)

    def _path(self, kind: str, step: int) -> Path:
        return self.folder / f"{kind}-{step:09d}.pt"

    def _steps(self, kind: str) -> list[int]:
        """Steps with a note, the newest first."""
        matches = map(_SIDECAR.fullmatch, (p.name for p in self.folder.glob("*.json")))
        return sorted((int(m[2]) for m in matches if m and m[1] == kind), reverse=True)

    def _note(self, kind: str, step: int) -> dict[str, Any]:
        try:
            text = self._path(kind, step).with_suffix(".json").read_text("utf-8")
            note = json.loads(text)
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    def _require_whole(self, step: int) -> None:
        self._payload(STEP, step)
        best = self._note(STEP, step).get("best_step", 0)
        if best:
            self._payload(BEST, best)

    def _payload(self, kind: str, step: int) -> bytes:
        path = self._path(kind, step)
        expected = self._note(kind, step).get("sha256")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _damaged(path, error.strerror or type(error).__name__) from error
        found = hashlib.sha256(content).hexdigest()
        if found != expected:
            raise _damaged(path, f"sha256 {found}, expected {expected}")
        return content

    def _load(self, kind: str, step: int) -> dict[str, Any]:
        content = io.BytesIO(self._payload(kind, step))
        return torch.load(content, map_location="cpu", weights_only=True)

    def _write(
        self, kind: str, step: int, state: Mapping[str, Any], note: Mapping[str, int]
    ) -> Path:
        stream = io.BytesIO()
        torch.save(dict(state), stream)
        content = stream.getvalue()
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(kind, step)
        write_bytes(path, content)
        text = json.dumps({"sha256": digest, "step": step, **note})
        write_bytes(path.with_suffix(".json"), text.encode())
        return path


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file whole: temporary file, fsync, rename, fsync of the folder.

    Raises
    ------
    OutputError
        If the disk is full or refuses; nothing has changed then.
    """
    try:
        replace_bytes(path, content)
    except OSError as error:
        raise unwritable(f"writing {path}", error) from error


def _damaged(path: Path, finding: str) -> DataError:
    return DataError(
        request=f"reading {path}",
        finding=finding,
        remedy="It was damaged after it was written; an older one is used if there is.",
    )
