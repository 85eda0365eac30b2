"""What is asked of a model, and what is minimized, by the kind of task."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    mse_loss,
)

from framestate.bench.data.task import Kind, Task
from framestate.bench.errors import InvalidInputError
from framestate.bench.train.tensors import CLASSES, Tensors
from framestate.deep.models import bits_per_dimension, density_input


def answer_of(model: nn.Module, task: Task, batch: Tensors) -> Tensor:
    """What the model says of a batch.

    A model is called with (inputs, lengths=..) as `framestate.bench.data.task.Batch`
    has them, and without lengths where nothing is padded. A density is given
    `density_input` of the pixels, moved by one, so that it cannot see what it is asked.

    Raises
    ------
    InvalidInputError
        If the answer has another shape than the targets ask for.
    """
    if task.kind == "density":
        answer: Tensor = model(density_input(_pixels(batch.targets)))
    elif batch.lengths is None:
        answer = model(batch.inputs)
    else:
        answer = model(batch.inputs, lengths=batch.lengths)
    _require_shape(answer, task, batch.targets)
    return answer


def loss_of(task: Task, answer: Tensor, targets: Tensor) -> Float[Tensor, ""]:
    """Mean over the batch of what is minimized.

    Cross entropy (classification, retrieval) and binary cross entropy of logits
    (multilabel), both in nats; mean squared error (regression, forecast); bits per
    dimension (density). Where every class is to count the same, the logarithms of their
    shares are added to the logits of the classes: what is left of these tells the classes
    apart, and is best for the balanced accuracy (logit adjustment, arXiv 2007.07314).
    """
    answer = answer.float()
    if task.class_shares is not None:
        answer = answer + torch.tensor(task.class_shares, device=answer.device).log()
    return _LOSSES[task.kind](answer, targets)


def _bits(answer: Tensor, targets: Tensor) -> Tensor:
    return bits_per_dimension(answer, _pixels(targets))


def _pixels(targets: Tensor) -> Tensor:
    return targets.to(torch.uint8)


_LOSSES: dict[Kind, Callable[[Tensor, Tensor], Tensor]] = {
    "classification": cross_entropy,
    "retrieval": cross_entropy,
    "multilabel": binary_cross_entropy_with_logits,
    "regression": mse_loss,
    "forecast": mse_loss,
    "density": _bits,
}


def _require_shape(answer: Tensor, task: Task, targets: Tensor) -> None:
    """Refuse an answer that would be broadcast against the targets."""
    if task.kind in CLASSES:
        wanted: tuple[int, ...] = (targets.shape[0], task.outputs)
    elif task.kind == "density":
        wanted = (*targets.shape[:2], answer.shape[-1])
    else:
        wanted = tuple(targets.shape)
    if tuple(answer.shape) != wanted:
        raise InvalidInputError(
            request=f"a model for {task.name}, {task.kind}",
            finding=f"it answers {tuple(answer.shape)} where {wanted} is expected",
            remedy="Give the model a head for this task, see framestate.deep.models.",
        )
