"""Whether one network does better than another: a paired bootstrap.

Two networks were trained from a few seeds each and tested on the same examples. A draw
takes examples, the same for both, and seeds, of each by itself (the pigeonhole bootstrap
of crossed effects, Owen 2007, which errs on the safe side). Of n seeds n - 1 are drawn,
so that the variance of their mean is not too small where they are few (Rao and Wu 1988).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.bench.errors import InvalidInputError
from framestate.bench.record import Scores

DRAWS, SEEDS = 4000, 3  # seeds without which nothing is said about a network
_AT_ONCE = 2**22  # numbers of a block of draws


@final
@dataclass(frozen=True)
class Difference:
    """How much better the first is, in the unit of the record.

    Attributes
    ----------
    value : float
        Of the means over the seeds; positive if the first is better.
    low, high : float
        Ends of the interval.
    level : float
        How often an interval like this holds the true difference.
    seeds : int
        Trainings of the network that has fewer.
    """

    value: float
    low: float
    high: float
    level: float
    seeds: int

    @property
    def beats(self) -> bool:
        """Whether the first is better: by the whole interval, from enough seeds."""
        return self.low > 0.0 and self.seeds >= SEEDS


def difference(
    first: Sequence[Scores],
    second: Sequence[Scores],
    *,
    level: float = 0.95,
    draws: int = DRAWS,
) -> Difference:
    """How much better the first network is than the second, with an interval.

    Parameters
    ----------
    first, second : sequences of Scores
        One training each, all on the same examples.
    level : float
        Coverage of the interval, between 0 and 1.
    draws : int
        Of the bootstrap; the same ones every time.

    Raises
    ------
    InvalidInputError
        If there is nothing to compare, or the examples are not the same.
    """
    _require_same(first, second)
    ours, theirs = _array(first), _array(second)
    sign = 1.0 if first[0].higher else -1.0
    root = first[0].root
    found = sign * (_mean(ours, root=root) - _mean(theirs, root=root))
    rng = np.random.default_rng(0)
    count = ours.shape[1]
    drawn: list[Float64[np.ndarray, " draws"]] = []
    for size in _blocks(draws, count):
        weights = rng.multinomial(count, np.full(count, 1.0 / count), size) / count
        one = _drawn(ours, weights, rng, root=root)
        drawn.append(sign * (one - _drawn(theirs, weights, rng, root=root)))
    tail = 50.0 * (1.0 - level)
    low, high = np.percentile(np.concatenate(drawn), [tail, 100.0 - tail])
    seeds = min(len(first), len(second))
    return Difference(found, float(low), float(high), level, seeds)


def _require_same(first: Sequence[Scores], second: Sequence[Scores]) -> None:
    sizes = sorted({len(s.values) for s in (*first, *second)})
    if not first or not second or sizes[0] == 0:
        finding = "one of them has no scores of its test examples"
    elif len(sizes) > 1:
        finding = f"they were tested on {sizes} examples"
    elif len({(s.metric, s.higher, s.root) for s in (*first, *second)}) > 1:
        finding = "they were measured by different metrics"
    else:
        return
    raise InvalidInputError(
        request="comparing two networks",
        finding=finding,
        remedy="Compare trainings that were tested on the same examples.",
    )


def _array(scores: Sequence[Scores]) -> Float64[np.ndarray, "seeds examples"]:
    return np.array([s.values for s in scores], np.float64)


def _mean(values: Float64[np.ndarray, "seeds examples"], *, root: bool) -> float:
    means = values.mean(1)
    return float((np.sqrt(means) if root else means).mean())


def _blocks(draws: int, count: int) -> list[int]:
    each = max(1, _AT_ONCE // count)
    whole, rest = divmod(draws, each)
    return [each] * whole + [rest] * (rest > 0)


def _drawn(
    values: Float64[np.ndarray, "seeds examples"],
    weights: Float64[np.ndarray, "draws examples"],
    rng: np.random.Generator,
    *,
    root: bool,
) -> Float64[np.ndarray, " draws"]:
    """The mean over drawn seeds of the number that each has on drawn examples."""
    means = weights @ values.T
    means = np.sqrt(means) if root else means
    seeds = len(values)
    taken = max(1, seeds - 1)
    counts = rng.multinomial(taken, np.full(seeds, 1.0 / seeds), len(weights))
    return (means * counts).sum(1) / taken
