"""Lightning's Trainer, with everything off that we do not use: it says nothing.

Under Slurm it would keep checkpoints of its own, queue the job again, and resume from
them: a second resume beside ours, which is off.
"""

import logging
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lightning.fabric.plugins.environments.cluster_environment import (
    ClusterEnvironment,
)
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning.pytorch import Trainer

from framestate.bench.errors import InvalidInputError
from framestate.bench.train.distributed import Placement, strategy_of
from framestate.bench.train.settings import TrainSettings

_PRECISIONS: dict[str, Any] = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}
_NOTHING = ".lightning"  # is never made: there is nothing for Lightning to find
_LOGGERS = ("lightning.pytorch", "lightning.fabric", "lightning")


def make_trainer(settings: TrainSettings, place: Placement, folder: Path) -> Trainer:
    """A Trainer for one long epoch; batches, curves and checkpoints are ours."""
    return Trainer(
        accelerator=place.accelerator,
        devices=place.local,
        num_nodes=place.nodes,
        strategy=strategy_of(settings, place),
        plugins=_processes(place),
        precision=_PRECISIONS[settings.precision],
        accumulate_grad_batches=settings.accumulate,
        max_epochs=1,
        default_root_dir=folder / _NOTHING,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        sync_batchnorm=place.world > 1 and place.accelerator == "cuda",
    )


def _processes(place: Placement) -> ClusterEnvironment:
    """Who else there is, as `distributed.placement` has found it."""
    if place.world == 1:
        return LightningEnvironment()
    if TorchElasticEnvironment.detect():
        return TorchElasticEnvironment()
    try:
        return SLURMEnvironment(auto_requeue=False)
    except RuntimeError as error:  # how srun must be called
        raise InvalidInputError(
            request=f"{place.world} processes of Slurm",
            finding=str(error).partition(" HINT: ")[0],
            remedy=f"Start them with srun --ntasks-per-node={place.local}.",
        ) from error


@contextmanager
def quiet() -> Generator[None]:
    """Keep Lightning's notes, tips and warnings to itself for a while."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\b")
            warnings.filterwarnings("ignore", "FSDP2-wrapped module")  # ours are views
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
