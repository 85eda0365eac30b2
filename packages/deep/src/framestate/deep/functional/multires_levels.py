"""The tree level by level, from any past: the definition, and what streams."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv1d

from framestate.deep.functional.multires_tree import Tree

# Up to that many taps adding shifted copies is faster than a grouped convolution.
_FEW_TAPS = 4

Past = Float[Tensor, "batch channels _"]
Pasts = Sequence[Past]


def advance(
    tree: Tree,
    x: Float[Tensor, "batch channels length"],
    h0: Float[Tensor, "channels taps"],
    h1: Float[Tensor, "channels taps"],
    w: Float[Tensor, "channels columns"],
    pasts: Pasts,
) -> tuple[Float[Tensor, "batch channels length"], list[Past]]:
    """Return y for the samples x that follow a past, and the past of what follows.

    Parameters
    ----------
    tree : Tree
        Levels and what is kept of each.
    x : Tensor
        Real (batch, channels, length).
    h0, h1 : Tensor
        Filters (channels, taps), the tap of the newest sample last.
    w : Tensor
        Weights (channels, memory_size + 1), node by node, newest first; x's last.
    pasts : sequence of Tensor
        ``tree.lows()`` samples of the lows, then ``tree.highs()`` of the highs.
    """
    low_weight, *weights, skip = tree.split(w)
    depth, low, y, new = tree.depth, x, skip * x, list(pasts)
    for level in range(depth):
        seen, new[level] = _joined(pasts[level], low)
        kept = weights[depth - 1 - level]
        if kept.shape[1]:
            high = correlate(seen, h1, dilation=1 << level)
            memory, new[depth + level] = _joined(pasts[depth + level], high)
            y = y + correlate(memory, kept.flip(1), dilation=2 << level)
        low = correlate(seen, h0, dilation=1 << level)
    return y + low_weight * low, new


def at_rest(tree: Tree, x: Float[Tensor, "batch channels length"]) -> list[Past]:
    """Return the past of a record that nothing precedes."""
    sizes = (*tree.lows(), *tree.highs())
    return [x.new_zeros(x.shape[0], x.shape[1], size) for size in sizes]


def correlate(
    seen: Float[Tensor, "batch channels long"],
    taps: Float[Tensor, "channels taps"],
    *,
    dilation: int,
) -> Float[Tensor, "batch channels length"]:
    """Return sum_k taps_k seen(t + k dilation) for every t where all taps see."""
    count = taps.shape[1]
    if count > _FEW_TAPS:
        return conv1d(seen, taps[:, None], dilation=dilation, groups=taps.shape[0])
    length = seen.shape[2] - (count - 1) * dilation
    y = taps[:, :1] * seen[..., :length]
    for k in range(1, count):
        there = k * dilation
        y = torch.addcmul(y, taps[:, k, None], seen[..., there : there + length])
    return y


def _joined(past: Past, now: Past) -> tuple[Past, Past]:
    """Return the past and the present in one, and as much of its end as the past."""
    both = torch.cat((past, now), dim=2)
    return both, both[..., now.shape[2] :]
