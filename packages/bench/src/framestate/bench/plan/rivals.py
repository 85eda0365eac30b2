"""Who is compared, and how the Long Range Arena sets them up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import final

from framestate.bench.networks import NetSettings
from framestate.bench.train import TrainSettings

# name in tables -> layer
STATE_SPACES: Mapping[str, str] = {
    "W4S4": "w4s4",
    "S4-LegS": "s4-legs",
    "S4-LegT": "s4-legt",
    "S4-FouT": "s4-fout",
    "S4D-LegS": "s4d-legs",
    "S4D-Inv": "s4d-inv",
    "S4D-Lin": "s4d-lin",
}
OTHERS: Mapping[str, str] = {"Transformer": "transformer", "LSTM": "lstm"}


def multires_train(**changes: float | int | None) -> TrainSettings:
    """MultiresNet's training, but for some settings."""
    base = TrainSettings(epochs=250, batch=50, lr=0.0045, weight_decay=0.01)
    return replace(base, **changes)


MULTIRES = NetSettings(
    "multires", depth=10, width=256, wavelet=None, norm="post", dropout=0.25
)


def slug(name: str) -> str:
    """A name of a table as a word of a command line."""
    return name.lower().replace(" ", "-").replace(",", "")


@final
@dataclass(frozen=True)
class Arena:
    """One task of the Long Range Arena, with S4's settings and S5's.

    Attributes
    ----------
    name, data, small : str
        In tables, in the data library, and what stands in where that is too large.
    net : NetSettings
        S4's (version 4), all bidirectional with batch norm.
    train : TrainSettings
        S4's.
    s5 : tuple
        Width, states, blocks, depth, batch, epochs, rate of the dynamics, its factor,
        decay and dropout.
    papers : mapping
        Accuracy by name of the network.
    length : int or None
        Samples kept at smaller sizes.
    batch : int
        Rows of a step at smaller sizes.
    """

    name: str
    data: str
    small: str
    net: NetSettings
    train: TrainSettings
    s5: tuple[int, int, int, int, int, int, float, float, float, float]
    papers: Mapping[str, float]
    length: int | None = None
    batch: int = 16


def _net(width: int, order: int, norm: str, **options: float) -> NetSettings:
    base = NetSettings(
        "", depth=6, width=width, order=order, norm=norm, norm_kind="batch"
    )
    return replace(base, bidirectional=True, **options)


def _train(lr: float, batch: int, epochs: int, warmup: int) -> TrainSettings:
    return TrainSettings(
        epochs=epochs, batch=batch, lr=lr, weight_decay=0.05, warmup=warmup
    )


def _papers(*accuracies: float | None) -> Mapping[str, float]:
    names = ("Transformer", "S4-LegS", "S4D-LegS", "S4D-Inv", "S4D-Lin", "S5")
    return {n: a for n, a in zip(names, accuracies, strict=True) if a is not None}


LRA_TASKS: tuple[Arena, ...] = (
    Arena(
        "listops",
        "listops",
        "listops-small",
        _net(256, 4, "post"),
        _train(0.01, 32, 40, 12_000),
        (128, 16, 8, 8, 50, 40, 0.001, 3.0, 0.04, 0.0),
        {**_papers(36.37, 59.60, 60.47, 60.18, 60.52, 62.15), "MultiresNet": 62.75},
    ),
    Arena(
        "text",
        "text",
        "text-held-out",
        _net(256, 4, "pre"),
        _train(0.01, 16, 32, 5_000),
        (256, 192, 12, 6, 50, 35, 0.001, 4.0, 0.07, 0.1),
        _papers(64.27, 86.82, 86.18, 87.34, 86.97, 89.31),
        1024,
    ),
    Arena(
        "retrieval",
        "retrieval",
        "retrieval",
        _net(256, 4, "pre"),
        _train(0.01, 64, 20, 5_000),
        (128, 256, 16, 6, 32, 20, 0.001, 2.0, 0.05, 0.0),
        _papers(57.46, 90.90, 89.46, 91.09, 90.96, 91.40),
        1024,
    ),
    Arena(
        "image",
        "image",
        "image",
        _net(512, 64, "post", dropout=0.1),
        _train(0.01, 50, 200, 18_000),
        (512, 384, 3, 6, 50, 250, 0.001, 4.5, 0.07, 0.1),
        _papers(42.44, 88.65, 88.19, 87.83, 87.93, 88.00),
    ),
    Arena(
        "pathfinder",
        "pathfinder32",
        "pathfinder32-small",
        _net(256, 64, "pre"),
        _train(0.004, 64, 200, 50_000),
        (192, 256, 8, 6, 64, 200, 0.0009, 5.0, 0.03, 0.05),
        _papers(71.40, 94.20, 93.06, 93.78, 93.96, 95.33),
    ),
    Arena(
        "path-x",
        "pathfinder128",
        "pathfinder128-small",
        _net(256, 64, "pre", dt_min=1e-4),
        _train(0.001, 16, 50, 50_000),
        (128, 256, 16, 6, 32, 75, 0.0006, 3.0, 0.06, 0.0),
        _papers(None, 96.35, 91.95, 92.80, None, 98.58),
        batch=4,
    ),
)


def lra_rows(task: Arena) -> Iterable[tuple[str, NetSettings, TrainSettings]]:
    """(name, network, training) of each network on a task."""
    for name in ("W4S4", "S4-LegS", "S4D-LegS"):
        yield name, replace(task.net, layer=STATE_SPACES[name]), task.train
    yield "S5", *_s5(task)
    tree = NetSettings(
        "multires",
        depth=10,
        width=128,
        wavelet=None,
        kernel_size=4,
        norm="post",
        norm_kind="batch",
        dropout=0.1,
    )
    training = TrainSettings(
        epochs=100, batch=50, lr=0.003, weight_decay=0.03, warmup=1920
    )
    yield "MultiresNet", tree, training
    attention = NetSettings(
        "transformer", depth=4, width=128, heads=4, dropout=0.1, bidirectional=True
    )
    yield "Transformer", attention, replace(task.train, lr=0.001)
    scan = replace(task.net, layer="selective", order=16, bidirectional=False)
    yield "Selective SSM", scan, replace(task.train, lr=0.001)


def _s5(task: Arena) -> tuple[NetSettings, TrainSettings]:
    width, order, blocks, depth, batch, epochs, rate, factor, decay, dropout = task.s5
    net = replace(
        task.net,
        layer="s5",
        depth=depth,
        width=width,
        order=order,
        blocks=blocks,
        norm="pre",
        dropout=dropout,
    )
    train = TrainSettings(
        epochs=epochs,
        batch=batch,
        lr=factor * rate,
        ssm_lr=rate,
        weight_decay=decay,
        warmup=1000,
    )
    return net, train
