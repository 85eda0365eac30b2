"""Networks on text, speech and pictures: the rows of the papers' tables.

Each row is written down with the paper's settings, and made smaller by a rule of its
suite for the sizes "cpu" and "smoke".
"""

from dataclasses import replace

from framestate.bench.networks import NetSettings
from framestate.bench.plan import rivals, sizes
from framestate.bench.plan.experiment import Size
from framestate.bench.tasks.network import NetworkSettings
from framestate.bench.train import TrainSettings


def experiments(size: Size) -> sizes.Rows:
    """Every row of a size, in the order of the report."""
    for suite in (_text, _speech, _lra, _scifar, _density, _ablation):
        yield from suite(size)


def _text(size: Size) -> sizes.Rows:
    """W4S4, table 2: characters of IMDB, A and B frozen for all alike."""
    train = TrainSettings(
        epochs=32, batch=16, lr=0.01, weight_decay=0.05, warmup=5000, bucket=True
    )
    net = NetSettings(
        "", depth=3, width=128, order=64, bidirectional=True, norm_kind="batch"
    )
    papers = {
        "W4S4": 88.55,
        "S4-LegS": 86.82,
        "S4-FouT": 86.34,
        "S4D-LegS": 86.18,
        "S4D-Inv": 87.34,
        "S4D-Lin": 86.97,
    }
    rows = [
        (
            rivals.slug(name),
            NetworkSettings(
                "text",
                name,
                replace(net, layer=layer),
                train,
                seeds=(0, 1, 2),
                paper=papers.get(name),
            ),
        )
        for name, layer in rivals.STATE_SPACES.items()
    ]
    smaller = sizes.Smaller(steps=500, length=1024, data="text-held-out")
    return sizes.rows("text", "sentiment of reviews", size, smaller, rows)


def _speech(size: Size) -> sizes.Rows:
    """W4S4, table 3: 35 words, autoregressive."""
    train = TrainSettings(epochs=10, batch=32, lr=0.004, weight_decay=0.0, warmup=1000)
    net = NetSettings(
        "", depth=4, width=128, order=64, norm_kind="batch", pooling="last"
    )
    papers = {
        "W4S4": 94.37,
        "S4-LegS": 93.60,
        "S4-FouT": 91.78,
        "S4D-LegS": 93.57,
        "S4D-Inv": 93.40,
        "S4D-Lin": 93.37,
    }
    rows = [
        (
            rivals.slug(name),
            NetworkSettings(
                "sc35", name, replace(net, layer=layer), train, paper=papers.get(name)
            ),
        )
        for name, layer in rivals.STATE_SPACES.items()
    ]
    smaller = sizes.Smaller(
        width=32, order=32, steps=300, batch=8, length=8000, data="sc10-subset"
    )
    return sizes.rows("speech", "spoken words, read forward", size, smaller, rows)


def _lra(size: Size) -> sizes.Rows:
    """The Long Range Arena: six tasks, seven networks."""
    for task in rivals.LRA_TASKS:
        rows = [
            (
                f"{task.name}-{rivals.slug(name)}",
                NetworkSettings(
                    task.data,
                    name,
                    net,
                    train,
                    paper=task.papers.get(name),
                ),
            )
            for name, net, train in rivals.lra_rows(task)
        ]
        smaller = sizes.Smaller(
            steps=300,
            batch=task.batch,
            length=task.length,
            data=task.small,
            order=16,
            width=32,
        )
        yield from sizes.rows(
            "lra", f"Long Range Arena, {task.name}", size, smaller, rows
        )


def _scifar(size: Size) -> sizes.Rows:
    """Sequential CIFAR-10 in color."""
    multires = NetworkSettings(
        "scifar-multiresnet",
        "MultiresNet",
        rivals.MULTIRES,
        rivals.multires_train(),
        paper=93.15,
    )
    train = TrainSettings(epochs=100, batch=50, lr=0.01, weight_decay=0.01, warmup=900)
    net = NetSettings(
        "", depth=4, width=128, order=64, bidirectional=True, norm="post", dropout=0.1
    )
    papers = {"S4-LegS": 91.80, "S4D-LegS": 89.92, "S4D-Inv": 90.69, "S4D-Lin": 90.42}
    others = [
        (
            rivals.slug(name),
            NetworkSettings(
                "scifar", name, replace(net, layer=layer), train, paper=papers.get(name)
            ),
        )
        for name, layer in rivals.STATE_SPACES.items()
    ]
    rows = [("multiresnet", multires), *others]
    smaller = sizes.Smaller(depth=3, steps=400)
    return sizes.rows("scifar", "pixels of CIFAR-10", size, smaller, rows)


def _density(size: Size) -> sizes.Rows:
    """Every channel of every pixel of CIFAR-10 from those before it, in bits."""
    net = replace(
        rivals.MULTIRES,
        depth=48,
        width=512,
        kernel_size=4,
        mixing="glu_linear",
        dropout=0.1,
        mixtures=10,
    )
    train = rivals.multires_train(batch=64, lr=0.001, weight_decay=0.0)
    row = NetworkSettings("scifar-density", "MultiresNet", net, train, paper=2.838)
    smaller = sizes.Smaller(steps=400, batch=8, width=32, examples=(4000, 100, 200))
    rows = [("multiresnet", row)]
    return sizes.rows("density", "density of CIFAR-10", size, smaller, rows)


def _ablation(size: Size) -> sizes.Rows:
    """MultiresNet, table 5: which filters, how deep, which memory."""
    train = rivals.multires_train(epochs=100, lr=0.003, weight_decay=0.03, warmup=1920)
    net = replace(
        rivals.MULTIRES, width=128, norm_kind="batch", dropout=0.1, kernel_size=2
    )
    variants = {
        "fixed-wavelet": (
            replace(net, wavelet="db1", fixed_filters=True, levels=7),
            50.15,
        ),
        "wavelet-init": (replace(net, wavelet="db1", levels=7), 52.08),
        "xavier": (replace(net, levels=7), 51.70),
        "xavier-deep": (replace(net, levels=11), 61.07),
        "uniform": (replace(net, levels=7, select="uniform"), 51.58),
        "wavelet-k4": (replace(net, wavelet="db2", levels=7), 59.23),
    }
    rows = [
        (
            what,
            NetworkSettings(
                "listops",
                f"MultiresNet, {what}",
                one,
                train,
                seeds=(0, 1, 2),
                paper=paper,
            ),
        )
        for what, (one, paper) in variants.items()
    ]
    smaller = sizes.Smaller(steps=300, data="listops-small", depth=3, width=48)
    return sizes.rows("listops-ablation", "ListOps", size, smaller, rows)
