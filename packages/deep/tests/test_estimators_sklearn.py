"""The estimators keep scikit-learn's contract, and need it only when imported."""

import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from framestate.deep.estimators import (
    SequenceClassifier,
    SequenceForecaster,
    SequenceRegressor,
)

# float64: two checks compare predictions made in two batches to 1e-7.
SMALL = {
    "d_model": 8,
    "n_layers": 1,
    "dropout": 0.0,
    "dtype": "float64",
    "verbose": False,
}
QUICK = {**SMALL, "lr": 0.05, "batch_size": 25, "pooling": "last"}
SERIES = {
    "check_n_features_in_after_fitting": "series to forecast may have any length",
    "check_fit1d": "a one-dimensional X is one series",
    "check_fit2d_predict1d": "a one-dimensional X is one series",
}


def expected_failures(estimator) -> dict[str, str]:
    return SERIES if isinstance(estimator, SequenceForecaster) else {}


@parametrize_with_checks(
    [
        SequenceClassifier("w4s4", order=32, max_epochs=8, **QUICK),
        SequenceRegressor("s4d", order=32, max_epochs=12, **QUICK),
        SequenceForecaster("multires", max_epochs=2, horizon=1, **SMALL),
    ],
    expected_failed_checks=expected_failures,
)
def test_the_estimator_passes(estimator, check):
    check(estimator)


def test_a_search_over_numpy_numbers_finds_the_layer_that_sees_the_past():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 12, 1))
    y = X[:, 3, 0]
    search = GridSearchCV(
        SequenceRegressor("s4d", max_epochs=6, random_state=0, **QUICK),
        {"order": np.array([8]), "lr": np.array([1e-5, 0.05])},
        cv=2,
    )
    assert search.fit(X, y).best_params_["lr"] == 0.05


FRESH = """
import importlib.util, sys
import framestate.deep
assert "sklearn" not in sys.modules
find = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "sklearn" else find(name)
try:
    import framestate.deep.estimators
except ImportError as error:
    assert isinstance(error, framestate.deep.DeepError)
    print(error)
"""


def test_only_the_estimators_need_sklearn_and_without_it_name_the_extra():
    done = subprocess.run(
        [sys.executable, "-c", FRESH], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "import of framestate.deep.estimators: scikit-learn is not installed. "
        'Install it: pip install "framestate-deep[estimators]"\n'
    )
