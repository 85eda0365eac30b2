import dataclasses
from pathlib import Path

import numpy as np
import pytest
from toy_tasks import serve, task

from framestate.bench.data import embedded
from framestate.bench.tasks import audio_memory, network, pyramid
from framestate.bench.tasks.sequences import Reading

RNG = np.random.default_rng
PLACE = network.Place(None, None, Path())
SETTINGS = audio_memory.AudioSettings(
    Reading("toy", 120, (24, 6)), samples=128, numbers=16, levels=4, species=("LegS",)
)


def test_all_coefficients_give_the_signal_back():
    batch = RNG(0).normal(size=(64, 3))
    for rule in ("coarse", "recent"):
        # orthonormal: eps times some operations a sample
        np.testing.assert_allclose(
            pyramid.kept(batch, "db2", 4, 64, rule), batch, atol=1e-12
        )
    np.testing.assert_allclose(pyramid.largest(batch, "db2", 4, 64), batch, atol=1e-12)


def test_what_is_left_out_is_the_error():
    batch = RNG(0).normal(size=(64, 3))
    every = np.sort(np.concatenate(pyramid.bands(batch, "db2", 4)) ** 2, axis=0)
    lost = np.sum((pyramid.largest(batch, "db2", 4, 10) - batch) ** 2, axis=0)
    np.testing.assert_allclose(lost, every[:-10].sum(axis=0), rtol=1e-10)


@pytest.mark.parametrize("rule", ["coarse", "recent"])
@pytest.mark.parametrize("numbers", [1, 7, 20, 63, 64])
def test_exactly_so_many_numbers_are_kept(rule, numbers):
    counts = pyramid.counts([4, 4, 8, 16, 32], numbers, rule)
    assert sum(counts) == numbers
    if rule == "coarse":
        assert counts[0] == min(numbers, 4)


def test_the_papers_tree_keeps_coarse_levels_whole():
    sizes = [16, *(2**k for k in range(4, 14))]
    coarse = pyramid.counts(sizes, 2068, "coarse")
    assert coarse == [16, 16, 32, 64, 128, 256, 512, 1024, 20, 0, 0]
    recent = pyramid.counts(sizes, 2068, "recent")
    assert recent[:6] == [16, 16, 32, 64, 128, 256]
    assert max(recent[6:]) - min(recent[6:]) <= 1


def test_recent_coefficients_keep_the_recent_past():
    batch = RNG(0).normal(size=(256, 4))
    rebuilt = pyramid.kept(batch, "db2", 5, 64, "recent")
    errors = np.sum((rebuilt - batch) ** 2, axis=1)
    # 11 of each band: the finest reach back 2 x 11 samples
    assert errors[-16:].max() < 1e-12 * errors[:100].mean()


def test_shrinking_takes_away_noise_and_leaves_a_smooth_signal():
    t = np.arange(1024) / 1024
    clean = np.sin(6 * t)[:, None]
    noisy = clean + 0.3 * RNG(0).normal(size=(1024, 5))
    before = np.mean((noisy - clean) ** 2)
    assert np.mean((pyramid.shrunk(noisy, "db4", 6) - clean) ** 2) < before / 10


def waves(count, length):
    t = np.arange(length) / length
    rng = RNG(1)
    shapes = np.cos(np.pi * np.arange(1, 9)[:, None] * t)
    return rng.normal(size=(count, 8)) @ shapes + 0.01 * rng.normal(
        size=(count, length)
    )


@pytest.fixture
def clips(monkeypatch):
    values = waves(24, 120).astype(np.float32)[:, :, None]
    serve(monkeypatch, task(values, np.zeros(24, int)))


@pytest.mark.usefixtures("clips")
def test_limits_are_not_passed_and_spreads_stand_beside_the_means():
    outcome = audio_memory.run(SETTINGS, "audio-memory/toy", PLACE, signals={})
    found = {r.species: r for r in outcome.records if r.metric == "SNR"}
    assert set(found) == {
        *audio_memory.TREES,
        "LegS",
        audio_memory.LARGEST,
        audio_memory.COMPONENTS,
    }
    largest = found[audio_memory.LARGEST].value
    assert all(largest >= found[name].value for name in audio_memory.TREES)
    # eight shapes fit into sixteen components; the noise of 1 % stays
    assert found[audio_memory.COMPONENTS].value > 30
    assert "over 6 clips" in found["LegS"].note
    assert {r.fidelity for r in outcome.records} == {"scaled-down"}
    assert {c.species for c in outcome.curves} == {"signal", *found}
    whole = dataclasses.replace(SETTINGS, scaled=False)
    (first, *_) = audio_memory.run(whole, "audio-memory/toy", PLACE, signals={}).records
    assert first.fidelity == "look-alike"


def test_embedded_signals_need_no_data_and_have_no_components():
    settings = dataclasses.replace(SETTINGS, reading=None, pieces=2)
    signals = {name: (embedded.load(name),) for name in ("camera", "ecg")}
    outcome = audio_memory.run(settings, "audio-memory/x", PLACE, signals=signals)
    assert audio_memory.COMPONENTS not in {r.species for r in outcome.records}
    assert {r.fidelity for r in outcome.records} == {"own"}
    assert "4 windows of camera, ecg" in outcome.records[0].note


def test_decibels_are_ten_a_power():
    truth = np.ones((10, 2))
    ratio = audio_memory.decibels(truth, truth - np.array([0.1, 1.0]))
    np.testing.assert_allclose(ratio, (20.0, 0.0), atol=1e-12)
