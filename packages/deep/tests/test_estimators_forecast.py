"""Forecasts: what windows hold, how they roll on, and what series may look like."""

from functools import partial

import numpy as np
import pytest
import torch

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators import (
    SequenceClassifier,
    SequenceForecaster,
    SequenceRegressor,
)
from framestate.deep.estimators.windows import training_windows, validation_windows
from framestate.deep.layers.baselines import AttentionLayer

SMALL = {
    "layer": "s4d",
    "order": 8,
    "d_model": 8,
    "n_layers": 1,
    "horizon": 3,
    "max_epochs": 2,
    "dtype": "float64",
    "random_state": 0,
    "verbose": False,
}


def forecaster(**options) -> SequenceForecaster:
    return SequenceForecaster(**{**SMALL, **options})


def waves(n: int, length: int, seed: int = 0) -> np.ndarray:
    """Sines of period 12 at random phases, at a level of 100, in noise."""
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    noise = 0.05 * rng.standard_normal((n, length))
    return 100 + np.sin(np.arange(length) * 2 * np.pi / 12 + phase) + noise


def lessons(windows, z, context, horizon):
    """Every target that counts, by the definition: (series, sample, ahead)."""
    found = []
    past = windows.past(z, torch.arange(len(windows)), context)
    future = windows.future(z, torch.arange(len(windows)), context, horizon)
    for row in range(len(windows)):
        for t in range(context):
            for ahead in range(horizon):
                if not future[row, t, ahead].isnan():
                    now, then = int(past[row, t, 0]), int(future[row, t, ahead, 0])
                    assert then == now + 1 + ahead  # also: of the same series
                    found.append(then)
    return found


@pytest.mark.parametrize("context", [1, 4, 7])
@pytest.mark.parametrize("horizon", [1, 3])
def test_a_window_teaches_what_comes_after_each_sample(context, horizon):
    z = torch.arange(40.0).reshape(2, 20, 1)  # a value tells its series and sample
    ends = np.array([15, 6])
    found = lessons(training_windows(ends, context, horizon), z, context, horizon)
    # every sample but the first of each series is a target, none from its end on
    assert set(found) == {*range(1, 15), *range(21, 26)}


def test_a_window_may_reach_beyond_all_samples():
    z = torch.arange(5.0).reshape(1, 5, 1)
    windows = training_windows(np.array([5]), 7, 3)
    assert set(lessons(windows, z, 7, 3)) == {1, 2, 3, 4}
    past = windows.past(z, torch.arange(1), 7)[0, :, 0]
    assert past.tolist() == [0, 1, 2, 3, 4, 4, 4]


def test_validation_forecasts_from_each_sample_into_the_end_alone():
    z = torch.arange(20.0).reshape(1, 20, 1)
    windows = validation_windows(np.array([14]), np.array([20]), 5, 3)
    found = lessons(windows, z, 5, 3)
    assert found == [14, 15, 16, 15, 16, 17, 16, 17, 18, 17, 18, 19]
    assert len(validation_windows(np.array([20]), np.array([20]), 5, 3)) == 0
    assert len(validation_windows(np.array([18]), np.array([20]), 5, 3)) == 0


def test_a_long_series_has_many_windows_and_all_its_samples_in_some():
    windows = training_windows(np.array([10_000]), 64, 4)
    assert 900 < len(windows) <= 1000
    long = training_windows(np.array([1_000_000]), 64, 4)
    first = np.sort(long.first.numpy())
    assert np.diff(first).max() == 32
    assert first[-1] == 1_000_000 - 68
    assert first[0] < 32


def test_a_forecast_has_the_axes_of_its_series():
    y = waves(4, 30)
    shapes = {
        "one": (y[0], (3,), (5,)),
        "a list of numbers": (y[0].tolist(), (3,), (5,)),
        "rows": (y, (4, 3), (4, 5)),
        "channels": (np.stack([y, -y], 2), (4, 3, 2), (4, 5, 2)),
        "a list": ([y[0], y[1, :20]], (2, 3), (2, 5)),
        "a list of tables": ([y[:2].T, y[2:, :9].T], (2, 3, 2), (2, 5, 2)),
    }
    for name, (X, direct, rolled) in shapes.items():
        model = forecaster().fit(X)
        assert model.predict().shape == direct, name
        assert model.predict(horizon=5).shape == rolled, name
        assert np.array_equal(model.predict(X, 5), model.predict(horizon=5)), name


