"""Several processes, as torchrun or Slurm started them; none is started here.

    torchrun --nproc-per-node 4 -m framestate.bench ..

One process is what is left where the environment names no others. State is gathered
whole, so that a checkpoint does not depend on how many processes wrote it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.optim import Optimizer

from framestate.bench.errors import InvalidInputError
from framestate.bench.train.settings import TrainSettings
from framestate.deep.models import Block

_GATHERED = StateDictOptions(full_state_dict=True, cpu_offload=True)


@final
@dataclass(frozen=True)
class Placement:
    """Where a training runs.

    Attributes
    ----------
    accelerator : str
        "cpu" or "cuda".
    local, nodes : int
        Processes on this machine, and machines.
    rank : int
        Which of all the processes this one is.
    """

    accelerator: str
    local: int = 1
    nodes: int = 1
    rank: int = 0

    @property
    def world(self) -> int:
        """Processes altogether."""
        return self.local * self.nodes


def placement(settings: TrainSettings, environment: Mapping[str, str]) -> Placement:
    """Read from the environment of torchrun, or of Slurm's srun, where to run.

    Parameters
    ----------
    settings : TrainSettings
        Whose device and batch are looked at.
    environment : mapping
        Such as ``os.environ``.

    Raises
    ------
    InvalidInputError
        If there is no such device, precision or split of the batch.
    """
    accelerator = settings.device
    if accelerator == "auto":
        accelerator = "cuda" if torch.cuda.is_available() else "cpu"
    found = Placement(accelerator, *_processes(environment))
    if accelerator == "cuda" and not torch.cuda.is_available():
        raise _refused("device = 'cuda'", "PyTorch sees no GPU", 'Use device="auto".')
    if accelerator == "cpu" and settings.precision == "16":
        remedy = 'Use precision="bf16" or "32".'
        raise _refused("precision = '16' on a CPU", "float16 is for GPUs", remedy)
    if settings.batch % found.world:
        raise _refused(
            f"batch = {settings.batch} for {found.world} processes",
            "each takes an equal share",
            f"Use a multiple of {found.world}.",
        )
    return found


def _processes(environment: Mapping[str, str]) -> tuple[int, int, int]:
    """Processes on this machine, machines, and which process this is."""
    if "TORCHELASTIC_RUN_ID" in environment:
        local, world = (int(environment[n]) for n in ("LOCAL_WORLD_SIZE", "WORLD_SIZE"))
        return local, world // local, int(environment["RANK"])
    tasks = int(environment.get("SLURM_NTASKS", "1"))
    if tasks > 1 and "SLURM_PROCID" in environment:
        nodes = int(environment.get("SLURM_NNODES", "1"))
        return tasks // nodes, nodes, int(environment["SLURM_PROCID"])
    return 1, 1, 0


def strategy_of(settings: TrainSettings, place: Placement) -> Any:
    """Lightning's strategy: one device, DDP, or FSDP2 over all processes."""
    from lightning.pytorch.strategies import ModelParallelStrategy

    if place.world == 1:
        return "auto"
    if settings.strategy == "fsdp":
        return ModelParallelStrategy(
            data_parallel_size=place.world,
            tensor_parallel_size=1,
            save_distributed_checkpoint=False,
        )
    return "ddp"


def shard(model: nn.Module, mesh: Any) -> None:
    """Cut the weights of a model over the processes of a device mesh, block by block."""
    from torch.distributed.fsdp import fully_shard

    for part in model.modules():
        if isinstance(part, Block):
            fully_shard(part, mesh=mesh)
    fully_shard(model, mesh=mesh)


def agree(values: Tensor) -> Tensor:
    """Mean over the processes of a few numbers."""
    if _is_several():
        torch.distributed.all_reduce(values)
        values /= torch.distributed.get_world_size()
    return values


def from_first(value: int, device: torch.device) -> int:
    """The number that the first process has; all of them meet here."""
    if not _is_several():
        return value
    shared = torch.tensor(value, device=device)
    torch.distributed.broadcast(shared, src=0)
    return int(shared)


def _is_several() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def gathered_weights(model: nn.Module) -> dict[str, Any]:
    """Whole weights, on the CPU, whatever the strategy; every process must ask."""
    return dict(get_model_state_dict(model, options=_GATHERED))


def gathered_optimizer(model: nn.Module, optimizer: Optimizer) -> dict[str, Any]:
    """Whole state of an optimizer, by the names of the parameters."""
    return dict(get_optimizer_state_dict(model, optimizer, options=_GATHERED))


def spread_weights(model: nn.Module, weights: dict[str, Any]) -> None:
    """Put whole weights back."""
    set_model_state_dict(model, weights, options=_GATHERED)


def spread_optimizer(
    model: nn.Module, optimizer: Optimizer, state: dict[str, Any]
) -> None:
    """Put the whole state of an optimizer back."""
    set_optimizer_state_dict(model, optimizer, state, options=_GATHERED)


def _refused(request: str, finding: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(request=request, finding=finding, remedy=remedy)
