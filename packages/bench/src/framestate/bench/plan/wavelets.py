"""Which wavelet: frames by themselves, and small trees that start with its filters."""

from dataclasses import replace

from framestate.bench.plan import rivals, sizes
from framestate.bench.plan.experiment import Experiment, Size
from framestate.bench.tasks.network import NetworkSettings
from framestate.bench.tasks.wavelet_order import OrderSettings

FRAMES = (
    *(f"db{p}" for p in range(2, 12)),
    *(f"sym{p}" for p in range(4, 11)),
    *(f"coif{p}" for p in range(1, 6)),
)
TREES = ("db1", "db2", "db4", "db6", "db8", "db10", "sym4", "sym8", "coif1", "coif3")
_REAL = ("ecg", "nino", "camera")


def experiments(size: Size) -> sizes.Rows:
    """Every row of a size, in the order of the report."""
    for name in FRAMES:
        settings = OrderSettings(name)
        if size == "smoke":
            settings = replace(settings, length=500, trials=4)
        yield Experiment(
            name=f"wavelet-order/{name}",
            about=f"the frame of {name}: states and what they remember",
            settings=settings,
            signals=_REAL,
            seed=0,
        )
    yield from _trees(size)


def _trees(size: Size) -> sizes.Rows:
    """Digits pixel by pixel, by a tree whose filters stay, or only start so."""
    net = replace(rivals.MULTIRES, depth=4, width=64, dropout=0.1)
    train = rivals.multires_train(epochs=20, warmup=500)
    rows = [
        (
            f"tree-{name}-{'fixed' if fixed else 'trained'}",
            NetworkSettings(
                "smnist",
                f"MultiresNet, {name} {'fixed' if fixed else 'trained'}",
                replace(net, wavelet=name, fixed_filters=fixed),
                train,
                seeds=(0, 1, 2),
            ),
        )
        for name in TREES
        for fixed in (True, False)
    ]
    smaller = sizes.Smaller(
        depth=2, width=16, steps=100, examples=(2000, 200, 500), length=784
    )
    return sizes.rows("wavelet-order", "digits by a tree", size, smaller, rows)
