"""The folder of a saved model, written so that a reader sees the old or the new one.

    card.json                       what the model is, and the hash of its weights
    weights-<16 digits>.safetensors named by that hash

The weights come first under a name of their own, then the card replaces the old one:
whenever the writer dies, the card that stands names weights that stand.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

from framestate.deep.errors import DeepError

CARD = "card.json"


@final
class ModelFileError(DeepError, ValueError):
    """A saved model is missing, damaged, or of another version."""


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def canonical(value: Any) -> bytes:
    """Return a JSON value as the bytes that its checksum is taken of."""
    text = json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return text.encode()


def read(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    ModelFileError
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            request=f"reading {path}",
            finding=error.strerror or type(error).__name__,
            remedy="Give the folder that save_pretrained wrote, with both its files.",
        ) from error


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: temporary file, fsync, replace, fsync.

    Raises
    ------
    ModelFileError
        If the folder cannot be written; nothing half-written remains.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise _unwritten(path, error) from error


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name}.", suffix=".tmp"
    )
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)  # mkstemp makes it private; a model is to be shared
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder last."""
    if hasattr(os, "O_DIRECTORY"):  # elsewhere a folder cannot be opened for syncing
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def new_folder(parent: Path, prefix: str) -> Generator[Path]:
    """Make a folder of a new name, which stays if all that is written into it does.

    Raises
    ------
    ModelFileError
        If the parent cannot be written.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
    except OSError as error:
        raise _unwritten(parent, error) from error
    try:
        folder.chmod(0o755)  # mkdtemp makes it private
        yield folder
        _sync_folder(parent)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise _unwritten(folder, error) from error
        raise


def _unwritten(path: Path, error: OSError) -> ModelFileError:
    return ModelFileError(
        request=f"writing {path}",
        finding=error.strerror or type(error).__name__,
        remedy="Choose a folder that can be written and has room.",
    )
