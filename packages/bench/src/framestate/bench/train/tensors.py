"""From the arrays of a batch to tensors, checked on the way.

A label out of range would be an assertion inside a GPU kernel, without a row to name;
here it is a sentence.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from framestate.bench.data.task import Batch, Task
from framestate.bench.errors import DataError

CLASSES = ("classification", "retrieval")


class Tensors(NamedTuple):
    """A batch on its way to a device; Lightning moves named tuples by itself.

    Attributes
    ----------
    inputs : Tensor
        (B, L, d) float32, (B, L) or (B, 2, L) int64.
    lengths : Tensor or None
        (B,) or (B, 2) int64; None where nothing is padded.
    targets : Tensor
        As in `Batch`.
    """

    inputs: Tensor
    lengths: Tensor | None
    targets: Tensor


def tensors_of(batch: Batch, task: Task, *, pin: bool = False) -> Tensors:
    """Tensors of a batch, in pinned memory if a GPU will copy them.

    Raises
    ------
    DataError
        If a token, a class or a number is out of range.
    """
    _check(batch, task)
    tokens = batch.inputs.dtype == np.int64
    longest = batch.inputs.shape[-1] if tokens else batch.inputs.shape[1]
    padded = bool((batch.lengths != longest).any())
    parts = (
        _tensor(batch.inputs, pin=pin),
        _tensor(batch.lengths, pin=pin) if padded else None,
        _tensor(batch.targets, pin=pin),
    )
    return Tensors(*parts)


def _tensor(array: NDArray[np.generic], *, pin: bool) -> Tensor:
    # torch refuses what it could not write to, such as a slice of a memory map
    tensor = torch.from_numpy(np.require(array, requirements=("C", "W")))
    return tensor.pin_memory() if pin else tensor


def _check(batch: Batch, task: Task) -> None:
    if task.vocabulary is not None:
        _check_range("token", batch.inputs, task.vocabulary, task)
    elif not np.isfinite(batch.inputs).all():
        raise _refused(task, "an input is NaN or infinite")
    if task.kind in CLASSES:
        _check_range("class", batch.targets, task.outputs, task)
    elif task.kind == "density":
        _check_range("pixel", batch.targets, 256, task)
    elif not np.isfinite(batch.targets).all():
        raise _refused(task, "a target is NaN or infinite")


def _check_range(what: str, array: NDArray[np.generic], end: int, task: Task) -> None:
    low, high = int(np.min(array)), int(np.max(array))
    if low < 0 or high >= end:
        found = f"a {what} is {low if low < 0 else high}, expected 0 to {end - 1}"
        raise _refused(task, found)


def _refused(task: Task, finding: str) -> DataError:
    return DataError(
        request=f"a batch of {task.name}",
        finding=finding,
        remedy="Check the files of the data set: framestate-bench data check.",
    )
