"""One session: Lightning from the newest checkpoint to the result."""

from pathlib import Path

import torch
from torch import nn

from framestate.bench.data.task import Task
from framestate.bench.train import memory
from framestate.bench.train.distributed import Placement
from framestate.bench.train.events import Listener
from framestate.bench.train.lightning_trainer import make_trainer, quiet
from framestate.bench.train.loader import Loader, Plan
from framestate.bench.train.module import Training
from framestate.bench.train.session import Session
from framestate.bench.train.settings import TrainSettings
from framestate.bench.train.stop import stoppable


def fit(  # noqa: PLR0913
    model: nn.Module,
    task: Task,
    settings: TrainSettings,
    folder: Path,
    *,
    place: Placement,
    plan: Plan,
    on_event: Listener,
) -> None:
    """Train and write the result; torch's random state is put back afterwards.

    Parameters and errors as for `train`.
    """
    loader = Loader(task, plan)
    with stoppable() as stop, quiet():
        trainer = make_trainer(settings, place, folder)
        device = trainer.strategy.root_device
        session = Session(
            task,
            settings,
            folder,
            steps=plan.total // settings.accumulate,
            stop=stop,
            on_event=on_event,
        )
        training = Training(model, task, settings, loader, session)
        on_gpu = [device] if device.type == "cuda" else []
        if on_gpu:
            torch.cuda.reset_peak_memory_stats(device)
        failed = None
        try:
            with torch.random.fork_rng(devices=on_gpu):
                trainer.fit(training, loader)
        except SystemExit as error:  # what Lightning makes of a signal
            if isinstance(error.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from error
            if stop.signum:
                raise session.interrupted() from error
            raise
        except (RuntimeError, MemoryError) as error:
            if not memory.is_out_of_memory(error):
                raise
            failed = str(error)
        finally:
            loader.close()
            session.close()
        if failed is not None:  # only here: the error had kept its tensors alive
            raise memory.out_of_memory(
                failed, model, task, settings, device, place.world
            )
