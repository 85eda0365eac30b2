"""Saved models of the Hugging Face hub, if its client is installed."""

import re
from pathlib import Path

from framestate.deep.convert.files import CARD, ModelFileError
from framestate.deep.errors import InvalidInputError

_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def located(source: str | Path, revision: str | None) -> Path:
    """Return a local folder: the one named, or a copy of the hub's.

    A folder that exists is taken as it is and nothing is asked of the network.

    Raises
    ------
    ModelFileError
        If there is no such folder or hub id, or it cannot be fetched.
    InvalidInputError
        If a revision is asked of a local folder, or the hub's client is missing.
    """
    folder = Path(source)
    if folder.is_dir():
        if revision is not None:
            raise InvalidInputError(
                request=f"revision={revision!r} of {folder}",
                finding="it is a local folder, which has one state",
                remedy="Leave the revision out, or give the id on the hub.",
            )
        return folder
    if isinstance(source, Path) or _NAME.fullmatch(source) is None:
        raise ModelFileError(
            request=f"a model from {source}",
            finding="there is no such folder, and it is no hub id owner/name",
            remedy="Give the folder that save_pretrained wrote, or a hub id.",
        )
    return _fetched(source, revision)


def _fetched(name: str, revision: str | None) -> Path:
    """Fetch a model's files, or take those of the hub's own cache."""
    try:
        import huggingface_hub as hub  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InvalidInputError(
            request=f"a model from {name!r}",
            finding="there is no such folder, and huggingface_hub is not installed",
            remedy="Check the path, or pip install 'framestate-deep[hub]'",
        ) from error
    patterns = [CARD, "weights-*.safetensors"]
    try:
        found = hub.snapshot_download(name, revision=revision, allow_patterns=patterns)
    except (OSError, ValueError) as error:
        raise ModelFileError(
            request=f"a model from {name!r} on the hub, revision {revision}",
            finding=f"{type(error).__name__}: {str(error).strip().splitlines()[0]}",
            remedy="Check the name and the revision, or give a local folder.",
        ) from error
    return Path(found)
