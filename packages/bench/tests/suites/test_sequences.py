import dataclasses
from pathlib import Path

import numpy as np
import pytest
from toy_tasks import serve, task

from framestate.bench import errors
from framestate.bench.data.task import Batch
from framestate.bench.tasks import inputs, network, readout, species
from framestate.bench.tasks.sequences import Reading, loudest, read

RNG = np.random.default_rng
PLACE = network.Place(None, None, Path())


def test_sequences_have_one_channel_and_the_training_moments(monkeypatch):
    values = RNG(0).normal(3, 2, size=(30, 20, 2)).astype(np.float32)
    serve(monkeypatch, task(values, np.arange(30) % 3))
    found = read(Reading("toy", 8, (30, 7)), PLACE)
    assert found.train.shape == (30, 8)
    assert found.test.shape == (7, 8)
    # float32 samples, so their moments have 7 digits
    assert abs(found.train.mean()) < 1e-6
    assert found.train.std() == pytest.approx(1)
    taken = np.stack([values[i, 12:, i % 2] for i in range(30)]).astype(float)
    expected = (taken - taken.mean()) / taken.std()
    np.testing.assert_allclose(found.train, expected, atol=1e-12)
    assert np.array_equal(found.train_labels, np.arange(30) % 3)
    assert found.fidelity == "look-alike"
    assert found.note == "30 + 7 sequences of 8; made up"


def test_tokens_stay_tokens(monkeypatch):
    tokens = RNG(0).integers(1, 9, size=(5, 12))
    serve(monkeypatch, task(tokens, np.zeros(5, int), vocabulary=9))
    found = read(Reading("toy", 4), PLACE)
    assert np.array_equal(found.train, tokens[:, 8:])
    assert found.vocabulary == 9


def test_a_forecast_gives_its_history_and_what_follows(monkeypatch):
    class Forecasts:
        def __len__(self):
            return 2

        def batch(self, rows):
            seen = np.array([[[1.0], [2.0], [0.0]], [[4.0], [5.0], [6.0]]], np.float32)
            later = np.array([[[3.0]], [[7.0]]], np.float32)
            return Batch(seen[rows], np.array([2, 3])[rows], later[rows])

    made = task(np.zeros((2, 3, 1), np.float32), np.zeros(2, int), kind="forecast")
    made = dataclasses.replace(made, train=Forecasts(), test=Forecasts())
    serve(monkeypatch, made)
    found = read(Reading("toy", 3), PLACE).train
    raw = np.array([[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]])
    np.testing.assert_allclose(found, (raw - raw.mean()) / raw.std())
    # the short one is left out
    assert len(read(Reading("toy", 4), PLACE).train) == 1
    with pytest.raises(errors.InvalidInputError, match="none of 2 is as long"):
        read(Reading("toy", 5), PLACE)


def test_the_loudest_stretch_is_found():
    wave = np.zeros(50)
    wave[20:24] = (3, -3, 3, -3)
    assert loudest(wave, 4) == 20


def test_a_loud_reading_is_cut_where_it_is_loud(monkeypatch):
    values = np.zeros((2, 50, 1), np.float32)
    values[:, 20:24, 0] = (3, -3, 3, -3)
    serve(monkeypatch, task(values, np.zeros(2, int)))
    assert np.ptp(read(Reading("toy", 4, crop="last"), PLACE).train) == 0
    assert np.ptp(read(Reading("toy", 4, crop="loudest"), PLACE).train) == 2


@pytest.mark.parametrize("name", [*inputs.STATIONARY, "band2"])
def test_drawn_noise_has_variance_one_and_its_spectrum(name):
    drawn = inputs.draw(name, RNG(0), length=256, count=4000)
    # AR(2) of double root .99 has about one independent sample in 256
    assert np.var(drawn) == pytest.approx(1, abs=4 * np.sqrt(2 / 4000))
    share = np.abs(np.fft.rfft(drawn * np.hanning(256)[:, None], axis=0)) ** 2
    low = share[:20].sum() / share.sum()
    density = inputs.spectrum(name, 256)
    expected = 20 / 129 if isinstance(density, str) else density[:20].sum()
    if not isinstance(density, str):
        expected /= density.sum()
    assert low == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("name", ["LegT", "S4D-Lin"])
def test_states_are_those_of_the_recurrence(name):
    batch = RNG(0).normal(size=(9, 3))
    found = readout.states(name, batch, order=4, dt=0.1)
    both = readout.states(name, 2 * batch[:, :1], order=4, dt=0.1)
    assert found.shape == (9, 3, 4)
    assert found.dtype == np.float64
    # eps times some hundred operations
    np.testing.assert_allclose(both[:, 0], 2 * found[:, 0], rtol=0, atol=1e-13)


def test_the_linear_readout_agrees_with_the_exact_oracle():
    train, test = (
        readout.recalling(inputs.draw("white", RNG(k), length=400, count=40), 10)
        for k in range(2)
    )
    dts = np.array([0.05, 0.1])
    best = readout.best_linear("LegT", train, test, order=12, dts=dts)
    step = readout.ssm.discretize(
        species.build("LegT", 12), dt=best.dt, method="bilinear"
    )
    exact = readout.ssm.delay_error(step, 10)
    assert best.dt == 0.1
    # 15,600 samples: the spread of a mean square is its sqrt(2 / n), and from rest
    assert best.error == pytest.approx(exact, rel=0.1)
