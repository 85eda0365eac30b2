"""What a training tells whoever listens, as it happens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, final


@final
@dataclass(frozen=True)
class Started:
    """A session begins at a step; `resumed_from` is None for the first."""

    task: str
    step: int
    steps: int
    device: str
    parameters: int
    resumed_from: int | None


@final
@dataclass(frozen=True)
class Stepped:
    """A step was taken; rates and times are of this session's recent steps."""

    step: int
    steps: int
    loss: float
    lr: float
    samples_per_second: float
    seconds_left: float


@final
@dataclass(frozen=True)
class Evaluated:
    """The validation split was read; `best` says whether it was never better."""

    step: int
    metrics: Mapping[str, float]
    metric: str
    best: bool


@final
@dataclass(frozen=True)
class Saved:
    """A checkpoint lies on the disk, whole."""

    step: int
    path: Path


@final
@dataclass(frozen=True)
class Warned:
    """Something a person should read, though the training goes on."""

    text: str


Event: TypeAlias = Started | Stepped | Evaluated | Saved | Warned
Listener: TypeAlias = Callable[[Event], None]


def silent(event: Event) -> None:
    """Listen to nothing."""
    del event
