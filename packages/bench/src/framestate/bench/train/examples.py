"""How well each example of a split was done: what a paired comparison needs.

The mean of the numbers, or its root, is the metric that selects. Where every class is to
count the same, an example of a rare one weighs more. The area under the ROC curve is no
mean over examples, and has none.
"""

from collections.abc import Callable
from typing import final

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from framestate.bench.data.task import Kind, Task
from framestate.deep.models import bits_per_dimension

ROOT: frozenset[Kind] = frozenset({"regression"})  # the root of the mean is the metric


@final
class Examples:
    """The numbers of a split, batch by batch.

    Parameters
    ----------
    task : Task
        What is asked.
    """

    def __init__(self, task: Task) -> None:
        self._score = _SCORES.get(task.kind)
        self._balanced = task.class_shares is not None
        self._parts: list[Float64[np.ndarray, " B"]] = []
        self._classes: list[Int64[np.ndarray, " B"]] = []

    def add(self, answer: Tensor, targets: Tensor) -> None:
        """Take a batch into account."""
        if self._score is not None:
            numbers = self._score(answer, targets).double()
            self._parts.append(numbers.cpu().numpy())
            if self._balanced:
                self._classes.append(targets.cpu().numpy())

    def values(self) -> tuple[float, ...]:
        """One number an example; none where the metric is no mean."""
        if not self._parts:
            return ()
        numbers = np.concatenate(self._parts)
        if self._balanced:
            classes = np.concatenate(self._classes)
            _, place, counts = np.unique(
                classes, return_inverse=True, return_counts=True
            )
            numbers = numbers * (classes.size / counts.size / counts)[place]
        return tuple(map(float, numbers))


def _right(answer: Tensor, targets: Tensor) -> Tensor:
    return answer.argmax(1) == targets


def _squared(answer: Tensor, targets: Tensor) -> Tensor:
    return (answer.double() - targets.double()).square().flatten(1).mean(1)


def _bits(answer: Tensor, targets: Tensor) -> Tensor:
    pairs = zip(answer.float(), targets.to(torch.uint8), strict=True)
    return torch.stack([bits_per_dimension(a[None], t[None]) for a, t in pairs])


_SCORES: dict[Kind, Callable[[Tensor, Tensor], Tensor]] = {
    "classification": _right,
    "retrieval": _right,
    "regression": _squared,
    "forecast": _squared,
    "density": _bits,
}
