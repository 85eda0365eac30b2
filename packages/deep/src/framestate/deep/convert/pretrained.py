"""Models as folders: weights in safetensors, everything else in a JSON card."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from framestate.deep.convert.card import DTYPES, Card, read_card
from framestate.deep.convert.files import (
    CARD,
    ModelFileError,
    digest,
    read,
    write_atomic,
)
from framestate.deep.convert.hub import located
from framestate.deep.convert.registry import build
from framestate.deep.convert.version import between, this_version
from framestate.deep.draws import drawing_from
from framestate.deep.errors import InvalidInputError
from framestate.deep.models import SequenceModel
from framestate.deep.spec import differences, spec_of


def save_pretrained(model: SequenceModel, folder: str | Path) -> Path:
    """Write a model to a folder, from which `from_pretrained` makes it again.

    An older model there is replaced at one stroke; a crash leaves it as it was.

    Parameters
    ----------
    model : SequenceModel
        Of parts that recipes made, float32 or float64.
    folder : str or Path
        Made if it does not exist.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InvalidInputError
        If a layer does not say how it was made, or a tensor is complex.
    ModelFileError
        If the folder cannot be written.
    """
    folder, recipe = Path(folder), model.spec.to_json()
    payload = save(_plain_tensors(model))
    sha256 = digest(payload)
    weights = f"weights-{sha256[:16]}.safetensors"
    card = Card(recipe, _dtype(model), weights, sha256, this_version())
    before = _weights_in(folder)
    try:
        write_atomic(folder / weights, payload)
        write_atomic(folder / CARD, card.to_bytes())
    finally:
        standing = _weights_in(folder)
        idle = before if standing == weights else weights
        if idle not in (None, standing):
            with suppress(OSError):
                (folder / str(idle)).unlink()
    return folder


def from_pretrained(
    source: str | Path,
    *,
    revision: str | None = None,
    device: torch.device | str | None = None,
) -> SequenceModel:
    """Make a saved model again: the same recipe, the same weights, ready to run.

    Nothing of the files is executed: the card names recipes of a list and plain
    values, and both files must have the hashes that were written.

    Parameters
    ----------
    source : str or Path
        A local folder, or the id owner/name of a model on the Hugging Face hub
        (needs the extra ``hub``). A folder is never looked for on the network.
    revision : str, optional
        Branch, tag or commit on the hub.
    device : torch.device or str, optional
        Where the model goes; the CPU if absent.

    Returns
    -------
    SequenceModel
        In evaluation mode.

    Raises
    ------
    ModelFileError
        If a file is missing, damaged, or newer than this library, or names recipes
        that this library does not have.
    InvalidInputError
        If a revision is asked of a local folder, or the hub's client is missing.
    """
    folder = located(source, revision)
    card = read_card(folder)
    path = folder / card.weights
    model = _built(card, folder / CARD)
    if not isinstance(model, SequenceModel):
        raise ModelFileError(
            request=f"reading {folder / CARD}",
            finding=f"it describes a {type(model).__name__} and no model",
            remedy="Give the folder of a whole model.",
        )
    model.to(getattr(torch, card.dtype))
    _fill(model, _tensors(path, card), path, card.framestate)
    return model.to(device).eval()


def load_weights(model: SequenceModel, folder: str | Path) -> None:
    """Fill a model with saved weights, if it is the model that was saved.

    Parameters
    ----------
    model : SequenceModel
        Changed in place; only its precision may differ from the saved one.
    folder : str or Path
        What `save_pretrained` wrote.

    Raises
    ------
    InvalidInputError
        If the configurations differ: it names every field, with both values.
    ModelFileError
        If a file is missing or damaged.
    """
    folder = Path(folder)
    card = read_card(folder)
    lines = differences(spec_of(model).to_json(), card.model)
    if lines:
        raise InvalidInputError(
            request=f"the weights of {folder} for another model",
            finding=f"the configurations differ in {'; '.join(lines)}",
            remedy="Build the model with the saved values, or use from_pretrained.",
        )
    path = folder / card.weights
    _fill(model, _tensors(path, card), path, card.framestate)


def _built(card: Card, path: Path) -> nn.Module:
    """Make what the card says, with first values that are soon to be replaced."""
    recipe = card.spec(path)
    try:
        with drawing_from(torch.Generator()):
            return build(recipe)
    except InvalidInputError as error:
        raise ModelFileError(
            request=f"reading {path}",
            finding=f"{error.request}: {error.finding}",
            remedy=between(card.framestate),
        ) from error


def _plain_tensors(model: nn.Module) -> dict[str, Tensor]:
    """Return copies of the model's tensors, none of them complex."""
    found = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in model.state_dict().items()
    }
    for name, tensor in found.items():
        if tensor.is_complex():
            raise InvalidInputError(
                request=f"saving {name!r} of dtype {tensor.dtype}",
                finding="safetensors has no complex128, and no exporter takes complex",
                remedy="Keep it as real pairs: torch.view_as_real.",
            )
    return found


def _dtype(model: nn.Module) -> str:
    """Return the precision of the parameters, if it is one that is served."""
    found = sorted({str(p.dtype).removeprefix("torch.") for p in model.parameters()})
    if len(found) != 1 or found[0] not in DTYPES:
        raise InvalidInputError(
            request=f"saving a model of parameters in {', '.join(found)}",
            finding=f"one precision is kept, {' or '.join(DTYPES)}",
            remedy="Use model.float() or model.double() first.",
        )
    return found[0]


def _weights_in(folder: Path) -> str | None:
    """Return the name of the weights that stand in a folder, if a model does."""
    try:
        return read_card(folder).weights
    except ModelFileError:
        return None


def _tensors(path: Path, card: Card) -> dict[str, Tensor]:
    """Read the weights, if they are what was written."""
    payload = read(path)
    if digest(payload) != card.sha256:
        raise _damaged(path, f"its SHA-256 is not {card.sha256[:16]}.. of the card")
    try:
        return load(payload)
    except safetensors.SafetensorError as error:
        raise _damaged(path, f"it is no safetensors file ({error})") from error


def _fill(
    model: nn.Module, tensors: dict[str, Tensor], path: Path, written: str
) -> None:
    """Copy the tensors into the model, if names and shapes are the same."""
    ours: dict[str, Any] = {k: tuple(v.shape) for k, v in model.state_dict().items()}
    theirs: dict[str, Any] = {k: tuple(v.shape) for k, v in tensors.items()}
    lines = differences(ours, theirs)
    if lines:
        more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
        raise ModelFileError(
            request=f"the weights in {path}",
            finding=f"the model differs in {'; '.join(lines[:5])}{more}",
            remedy=between(written),
        )
    model.load_state_dict(tensors)


def _damaged(path: Path, finding: str) -> ModelFileError:
    return ModelFileError(
        request=f"reading {path}",
        finding=finding,
        remedy="Copy or download the folder again, or save the model again.",
    )
