"""Lightning's Trainer, with everything off that we do not use: it says nothing."""

import logging
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer

from framestate.bench.train.distributed import Placement, strategy_of
from framestate.bench.train.settings import TrainSettings

_PRECISIONS: dict[str, Any] = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}
_LOGGERS = ("lightning.pytorch", "lightning.fabric", "lightning")


def make_trainer(settings: TrainSettings, place: Placement, folder: Path) -> Trainer:
    """A Trainer for one long epoch; batches, curves and checkpoints are ours."""
    return Trainer(
        accelerator=place.accelerator,
        devices=place.local,
        num_nodes=place.nodes,
        strategy=strategy_of(settings, place),
        precision=_PRECISIONS[settings.precision],
        accumulate_grad_batches=settings.accumulate,
        max_epochs=1,
        default_root_dir=folder,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        sync_batchnorm=place.world > 1 and place.accelerator == "cuda",
    )


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
