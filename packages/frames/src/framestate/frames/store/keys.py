"""The key of a stored value: the hash of what it was derived from.

    key = sha256(canonical JSON of {kind, inputs, version of framestate})

Canonical: names sorted, no blanks, ASCII, numbers in their shortest exact form. The
version is an input like the others, so a new version derives anew and two versions
share a folder in peace.
"""

import hashlib
import json
import math
import numbers
from collections.abc import Mapping
from typing import Any

from framestate.frames.errors import InvalidInputError

DEPTH = 16
MAX_CHARACTERS = 65536
MAX_BITS = 4096  # of a whole number

Inputs = Mapping[str, Any]


def key_of(kind: str, inputs: Inputs, version: str) -> str:
    """64 hexadecimal digits that only these inputs have."""
    text = canonical({"kind": kind, "inputs": inputs, "framestate": version})
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def canonical(value: Any) -> str:
    """One text for each JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def require_inputs(inputs: Any) -> dict[str, Any]:
    """Return inputs as JSON values: tuples as lists, NumPy numbers as Python's.

    Raises
    ------
    InvalidInputError
        For what is no mapping of names to texts, finite numbers, booleans, None, and
        lists and mappings of these; or for more than 64 KiB of them.
    """
    if not isinstance(inputs, Mapping):
        raise _refused("inputs", inputs, "it is not a mapping of names to values")
    plain: dict[str, Any] = _plain("inputs", inputs, DEPTH)
    size = len(canonical(plain))
    if size > MAX_CHARACTERS:
        finding = f"it takes {size} characters, more than {MAX_CHARACTERS}"
        raise _refused("inputs", type(inputs).__name__, finding)
    return plain


def _plain(where: str, value: Any, depth: int) -> Any:
    if depth == 0:
        raise _refused(where, "..", f"it lies deeper than {DEPTH} levels")
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise _refused(where, name, "it is not a text, so it names nothing")
        return {
            str(k): _plain(f"{where}[{k!r}]", v, depth - 1) for k, v in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(f"{where}[{i}]", v, depth - 1) for i, v in enumerate(value)]
    return _plain_scalar(where, value)


def _plain_scalar(where: str, value: Any) -> str | bool | int | float | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, numbers.Integral) and int(value).bit_length() <= MAX_BITS:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    raise _refused(where, value, "it is not a text, a finite number, a boolean or None")


def _refused(where: str, value: Any, finding: str) -> InvalidInputError:
    return InvalidInputError(
        request=f"key of stored {where} = {value!r:.80}",
        finding=finding,
        remedy="Name what the value was derived from by texts and numbers; stand for "
        "large data by its hash",
    )
