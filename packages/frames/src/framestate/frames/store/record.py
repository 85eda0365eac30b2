"""The .json file beside an .npz file: what is in it, where from, and its hash.

The text of a record is a function of what it says, and says its own hash: a file that
differs by one byte from what was written is found out.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, final

from framestate.frames.store.keys import canonical, key_of
from framestate.frames.store.payload import NAME, Payload
from framestate.frames.store.values import LAYOUTS, Scalars

FORMAT = 1
MAX_BYTES = 2**20
SHA256 = re.compile(r"[0-9a-f]{64}")


@final
@dataclass(frozen=True)
class Record:
    """One entry of a store, without its arrays.

    Parameters
    ----------
    kind : str
        "FrameOperator" or "Span".
    inputs : mapping
        What the value was derived from.
    scalars : mapping
        The fields of the value that are not arrays.
    versions : mapping
        What it was computed with.
    payload : Payload
        Where the arrays are.
    """

    kind: str
    inputs: Mapping[str, Any]
    scalars: Scalars
    versions: Mapping[str, str]
    payload: Payload

    @property
    def key(self) -> str:
        """Hash of kind, inputs and version."""
        return key_of(self.kind, self.inputs, self.versions["framestate"])

    def text(self) -> bytes:
        """Content of the .json file."""
        value = {
            "format": FORMAT,
            "kind": self.kind,
            "inputs": self.inputs,
            "digits": self.inputs.get("digits"),
            "error_bound": self.scalars.get("error_bound"),
            "value": self.scalars,
            "versions": self.versions,
            "payload": vars(self.payload),
        }
        seal = hashlib.sha256(canonical(value).encode("ascii")).hexdigest()
        whole = {**value, "sha256": seal}
        return (json.dumps(whole, indent=1, sort_keys=True) + "\n").encode("ascii")


def parse(text: bytes, key: str) -> Record:
    """Record of the entry ``key`` from the content of its file.

    Raises
    ------
    ValueError
        With the finding, for anything but the text of a record with that key.
    """
    try:
        record = _record(_json(text))
        _check(record, text, key)
    except RecursionError:
        raise ValueError("it is nested like no record") from None
    return record


def _record(value: Any) -> Record:
    match value:
        case {"format": int(other)} if other != FORMAT:
            raise ValueError(f"it has the format {other}, this version reads {FORMAT}")
        case {
            "kind": str(kind),
            "inputs": dict(inputs),
            "value": dict(scalars),
            "versions": {"framestate": str()} as versions,
            "payload": {"file": str(file), "bytes": int(size), "sha256": str(sha256)},
        }:
            return Record(kind, inputs, scalars, versions, Payload(file, size, sha256))
        case _:
            raise ValueError("it is not the record of an entry")


def _check(record: Record, text: bytes, key: str) -> None:
    match = NAME.fullmatch(record.payload.file)
    if match is None or match[1] != key or not SHA256.fullmatch(record.payload.sha256):
        raise ValueError("it names a file that is not its own")
    if record.kind not in LAYOUTS:
        raise ValueError(f"it holds a {record.kind!r:.80}, which nobody knows")
    if record.text() != text:
        raise ValueError("its text was changed after it was written")
    if record.key != key:
        raise ValueError("it belongs to other inputs than its name says")


def _json(text: bytes) -> Any:
    if len(text) > MAX_BYTES:
        raise ValueError(f"it has {len(text)} bytes or more, a record fewer")
    try:
        return json.loads(text.decode("ascii"), parse_constant=_no_number)
    except ValueError as error:
        raise ValueError(f"it is not JSON in ASCII ({error})") from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
