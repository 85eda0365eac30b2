"""The card of a saved model: plain JSON, typed, versioned, with a checksum of its own."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, cast, final

from framestate.deep.convert.files import CARD, ModelFileError, canonical, digest, read
from framestate.deep.convert.version import require_readable
from framestate.deep.spec import Spec

FORMAT = "framestate-model"
VERSION = 1
DTYPES = ("float32", "float64")
_WEIGHTS = re.compile(r"weights-[0-9a-f]{16}\.safetensors")
_FIELDS: Mapping[str, type] = {
    "format": str,
    "version": int,
    "framestate": str,
    "model": dict,
    "dtype": str,
    "weights": str,
    "sha256": str,
    "checksum": str,
}


@final
@dataclass(frozen=True, slots=True)
class Card:
    """What a saved model is.

    Attributes
    ----------
    model : dict
        The recipe, `Spec.to_json`.
    dtype : str
        Of the parameters, "float32" or "float64".
    weights : str
        Name of the file beside the card.
    sha256 : str
        Hash of that file.
    framestate : str
        Version of the library that wrote it.
    """

    model: dict[str, Any]
    dtype: str
    weights: str
    sha256: str
    framestate: str

    def to_bytes(self) -> bytes:
        """Return the card as the text of its file."""
        fields = {
            "format": FORMAT,
            "version": VERSION,
            "framestate": self.framestate,
            "model": self.model,
            "dtype": self.dtype,
            "weights": self.weights,
            "sha256": self.sha256,
        }
        fields["checksum"] = digest(canonical(fields))
        return (json.dumps(fields, indent=1, allow_nan=False) + "\n").encode()

    def spec(self, path: Path) -> Spec:
        """Return the recipe.

        Raises
        ------
        ModelFileError
            If it is none; `path` is named.
        """
        return _spec(self.model, path)


def read_card(folder: Path) -> Card:
    """Read and check the card of a folder.

    Raises
    ------
    ModelFileError
        If it is missing, damaged, or of a newer format or library.
    """
    path = folder / CARD
    fields = _object(path)
    _require_version(path, fields.get("version"))
    for name, kind in _FIELDS.items():
        if type(fields.get(name)) is not kind:
            raise _damaged(path, f"its field {name!r} is not of type {kind.__name__}")
    checksum = fields.pop("checksum")
    if len(fields) != len(_FIELDS) - 1:
        raise _damaged(path, f"it has other fields than {', '.join(_FIELDS)}")
    if digest(canonical(fields)) != checksum:
        raise _damaged(path, "its checksum does not fit: it was changed after writing")
    require_readable(path, fields["framestate"])
    if _WEIGHTS.fullmatch(fields["weights"]) is None or fields["dtype"] not in DTYPES:
        raise _damaged(path, f"{fields['weights']!r}, {fields['dtype']!r} are no names")
    names = ("model", "dtype", "weights", "sha256", "framestate")
    return Card(**{name: fields[name] for name in names})


def _object(path: Path) -> dict[str, Any]:
    """Read a JSON object that calls itself a card."""
    content = read(path)
    try:  # bytes that are no text are a ValueError too
        value: Any = json.loads(content, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f"it is not valid JSON ({error})") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise _damaged(path, f"it is not the card of a {FORMAT}")
    return cast("dict[str, Any]", value)


def _require_version(path: Path, version: object) -> None:
    if type(version) is int and version > VERSION:
        raise ModelFileError(
            request=f"reading {path}",
            finding=f"it has format version {version}, this library knows {VERSION}",
            remedy="Upgrade: pip install --upgrade framestate-deep",
        )
    if version != VERSION:
        raise _damaged(path, f"format version {version!r} never existed")


def _spec(fields: dict[str, Any], path: Path) -> Spec:
    """Read {"recipe": name, "arguments": {...}}, with specs inside."""
    name, arguments = fields.get("recipe"), fields.get("arguments")
    if not isinstance(name, str) or not isinstance(arguments, dict) or len(fields) != 2:
        raise _damaged(path, "a recipe in it has no name and arguments")
    given = cast("dict[str, Any]", arguments)
    return Spec(name, {key: _argument(item, path) for key, item in given.items()})


def _argument(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return _spec(cast("dict[str, Any]", value), path)
    if isinstance(value, list):
        return tuple(_argument(item, path) for item in cast("list[Any]", value))
    return value


def _finite(word: str) -> float:
    if not isfinite(float(word)):
        raise ValueError(f"{word} is no number of JSON")
    return float(word)


def _damaged(path: Path, finding: str) -> ModelFileError:
    return ModelFileError(
        request=f"reading {path}",
        finding=finding,
        remedy="Copy or download the folder again, or save the model again.",
    )
