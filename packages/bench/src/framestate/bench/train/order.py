"""Which rows make which batch: a pure function of seed and epoch.

Nothing of it has to be kept in a checkpoint but how many batches were used: that is
what makes a resumed training see the same rows (trap 1 of Lightning's own resume).
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Int64

from framestate.bench.data.splits import Ragged
from framestate.bench.data.task import Split

POOL = 32  # batches whose rows are sorted by length among themselves

Rows: TypeAlias = Int64[np.ndarray, "batches batch"]


def epoch_order(
    *,
    count: int,
    batch: int,
    batches: int,
    seed: int,
    epoch: int,
    lengths: Int64[np.ndarray, " count"] | None = None,
) -> Rows:
    """Rows of each batch of an epoch; what does not fill a batch waits for another.

    Parameters
    ----------
    count : int
        Rows of the split.
    batch, batches : int
        Rows in a batch, and batches in an epoch; their product is at most `count`.
    seed, epoch : int
        What the order depends on, through Philox keyed by their `SeedSequence`.
    lengths : (count,) int64, optional
        If given, rows of similar length share a batch: a random pool of 32 batches is
        sorted and cut, then all batches are shuffled.
    """
    draws = np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, epoch))))
    rows = draws.permutation(count)[: batch * batches].astype(np.int64)
    if lengths is None:
        return rows.reshape(batches, batch)
    pool = POOL * batch
    pools = np.arange(rows.size) // pool
    sorted_rows = rows[np.lexsort((lengths[rows], pools))].reshape(batches, batch)
    return sorted_rows[draws.permutation(batches)]


def lengths_of(split: Split) -> Int64[np.ndarray, " count"] | None:
    """Stored length of every row, None where all are alike or it is not known."""
    if not isinstance(split, Ragged):
        return None
    return np.diff(split.offsets)[split.rows].astype(np.int64)


def batches_per_epoch(count: int, *, batch: int, accumulate: int) -> int:
    """Whole batches of an epoch: a multiple of `accumulate`, 0 if there is no step."""
    return count // (batch * accumulate) * accumulate
