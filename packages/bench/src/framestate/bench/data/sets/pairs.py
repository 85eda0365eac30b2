"""Pairs of texts for retrieval: two documents an example, padded to the longer."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from framestate.bench.data.sets.tokens import Cut
from framestate.bench.data.task import Batch


@final
@dataclass(frozen=True, eq=False)
class Pairs:
    """Document d is ``values[offsets[d] : offsets[d + 1]]``, an example is two of them.

    Attributes
    ----------
    values : (total,)
        Tokens as stored, memory-mapped or not.
    offsets : (documents + 1,) int64
        Where each document begins.
    pairs : (n, 2) int64
        The documents of each example.
    targets : (n,)
        Classes.
    rows : (m,) int64
        Which examples belong to the split.
    transform : Cut
        What each document goes through.
    """

    values: NDArray[Any]
    offsets: NDArray[Any]
    pairs: NDArray[Any]
    targets: NDArray[Any]
    rows: Int64[np.ndarray, " m"]
    transform: Cut

    def __len__(self) -> int:
        """Number of examples."""
        return self.rows.size

    def batch(self, rows: Int64[np.ndarray, " B"]) -> Batch:
        """Tokens (B, 2, L) of these rows, padded with zeros; lengths (B, 2)."""
        chosen = self.rows[rows]
        documents = np.asarray(self.pairs[chosen]).ravel()
        parts = [
            self.transform(
                np.asarray(self.values[self.offsets[d] : self.offsets[d + 1]])
            )
            for d in documents
        ]
        lengths = np.array([part.size for part in parts], dtype=np.int64)
        inputs = np.zeros((len(parts), int(lengths.max(initial=0))), dtype=np.int64)
        for row, part in zip(inputs, parts, strict=True):
            row[: part.size] = part
        targets = np.asarray(self.targets[chosen]).astype(np.int64)
        shape = (chosen.size, 2)
        return Batch(inputs.reshape(*shape, -1), lengths.reshape(shape), targets)
