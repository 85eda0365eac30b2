"""What a training run needs of data: splits that give batches, and what they hold.

A `Task` is data ready for a model: three splits, sizes, metric and fidelity. Its splits
keep what a memory map or a file gives them and turn rows into arrays only when a batch
is asked for, so that a data set larger than the memory can be trained on.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, final, runtime_checkable

import numpy as np
from jaxtyping import Float32, Int64

from framestate.bench.record import Fidelity

Kind = Literal[
    "classification", "multilabel", "regression", "forecast", "density", "retrieval"
]
Inputs: TypeAlias = Float32[np.ndarray, "B L d"] | Int64[np.ndarray, "B *L"]
Targets: TypeAlias = Int64[np.ndarray, "B *out"] | Float32[np.ndarray, "B *out"]


@final
@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of a split.

    Attributes
    ----------
    inputs : (B, L, d) float32 or (B, L) int64
        Samples, or tokens; tokens of two documents (B, 2, L) for retrieval. Padded at
        the right.
    lengths : (B,) or (B, 2) int64
        True lengths.
    targets : (B,) int64, (B, k) float32, (B, horizon, k) float32 or (B, L, c) int64
        Classes; labels 0 and 1, or numbers; what follows; pixels.
    """

    inputs: Inputs
    lengths: Int64[np.ndarray, "B *two"]
    targets: Targets


@runtime_checkable
class Split(Protocol):
    """Examples in a fixed order."""

    def __len__(self) -> int:
        """Number of examples."""
        ...

    def batch(self, rows: Int64[np.ndarray, " B"]) -> Batch:
        """The examples of these rows, in this order, padded to the longest of them."""
        ...


@final
@dataclass(frozen=True, eq=False)
class Task:
    """A data set, split and prepared as a paper has it.

    Attributes
    ----------
    name : str
        Such as "listops" or "ptbxl-form".
    kind : Kind
        What is asked for; it decides loss and metric.
    train, validation, test : Split
        What trains, what selects, what is read once.
    channels : int or None
        Numbers in a sample; None for tokens.
    vocabulary : int or None
        Number of tokens, padding (always token 0) among them; None for samples.
    outputs : int
        Classes, labels, numbers, channels to forecast, or channels of a pixel.
    max_length : int
        Longest sequence.
    horizon : int
        Samples to forecast; 0 where nothing is forecast.
    fidelity : Fidelity
        How close data and split are to the paper's.
    note : str
        What a reader must know beside the number.
    class_shares : tuple of float or None
        Shares of the classes in the training split, where they are so unequal that every
        class is to count the same; None where every example does.
    """

    name: str
    kind: Kind
    train: Split
    validation: Split
    test: Split
    channels: int | None
    vocabulary: int | None
    outputs: int
    max_length: int
    fidelity: Fidelity
    horizon: int = 0
    note: str = ""
    class_shares: tuple[float, ...] | None = None
