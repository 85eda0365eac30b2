"""What a checkpoint holds, taken from and put back into the parts of a training."""

from dataclasses import dataclass
from typing import Any, Protocol, final, runtime_checkable

from torch import nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel

from framestate.bench.train import distributed
from framestate.bench.train.loader import Loader
from framestate.bench.train.standing import Standing


@runtime_checkable
class Precision(Protocol):
    """Lightning's precision plugin, as far as a checkpoint needs it."""

    def state_dict(self) -> dict[str, Any]:
        """State of the gradient scaler, if there is one."""
        ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Put it back."""
        ...


@final
@dataclass(frozen=True, eq=False)
class Parts:
    """Everything of a training that changes with a step.

    Attributes
    ----------
    model, average : nn.Module, AveragedModel or None
        The weights, and their average.
    optimizer, precision, loader
        What else has a state.
    sharded : bool
        Whether the weights are cut over processes; all of them must ask then.
    """

    model: nn.Module
    average: AveragedModel | None
    optimizer: Optimizer
    precision: Precision
    loader: Loader
    sharded: bool

    def state(self, standing: Standing) -> dict[str, Any]:
        """The state after a step: tensors, numbers and texts alone."""
        model, optimizer, average = self.model, self.optimizer, self.average
        return {
            "model": weights_of(model, sharded=self.sharded),
            "optimizer": distributed.gathered_optimizer(model, optimizer)
            if self.sharded
            else optimizer.state_dict(),
            "average": None if average is None else self._average(average),
            "precision": self.precision.state_dict(),
            "loader": self.loader.state_dict(),
            "standing": standing.to_json(),
        }

    def restore(self, state: dict[str, Any]) -> Standing:
        """Put a state back."""
        put_weights(self.model, state["model"], sharded=self.sharded)
        if self.sharded:
            distributed.spread_optimizer(self.model, self.optimizer, state["optimizer"])
        else:
            self.optimizer.load_state_dict(state["optimizer"])
        if self.average is not None:
            average = state["average"]
            self.average.n_averaged.fill_(average["n_averaged"])
            put_weights(self.average.module, average["model"], sharded=self.sharded)
        if state["precision"]:
            self.precision.load_state_dict(state["precision"])
        self.loader.load_state_dict(state["loader"])
        return Standing(**state["standing"])

    def _average(self, average: AveragedModel) -> dict[str, Any]:
        weights = weights_of(average.module, sharded=self.sharded)
        return {"n_averaged": int(average.n_averaged), "model": weights}


def weights_of(model: nn.Module, *, sharded: bool) -> dict[str, Any]:
    """Whole weights of a model."""
    return distributed.gathered_weights(model) if sharded else model.state_dict()


def put_weights(model: nn.Module, weights: dict[str, Any], *, sharded: bool) -> None:
    """Put whole weights into a model."""
    if sharded:
        distributed.spread_weights(model, weights)
    else:
        model.load_state_dict(weights)
