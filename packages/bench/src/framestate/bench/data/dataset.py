"""What a data set is: where it comes from, how it may lie on a disk, what it is for.

Each data set is one module of `framestate.bench.data.sets` with a value `DATA_SET`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from framestate.bench.data.task import Task
from framestate.bench.record import Fidelity

Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]
# Shows (done, total) of a long decoding; total 0 where it is not known.
Progress: TypeAlias = Callable[[int, int], None]


@final
@dataclass(frozen=True)
class Remote:
    """A file at its official address.

    Attributes
    ----------
    path : str
        Where it is kept, below the data folder, such as "imdb/aclImdb_v1.tar.gz".
    url : str
        The address.
    checksum : str
        "sha256:..", "md5:.." or "git:.." (the id of a git blob), the strongest that is
        published; empty where none is.
    size : int
        Bytes, 0 if not known.
    """

    path: str
    url: str
    checksum: str
    size: int = 0


@final
@dataclass(frozen=True, eq=False)
class Layout:
    """One way in which a data set may lie below the data folder.

    Attributes
    ----------
    name : str
        Such as "official" or "prepared".
    needs : tuple of str
        Files or folders, below the data folder, that must all be there; archives are
        decoded as they are, without being unpacked first.
    fidelity : Fidelity
        What these files are compared with the papers'.
    decode : callable
        (data folder, progress) -> arrays by name, in NumPy dtypes without objects; it
        refuses a damaged file with `DataError`.
    keeps : bool
        Whether ``decode`` takes a third argument, a folder of its own where it finds
        again what it had finished when it was broken off.
    version : int
        Counted up whenever ``decode`` gives something else.
    note : str
        What a reader must know.
    """

    name: str
    needs: tuple[str, ...]
    fidelity: Fidelity
    decode: Callable[..., Arrays]
    version: int = 1
    note: str = ""
    keeps: bool = False


@final
@dataclass(frozen=True, eq=False)
class Decoded:
    """What a layout gave, memory-mapped from the cache."""

    layout: Layout
    arrays: Arrays


@final
@dataclass(frozen=True, eq=False)
class DataSet:
    """A data set.

    Attributes
    ----------
    name, title : str
        The name to type, and what a report prints.
    licence, citation, home : str
        Terms, whom to cite, the page to read.
    remotes : tuple of Remote
        Official files; empty where only the user can give them.
    layouts : tuple of Layout
        The best first.
    tasks : mapping
        Task name -> what makes it of decoded arrays.
    """

    name: str
    title: str
    licence: str
    citation: str
    home: str
    remotes: tuple[Remote, ...]
    layouts: tuple[Layout, ...]
    tasks: Mapping[str, Callable[[Decoded], Task]]
