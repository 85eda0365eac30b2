"""The delay task inside a small S4: data set by data set, memory by memory."""

from dataclasses import replace

from framestate.bench.networks import NetSettings
from framestate.bench.plan import rivals
from framestate.bench.plan.experiment import Experiment, Size
from framestate.bench.plan.sizes import Rows
from framestate.bench.tasks.delay_deep import MEMORIES, DeepDelaySettings
from framestate.bench.tasks.sequences import Reading

# W4S4, table 1: (HiPPO, WaLRUS)
_PAPERS = {
    "m4": (-2.5026, -2.8925),
    "speech": (-0.6566, -0.7761),
    "scifar": (-1.1750, -1.3510),
    "solar": (-1.9450, -2.0070),
    "bidmc": (-0.9220, -0.9420),
    "text": (0.123, 0.019),
}
# what is read at the paper's size; weather and MIT-BIH are ours
_READINGS = {
    "m4": Reading("m4-hourly", 384, (20_000, 414)),
    "speech": Reading("sc10", 2000, (20_000, 1000), "loudest"),
    "scifar": Reading("scifar", 1024, (50_000, 1000)),
    "solar": Reading("solar-720", 816, (20_000, 1000)),
    "bidmc": Reading("bidmc-rr", 4000, (20_000, 1000)),
    "text": Reading("text", 1024, (25_000, 1000)),
    "weather": Reading("weather-720", 816, (20_000, 1000)),
    "mitbih": Reading("mitbih-hr", 4000, (20_000, 1000)),
}
_SMALLER = {"speech": "sc10-subset"}  # where the paper's cannot be had by all
_LENGTHS = {"smoke": 64, "cpu": 384}


def experiments(size: Size) -> Rows:
    """Every row of a size: the six data sets of table 1, two more, and HTTYH's noise."""
    for what, reading in _READINGS.items():
        for name in MEMORIES:
            settings = DeepDelaySettings(
                species=name,
                net=_net(name, reading.length // 4),
                reading=reading,
                length=reading.length,
                lag=reading.length // 4,
                paper=_paper(what, name),
            )
            yield Experiment(
                name=f"delay-deep/{what}-{rivals.slug(name)}",
                about=f"delay inside a small S4, {what}, {name}",
                settings=_sized(settings, _SMALLER.get(what), size),
            )
    for name in MEMORIES:
        yield Experiment(
            name=f"delay-deep/noise-{rivals.slug(name)}",
            about=f"continuous delay of noise, {name}",
            settings=_sized(_continuous(name), None, size),
        )


def _paper(what: str, name: str) -> float | None:
    hippo, walrus = _PAPERS.get(what, (None, None))
    return {"HiPPO": hippo, "W4S4": walrus}.get(name)


def _net(name: str, lag: int) -> NetSettings:
    # windows from three times the lag down to a third of it, for all alike
    layer = MEMORIES[name][0]
    return NetSettings(layer, width=4, dt_min=1 / (3 * lag), dt_max=3 / lag)


def _continuous(name: str) -> DeepDelaySettings:
    """HTTYH: 1000 of 4000 samples, 1024 states, linear, 20 epochs of 16,384."""
    net = replace(_net(name, 1000), order=1024, activation="none", mixing="none")
    return DeepDelaySettings(
        species=name,
        net=replace(net, residual=False, dt_min=2.5e-4, dt_max=1e-3),
        reading=None,
        length=4000,
        lag=1000,
        steps=20 * 16_384 // 16,
    )


def _sized(
    settings: DeepDelaySettings, data: str | None, size: Size
) -> DeepDelaySettings:
    """The row at a size; "paper" is as it was written down."""
    if size == "paper":
        return replace(settings, scaled=False)
    quick = size == "smoke"
    reading = settings.reading
    length = min(settings.length, _LENGTHS[size])
    lag = length // 4
    if reading is not None:
        reading = replace(
            reading,
            data=data or reading.data,
            length=length,
            examples=(64, 16) if quick else (2000, 128),
        )
    # dt belongs to a window that is a multiple of the lag
    stretch = settings.lag / lag
    return replace(
        settings,
        net=replace(
            settings.net,
            order=8 if quick else 64,
            dt_min=stretch * settings.net.dt_min,
            dt_max=stretch * settings.net.dt_max,
        ),
        reading=reading,
        length=length,
        lag=lag,
        batch=4 if quick else 16,
        steps=4 if quick else 600,
        evaluate=2 if quick else 100,
        seeds=settings.seeds[:1],
        linear=(8, 8, 3) if quick else settings.linear,
    )
