"""A task of the data library made of arrays, for tests."""

import numpy as np
import pytest

from framestate.bench.data import library
from framestate.bench.data.splits import Rows
from framestate.bench.data.task import Task


def task(
    values, labels, *, vocabulary=None, kind="classification", fidelity="look-alike"
):
    """All three splits are the same rows."""
    rows = np.arange(len(values))
    split = Rows(values, labels, rows, lambda batch: batch)
    return Task(
        name="toy",
        kind=kind,
        train=split,
        validation=split,
        test=split,
        channels=None if vocabulary else values.shape[2],
        vocabulary=vocabulary,
        outputs=int(labels.max()) + 1,
        max_length=values.shape[1],
        fidelity=fidelity,
        note="made up",
    )


def serve(monkeypatch: pytest.MonkeyPatch, made: Task) -> None:
    """Let the library open this task, whatever is asked for."""
    monkeypatch.setattr(library, "open_task", lambda *_, **__: made)
