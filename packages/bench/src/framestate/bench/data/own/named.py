"""One's own data by name: "own:PATH" and "own:PATH?option=value&option=value"."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from framestate.bench.data.dataset import Arrays, DataSet, Decoded, Layout, Progress
from framestate.bench.data.own.options import Options
from framestate.bench.data.own.packing import contents, made, packed, unpacked
from framestate.bench.data.task import Task
from framestate.bench.errors import DataError, InvalidInputError
from framestate.bench.suggest import suggestion

PREFIX = "own:"
_TRUTH = {"true": True, "false": False}


def is_own(name: str) -> bool:
    """Whether a name is one of own data."""
    return name.startswith(PREFIX)


def data_set(name: str) -> DataSet:
    """The data set of a name, with one task of the same name.

    Raises
    ------
    DataError
        If there is nothing at the path.
    InvalidInputError
        If an option is unknown or cannot be meant.
    """
    path, options = parsed(name)
    if not path.exists():
        raise DataError(
            request=f"own data {path}",
            finding="there is no such file or folder",
            remedy=f"Give the path behind {PREFIX!r}.",
        )
    place = path.resolve()
    meant = json.dumps([str(place), asdict(options)])
    digest = hashlib.sha256(meant.encode()).hexdigest()[:8]
    return DataSet(
        name=f"own-{path.name.split('.')[0]}-{digest}",
        title=f"own data {path}",
        licence="its owner's",
        citation="none",
        home=str(place),
        remotes=(),
        layouts=(Layout("own", (str(place),), "own", partial(_decode, path, options)),),
        tasks={name: partial(_task, path, options)},
    )


def parsed(name: str) -> tuple[Path, Options]:
    """Path and options of a name.

    Raises
    ------
    InvalidInputError
        If an option is unknown or cannot be meant.
    """
    place, _, asked = name.removeprefix(PREFIX).partition("?")
    words = parse_qsl(asked, keep_blank_values=True)
    values = {word: _value(word, text) for word, text in words}
    return Path(place).expanduser(), Options(**values)


def _value(word: str, text: str) -> Any:
    if word not in _READERS:
        raise InvalidInputError(
            request=f"option {word!r} of own data",
            finding="there is none of this name",
            remedy=suggestion(word, _READERS, "framestate.bench.data.own.Options"),
        )
    try:
        return _READERS[word](text)
    except (ValueError, KeyError) as error:
        raise InvalidInputError(
            request=f"option {word!r} of own data",
            finding=f"{text!r} cannot be meant",
            remedy="Give one value as in framestate.bench.data.own.Options; "
            "several with commas, true or false.",
        ) from error


def _shares(text: str) -> tuple[float, float, float]:
    train, validation, test = map(float, text.split(","))
    return train, validation, test


_READERS: Mapping[str, Callable[[str], Any]] = {
    "kind": str,
    "seed": int,
    "shares": _shares,
    "classes": int,
    "standardize": _TRUTH.__getitem__,
    "history": int,
    "horizon": int,
    "columns": lambda text: tuple(text.split(",")),
    "header": _TRUTH.__getitem__,
    "rate": int,
}


def _decode(path: Path, options: Options, folder: Path, progress: Progress) -> Arrays:
    del folder  # the path is its own
    progress(0, 1)
    found = contents(path, options)
    made(path, options, found)  # nothing that is refused comes into the cache
    return packed(found)


def _task(path: Path, options: Options, decoded: Decoded) -> Task:
    return made(path, options, unpacked(decoded.arrays))
