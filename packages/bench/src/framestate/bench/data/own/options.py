"""What must be said about one's own data beside the file."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final, get_args

import numpy as np
from numpy.typing import NDArray

from framestate.bench.data.task import Kind
from framestate.bench.errors import DataError, InvalidInputError

_BLOCK = 2**20  # numbers
KINDS = ("classification", "multilabel", "regression", "forecast")


@final
@dataclass(frozen=True)
class Options:
    """How to read and cut one's own data.

    Attributes
    ----------
    kind : {"classification", "multilabel", "regression", "forecast"}, optional
        What is asked for; deduced from the targets if not given.
    seed : int
        Seed of the split where the file has none.
    shares : tuple of float
        Shares of train, validation and test, with sum 1; by time for a forecast.
    classes : int, optional
        Number of classes; one more than the largest label if not given.
    standardize : bool
        Whether each channel gets mean 0 and standard deviation 1 on the train part.
    history, horizon : int
        Rows seen and rows to forecast.
    columns : tuple of str
        Columns to forecast; all if empty.
    header : bool, optional
        Whether a CSV begins with names; seen from its first line if not given.
    rate : int, optional
        Samples a second of sounds; the commonest of the files if not given.
    """

    kind: Kind | None = None
    seed: int = 0
    shares: tuple[float, float, float] = (0.7, 0.1, 0.2)
    classes: int | None = None
    standardize: bool = True
    history: int = 96
    horizon: int = 24
    columns: tuple[str, ...] = ()
    header: bool | None = None
    rate: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.kind is not None and self.kind not in KINDS:
            known = ", ".join(get_args(Kind))
            _refuse(f"kind = {self.kind!r}", f"Of {known}, use {', '.join(KINDS)}.")
        sound = all(0 < share < 1 for share in self.shares)
        if not sound or not math.isclose(sum(self.shares), 1, abs_tol=1e-9):
            _refuse(f"shares = {self.shares}", "Give three shares with sum 1.")
        for name, least in (("history", 1), ("horizon", 1), ("seed", 0)):
            if getattr(self, name) < least:
                _refuse(f"{name} = {getattr(self, name)}", f"Use at least {least}.")
        for name, least in (("classes", 2), ("rate", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                _refuse(f"{name} = {value}", f"Use at least {least}.")


def unfit(path: Path, finding: str) -> DataError:
    """The error for a file that is whole, but not as it should be."""
    return DataError(
        request=f"own data {path}",
        finding=" ".join(finding.split()),
        remedy="Correct it; framestate.bench.data.own says how it should look.",
    )


def blocks(values: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """(first row, rows) of an array in pieces that fit into memory."""
    step = max(1, _BLOCK // max(1, values[:1].size))
    for begin in range(0, len(values), step):
        yield begin, values[begin : begin + step]


def usable(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where numbers are finite, in float32 as well."""
    return np.abs(values) <= np.finfo(np.float32).max


def _refuse(finding: str, remedy: str) -> None:
    raise InvalidInputError(
        request="options of own data", finding=finding, remedy=remedy
    )
