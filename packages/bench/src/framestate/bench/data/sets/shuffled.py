"""Splits drawn by a seed, index for index those of PyTorch and of scikit-learn."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Int64

from framestate.bench.data import packages

SEED = 42  # of S4, MultiresNet and what follows them
Indices: TypeAlias = Int64[np.ndarray, "_"]  # several, of different sizes


def parts(sizes: Sequence[int], *, seed: int = SEED) -> tuple[Indices, ...]:
    """As ``torch.utils.data.random_split`` has it: a permutation, cut into pieces."""
    import torch  # slow to import, and not needed to list what there is

    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(sum(sizes), generator=generator).numpy()
    return tuple(np.split(order, np.cumsum(sizes)[:-1]))


def held_out(count: int, share: float, *, seed: int = SEED) -> tuple[Indices, Indices]:
    """Training and validation: a share of ``count`` examples is held out, as in S4."""
    train = int(count * (1.0 - share))
    first, second = parts((train, count - train), seed=seed)
    return first, second


def train_test_split(*arrays: Indices, **options: Any) -> list[Indices]:
    """As scikit-learn has it, with its options.

    Raises
    ------
    DataError
        If scikit-learn is not installed.
    """
    try:
        from sklearn import model_selection  # slow to import
    except ImportError as error:
        raise packages.missing("scikit-learn") from error
    return model_selection.train_test_split(*arrays, **options)
