"""One sample through the tree of MultiresNet, with its past in delay lines.

The past is two arrays (batch, places, channels). In the first stand, level by level,
the last (K-1) 2^j samples of low_j, j = 0 .. depth - 1, oldest first; in the second the
last (kept - 1) 2^i samples of high_i, i = 1 .. depth, of which `kept` are weighed. A
step reads (K-1) depth of the first and memory_size - depth - 1 of the second, all at
once, and moves every line on by one place: O(K depth) operations for a channel, and one
copy of the past, so that the old one stays as it was.
"""

from itertools import accumulate
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from framestate.deep.functional.multires_tree import Tree

Sample = Float[Tensor, "batch channels"]
Past = Float[Tensor, "batch _ channels"]  # _: places


@final
class DelayLines(nn.Module):
    """The tree, one sample at a time; where it reads and writes stands in buffers.

    Parameters
    ----------
    tree : Tree
        Levels and what is kept of each, depth >= 1.
    """

    low_reads: Tensor
    low_ends: Tensor
    high_reads: Tensor
    high_ends: Tensor
    newest: Tensor
    older: Tensor
    stored: Tensor

    def __init__(self, tree: Tree) -> None:
        super().__init__()
        self.depth = tree.depth
        kept = tree.kept[:0:-1]  # of high_1 .. high_depth
        self.unheard = kept.count(0)  # the finest levels, of which nothing is kept
        low = list(accumulate(tree.lows()))
        high = list(accumulate(tree.highs()))
        column = list(accumulate(tree.kept, initial=0))[tree.depth : 0 : -1]
        heard = range(self.unheard, tree.depth)
        back, older = range(tree.taps - 1, 0, -1), [range(1, count) for count in kept]
        self._index(
            "low_reads", [at - (k << j) for j, at in enumerate(low) for k in back]
        )
        self._index("low_ends", [at - 1 for at in low])
        self._index(
            "high_reads", [high[j] - (2 * k << j) for j in heard for k in older[j]]
        )
        self._index("high_ends", [high[j] - 1 for j in heard if older[j]])
        self._index("newest", [column[j] for j in heard])
        self._index("older", [column[j] + k for j in heard for k in older[j]])
        self._index("stored", [j - self.unheard for j in heard if older[j]])

    def _index(self, name: str, places: list[int]) -> None:
        index = torch.tensor(places, dtype=torch.int64)
        self.register_buffer(name, index, persistent=False)

    def forward(
        self,
        x: Sample,
        h0: Float[Tensor, "taps channels"],
        h1: Float[Tensor, "taps channels"],
        w: Float[Tensor, "columns channels"],
        lows: Past,
        highs: Past,
    ) -> tuple[Sample, Past, Past]:
        """Return y for the sample x, and the past with it."""
        seen = lows.index_select(1, self.low_reads).unflatten(1, (self.depth, -1))
        now, tap = [x], h0[-1]
        for early in (seen * h0[:-1]).sum(2).unbind(1):
            now.append(torch.addcmul(early, tap, now[-1]))
        inputs = torch.stack(now[:-1], dim=1)
        heard = slice(self.unheard, None)
        high = (seen[:, heard] * h1[:-1]).sum(2) + h1[-1] * inputs[:, heard]
        y = w[-1] * x + w[0] * now[-1] + (high * w.index_select(0, self.newest)).sum(1)
        lows = _moved(lows, self.low_ends, inputs)
        if highs.shape[1]:
            memory = highs.index_select(1, self.high_reads)
            y = y + (memory * w.index_select(0, self.older)).sum(1)
            highs = _moved(highs, self.high_ends, high.index_select(1, self.stored))
        return y, lows, highs


def _moved(past: Past, ends: Tensor, newest: Past) -> Past:
    """Move every line on by one place, and write the newest samples at their ends."""
    return past.roll(-1, 1).index_copy_(1, ends, newest)
