"""Batches of a whole training, from any step on.

The loader counts batches from the first to the last of the training, over all epochs,
so that its whole state is one number.
"""

import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Int64

from framestate.bench.data.task import Split, Task
from framestate.bench.train.order import Rows, epoch_order, lengths_of
from framestate.bench.train.prefetch import prefetched
from framestate.bench.train.tensors import Tensors, tensors_of


@final
@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which rows this process is to load, and how.

    Attributes
    ----------
    batch : int
        Rows of a batch over all processes, a multiple of `world`.
    per_epoch, total : int
        Batches in an epoch, and in the whole training.
    seed : int
        Of the order.
    workers : int
        Threads.
    bucket : bool
        Whether rows of similar length share a batch.
    pin : bool
        Whether tensors go to pinned memory.
    rank, world : int
        This process, of how many; it takes every world-th row of each batch.
    """

    batch: int
    per_epoch: int
    total: int
    seed: int
    workers: int = 1
    bucket: bool = False
    pin: bool = False
    rank: int = 0
    world: int = 1


@final
class Loader:
    """An iterable over the batches that are left; an iteration goes on from there.

    Attributes
    ----------
    position : int
        Batches handed over so far, in this and earlier sessions.
    waited : float
        Seconds that the last batch was waited for.
    """

    def __init__(self, task: Task, plan: Plan) -> None:
        self.task, self.plan = task, plan
        self.position = 0
        self.waited = 0.0
        self._batches: Generator[Tensors] | None = None
        self._lengths = lengths_of(task.train) if plan.bucket else None
        self._epoch: tuple[int, Rows] | None = None

    def __len__(self) -> int:
        """Batches that are left."""
        return self.plan.total - self.position

    def __iter__(self) -> Iterator[Tensors]:
        """Iterate over them, prepared ahead by threads."""
        self.close()
        rows = map(self.rows, range(self.position, self.plan.total))
        self._batches = prefetched(self._load, rows, workers=self.plan.workers)
        return self._handed_over(self._batches)

    def rows(self, position: int) -> Int64[np.ndarray, " rows"]:
        """Rows that this process takes of a batch, by its number from 0."""
        plan = self.plan
        epoch, number = divmod(position, plan.per_epoch)
        if self._epoch is None or self._epoch[0] != epoch:
            order = epoch_order(
                count=len(self.task.train),
                batch=plan.batch,
                batches=plan.per_epoch,
                seed=plan.seed,
                epoch=epoch,
                lengths=self._lengths,
            )
            self._epoch = epoch, order
        return self._epoch[1][number, plan.rank :: plan.world]

    def state_dict(self) -> dict[str, Any]:
        """What has to be kept: the position."""
        return {"position": self.position}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a kept position."""
        self.close()
        self.position = int(state["position"])

    def close(self) -> None:
        """End the threads; the next iteration starts new ones."""
        if self._batches is not None:
            self._batches.close()
            self._batches = None

    def _load(self, rows: Int64[np.ndarray, " rows"]) -> Tensors:
        return tensors_of(self.task.train.batch(rows), self.task, pin=self.plan.pin)

    def _handed_over(self, batches: Iterator[Tensors]) -> Iterator[Tensors]:
        start = time.perf_counter()
        for tensors in batches:
            self.waited = time.perf_counter() - start
            self.position += 1
            yield tensors
            start = time.perf_counter()


def in_order(
    task: Task, split: Split, *, batch: int, workers: int, rank: int, world: int
) -> Generator[tuple[Tensors, bool]]:
    """Batches of a split in its own order, this process's share of them.

    Every process gets equally many, so that none waits for another inside a model; one
    that has run out of rows gets row 0 again, and is told not to count it.

    Yields
    ------
    (Tensors, bool)
        A batch, and whether it counts.
    """
    own = np.arange(rank, len(split), world, dtype=np.int64)
    each = batch // world
    count = -(-len(split) // (each * world))
    chunks = [own[i * each : (i + 1) * each] for i in range(count)]

    def load(rows: Int64[np.ndarray, " rows"]) -> tuple[Tensors, bool]:
        chosen = rows if rows.size else np.zeros(1, np.int64)
        return tensors_of(split.batch(chosen), task), rows.size > 0

    return prefetched(load, chunks, workers=workers)
