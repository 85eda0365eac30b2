"""What became of one's own data, in words."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64

from framestate.bench.data.splits import Ragged, Rows
from framestate.bench.data.task import Split, Task

_SHOWN = 20  # classes


def summary(task: Task) -> Iterator[str]:
    """Lines that say what a task asks, how large it is, and how it is split."""
    yield f"{task.kind}: {_asked(task)} of {_given(task)}"
    parts = {"train": task.train, "validation": task.validation, "test": task.test}
    for name, part in parts.items():
        yield f"{name}: {len(part):,} {_what(task)}{_lengths(part)}{_classes(task, part)}"
    if task.note:
        yield task.note.removesuffix("; ")


def _asked(task: Task) -> str:
    match task.kind:
        case "classification":
            return f"one of {task.outputs} classes"
        case "multilabel":
            return f"any of {task.outputs} labels"
        case "forecast":
            return f"{task.horizon} rows of {task.outputs} columns"
        case _:
            return f"{task.outputs} numbers"


def _given(task: Task) -> str:
    if task.kind == "forecast":
        return f"{task.max_length} rows of {task.channels} columns"
    if task.vocabulary is not None:
        return f"at most {task.max_length:,} tokens out of {task.vocabulary - 1:,}"
    return f"at most {task.max_length:,} samples of {task.channels} channels"


def _what(task: Task) -> str:
    return "windows" if task.kind == "forecast" else "sequences"


def _lengths(part: Split) -> str:
    if not isinstance(part, Ragged):
        return ""
    lengths = np.diff(part.offsets)[part.rows]
    return (
        f" of {lengths.min():,} to {lengths.max():,}, {lengths.mean():,.0f} on average"
    )


def _classes(task: Task, part: Split) -> str:
    if task.kind != "classification" or not isinstance(part, (Rows, Ragged)):
        return ""
    counts: Int64[np.ndarray, " c"] = np.bincount(
        np.asarray(part.targets)[part.rows], minlength=task.outputs
    )
    shown = ", ".join(f"{count:,}" for count in counts[:_SHOWN].tolist())
    more = ", .." if counts.size > _SHOWN else ""
    return f"; of the classes {shown}{more}"
