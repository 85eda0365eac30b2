import dataclasses
from pathlib import Path

import numpy as np
import pytest
from toy_tasks import serve, task

from framestate.bench import errors, plan
from framestate.bench.networks import NetSettings
from framestate.bench.tasks import delay_deep, network
from framestate.bench.tasks.sequences import Reading

RNG = np.random.default_rng
PLACE = network.Place(None, None, Path())
NET = NetSettings("s4d-legs", width=2, order=8, dt_min=1 / 24, dt_max=3 / 8)
SETTINGS = delay_deep.DeepDelaySettings(
    species="S4D-LegS",
    net=NET,
    reading=Reading("toy", 32, (16, 8)),
    length=32,
    lag=8,
    batch=4,
    steps=12,
    evaluate=6,
    seeds=(0, 1),
    linear=(16, 8, 3),
    paper=-0.5,
)


@pytest.fixture
def waves(monkeypatch):
    phases = RNG(0).random((20, 1, 1)) * 6
    values = np.sin(phases + 0.3 * np.arange(40)[None, :, None]).astype(np.float32)
    serve(monkeypatch, task(values, np.zeros(20, int)))


def by_species(outcome):
    return {(r.species, r.metric): r for r in outcome.records}


@pytest.mark.usefixtures("waves")
def test_a_row_has_the_net_the_constant_and_the_linear_readout():
    outcome = delay_deep.run(SETTINGS, "delay-deep/toy", PLACE)
    found = by_species(outcome)
    net = found["S4D-LegS", "log10 test MSE"]
    runs = [float(v) for v in net.note.split(", sd")[0][5:].split(", ")]
    assert net.value == pytest.approx(np.mean(runs), rel=1e-3)  # printed with 4 digits
    assert (net.paper, net.fidelity) == (-0.5, "scaled-down")
    # standardized samples have variance one, those of some sequences nearly
    assert abs(found["constant", net.metric].value) < 0.05
    # sines of one frequency are recalled by a phase
    assert found["S4D-LegS, best linear readout", net.metric].value < -2
    lines = {c.name: c for c in outcome.curves}
    assert lines["test error, seed 1"].x == (6.0, 12.0)
    last = [lines[f"test error, seed {k}"].y[-1] for k in (0, 1)]
    assert net.value == pytest.approx(np.mean(last), abs=1e-5)  # rounded so


@pytest.mark.usefixtures("waves")
def test_a_row_repeats_to_the_bit():
    assert delay_deep.run(SETTINGS, "delay-deep/toy", PLACE) == delay_deep.run(
        SETTINGS, "delay-deep/toy", PLACE
    )


@pytest.mark.usefixtures("waves")
@pytest.mark.parametrize(
    ("change", "fidelity"),
    [
        ({}, "scaled-down"),
        ({"scaled": False}, "look-alike"),
        ({"scaled": False, "paper": None}, "look-alike"),
    ],
)
def test_a_row_says_how_close_it_is_to_the_paper(change, fidelity):
    settings = dataclasses.replace(SETTINGS, steps=1, seeds=(0,), **change)
    outcome = delay_deep.run(settings, "delay-deep/toy", PLACE)
    assert {r.fidelity for r in outcome.records} == {fidelity}
    assert "sd" not in outcome.records[0].note


def test_full_data_do_not_make_an_unstated_lag_the_papers(monkeypatch):
    values = RNG(0).normal(size=(20, 32, 1)).astype(np.float32)
    serve(monkeypatch, task(values, np.zeros(20, int), fidelity="full"))
    settings = dataclasses.replace(SETTINGS, steps=1, seeds=(0,), scaled=False)
    (first, *_) = delay_deep.run(settings, "delay-deep/toy", PLACE).records
    assert first.fidelity == "look-alike"


def test_tokens_are_compared_by_cross_entropy(monkeypatch):
    tokens = RNG(0).integers(1, 4, size=(20, 32))
    serve(monkeypatch, task(tokens, np.zeros(20, int), vocabulary=4))
    settings = dataclasses.replace(SETTINGS, steps=150, lr=0.03, lag=2, seeds=(0,))
    found = by_species(delay_deep.run(settings, "delay-deep/toy", PLACE))
    # three equally likely tokens cost log 3 nats
    constant = found["constant", "test cross-entropy"].value
    assert constant == pytest.approx(np.log(3), abs=0.02)
    assert found["S4D-LegS", "test cross-entropy"].value < 0.8 * constant
    assert 50 < found["S4D-LegS", "tokens recalled"].value <= 100
    assert len(found) == 3


def test_noise_has_the_exact_optimum_which_training_does_not_pass():
    net = dataclasses.replace(NET, activation="none", mixing="none", residual=False)
    settings = dataclasses.replace(
        SETTINGS, net=net, reading=None, steps=60, lr=0.03, seeds=(0,)
    )
    outcome = delay_deep.run(settings, "delay-deep/noise", PLACE)
    found = by_species(outcome)
    best = found["S4D-LegS, best linear readout", "log10 test MSE"]
    assert "exact" in best.note
    assert best.value < found["constant", "log10 test MSE"].value
    # variance 1/4
    assert found["constant", "log10 test MSE"].value == pytest.approx(-0.6, abs=0.05)
    assert settings.data is None


@pytest.mark.parametrize("lag", [0, 32, 40])
def test_a_lag_that_leaves_nothing_is_refused(lag):
    settings = dataclasses.replace(SETTINGS, lag=lag)
    with pytest.raises(errors.InvalidInputError, match=f"delay of {lag} in"):
        delay_deep.run(settings, "delay-deep/toy", PLACE)


def test_the_plan_has_table_1_and_keeps_windows_a_multiple_of_the_lag():
    rows = {e.name: e.settings for e in plan.plan("paper") if e.suite == "delay-deep"}
    assert rows["delay-deep/m4-w4s4"].paper == -2.8925
    assert rows["delay-deep/text-hippo"].paper == 0.123
    assert rows["delay-deep/weather-w4s4"].paper is None
    noise = rows["delay-deep/noise-legt"]
    assert (noise.length, noise.lag, noise.net.order) == (4000, 1000, 1024)
    assert (noise.net.dt_min, noise.steps) == (2.5e-4, 20_480)
    small = {e.name: e.settings for e in plan.plan("cpu") if e.suite == "delay-deep"}
    for name, one in small.items():
        assert one.lag * one.net.dt_min == pytest.approx(
            rows[name].lag * rows[name].net.dt_min
        )
        assert one.length <= rows[name].length
