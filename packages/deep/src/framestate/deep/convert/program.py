"""A model as a `torch.export` program: of whole sequences, or of one step."""

import warnings
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from framestate.deep.convert.leaves import leaves, rebuilt
from framestate.deep.errors import InvalidInputError
from framestate.deep.models import ModelState, SequenceModel


def export(
    model: SequenceModel,
    example: Tensor,
    *,
    streaming: bool = False,
    fixed_length: bool = False,
) -> ExportedProgram:
    """Trace a model for any batch, and any length.

    Parameters
    ----------
    model : SequenceModel
        In evaluation mode.
    example : Tensor
        An input of the model, such as (batch, length, d_input); for streaming one
        sample, such as (batch, d_input). Its values do not matter.
    streaming : bool
        Trace ``step`` with its state spread out:
        (u_t, state_0, state_1, ..) -> (y_t, state_0, state_1, ..). Every state starts
        at zero. Otherwise trace u -> y.
    fixed_length : bool
        Take the example's length for the only one: for layers whose transforms
        depend on it.

    Returns
    -------
    torch.export.ExportedProgram
        Saved by ``torch.export.save``, run by ``program.module()``.

    Raises
    ------
    InvalidInputError
        If the model is in training, or is to stream and looks ahead.
    """
    if model.training:
        raise InvalidInputError(
            request="exporting a model in training",
            finding="dropout and batch norm would be traced as they train",
            remedy="Call model.eval() first.",
        )
    module, inputs = traced(model, example, streaming=streaming)
    shapes = _dynamic(inputs, length=not (streaming or fixed_length))
    try:
        with warnings.catch_warnings():  # torch's recurrent layers touch their weights
            warnings.filterwarnings("ignore", message="The tensor attributes")
            return torch.export.export(module, inputs, dynamic_shapes=shapes)
    except RuntimeError as error:
        raise InvalidInputError(
            request="a graph for any batch and length",
            finding=str(error).strip().splitlines()[0].rstrip("."),
            remedy="Give fixed_length=True if a layer's graph depends on the length "
            "(recurrent ones are unrolled), or export with streaming=True.",
        ) from error


def traced(
    model: SequenceModel, example: Tensor, *, streaming: bool
) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """Return the module of tensors that is traced, and inputs for it."""
    if example.shape[0] == 1:  # a batch of one would be taken for the only one
        example = torch.cat((example, example))
    if not streaming:
        return Whole(model), (example,)
    state = model.initial_state(example.shape[0], device=example.device)
    rest = tuple(t.clone() for t in leaves(state, state))
    with torch.no_grad():
        after = leaves(state, model.step(example, state)[1])
    if [t.shape for t in after] != [t.shape for t in rest]:
        raise InvalidInputError(
            request="exporting the step of a model",
            finding="its state grows with the stream, and a graph has fixed shapes",
            remedy="Use layers of constant memory, or export whole sequences.",
        )
    return Step(model, state), (example, *rest)


def _dynamic(inputs: tuple[Tensor, ...], *, length: bool) -> tuple[Any, ...]:
    """Return which axes vary: the batch of every tensor, the length of the first."""
    first = {0: Dim.DYNAMIC, 1: Dim.DYNAMIC} if length else {0: Dim.DYNAMIC}
    rest = tuple({0: Dim.DYNAMIC} for _ in inputs[1:])
    return (first, rest) if rest else (first,)


@final
class Whole(nn.Module):
    """u -> y.

    Parameters
    ----------
    model : SequenceModel
        The model.
    """

    def __init__(self, model: SequenceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, u: Tensor) -> Tensor:
        """Return the answer for whole sequences."""
        return self.model(u)


@final
class Step(nn.Module):
    """(u_t, state tensors) -> (y_t, state tensors).

    Parameters
    ----------
    model : SequenceModel
        The model.
    template : ModelState
        A state of it, for the structure.
    """

    def __init__(self, model: SequenceModel, template: ModelState) -> None:
        super().__init__()
        self.model = model
        self.template = template

    def forward(self, u_t: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """Return the answer and the state's tensors after one sample."""
        y_t, after = self.model.step(u_t, rebuilt(self.template, iter(state)))
        return (y_t, *leaves(self.template, after))
