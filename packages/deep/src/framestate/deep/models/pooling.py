"""Pooling over time: of a whole sequence at once, or as far as a stream has come.

A `Pooling` is three functions. Its stream keeps a few numbers per channel, all zero
at rest, so that a classifier runs on a live signal in constant memory.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from framestate.deep.models.lengths import last_samples, true_samples

Pooled = Float[Tensor, "batch channels"]
Sequences = Float[Tensor, "batch length channels"]
PoolState = tuple[Tensor, ...]


@final
@dataclass(frozen=True, slots=True)
class Pooling:
    """A way to make one vector of a sequence.

    Attributes
    ----------
    whole : callable
        (x, lengths or None) -> pooled, padding left out.
    rest : callable
        (batch, channels) of any values -> state before the first sample.
    absorb : callable
        (chunk, state) -> pooled over everything so far, and the new state.
    """

    whole: Callable[[Tensor, Tensor | None], Tensor]
    rest: Callable[[Tensor], PoolState]
    absorb: Callable[[Tensor, PoolState], tuple[Tensor, PoolState]]


def _mean(x: Sequences, lengths: Tensor | None) -> Pooled:
    if lengths is None:
        return x.mean(1)
    true = true_samples(lengths, x.shape[1])[..., None]
    return torch.where(true, x, 0).sum(1) / lengths[:, None]


def _mean_rest(like: Pooled) -> PoolState:
    """Return the running sum (double: a stream may be long) and the count."""
    total = torch.zeros_like(like, dtype=torch.float64)
    return total, torch.zeros_like(like[:, 0], dtype=torch.int64)


def _mean_absorb(x: Sequences, state: PoolState) -> tuple[Pooled, PoolState]:
    total = state[0] + x.sum(1, dtype=torch.float64)
    count = state[1] + x.shape[1]
    return (total / count[:, None]).to(x.dtype), (total, count)


def _max(x: Sequences, lengths: Tensor | None) -> Pooled:
    if lengths is None:
        return x.amax(1)
    true = true_samples(lengths, x.shape[1])[..., None]
    return torch.where(true, x, -torch.inf).amax(1)


def _max_rest(like: Pooled) -> PoolState:
    """Return the running maximum and the count, which tells zero from nothing."""
    return torch.zeros_like(like), torch.zeros_like(like[:, 0], dtype=torch.int64)


def _max_absorb(x: Sequences, state: PoolState) -> tuple[Pooled, PoolState]:
    most, before = x.amax(1), state[1][:, None] > 0
    most = torch.where(before, torch.maximum(most, state[0]), most)
    return most, (most, state[1] + x.shape[1])


def _last(x: Sequences, lengths: Tensor | None) -> Pooled:
    return last_samples(x, 1, lengths)[:, 0]


def _last_rest(like: Pooled) -> PoolState:
    del like
    return ()


def _last_absorb(x: Sequences, state: PoolState) -> tuple[Pooled, PoolState]:
    return x[:, -1], state


def _first(x: Sequences, lengths: Tensor | None) -> Pooled:
    del lengths
    return x[:, 0]


POOLINGS: Mapping[str, Pooling] = MappingProxyType(
    {
        "mean": Pooling(_mean, _mean_rest, _mean_absorb),
        "max": Pooling(_max, _max_rest, _max_absorb),
        "last": Pooling(_last, _last_rest, _last_absorb),
        "cls": Pooling(_first, _last_rest, _last_absorb),
    }
)
