"""Splits over arrays in memory or on a disk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from framestate.bench.data.task import Batch

# (B, L, ..) as stored -> (B, L, d) samples or (B, L) tokens, as a model takes them
Transform: TypeAlias = Callable[[NDArray[Any]], NDArray[Any]]


@final
@dataclass(frozen=True, eq=False)
class Rows:
    """Sequences of one length: ``values[rows[i]]`` is example i.

    Attributes
    ----------
    values : (n, L, ..)
        As stored, memory-mapped or not.
    targets : (n,) or (n, ..)
        int64 classes or float32 numbers, after `numpy.asarray` of the rows.
    rows : (m,) int64
        Which of them belong to the split, in the order of the split.
    transform : callable
        What a batch of values goes through.
    """

    values: NDArray[Any]
    targets: NDArray[Any]
    rows: Int64[np.ndarray, " m"]
    transform: Transform

    def __len__(self) -> int:
        """Number of examples."""
        return self.rows.size

    def batch(self, rows: Int64[np.ndarray, " B"]) -> Batch:
        """The examples of these rows."""
        chosen = self.rows[rows]
        inputs = self.transform(_taken(self.values, chosen))
        lengths = np.full(chosen.shape, inputs.shape[1], dtype=np.int64)
        return Batch(inputs, lengths, _targets(self.targets, chosen))


@final
@dataclass(frozen=True, eq=False)
class Ragged:
    """Sequences end to end: example i is ``values[offsets[r] : offsets[r + 1]]``.

    Attributes
    ----------
    values : (total,) or (total, d)
        As stored, memory-mapped or not.
    offsets : (n + 1,) int64
        Where each begins.
    targets : (n,) or (n, ..)
        int64 classes or float32 numbers, after `numpy.asarray` of the rows.
    rows : (m,) int64
        Which of them belong to the split, r = rows[i].
    transform : callable
        What one sequence (length, ..) goes through before it is padded with zeros; it
        may cut, map and append.
    """

    values: NDArray[Any]
    offsets: Int64[np.ndarray, " n1"]
    targets: NDArray[Any]
    rows: Int64[np.ndarray, " m"]
    transform: Transform

    def __len__(self) -> int:
        """Number of examples."""
        return self.rows.size

    def batch(self, rows: Int64[np.ndarray, " B"]) -> Batch:
        """The examples of these rows, padded with zeros to the longest."""
        chosen = self.rows[rows]
        parts = [
            self.transform(np.asarray(self.values[a:b]))
            for a, b in zip(self.offsets[chosen], self.offsets[chosen + 1], strict=True)
        ]
        lengths = np.array([len(part) for part in parts], dtype=np.int64)
        longest = int(lengths.max(initial=0))
        inputs = np.zeros((len(parts), longest, *parts[0].shape[1:]), parts[0].dtype)
        for row, part in zip(inputs, parts, strict=True):
            row[: len(part)] = part
        return Batch(inputs, lengths, _targets(self.targets, chosen))


@final
@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of one long record: history, and what follows it.

    Attributes
    ----------
    values : (T, d) float32
        The record, standardized already.
    starts : (m,) int64
        Where each window begins.
    history, horizon : int
        Samples seen, samples asked for.
    columns : tuple of int
        Channels asked for.
    """

    values: Float32[np.ndarray, "T d"]
    starts: Int64[np.ndarray, " m"]
    history: int
    horizon: int
    columns: tuple[int, ...]

    def __len__(self) -> int:
        """Number of windows."""
        return self.starts.size

    def batch(self, rows: Int64[np.ndarray, " B"]) -> Batch:
        """The windows of these rows."""
        first = self.starts[rows][:, None]
        inputs = self.values[first + np.arange(self.history)]
        later = self.values[first + self.history + np.arange(self.horizon)]
        lengths = np.full(rows.shape, self.history, dtype=np.int64)
        return Batch(inputs, lengths, later[:, :, list(self.columns)])


def _taken(values: NDArray[Any], rows: Int64[np.ndarray, " B"]) -> NDArray[Any]:
    """Rows of an array; from a disk they are read in its own order."""
    order = np.argsort(rows, kind="stable")
    taken = np.empty((rows.size, *values.shape[1:]), values.dtype)
    taken[order] = values[rows[order]]
    return taken


def _targets(targets: NDArray[Any], rows: Int64[np.ndarray, " B"]) -> NDArray[Any]:
    chosen = np.asarray(targets[rows])
    return chosen.astype(np.int64 if chosen.dtype.kind in "iu" else np.float32)
