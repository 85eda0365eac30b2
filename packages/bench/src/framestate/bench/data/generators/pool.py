"""Work cut into chunks by index, done by several processes, handed back in order.

What chunk i holds depends on i alone, so the result is the same for any number of
processes and any order in which they finish.
"""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from framestate.bench.data.dataset import Progress
from framestate.bench.errors import DataError, InvalidInputError

Result = TypeVar("Result")
_AHEAD = 2  # chunks under way per process, so that none waits and few are held


def ignore(done: int, total: int) -> None:
    """Progress that nobody watches."""


def in_chunks(
    make: Callable[[int, int], Result],
    count: int,
    *,
    chunk: int,
    first: int = 0,
    workers: int | None = None,
    progress: Progress = ignore,
) -> Iterator[Result]:
    """``make(i, size)`` for i = first, .. in order, sizes from 0 on summing to ``count``.

    Parameters
    ----------
    make : callable
        (chunk index, examples asked for) -> anything that can be pickled, as must be
        ``make`` itself where there are several processes.
    count : int
        Examples in all, at least one.
    chunk : int
        Examples in a chunk; the last may hold fewer.
    first : int
        Chunks that are there already, and are not made.
    workers : int, optional
        Processes; one makes all in this process. As many as the machine has cores if
        not given.
    progress : callable
        Told (examples done, ``count``) after each chunk.

    Raises
    ------
    InvalidInputError
        If a number is not positive.
    DataError
        If a process died or could not start.
    """
    workers = os.cpu_count() or 1 if workers is None else workers
    for name, value in (("count", count), ("chunk", chunk), ("workers", workers)):
        if value < 1:
            raise InvalidInputError(
                request="generating in chunks",
                finding=f"{name} = {value}",
                remedy="Use a positive number.",
            )
    sizes = [min(chunk, count - begin) for begin in range(0, count, chunk)]
    chunks = list(enumerate(sizes))[first:]
    made = _made(make, chunks, min(workers, len(chunks)))
    return _counted(made, [size for _, size in chunks], count, progress)


def _counted(
    results: Iterator[Result], sizes: list[int], count: int, progress: Progress
) -> Iterator[Result]:
    done = count - sum(sizes)
    for size, result in zip(sizes, results, strict=True):
        done += size
        progress(done, count)
        yield result


def _made(
    make: Callable[[int, int], Result], chunks: list[tuple[int, int]], workers: int
) -> Iterator[Result]:
    if workers <= 1:
        yield from (make(index, size) for index, size in chunks)
        return
    # spawned, not forked: a fork of a process with threads may never wake
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_end_with_parent
    ) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for index, size in chunks:
                waiting.append(pool.submit(make, index, size))
                if len(waiting) > _AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise DataError(
                request=f"generating with {workers} processes",
                finding="one of them was killed, or could not start",
                remedy="Free memory; in a script, call it below "
                "if __name__ == '__main__', as for all spawned processes.",
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, even if it was killed.

    A worker of a pool holds both ends of its queue, and would wait for ever.
    """
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
