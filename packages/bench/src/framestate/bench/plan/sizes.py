"""A row of a table at the sizes "smoke", "cpu" and "paper"."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias, final

from framestate.bench.plan.experiment import Experiment, Size
from framestate.bench.tasks.network import NetworkSettings
from framestate.bench.train import TrainSettings

Rows: TypeAlias = Iterable[Experiment]


@final
@dataclass(frozen=True)
class Smaller:
    """What a row becomes on two cores in minutes.

    Attributes
    ----------
    depth, width, order : int
        Of the network, at most.
    steps, batch : int
        Of the training.
    examples : (int, int, int)
        Of each split, at most.
    length : int or None
        Samples of a sequence.
    data : str or None
        Another task, where the paper's cannot be had or is too long.
    """

    depth: int = 2
    width: int = 48
    order: int = 32
    steps: int = 400
    batch: int = 16
    examples: tuple[int, int, int] = (4000, 500, 1000)
    length: int | None = None
    data: str | None = None


def sized(settings: NetworkSettings, smaller: Smaller, size: Size) -> NetworkSettings:
    """The row at a size; "paper" is as it was written down, the others have one seed."""
    if size == "paper":
        return replace(settings, scaled=False)
    if size == "smoke":
        smaller = replace(
            smaller,
            depth=1,
            width=16,
            order=8,
            steps=4,
            batch=4,
            examples=(64, 16, 16),
            length=256 if smaller.length is None else min(256, smaller.length),
        )
    net = settings.net
    small = replace(
        net,
        depth=min(net.depth, smaller.depth),
        width=min(net.width, smaller.width),
        order=min(net.order, smaller.order),
        blocks=1,
        heads=min(net.heads, 4),
        # attention with dropout has no fast form on a CPU: five times the time
        dropout=0.0 if net.layer == "transformer" else net.dropout,
    )
    return replace(
        settings,
        data=smaller.data or settings.data,
        net=small,
        train=_short(settings.train, smaller),
        seeds=settings.seeds[:1],
        examples=smaller.examples,
        length=smaller.length,
    )


def _short(train: TrainSettings, smaller: Smaller) -> TrainSettings:
    return replace(
        train,
        steps=smaller.steps,
        epochs=None,
        batch=smaller.batch,
        accumulate=1,
        warmup=smaller.steps // 10,
        evaluate_every=max(1, smaller.steps // 4),
        checkpoint_every_seconds=60.0,
        clip_norm=1.0,
    )


def rows(
    suite: str,
    about: str,
    size: Size,
    smaller: Smaller,
    settings: Iterable[tuple[str, NetworkSettings]],
) -> Rows:
    """Experiments of a suite at a size, of (name, settings as in the paper)."""
    for what, one in settings:
        yield Experiment(
            name=f"{suite}/{what}",
            about=f"{about}, {one.species}",
            settings=sized(one, smaller, size),
        )
