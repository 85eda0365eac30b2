"""Training: runs that survive anything, under a thin Lightning Trainer.

train(model, task, TrainSettings(epochs=10), folder) -> Trained

Called again with the same arguments it goes on where it was broken off; under torchrun
or srun the processes train together. `train.sweep` searches over settings, `train.cluster`
submits jobs. Lightning, Optuna and submitit are imported when they are used.
"""

from framestate.bench.train.bar import progress_bar
from framestate.bench.train.events import (
    Evaluated,
    Event,
    Listener,
    Saved,
    Started,
    Stepped,
    Warned,
)
from framestate.bench.train.settings import TrainSettings
from framestate.bench.train.stop import InterruptedTrainingError
from framestate.bench.train.trained import Series, Trained, read_trained
from framestate.bench.train.trainer import train

__all__ = [
    "Evaluated",
    "Event",
    "InterruptedTrainingError",
    "Listener",
    "Saved",
    "Series",
    "Started",
    "Stepped",
    "TrainSettings",
    "Trained",
    "Warned",
    "progress_bar",
    "read_trained",
    "train",
]