def test_series_of_several_lengths_are_forecast_as_if_alone():
    X = [row[: 8 + 3 * i] for i, row in enumerate(waves(6, 30))]
    model = forecaster(context=16).fit(X)
    alone = np.concatenate([model.predict([row], 7) for row in X])
    assert np.allclose(model.predict(X, 7), alone, rtol=1e-12)
    assert np.allclose(model.predict(X, 7), model.predict([x[-16:] for x in X], 7))


def test_a_rolled_forecast_takes_its_own_samples_for_the_past():
    y = waves(1, 40)[0]
    model = forecaster(context=30).fit(y)
    first = model.predict(y[:20])
    second = model.predict(np.concatenate([y[:20], first]))
    # the same sums, in double precision, in another order
    assert np.allclose(model.predict(y[:20], 6), [*first, *second], rtol=1e-12)
    assert np.array_equal(model.predict(y[:20], 4), model.predict(y[:20], 6)[:4])


def test_an_untrained_forecaster_repeats_the_last_sample():
    y = np.random.default_rng(0).standard_normal(400).cumsum()
    model = forecaster(lr=1e-12, weight_decay=0.0).fit(y)
    assert np.allclose(model.predict(horizon=7), y[-1], rtol=0, atol=1e-6)
    assert abs(model.score(y)) < 1e-6


def test_periodic_series_are_learned_and_validated_at_their_end():
    y = waves(8, 80)
    model = forecaster(max_epochs=25, lr=0.02, validation_fraction=0.2).fit(y[:6])
    assert len(model.history_["validation_loss"]) <= 25
    assert model.context_ == 38
    assert model.score(y[6:]) > 0.9
    assert np.allclose(model.scaling_.location, y[:6].mean())
    assert set(forecaster(patience=None).fit(y).history_) == {"loss"}
    assert set(forecaster(context=99).fit(y[:1]).history_) == {"loss"}


def test_the_score_compares_with_repeating_the_last_sample():
    model = forecaster().fit(waves(4, 40))
    X = waves(3, 30, seed=1)
    error = ((model.predict(X[:, :-3]) - X[:, -3:]) ** 2).sum()
    naive = ((X[:, -4:-3] - X[:, -3:]) ** 2).sum()
    assert np.isclose(model.score(X), 1 - error / naive, rtol=1e-12)
    assert model.score(np.full((2, 9), 100.0)) == 0  # any error is worse than none
    with pytest.raises(InvalidInputError, match="n_features = 3 samples"):
        model.score(X[:, :3])


def test_missing_samples_are_no_lessons():
    y = waves(6, 60)
    y[:, 20:25] = np.nan
    y[0, -1] = np.nan
    model = forecaster(missing="mask").fit(y)
    assert np.isfinite(model.history_["loss"]).all()
    assert np.isfinite(model.predict(horizon=8)).all()
    assert np.isfinite(model.score(y))
    assert np.isnan(y).sum() == 31  # the user's array is not touched
    with pytest.raises(InvalidInputError, match="NaN in 31 samples"):
        forecaster().fit(y)


def test_bad_series_are_refused():
    with pytest.raises(
        InvalidInputError, match="horizon=3 for series of n_features = 3"
    ):
        forecaster().fit(np.zeros((2, 3)))
    with pytest.raises(InvalidInputError, match="horizon=0"):
        forecaster(horizon=0).fit(np.zeros(9))
    with pytest.raises(InvalidInputError, match=r"context=1\.5"):
        forecaster(context=1.5).fit(np.zeros(9))
    model = forecaster().fit(np.zeros(9))
    with pytest.raises(InvalidInputError, match="horizon=0"):
        model.predict(horizon=0)
    with pytest.raises(InvalidInputError, match="with 2 channels"):
        model.predict(np.zeros((1, 9, 2)))


def test_a_layer_that_looks_ahead_is_refused():
    model = forecaster(layer=partial(AttentionLayer, causal=False))
    with pytest.raises(InvalidInputError, match="a forecaster: it is not causal"):
        model.fit(np.zeros(9))


def test_warm_start_goes_on_with_other_series():
    model = forecaster(warm_start=True).fit(waves(4, 40))
    network = model.model_
    assert model.fit(waves(3, 25, seed=2)).model_ is network
    assert model.predict().shape == (3, 3)


@pytest.mark.parametrize("other", [SequenceClassifier, SequenceRegressor])
def test_the_estimators_share_their_defaults(other):
    ours, theirs = SequenceForecaster().get_params(), other().get_params()
    shared = ours.keys() & theirs.keys()
    assert len(shared) == 18
    assert {key: ours[key] for key in shared} == {key: theirs[key] for key in shared}
