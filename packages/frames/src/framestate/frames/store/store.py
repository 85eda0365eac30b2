"""A folder of derived values, found again by what they were derived from."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from framestate.frames.checks import require_count
from framestate.frames.errors import DamagedStoreError, InvalidInputError, OutputError
from framestate.frames.files import refusals, require_writable, write_whole
from framestate.frames.operators import FrameOperator
from framestate.frames.span import Span
from framestate.frames.store import upkeep
from framestate.frames.store.entries import Entry, look
from framestate.frames.store.keys import Inputs, key_of, require_inputs
from framestate.frames.store.payload import read_payload, write_payload
from framestate.frames.store.record import Record, parse
from framestate.frames.store.values import LAYOUTS, Value, put_together, take_apart
from framestate.frames.versions import versions

Kind = type[FrameOperator] | type[Span]


@final
@dataclass(frozen=True)
class Store:
    """Values on disk by the inputs that they were derived from.

    Nothing is written before the first ``save``. Several processes may use a folder at
    the same time; of two that save under the same inputs the last one stays.

    Parameters
    ----------
    folder : path
        Where the files are; made when the first value is saved.
    max_bytes : int, optional
        Largest size of all files together; when a value is saved, those that were not
        used for longest are taken away until it fits.

    Raises
    ------
    InvalidInputError
        When ``folder`` is no path or ``max_bytes`` no whole number of at least 1.

    Examples
    --------
    >>> store = Store("cache", max_bytes=2**30)
    >>> inputs = {"family": "legendre", "size": 64, "measure": "scaled"}
    >>> op = store.get_or_derive(inputs, lambda: scaled(legendre(64)))  # doctest: +SKIP
    """

    folder: str | os.PathLike[str]
    max_bytes: int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        request = f"Store({self.folder!r}, max_bytes={self.max_bytes!r})"
        named = isinstance(self.folder, str | os.PathLike)  # pyright: ignore[reportUnnecessaryIsInstance]
        if not named or not os.fspath(self.folder) or "\0" in os.fspath(self.folder):
            raise InvalidInputError(
                request=request,
                finding="the folder is not a path",
                remedy="Name a folder, for example Store('cache')",
            )
        if self.max_bytes is not None:
            require_count(request, "max_bytes", self.max_bytes)

    @property
    def _path(self) -> Path:
        return Path(self.folder)

    def get_or_derive(
        self,
        inputs: Inputs,
        derive: Callable[[], Value],
        *,
        kind: type[Value] = FrameOperator,
    ) -> Value:
        """Load the value of some inputs, or derive and save it.

        Parameters
        ----------
        inputs : mapping
            All that the value depends on, by name: texts, numbers, lists of them. The
            version of framestate is added.
        derive : callable
            Makes the value; called only when it is not in the store.
        kind : {FrameOperator, Span}
            What the value is.

        Raises
        ------
        DamagedStoreError
            When the value is there and not what was saved; it is not derived anew.
        OutputError
            When the folder cannot be written, before ``derive`` is called; or when the
            value does not fit, and then it is the ``value`` of the error.
        InvalidInputError
            For inputs that are not texts and numbers, or a value of another kind.
        """
        found = self.load(inputs, kind=kind)
        if found is not None:
            return found
        require_writable(self._path)
        value = derive()
        if not isinstance(value, kind):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidInputError(
                request=f"deriving a {kind.__name__} for {self._path}",
                finding=f"a {type(value).__name__} came out",
                remedy="Say what it is with kind=, FrameOperator or Span",
            )
        try:
            self.save(inputs, value)
        except OutputError as error:
            error.value = value
            raise
        return value

    def load(
        self, inputs: Inputs, *, kind: type[Value] = FrameOperator
    ) -> Value | None:
        """Load the value of some inputs; None where it was not saved.

        Raises
        ------
        DamagedStoreError
            When a file is not what was written. Nothing is removed.
        OutputError
            When a file cannot be read.
        InvalidInputError
            For inputs that are not texts and numbers.
        """
        key = _key(require_inputs(inputs), kind)
        with refusals(f"reading {self._path}"):
            return self._load(key)

    def _load(self, key: str) -> Any:
        text = upkeep.read_record(self._path, key)
        while text is not None:
            try:
                value = self._open(text, key)
            except FileNotFoundError:
                # another process may have put a new value in place, or taken it away
                before, text = text, upkeep.read_record(self._path, key)
                if text == before:
                    raise self._damaged(key, "its .npz file is missing") from None
            except ValueError as error:
                raise self._damaged(key, str(error)) from error
            else:
                self._touch(key)
                return value
        return None

    def _open(self, text: bytes, key: str) -> FrameOperator | Span:
        record = parse(text, key)
        arrays = read_payload(self._path, record.payload)
        return put_together(LAYOUTS[record.kind], record.scalars, arrays)

    def _damaged(self, key: str, finding: str) -> DamagedStoreError:
        return DamagedStoreError(
            request=f"loading {self._path / key}.json",
            finding=finding,
            remedy="Nothing was removed: look at it, save() the value again, or "
            "discard() it",
        )

    def _touch(self, key: str) -> None:
        """Remember the use; a folder that cannot be written is read all the same."""
        now = time.time_ns()
        with contextlib.suppress(OSError):
            os.utime(self._path / f"{key}.json", ns=(now, now))

    def save(self, inputs: Inputs, value: FrameOperator | Span) -> None:
        """Save a value under its inputs, in place of one that is there.

        Raises
        ------
        OutputError
            When the folder or disk refuses, or the value is larger than ``max_bytes``;
            what was there before is there still.
        InvalidInputError
            For inputs that are not texts and numbers, or a value with NaN, infinity
            or shapes that do not fit.
        """
        plain = require_inputs(inputs)
        key = _key(plain, type(value))
        try:
            scalars, arrays = take_apart(value)
        except ValueError as error:
            raise InvalidInputError(
                request=f"saving a {type(value).__name__} in {self._path}",
                finding=str(error),
                remedy="A store takes finite float64 or complex128 arrays that fit",
            ) from error
        require_writable(self._path)
        with refusals(f"saving in {self._path}"):
            upkeep.sweep(self._path)
            before = upkeep.payload_of(self._path, key)
            payload = write_payload(self._path, key, arrays)
            self._commit(
                Record(type(value).__name__, plain, scalars, versions(), payload)
            )
            if before is not None:
                (self._path / before).unlink(missing_ok=True)
            if self.max_bytes is not None:
                upkeep.evict(self._path, max_bytes=self.max_bytes, keep=key)

    def _commit(self, record: Record) -> None:
        """Write the record; where that fails, its .npz file goes again."""
        try:
            self._require_room(record)
            path = self._path / f"{record.key}.json"
            write_whole(path, lambda stream: stream.write(record.text()))
            self._touch(record.key)
        except BaseException:
            if upkeep.payload_of(self._path, record.key) != record.payload.file:
                (self._path / record.payload.file).unlink(missing_ok=True)
            raise

    def _require_room(self, record: Record) -> None:
        needed = record.payload.bytes + len(record.text())
        if self.max_bytes is not None and needed > self.max_bytes:
            raise OutputError(
                request=f"saving a {record.kind} in {self._path}",
                finding=f"it takes {needed} bytes, and max_bytes = {self.max_bytes}",
                remedy="Allow the store more bytes",
            )

    def discard(self, inputs: Inputs, *, kind: Kind = FrameOperator) -> bool:
        """Take the value of some inputs away, sound or damaged; whether it was there.

        Raises
        ------
        OutputError
            When the folder cannot be written.
        """
        key = _key(require_inputs(inputs), kind)
        with refusals(f"removing files of {self._path}"):
            return upkeep.remove(self._path, key)

    def clear(self) -> int:
        """Take all values away and return how many there were; other files stay.

        So does what a process may be writing just now: what no value names and is
        younger than an hour.

        Raises
        ------
        OutputError
            When the folder cannot be written.
        """
        with refusals(f"removing files of {self._path}"):
            keys = [file.key for file in upkeep.files_of(self._path) if file.is_record]
            removed = sum(upkeep.remove(self._path, key) for key in keys)
            upkeep.sweep(self._path)
            return removed

    def entries(self) -> tuple[Entry, ...]:
        """Look at all values, the last used first; damaged ones say what is wrong."""
        with refusals(f"reading {self._path}"):
            return look(self._path)

    def __len__(self) -> int:
        """Number of values."""
        with refusals(f"reading {self._path}"):
            return sum(file.is_record for file in upkeep.files_of(self._path))


def _key(plain: dict[str, Any], kind: type) -> str:
    if kind is not FrameOperator and kind is not Span:
        raise InvalidInputError(
            request=f"key of a {kind!r}",
            finding="a store holds FrameOperator and Span",
            remedy="Say which with kind=",
        )
    return key_of(kind.__name__, plain, versions()["framestate"])
