"""Curves on the disk, as CSV and for TensorBoard, without a row twice after a resume."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, final

from framestate.bench.errors import DataError
from framestate.bench.train.checkpoints import write_bytes
from framestate.bench.train.lock import unwritable
from framestate.bench.train.trained import Series

TRAINING, VALIDATION, BOARD = "training.csv", "validation.csv", "tensorboard"


@final
class Table:
    """A CSV file of numbers, one row a step; the first column is the step.

    Parameters
    ----------
    path : Path
        The file; it is made with the first row.
    after : int
        Rows of later steps, and a torn last row, are dropped from a file that exists.
    """

    def __init__(self, path: Path, *, after: int) -> None:
        self.path = path
        self._stream: IO[str] | None = None
        rows = [row for row in read_rows(path) if row["step"] <= after]
        if path.exists():
            text = "".join(_line(row.values()) for row in rows)
            head = ",".join(rows[0]) + "\n" if rows else ""
            write_bytes(path, (head + text).encode())
        self._started = bool(rows)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Append a row.

        Raises
        ------
        OutputError
            If the disk is full or refuses.
        """
        row = {"step": float(step), **values}
        head = "" if self._started else ",".join(row) + "\n"
        try:
            if self._stream is None:
                self._stream = self.path.open("a", encoding="utf-8")
            self._stream.write(head + _line(row.values()))
            self._stream.flush()
        except OSError as error:
            raise unwritable(f"appending to {self.path}", error) from error
        self._started = True

    def sync(self) -> None:
        """Force what was added to the disk, before a checkpoint counts on it.

        Raises
        ------
        OutputError
            If the disk is full or refuses.
        """
        if self._stream is None:
            return
        try:
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise unwritable(f"appending to {self.path}", error) from error

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


@final
class Logs:
    """Both tables and TensorBoard's events of a run folder.

    Parameters
    ----------
    folder : Path
        The run folder.
    after : int
        The step that the session begins at; later rows are dropped.
    """

    def __init__(self, folder: Path, *, after: int) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter

        self.training = Table(folder / TRAINING, after=after)
        self.validation = Table(folder / VALIDATION, after=after)
        # TensorBoard itself leaves out what a killed session wrote past this step
        board, purge = str(folder / BOARD), after + 1
        self._folder = folder
        self._board: Any = self._guarded(SummaryWriter, board, purge_step=purge)

    def step(self, step: int, values: Mapping[str, float]) -> None:
        """Add what a step gave.

        Raises
        ------
        OutputError
            If the disk is full or refuses.
        """
        self.training.add(step, values)
        self._show("training", step, values)

    def evaluation(self, step: int, values: Mapping[str, float]) -> None:
        """Add what an evaluation gave.

        Raises
        ------
        OutputError
            If the disk is full or refuses.
        """
        self.validation.add(step, values)
        self._show("validation", step, values)

    def sync(self) -> None:
        """Force everything to the disk.

        Raises
        ------
        OutputError
            If the disk is full or refuses.
        """
        self.training.sync()
        self.validation.sync()
        self._guarded(self._board.flush)

    def close(self) -> None:
        """Close all files.

        Raises
        ------
        OutputError
            If the disk is full or refuses.
        """
        self.training.close()
        self.validation.close()
        self._guarded(self._board.close)

    def _show(self, group: str, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._guarded(self._board.add_scalar, f"{group}/{name}", value, step)

    def _guarded(self, write: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return write(*args, **kwargs)
        except OSError as error:
            request = f"logging for TensorBoard into {self._folder / BOARD}"
            raise unwritable(request, error) from error


def curves(folder: Path) -> tuple[Series, ...]:
    """The losses and validation numbers of a run folder, as far as they are logged."""
    found: list[Series] = []
    for file, group in ((TRAINING, "training"), (VALIDATION, "validation")):
        rows = read_rows(folder / file)
        steps = tuple(int(row["step"]) for row in rows)
        for name in rows[0] if rows else ():
            if name == "loss" or (group == "validation" and name != "step"):
                values = tuple(row[name] for row in rows)
                found.append(Series(f"{group} {name}", steps, values))
    return tuple(found)


def read_rows(path: Path) -> list[dict[str, float]]:
    """Whole rows of a table of numbers; none where there is no file.

    Raises
    ------
    DataError
        If a row is not one of numbers.
    """
    if not path.exists():
        return []
    try:
        head, *lines = path.read_text(encoding="utf-8").split("\n")
        names = head.split(",")
        return [
            dict(zip(names, map(float, line.split(",")), strict=True))
            for line in lines[:-1]  # what follows the last line end is torn
        ]
    except ValueError as error:
        raise DataError(
            request=f"reading {path}",
            finding=f"not a table of numbers ({error})",
            remedy="Delete it; the training goes on without its earlier rows.",
        ) from error


def _line(values: Any) -> str:
    return ",".join(repr(float(v)) for v in values) + "\n"
