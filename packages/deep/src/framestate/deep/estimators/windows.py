"""Windows of series: a past that the network sees, and what comes after each sample.

A causal network answers at every sample, so that one window of `context` samples
holds `context` lessons: at sample t the targets are the samples t + 1 .. t + horizon.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

MANY = 1000  # windows an epoch needs no more of, as long as all samples are in some
Counts = Int[np.ndarray, " n"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Which windows of which series, and which of their lessons count.

    Attributes
    ----------
    series, first : Tensor
        Number of the series, and the sample at which the window begins.
    skip : Tensor
        Lessons at the window's start that do not count.
    stop : Tensor
        The sample of the series from which on nothing is a target.
    """

    series: Int[Tensor, " windows"]
    first: Int[Tensor, " windows"]
    skip: Int[Tensor, " windows"]
    stop: Int[Tensor, " windows"]

    def __len__(self) -> int:
        return len(self.series)

    def past(
        self, u: Float[Tensor, "n length d_input"], rows: Tensor, context: int
    ) -> Float[Tensor, "rows context d_input"]:
        """Cut windows out of series u; past its end the last sample stands."""
        sample = self.first[rows, None] + torch.arange(context)
        return u[self.series[rows, None], sample.clamp(max=u.shape[1] - 1)]

    def future(
        self,
        z: Float[Tensor, "n length channels"],
        rows: Tensor,
        context: int,
        horizon: int,
    ) -> Float[Tensor, "rows context horizon channels"]:
        """Return the targets of each lesson out of z, NaN where nothing counts."""
        lesson = torch.arange(context)[:, None]
        sample = self.first[rows, None, None] + lesson + torch.arange(horizon) + 1
        values = z[self.series[rows, None, None], sample.clamp(max=z.shape[1] - 1)]
        idle = (sample >= self.stop[rows, None, None]) | (
            lesson < self.skip[rows, None, None]
        )
        return values.masked_fill(idle[..., None], torch.nan)


def training_windows(ends: Counts, context: int, horizon: int) -> Windows:
    """Return windows that cover the first `ends` samples of each series.

    A window at every sample, or at every few where that would be more than many.
    """
    places = np.maximum(ends - context - horizon, 0) + 1
    stride = min(-(-int(places.sum()) // MANY), max(1, context // 2))
    first = [np.arange(place - 1, -1, -stride) for place in places]
    return _windows(first, ends, skip=0)


def validation_windows(
    starts: Counts, lengths: Counts, context: int, horizon: int
) -> Windows:
    """Return the windows whose forecast lies in samples `starts` .. `lengths`.

    Only the lesson after the last sample of the window counts.
    """
    first = [
        np.arange(max(0, start - context), length - context - horizon + 1)
        for start, length in zip(starts, lengths, strict=True)
    ]
    return _windows(first, lengths, skip=context - 1)


def both(one: Windows, other: Windows) -> Windows:
    """Return two sets of windows as one, in their order."""
    names = ("series", "first", "skip", "stop")
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    return Windows(*(torch.cat(pair) for pair in pairs))


def _windows(first: list[np.ndarray], stop: Counts, *, skip: int) -> Windows:
    """Put the windows of all series one after another."""
    counts = [len(numbers) for numbers in first]
    series = np.repeat(np.arange(len(first)), counts)
    starts = np.concatenate(first).astype(np.int64)
    skips = np.full(len(series), skip)
    columns = (series, starts, skips, np.repeat(stop, counts))
    return Windows(*(torch.from_numpy(column) for column in columns))
