import dataclasses

import numpy as np
import pytest

from framestate.bench import errors, plan
from framestate.bench.data import embedded, synthetic
from framestate.bench.tasks import approximation, peaks, reconstruction, species
from framestate.bench.tasks import translated as task

RNG = np.random.default_rng
SETTINGS = task.WindowSettings(
    order=9, length=600, window=200, every=100, trials=3, jumps=20, width=0.02
)


@pytest.mark.parametrize("name", ["LegT", "FouT", "WaLRUS-T", "Slepian-T-wide"])
def test_a_window_of_the_whole_record_is_the_record(name):
    batch = np.cumsum(RNG(0).normal(size=(300, 2)), axis=0)
    windows, found = reconstruction.reconstruct_windows(
        name, batch, order=9, window=300, every=50
    )
    whole = reconstruction.reconstruct(name, batch, order=9)
    assert np.array_equal(windows, batch)
    # one recurrence, cut nowhere
    np.testing.assert_allclose(found.values, whole.values, rtol=1e-12, atol=1e-12)
    assert np.all(found.error >= found.ideal * (1 - 1e-9))


def test_windows_come_place_by_place_from_one_recurrence():
    batch = np.cumsum(RNG(0).normal(size=(600, 2)), axis=0)
    windows, found = reconstruction.reconstruct_windows(
        "LegT", batch, order=5, window=200, every=100
    )
    assert windows.shape == found.values.shape == (200, 10)
    np.testing.assert_array_equal(windows[:, 2:4], batch[100:300])
    # the last samples before the third place, from a run up to there
    again = reconstruction.reconstruct_windows(
        "LegT", batch[:400], order=5, window=200, every=200
    )[1]
    np.testing.assert_allclose(found.values[:, 4:6], again.values[:, 2:], rtol=1e-10)


def test_a_smooth_window_is_rebuilt():
    t = np.linspace(0, 20, 2000)[:, None]
    batch = np.sin(t + np.array([0.0, 1.0]))
    for name in ("LegT", "WaLRUS-T"):
        _, found = reconstruction.reconstruct_windows(
            name, batch, order=32, window=400, every=400
        )
        # from rest, the jump at the beginning has left after the first window
        assert found.error[2:].max() < 0.1


def test_errors_of_windows_lie_above_the_ideal_and_shares_add_up():
    outcome = task.run(SETTINGS, RNG(0), signals={})
    for kind in synthetic.CLASSES:
        rows = [r for r in outcome.records if r.signal == kind]
        found = {(r.species, r.metric): r.value for r in rows}
        for name in SETTINGS.species:
            ideal = found[name, "ideal error"]
            assert found[name, "relative error"] >= ideal * (1 - 1e-9)
        shares = [v for (_, m), v in found.items() if m == "share won"]
        assert sum(shares) == pytest.approx(100)
    assert {r.suite for r in outcome.records} == {"translated"}
    assert {r.experiment for r in outcome.records} == {"translated/synthetic"}
    assert {r.fidelity for r in outcome.records} == {"scaled-down"}


def test_quiet_windows_are_left_out_and_counted():
    wave = np.zeros(600)
    wave[450:] = np.sin(np.arange(150) / 9)
    signal = dataclasses.replace(embedded.load("ecg"), values=wave)
    settings = dataclasses.replace(SETTINGS, signals=("x",), every=200)
    outcome = task.run(settings, RNG(0), signals={"x": (signal,)})
    assert all("1 of 3 windows of 200 samples" in r.note for r in outcome.records)


def test_the_papers_shares_stand_beside_its_three_memories_alone():
    base = approximation.SyntheticSettings(
        order=9, length=300, trials=2, jumps=4, classes=("blocks",)
    )
    three = approximation.run_synthetic(base, RNG(0))
    five = approximation.run_synthetic(
        dataclasses.replace(base, species=(*base.species, "Slepian", "Interval")),
        RNG(0),
    )
    shares = [r for r in three.records if r.metric == "share won"]
    assert [r.paper for r in shares] == [100.0, 0.0, 0.0]
    assert all(r.paper is None for r in five.records)
    assert {r.suite for r in five.records} == {"approximation-ablation"}


@pytest.mark.parametrize(
    ("kind", "fidelity"), [("blocks", "regenerated"), ("bumps", "look-alike")]
)
def test_the_papers_state_size_makes_a_row_more_than_scaled_down(
    kind, fidelity, monkeypatch
):
    monkeypatch.setattr(approximation, "_PAPER_ORDER", 9)
    settings = approximation.SyntheticSettings(
        order=9, length=300, trials=1, jumps=4, classes=(kind,)
    )
    (first, *_) = approximation.run_synthetic(settings, RNG(0)).records
    assert first.fidelity == fidelity


def test_peaks_in_a_window_are_counted_once_each():
    settings = peaks.PeakSettings(
        length=5000, trials=4, peaks=20, window=1000, species=("WaLRUS-T",)
    )
    outcome = peaks.run(settings, RNG(0))
    found = {(r.signal, r.metric): r for r in outcome.records}
    missed = found["peaks: spikes", "missed peaks"]
    assert missed.paper == 0.27
    assert missed.experiment == "translated/peaks"
    # 80 peaks; the paper misses one in 400
    assert missed.value <= 5
    assert missed.value * 80 % 100 == pytest.approx(0)
    assert found["peaks: bumps", "displacement"].value < 20


def test_narrow_peaks_are_narrow_and_apart():
    drawn = synthetic.peaks(
        "spikes", RNG(0), length=10_000, count=20, shape=synthetic.NARROW
    )
    assert np.diff(drawn.positions).min() >= 59
    # 20 spikes of 40 samples
    assert 700 < np.count_nonzero(drawn.clean) <= 820
    with pytest.raises(errors.InvalidInputError, match="1 to 24 peaks"):
        synthetic.peaks("spikes", RNG(0), length=100, count=25, shape=synthetic.NARROW)


def test_the_paper_plan_has_the_papers_settings():
    rows = {e.name: e.settings for e in plan.plan("paper")}
    synthetic_row = rows["approximation/synthetic"]
    assert (synthetic_row.order, synthetic_row.jumps) == (501, 1000)
    assert rows["approximation/speech"].order == 1995
    m4 = rows["translated/m4-hourly"]
    assert (m4.order, m4.window, m4.length, m4.every) == (128, 1000, 8000, 200)
    assert rows["translated/peaks"].trials == 2000
    assert rows["translated/peaks"].species == species.TRANSLATED_SPECIES
