"""Splits drawn by a seed, index for index those of ``torch.utils.data.random_split``."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64

SEED = 42  # of S4, MultiresNet and what follows them
Indices: TypeAlias = Int64[np.ndarray, "_"]  # several, of different sizes


def parts(sizes: Sequence[int], *, seed: int = SEED) -> tuple[Indices, ...]:
    """A permutation of 0 .. sum(sizes) - 1, cut into pieces of these sizes."""
    import torch  # slow to import, and not needed to list what there is

    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(sum(sizes), generator=generator).numpy()
    return tuple(np.split(order, np.cumsum(sizes)[:-1]))


def held_out(count: int, share: float, *, seed: int = SEED) -> tuple[Indices, Indices]:
    """Training and validation: a share of ``count`` examples is held out, as in S4."""
    train = int(count * (1.0 - share))
    first, second = parts((train, count - train), seed=seed)
    return first, second
