"""Choosing among equal algorithms by their measured time."""

import time
from collections.abc import Callable, Mapping

_REPEATS = 3


def fastest(
    candidates: Mapping[str, Callable[[], object]],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> str:
    """The name of the candidate that takes least time, the best of three runs.

    Every candidate runs once before, so that what is made on first use is not timed.
    A single candidate is not run at all.

    Parameters
    ----------
    candidates : mapping
        Names and what to run, at least one.
    clock : callable
        Seconds since some moment.
    """
    if len(candidates) == 1:
        return next(iter(candidates))
    times = {name: _time(call, clock) for name, call in candidates.items()}
    return min(times, key=lambda name: times[name])


def rounded_up(n: int) -> int:
    """The power of two from n on, so that few sizes are measured."""
    return 1 << (n - 1).bit_length()


def _time(call: Callable[[], object], clock: Callable[[], float]) -> float:
    call()
    best = float("inf")
    for _ in range(_REPEATS):
        start = clock()
        call()
        best = min(best, clock() - start)
    return best
