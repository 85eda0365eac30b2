"""How to train: one frozen value, checked as a whole when it is made."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import inf, isfinite
from typing import Any, final

from framestate.bench.errors import InvalidInputError

_NAMES = {
    "schedule": ("cosine", "constant", "linear"),
    "optimizer": ("adamw", "adam"),
    "precision": ("32", "bf16", "16"),
    "device": ("auto", "cpu", "cuda"),
    "strategy": ("auto", "ddp", "fsdp"),
}
# name -> the smallest whole number that makes sense
_COUNTS = {
    "steps": 1,
    "epochs": 1,
    "batch": 1,
    "accumulate": 1,
    "warmup": 0,
    "patience": 1,
    "evaluate_every": 1,
    "checkpoint_every_steps": 1,
    "keep": 1,
    "seed": 0,
    "workers": 0,
}
_INTERVALS = {
    "lr": (0.0, inf),
    "ssm_lr": (0.0, inf),
    "clip_norm": (0.0, inf),
    "ema": (0.0, 1.0),
    "checkpoint_every_seconds": (0.0, inf),
}
# where None says something
_OPTIONAL = (
    "steps",
    "epochs",
    "patience",
    "evaluate_every",
    "checkpoint_every_steps",
    "clip_norm",
    "ema",
    "checkpoint_every_seconds",
)


@final
@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """Everything a training depends on besides model and data.

    Attributes
    ----------
    steps, epochs : int or None
        Optimizer steps, or passes over the training split; one of the two.
    batch : int
        Rows in a forward pass, over all processes together.
    accumulate : int
        Forward passes in a step: a step sees batch x accumulate rows.
    lr, ssm_lr : float
        Largest learning rates, of the dynamics (A, B, dt) and of everything else.
    weight_decay : float
        Of what is neither dynamics nor readout; decoupled for "adamw".
    warmup : int
        Steps over which the rates rise linearly.
    schedule : {"cosine", "constant", "linear"}
        How they fall afterwards.
    optimizer : {"adamw", "adam"}
        torch's.
    clip_norm : float or None
        Largest norm of the whole gradient.
    ema : float or None
        Decay in (0, 1) of an exponential average of the weights, which then is what is
        evaluated and kept.
    precision : {"32", "bf16", "16"}
        Of the forward pass; weights stay in float32.
    patience : int or None
        Evaluations without a better one before it stops.
    evaluate_every : int or None
        Steps between evaluations; an epoch if None. The last step is evaluated too.
    checkpoint_every_steps, checkpoint_every_seconds : int, float or None
        When a checkpoint is due besides the one at each evaluation.
    keep : int
        Newest checkpoints kept, beside the best weights.
    seed : int
        Of order and dropout.
    workers : int
        Threads that prepare batches; 0 prepares them in between.
    bucket : bool
        Whether batches are made of sequences of similar length.
    device : {"auto", "cpu", "cuda"}
        "auto" takes a GPU where there is one.
    strategy : {"auto", "ddp", "fsdp"}
        With several processes: "auto" is "ddp".

    Raises
    ------
    InvalidInputError
        Naming every field that is out of range.
    """

    steps: int | None = None
    epochs: int | None = None
    batch: int = 32
    accumulate: int = 1
    lr: float = 4e-3
    ssm_lr: float = 1e-3
    weight_decay: float = 0.01
    warmup: int = 0
    schedule: str = "cosine"
    optimizer: str = "adamw"
    clip_norm: float | None = None
    ema: float | None = None
    precision: str = "32"
    patience: int | None = None
    evaluate_every: int | None = None
    checkpoint_every_steps: int | None = None
    checkpoint_every_seconds: float | None = 600.0
    keep: int = 2
    seed: int = 0
    workers: int = 1
    bucket: bool = False
    device: str = "auto"
    strategy: str = "auto"

    def __post_init__(self) -> None:
        findings = list(_findings(self))
        if findings:
            raise InvalidInputError(
                request="settings of a training",
                finding="; ".join(findings),
                remedy="See TrainSettings for what each of them means.",
            )


def _findings(settings: TrainSettings) -> Iterator[str]:
    """Everything that is wrong, one sentence each."""
    values: dict[str, Any] = asdict(settings)
    if (settings.steps is None) == (settings.epochs is None):
        yield f"steps = {settings.steps} and epochs = {settings.epochs}, give one"
    for name, names in _NAMES.items():
        if values[name] not in names:
            yield f"{name} = {values[name]!r}, expected one of {', '.join(names)}"
    yield from _numbers(values)


def _numbers(values: dict[str, Any]) -> Iterator[str]:
    for name, least in _COUNTS.items():
        optional = values[name] is None and name in _OPTIONAL
        if not optional and not _is_count(values[name], least):
            yield f"{name} = {values[name]!r}, expected a whole number >= {least}"
    for name, (low, high) in _INTERVALS.items():
        optional = values[name] is None and name in _OPTIONAL
        if not optional and not (
            _is_finite(values[name]) and low < values[name] < high
        ):
            yield f"{name} = {values[name]!r}, expected a number in ({low}, {high})"
    if not (_is_finite(values["weight_decay"]) and values["weight_decay"] >= 0):
        yield f"weight_decay = {values['weight_decay']!r}, expected a number >= 0"


def _is_count(value: object, least: int) -> bool:
    return type(value) is int and value >= least


def _is_finite(value: object) -> bool:
    return type(value) in (int, float) and isfinite(float(str(value)))
