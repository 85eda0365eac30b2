"""What a run folder was begun with; another training does not go on there."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import nn

from framestate.bench.data.task import Task
from framestate.bench.errors import InvalidInputError
from framestate.bench.train.checkpoints import write_bytes
from framestate.bench.train.settings import TrainSettings

RUN = "run.json"
SCHEMA = 1  # counted up when a checkpoint of before could not be gone on from
# what may change from one session to the next without changing a single number
FREE = (
    "workers",
    "keep",
    "checkpoint_every_steps",
    "checkpoint_every_seconds",
    "device",
    "strategy",
)


def identity(task: Task, settings: TrainSettings, model: nn.Module) -> dict[str, Any]:
    """What makes a training this one: task, rows, settings, shapes of the model."""
    shapes = [[name, list(p.shape)] for name, p in model.named_parameters()]
    digest = hashlib.sha256(json.dumps(shapes).encode()).hexdigest()
    chosen = {k: v for k, v in asdict(settings).items() if k not in FREE}
    rows = [len(task.train), len(task.validation), len(task.test)]
    about = {"schema": SCHEMA, "task": task.name, "rows": rows, "model": digest[:16]}
    return about | chosen


def write_identity(folder: Path, value: Mapping[str, Any]) -> None:
    """Keep it.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    write_bytes(folder / RUN, (json.dumps(value, indent=1) + "\n").encode())


def has_identity(folder: Path) -> bool:
    """Whether a training was begun there."""
    return (folder / RUN).is_file()


def require_identity(folder: Path, value: Mapping[str, Any]) -> None:
    """Refuse to go on with another training than the folder's.

    Raises
    ------
    InvalidInputError
        Naming every field that differs, with both values.
    """
    try:
        before = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    before = before if isinstance(before, dict) else {}
    names = sorted(set(before) | set(value))
    changed = [
        f"{name} was {before.get(name)!r} and is {value.get(name)!r}"
        for name in names
        if before.get(name) != value.get(name)
    ]
    if changed:
        raise InvalidInputError(
            request=f"resuming from {folder}",
            finding="; ".join(changed),
            remedy='Use another folder, or resume="never" to begin anew there.',
        )
