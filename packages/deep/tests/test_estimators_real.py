"""Real signals, learned in seconds: scikit-learn's digits, PyWavelets' ECG."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
import pywt
from sklearn.datasets import load_digits
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split

from framestate.deep.estimators import SequenceClassifier, SequenceForecaster

QUICK = {"random_state": 0, "verbose": False}
BEATS = (190, 518, 848)  # the R peaks of the ECG


@pytest.fixture(scope="module")
def digits():
    """Images of 8 x 8 pixels: 8 samples of 8 channels, or 64 of one."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, random_state=0, stratify=y)


@pytest.mark.parametrize(
    ("layer", "order"),
    [("w4s4", None), ("w4s4", 16), ("translated_walrus", None), ("multires", None)],
)
def test_digits_are_read_row_by_row(digits, layer, order):
    X, X_new, y, y_new = digits
    options = {"order": order, "d_model": 32, "max_epochs": 5, "pooling": "last"}
    clf = SequenceClassifier(layer, **options, **QUICK)
    clf.fit(X.reshape(-1, 8, 8), y)
    assert clf.score(X_new.reshape(-1, 8, 8), y_new) > 0.9


def test_digits_are_read_pixel_by_pixel(digits):
    X, X_new, y, y_new = digits
    clf = SequenceClassifier(
        "w4s4", d_model=32, max_epochs=6, pooling="last", lr=0.02, **QUICK
    )
    assert clf.fit(X, y).score(X_new, y_new) > 0.9


def test_a_heart_beat_is_heard_in_the_last_half_of_a_window():
    ecg, length = pywt.data.ecg().astype(float), 64
    ends = np.arange(length, len(ecg))
    X = np.stack([ecg[end - length : end] for end in ends])
    age = np.min([np.where(ends > b, ends - 1 - b, 999) for b in BEATS], axis=0)
    y = np.where(age < length // 2, "beat", "rest")
    past = ends < 700  # two beats to learn from, a third to find
    clf = SequenceClassifier(
        "w4s4",
        d_model=16,
        max_epochs=8,
        pooling="last",
        class_weight="balanced",
        **QUICK,
    )
    clf.fit(X[past], y[past])
    assert balanced_accuracy_score(y[~past], clf.predict(X[~past])) > 0.8


def test_an_ecg_is_forecast_better_than_by_its_last_sample():
    ecg = pywt.data.ecg().astype(float)
    forecaster = SequenceForecaster(
        "w4s4", horizon=8, context=64, d_model=16, max_epochs=8, **QUICK
    )
    forecaster.fit(ecg[:700])
    later = np.stack([ecg[end - 72 : end] for end in range(780, len(ecg))])
    assert forecaster.score(later) > 0.2
