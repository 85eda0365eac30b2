"""Networks on sensors and series: hearts, vital signs, forecasts."""

from dataclasses import replace

from framestate.bench.networks import NetSettings
from framestate.bench.plan import rivals, sizes
from framestate.bench.plan.experiment import Size
from framestate.bench.tasks.network import NetworkSettings
from framestate.bench.train import TrainSettings


def experiments(size: Size) -> sizes.Rows:
    """Every row of a size, in the order of the report."""
    for suite in (_ecg, _forecast, _vital):
        yield from suite(size)


def _ecg(size: Size) -> sizes.Rows:
    """Electrocardiograms: PTB-XL as in MultiresNet, MIT-BIH beats between patients."""
    papers = {
        "all": 0.938,
        "diagnostic": 0.939,
        "subdiagnostic": 0.934,
        "superdiagnostic": 0.934,
        "form": 0.897,
        "rhythm": 0.975,
    }
    train = rivals.multires_train(epochs=100, weight_decay=0.06, warmup=1700)
    net = replace(rivals.MULTIRES, depth=6, width=128, dropout=0.2)
    rows = [
        (
            f"ptbxl-{which}",
            NetworkSettings(f"ptbxl-{which}", "MultiresNet", net, train, paper=paper),
        )
        for which, paper in papers.items()
    ]
    yield from sizes.rows("ptbxl", "twelve leads", size, sizes.Smaller(), rows)
    layers = {"MultiresNet": "multires", **rivals.STATE_SPACES, **rivals.OTHERS}
    beats = [
        (
            rivals.slug(name),
            NetworkSettings(
                "mitbih-aami",
                name,
                replace(
                    rivals.MULTIRES,
                    depth=4,
                    width=64,
                    order=64,
                    dropout=0.1,
                    layer=layer,
                )
                if layer == "multires"
                else NetSettings(layer, depth=4, width=64, order=64, dropout=0.1),
                TrainSettings(epochs=20, batch=64, lr=0.004, warmup=500),
                seeds=(0, 1, 2),
                also=("accuracy", "macro_f1"),
            ),
        )
        for name, layer in layers.items()
    ]
    yield from sizes.rows(
        "ecg",
        "beats of unseen patients",
        size,
        sizes.Smaller(examples=(8000, 1000, 4000)),
        beats,
    )


def _forecast(size: Size) -> sizes.Rows:
    """Forecasts of 96 steps from 96 steps, all channels."""
    train = TrainSettings(epochs=10, batch=32, lr=0.001, weight_decay=0.01)
    layers = {"MultiresNet": "multires", **rivals.STATE_SPACES}
    for data in (
        "weather",
        "etth1",
        "etth2",
        "exchange",
        "electricity",
        "traffic",
        "solar",
    ):
        rows = [
            (
                f"{data}-{rivals.slug(name)}",
                NetworkSettings(
                    f"{data}-96",
                    name,
                    NetSettings(
                        layer, depth=2, width=128, dropout=0.1, wavelet=_wavelet(layer)
                    ),
                    train,
                    also=("mae",),
                ),
            )
            for name, layer in layers.items()
        ]
        smaller = sizes.Smaller(steps=300, examples=(8000, 500, 1000))
        yield from sizes.rows("forecast", f"96 steps of {data}", size, smaller, rows)


def _wavelet(layer: str) -> str | None:
    return None if layer == "multires" else "db11"


def _vital(size: Size) -> sizes.Rows:
    """Vital signs: BIDMC, and heart rates from MIT-BIH in its shape."""
    train = TrainSettings(epochs=200, batch=32, lr=0.004, weight_decay=0.01)
    net = NetSettings("", depth=4, width=128, order=256, bidirectional=True)
    papers = {
        "hr": {"S4-LegS": 0.332, "S4-FouT": 0.339, "S4D-Lin": 0.379, "S4D-Inv": 0.373},
        "rr": {"S4-LegS": 0.247, "S4-FouT": 0.301, "S4D-Lin": 0.226, "S4D-Inv": 0.254},
        "spo2": {
            "S4-LegS": 0.090,
            "S4-FouT": 0.068,
            "S4D-Lin": 0.114,
            "S4D-Inv": 0.110,
        },
        "": {},
    }
    for which, numbers in papers.items():
        data = f"bidmc-{which}" if which else "mitbih-hr"
        rows = [
            (
                f"{data}-{rivals.slug(name)}",
                NetworkSettings(
                    data,
                    name,
                    replace(net, layer=layer),
                    train,
                    paper=numbers.get(name),
                ),
            )
            for name, layer in rivals.STATE_SPACES.items()
        ]
        smaller = sizes.Smaller(steps=300, width=32, batch=8)
        yield from sizes.rows("bidmc", f"vital signs, {data}", size, smaller, rows)
