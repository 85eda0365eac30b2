"""Forecasts of many short series of unequal length.

Of a series of n values, the last h are the test, the h before them the validation, and
what is left is cut from its end into further stretches of h, each forecast once an
epoch; the first that is forecast has at least h values before it. Each series is
standardized with mean and standard deviation of its first n - 2h values, so of nothing
that is validated or tested (a constant series keeps its scale).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float32, Float64, Int64

from framestate.bench.data.task import Batch


@final
@dataclass(frozen=True, eq=False)
class Collection:
    """Series end to end: number i is ``values[offsets[i] : offsets[i + 1]]``."""

    values: Float64[np.ndarray, " total"]
    offsets: Int64[np.ndarray, " n1"]


@final
@dataclass(frozen=True, eq=False)
class Origins:
    """Forecasts from places in the series of a collection.

    Attributes
    ----------
    series : Collection
        All of them.
    mean, std : (n,) float64
        What each is standardized with.
    number, origin : (m,) int64
        Which series, and the place in ``values`` of the first value to forecast.
    history, horizon : int
        Most values seen, and values to forecast.
    """

    series: Collection
    mean: Float64[np.ndarray, " n"]
    std: Float64[np.ndarray, " n"]
    number: Int64[np.ndarray, " m"]
    origin: Int64[np.ndarray, " m"]
    history: int
    horizon: int

    def __len__(self) -> int:
        """Number of forecasts."""
        return self.origin.size

    def batch(self, rows: Int64[np.ndarray, " B"]) -> Batch:
        """These forecasts; shorter histories are padded with zeros at the right."""
        number, origin = self.number[rows], self.origin[rows]
        lengths = np.minimum(self.history, origin - self.series.offsets[number])
        steps = np.arange(int(lengths.max(initial=0)))
        there = steps < lengths[:, None]
        places = (origin - lengths)[:, None] + steps
        seen = self._scaled(number, np.where(there, places, 0))
        later = self._scaled(number, origin[:, None] + np.arange(self.horizon))
        inputs = np.where(there, seen, np.float32(0))
        return Batch(inputs[:, :, None], lengths, later[:, :, None])

    def _scaled(
        self, number: Int64[np.ndarray, " B"], places: Int64[np.ndarray, "B L"]
    ) -> Float32[np.ndarray, "B L"]:
        values = self.series.values[places]
        scaled = (values - self.mean[number, None]) / self.std[number, None]
        return scaled.astype(np.float32)


def splits(
    series: Collection, *, history: int, horizon: int
) -> tuple[Origins, Origins, Origins]:
    """Train, validation and test; series shorter than three horizons do not train."""
    lengths = np.diff(series.offsets)
    ends = series.offsets[1:]
    mean, std = _statistics(series, lengths - 2 * horizon)
    every = np.arange(lengths.size, dtype=np.int64)
    # stretches before the validation that have a horizon of history
    counts = np.maximum(lengths // horizon - 3, 0)
    number = np.repeat(every, counts)
    nth = np.arange(number.size) - np.repeat(np.cumsum(counts) - counts, counts)
    origin = ends[number] - (3 + nth) * horizon
    parts = (
        (number, origin),
        (every, ends - 2 * horizon),
        (every, ends - horizon),
    )
    train, validation, test = (
        Origins(series, mean, std, n, o, history, horizon) for n, o in parts
    )
    return train, validation, test


def _statistics(
    series: Collection, counts: Int64[np.ndarray, " n"]
) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    """Mean and standard deviation of the first ``counts`` values of each series."""
    heads = [
        series.values[begin : begin + count]
        for begin, count in zip(series.offsets[:-1], counts, strict=True)
    ]
    mean = np.array([head.mean() for head in heads])
    std = np.array([head.std() for head in heads])
    return mean, np.where(std > 0, std, 1.0)
