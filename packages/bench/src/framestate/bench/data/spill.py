"""An array that may be too large for the memory: to a temporary file, then mapped."""

import tempfile
from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from framestate.bench.data.extraction import writing


@contextmanager
def spilling() -> Generator["Spill"]:
    """A temporary file for arrays; what was mapped stays readable afterwards.

    Raises
    ------
    OutputError
        If the disk is full, here or while it is written.
    """
    with ExitStack() as stack:
        with _writing():
            store = stack.enter_context(tempfile.TemporaryFile())
        yield Spill(store)


def _writing() -> AbstractContextManager[None]:
    return writing(Path(tempfile.gettempdir()))


@final
class Spill:
    """Arrays put behind one another in a file."""

    def __init__(self, store: IO[bytes]) -> None:
        self._store = store

    def add(self, values: NDArray[Any]) -> None:
        """Append values."""
        with _writing():
            self._store.write(values.tobytes())

    def array(self, dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray[Any]:
        """All of them as one array, memory-mapped."""
        with _writing():
            self._store.flush()
        return np.memmap(self._store, np.dtype(dtype), "r", shape=shape)
