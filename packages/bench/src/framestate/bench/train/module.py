"""The training step as Lightning sees it: one long epoch from the step resumed from.

Lightning gives devices, precision, gradient accumulation and processes. What makes a
run resumable to the bit is here, and none of it is Lightning's: the order of the rows
(`order`), the seed of each batch, the learning rate, and the checkpoint are functions
of the step alone.
"""

import time
from typing import Any, final

import numpy as np
import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.optim import Adam, AdamW, Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from framestate.bench.data.task import Task
from framestate.bench.errors import InvalidInputError
from framestate.bench.train import distributed, guard
from framestate.bench.train.loader import Loader
from framestate.bench.train.losses import answer_of, loss_of
from framestate.bench.train.schedule import share_of_rate
from framestate.bench.train.session import Host, Session
from framestate.bench.train.settings import TrainSettings
from framestate.bench.train.state import Parts
from framestate.bench.train.tensors import Tensors
from framestate.deep.train import parameter_groups

OPTIMIZERS: dict[str, type[AdamW] | type[Adam]] = {"adamw": AdamW, "adam": Adam}


@final
class Training(LightningModule):
    """A model being trained.

    Parameters
    ----------
    model : nn.Module
        Trained in place.
    task : Task
        On what.
    settings : TrainSettings
        How.
    loader : Loader
        Its batches.
    session : Session
        Folder, signals and listener of this session.
    """

    def __init__(
        self,
        model: nn.Module,
        task: Task,
        settings: TrainSettings,
        loader: Loader,
        session: Session,
    ) -> None:
        super().__init__()
        self.model, self.task, self.settings = model, task, settings
        self.loader, self.session = loader, session
        self.average: AveragedModel | None = None
        if settings.ema is not None:
            average = get_ema_multi_avg_fn(settings.ema)
            self.average = AveragedModel(model, multi_avg_fn=average)
            self.average.requires_grad_(requires_grad=False)
        self._rates: list[float] = []
        self._losses: list[Tensor] = []
        self._loss, self._norm, self._waited, self._clock = 0.0, 0.0, 0.0, 0.0

    def configure_model(self) -> None:
        """Cut the weights over the processes, where that is the strategy."""
        if self.settings.strategy == "fsdp" and self.trainer.world_size > 1:
            mesh: Any = self.device_mesh
            distributed.shard(self.model, mesh["data_parallel"])
            if self.average is not None:
                distributed.shard(self.average.module, mesh["data_parallel"])

    def configure_optimizers(self) -> Optimizer:
        """Give dynamics, readout and the rest their rates and decays.

        Raises
        ------
        InvalidInputError
            If nothing is trainable.
        """
        settings = self.settings
        groups = parameter_groups(
            self.model,
            lr=settings.lr,
            ssm_lr=settings.ssm_lr,
            weight_decay=settings.weight_decay,
        )
        if not groups:
            raise InvalidInputError(
                request=f"training on {self.task.name}",
                finding="no parameter of the model is trainable",
                remedy="Give its layers `trainable`, or set requires_grad.",
            )
        self._rates = [group["lr"] for group in groups]
        return OPTIMIZERS[settings.optimizer](groups)

    def on_fit_start(self) -> None:
        """Go on from the newest checkpoint."""
        trainer = self.trainer
        (optimizer,) = trainer.optimizers
        sharded = self.settings.strategy == "fsdp" and trainer.world_size > 1
        precision: Any = trainer.precision_plugin
        parts = Parts(
            self.model, self.average, optimizer, precision, self.loader, sharded
        )
        host = Host(
            self.device, self.global_rank, trainer.world_size, precision.forward_context
        )
        self.session.begin(parts, host)

    def on_train_start(self) -> None:
        """Take the signals back, which Lightning has just made its own."""
        self.session.stop.listen()
        self._clock = time.perf_counter()

    def on_train_batch_start(self, batch: Tensors, batch_idx: int) -> None:
        """Seed what is random in a batch, and set the rates of the step."""
        del batch, batch_idx
        place = (self.settings.seed, self.loader.position, self.global_rank)
        seed = np.random.SeedSequence(place).generate_state(1, np.uint64)[0]
        torch.manual_seed(int(seed >> 1))  # noqa: TID251 - put back by the runner
        self._waited += self.loader.waited
        share = share_of_rate(
            self.session.standing.step,
            steps=self.session.steps,
            warmup=self.settings.warmup,
            schedule=self.settings.schedule,
        )
        (optimizer,) = self.trainer.optimizers
        for group, rate in zip(optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * share

    def training_step(self, batch: Tensors, batch_idx: int) -> Tensor:
        """Return the mean loss of a batch."""
        del batch_idx
        answer = answer_of(self.model, self.task, batch)
        loss = loss_of(self.task, answer, batch.targets)
        self._losses.append(loss.detach())
        return loss

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip; and take no step with a NaN, whichever process has met it."""
        del optimizer, gradient_clip_val, gradient_clip_algorithm
        limit = self.settings.clip_norm
        norm = nn.utils.clip_grad_norm_(
            self.model.parameters(), float("inf") if limit is None else limit
        )
        if isinstance(norm, DTensor):  # weights cut over the processes
            norm = norm.full_tensor()
        loss = torch.stack(self._losses).mean()
        stop, save = self.session.wishes()
        wishes = torch.tensor([stop, save], device=loss.device, dtype=loss.dtype)
        shared = distributed.agree(torch.cat((torch.stack((loss, norm)), wishes)))
        self._loss, self._norm, stopped, saved = shared.tolist()
        self.session.agreed(stop=stopped > 0, save=saved > 0)
        self._losses.clear()
        self._require_finite()

    def _require_finite(self) -> None:
        """Refuse a loss that is not finite, and a gradient unless a scaler sees to it."""
        scaled = self.settings.precision == "16"
        bad = None
        if not np.isfinite(self._loss):
            bad = guard.first_bad(self.model) or "loss"
        elif not np.isfinite(self._norm) and not scaled:
            bad = guard.first_bad_gradient(self.model) or "norm of the gradient"
        if bad is not None:
            raise self.session.not_finite(bad)

    def on_train_batch_end(self, outputs: Any, batch: Tensors, batch_idx: int) -> None:
        """After the last batch of a step: average, log, evaluate, keep."""
        del outputs, batch, batch_idx
        if self.loader.position % self.settings.accumulate:
            return
        if self.average is not None:
            self.average.update_parameters(self.model)
        seconds = time.perf_counter() - self._clock
        waited, self._waited = self._waited, 0.0
        (optimizer,) = self.trainer.optimizers
        lr = optimizer.param_groups[-1]["lr"]
        values = {"loss": self._loss, "gradient norm": self._norm, "lr": lr}
        if self.session.step(values, seconds=seconds, waited=waited):
            self.trainer.should_stop = True
        self._clock = time.perf_counter()

    def on_fit_end(self) -> None:
        """Read the test split once, with the best weights."""
        self.session.finish()
