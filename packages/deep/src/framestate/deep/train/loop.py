"""A plain training loop: AdamW, three parameter groups, one curve.

The dynamics of a state space layer (A, B, dt) take their own learning rate and no
decay, since decay would pull every dt toward one value; its readout (C, D) takes
the common rate and no decay; everything else takes both.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from framestate.deep.errors import (
    InvalidInputError,
    TrainingError,
    require_count,
    require_positive,
)

Batch = tuple[Tensor, Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]


@final
@dataclass(frozen=True, slots=True)
class TrainingCurve:
    """The loss of every step, before the step's update.

    Attributes
    ----------
    losses : tuple of float
        One loss per step.
    grad_norms : tuple of float
        Norm of the whole gradient per step, before clipping.
    """

    losses: tuple[float, ...]
    grad_norms: tuple[float, ...]

    @property
    def steps(self) -> int:
        """Number of steps taken."""
        return len(self.losses)


def fit(  # noqa: PLR0913
    model: nn.Module,
    batches: Iterable[Batch],
    *,
    steps: int,
    lr: float = 4e-3,
    ssm_lr: float = 1e-3,
    weight_decay: float = 0.01,
    loss: Loss = mse_loss,
    clip_norm: float | None = None,
    generator: torch.Generator | None = None,
    on_step: Callable[[int, float], None] | None = None,
) -> TrainingCurve:
    """Train `model` in place for `steps` batches and return the curve.

    On a CPU the same model, batches and generator give the same bits. The
    generator seeds what has no other source (dropout); torch's global state is
    put back afterwards. Without one the global state is used as it stands.

    Parameters
    ----------
    model : nn.Module
        Maps an input batch to predictions.
    batches : iterable of (input, target)
        Tensors on the model's device. A list or loader is gone through again
        when it ends before `steps`; a one-shot iterator must be long enough.
    steps : int
        Number of updates, at least 1.
    lr, ssm_lr : float
        Learning rates, of the dynamics of diagonal layers and of all the rest.
    weight_decay : float
        Decoupled decay of the parameters that are not a state space layer's.
    loss : callable
        (prediction, target) -> scalar; mean squared error if not given.
    clip_norm : float, optional
        Largest norm of the whole gradient.
    generator : torch.Generator, optional
        Source of the dropout.
    on_step : callable, optional
        Called with (step, loss) after each update, steps counted from 1.

    Returns
    -------
    TrainingCurve
        Losses and gradient norms.

    Raises
    ------
    TrainingError
        If a loss or gradient is not finite, or the batches run out; it names the
        step. The parameters then are those before that step.
    InvalidInputError
        If steps < 1, a rate is not positive, or nothing is trainable.
    """
    require_count("steps", steps)
    limit = float("inf") if clip_norm is None else clip_norm
    if clip_norm is not None:
        require_positive("clip_norm", clip_norm)
    groups = parameter_groups(model, lr=lr, ssm_lr=ssm_lr, weight_decay=weight_decay)
    if not groups:
        raise InvalidInputError(
            request="fit of a model",
            finding="none of its parameters is trainable",
            remedy="Give the layers `trainable`, or set requires_grad.",
        )
    optimizer = torch.optim.AdamW(groups)
    losses, norms = list[float](), list[float]()
    model.train()
    with seeded(model, generator):
        for step, (inputs, target) in enumerate(_stream(batches, steps), start=1):
            optimizer.zero_grad(set_to_none=True)
            value = loss(model(inputs), target)
            _require_finite("loss", value.item(), step)
            value.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
            _require_finite("gradient norm", norm.item(), step)
            optimizer.step()
            losses.append(value.item())
            norms.append(norm.item())
            if on_step is not None:
                on_step(step, losses[-1])
    return TrainingCurve(tuple(losses), tuple(norms))


def parameter_groups(
    model: nn.Module, *, lr: float, ssm_lr: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Sort the trainable parameters into dynamics, readout and the rest.

    A module says which of its own parameters are which, by name, in the attributes
    ``dynamics`` and ``readout``; what is not named belongs to the rest.

    Returns
    -------
    list of dict
        Groups for a torch optimizer, each with a ``"name"``; empty ones left out.

    Raises
    ------
    InvalidInputError
        If a rate is not positive, or the decay is negative.
    """
    require_positive("lr", lr)
    require_positive("ssm_lr", ssm_lr)
    if weight_decay != 0:
        require_positive("weight_decay", weight_decay)
    dynamics, readout = _named(model, "dynamics"), _named(model, "readout")
    own = {id(p) for p in dynamics + readout}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in own]
    groups: list[dict[str, Any]] = [
        {"name": "dynamics", "params": dynamics, "lr": ssm_lr, "weight_decay": 0.0},
        {"name": "readout", "params": readout, "lr": lr, "weight_decay": 0.0},
        {"name": "rest", "params": rest, "lr": lr, "weight_decay": weight_decay},
    ]
    return [group for group in groups if group["params"]]


def _named(model: nn.Module, role: str) -> list[nn.Parameter]:
    """Return the trainable parameters that modules name in the attribute `role`."""
    return [
        parameter
        for module in model.modules()
        for name, parameter in module.named_parameters(recurse=False)
        if name in getattr(module, role, ()) and parameter.requires_grad
    ]


def _stream(batches: Iterable[Batch], steps: int) -> Iterator[Batch]:
    """Yield exactly `steps` batches, going through `batches` again if possible."""
    source, fresh = iter(batches), True
    for step in range(1, steps + 1):
        batch = next(source, None)
        if batch is None and not fresh:
            source = iter(batches)
            batch = next(source, None)
        if batch is None:
            raise TrainingError(
                request=f"step {step} of {steps}",
                finding="the batches ran out",
                remedy="Give a list, or an iterator of at least `steps` batches.",
            )
        fresh = False
        yield batch


@contextmanager
def seeded(model: nn.Module, generator: torch.Generator | None) -> Generator[None]:
    """Seed torch's global state from the generator for a while, then restore it."""
    if generator is None:
        yield
        return
    devices = {p.device for p in model.parameters() if p.device.type == "cuda"}
    seed = torch.randint(2**62, (1,), generator=generator, device=generator.device)
    with torch.random.fork_rng(devices=list(devices)):
        torch.manual_seed(int(seed))  # noqa: TID251 - restored by the fork
        yield


def _require_finite(what: str, value: float, step: int) -> None:
    """Refuse to go on from a NaN or an infinity."""
    if not isfinite(value):
        raise TrainingError(
            request=f"training step {step}",
            finding=f"the {what} is {value}",
            remedy="Lower lr, clip the gradient, or look for NaN in that batch.",
        )
