from pathlib import Path

import numpy as np
import pytest
from toy_tasks import serve, task

from framestate import ssm
from framestate.bench import plan
from framestate.bench.data import embedded
from framestate.bench.tasks import (
    delay,
    delay_limits,
    inputs,
    network,
    reconstruction,
    species,
)
from framestate.bench.tasks import wavelet_order as orders

RNG = np.random.default_rng


def test_the_frame_of_the_papers_wavelet_has_the_papers_rank():
    settings = orders.OrderSettings("db11", length=400, trials=3)
    signals = {"ecg": (embedded.load("ecg"),)}
    outcome = orders.run(settings, RNG(0), signals=signals)
    found = {(r.signal, r.metric): r.value for r in outcome.records}
    assert found["frame", "effective rank r"] == 65
    assert found["frame", "trained numbers"] == 67
    for name in ("blocks", "ecg"):
        error, ideal = (found[name, f"{m} error"] for m in ("relative", "ideal"))
        assert ideal * (1 - 1e-9) <= error < 1
    assert {r.experiment for r in outcome.records} == {"wavelet-order/db11"}


def test_the_past_of_a_frame_is_that_of_its_species():
    batch = np.cumsum(RNG(0).normal(size=(200, 3)), axis=0)
    frame = species.frame_of("LegS", 9)
    one = reconstruction.reconstruct_past(frame, batch)
    other = reconstruction.reconstruct("LegS", batch, order=9)
    # the same operator, once derived and once by its formula
    np.testing.assert_allclose(one.values, other.values, rtol=1e-9, atol=1e-9)


def test_every_wavelet_of_the_plan_can_be_built():
    rows = [e for e in plan.plan("smoke") if e.suite == "wavelet-order"]
    names = {e.settings.wavelet for e in rows if e.data is None}
    assert {"db2", "db10", "db11", "sym4", "sym10", "coif1", "coif5"} <= names
    trees = {e.settings.net.wavelet: e.settings.net for e in rows if e.data}
    assert "db1" in trees
    fixed = [e.settings.net.fixed_filters for e in rows if e.data]
    assert sum(fixed) * 2 == len(fixed)


@pytest.mark.parametrize("signal", inputs.STATIONARY)
def test_no_memory_is_better_than_the_limit(signal):
    settings = delay.DelaySettings(
        signal=signal,
        order=12,
        lag=40,
        lags=(),
        dt_range=(5e-3, 1e-1),
        dt_count=5,
        species=("W4S4", "LegS", "LegT", "FouT"),
    )
    outcome = delay.run(settings, RNG(0))
    (limit,) = (r for r in outcome.records if r.metric == "limit")
    found = [r.value for r in outcome.records if r.metric == "MSE"]
    assert limit.value <= min(found)
    if signal == "white":
        # with feedthrough, 1 - n / L
        assert limit.value == pytest.approx(1 - 12 / 40, rel=1e-12)
    assert limit.species == delay_limits.LIMIT


def test_a_record_has_no_limit_for_all_memories():
    settings = delay.DelaySettings(
        signal="nino", order=4, dt_count=2, lags=(), species=("LegS",)
    )
    outcome = delay.run(settings, RNG(0), signal=embedded.load("nino"))
    assert "limit" not in {r.metric for r in outcome.records}


def test_a_record_of_the_library_is_delayed_as_others_are(monkeypatch):
    values = np.cumsum(RNG(0).normal(size=(3, 1440, 1)), axis=1).astype(np.float32)
    serve(monkeypatch, task(values, np.zeros(3, int)))
    (row,) = (e for e in plan.plan("smoke") if e.name == "delay/weather")
    assert row.data == "wth-s720"
    (row,) = plan.with_values((row,), ("order=8", "species=LegT", "lags="))
    outcome = plan.execute(row, {}, RNG(0), network.Place(None, None, Path()))
    (error,) = (r for r in outcome.records if r.metric == "MSE")
    drawn = network.chosen(3, 1)[0]
    wave = values[drawn, :, 0].astype(np.float64)
    dt = float(error.note.split("dt ")[1].split(";")[0])
    step = ssm.discretize(species.build("LegT", 8), dt=dt, method="bilinear")
    # dt is printed with two digits
    assert error.value == pytest.approx(ssm.delay_error_on(step, wave, 300), rel=0.2)
