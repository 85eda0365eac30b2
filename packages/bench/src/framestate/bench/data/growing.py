"""Arrays that grow chunk by chunk on a disk, and go on where they were broken off.

    <folder>/<array>.bin ..., standing.json

A chunk is appended to every file and synced; only then the note counts it, with the
sizes of the files. What lies behind these sizes is of a chunk that was broken off, and
is cut off; where less is there, all begins anew.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from framestate.bench.data.extraction import writing
from framestate.bench.record import replace_bytes

_NOTE = "standing.json"


@final
class Growing:
    """Arrays of one dimension in a folder that is there.

    Parameters
    ----------
    folder : pathlib.Path
        Whose, from now on.
    dtypes : mapping
        Name of each array -> its dtype.

    Attributes
    ----------
    chunks : int
        How many are there, in this process or before.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """

    def __init__(self, folder: Path, dtypes: Mapping[str, str]) -> None:
        self._folder, self._dtypes = folder, dtypes
        self.chunks, sizes = self._standing()
        with writing(folder):
            for name in dtypes:
                with self._path(name).open("ab") as stream:
                    stream.truncate(sizes[name])

    def add(self, **arrays: NDArray[Any]) -> None:
        """Append one chunk: an array for every name.

        Raises
        ------
        OutputError
            If the disk is full or refuses; the chunks before it stay.
        """
        sizes: dict[str, int] = {}
        with writing(self._folder):
            for name, dtype in self._dtypes.items():
                with self._path(name).open("ab") as stream:
                    stream.write(arrays[name].astype(dtype).tobytes())
                    stream.flush()
                    os.fsync(stream.fileno())
                    sizes[name] = stream.tell()
            note = {"chunks": self.chunks + 1, "sizes": sizes}
            replace_bytes(self._folder / _NOTE, json.dumps(note).encode())
        self.chunks += 1

    def array(self, name: str) -> NDArray[Any]:
        """All that has come under a name, memory-mapped."""
        path, dtype = self._path(name), np.dtype(self._dtypes[name])
        if path.stat().st_size == 0:  # which cannot be mapped
            return np.empty(0, dtype)
        return np.memmap(path, dtype, "r")

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.bin"

    def _standing(self) -> tuple[int, dict[str, int]]:
        """Chunks that are whole, and the bytes of each file that they take."""
        try:
            note = json.loads((self._folder / _NOTE).read_text("utf-8"))
            sizes = {name: int(note["sizes"][name]) for name in self._dtypes}
            if all(self._path(n).stat().st_size >= sizes[n] for n in sizes):
                return int(note["chunks"]), sizes
        except (OSError, ValueError, KeyError, TypeError):
            pass  # there is no note, or it is damaged
        return 0, dict.fromkeys(self._dtypes, 0)
