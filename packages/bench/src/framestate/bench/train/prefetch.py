"""Work done ahead by threads, handed over in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

AHEAD = 2  # results that wait, for each thread


def prefetched(
    work: Callable[[In], Out], items: Iterable[In], *, workers: int
) -> Generator[Out]:
    """Yield ``work(item)`` for each item in order, a few of them done ahead.

    Threads are enough: reading, copying and padding arrays leave the interpreter free.
    An exception of `work` comes out where its result would have.

    Parameters
    ----------
    work : callable
        Free of state, since several threads call it.
    items : iterable
        Taken from by this generator alone.
    workers : int
        Threads; 0 does the work in between.
    """
    if workers == 0:
        for item in items:
            yield work(item)
        return
    waiting: deque[Future[Out]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="batches")
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
