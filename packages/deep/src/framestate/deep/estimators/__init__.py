"""Sequence models with scikit-learn's interface.

    clf = SequenceClassifier("w4s4")
    clf.fit(X, y)
    clf.predict(X_new)

Needs the extra ``estimators``: ``pip install "framestate-deep[estimators]"``.
"""

from importlib.util import find_spec

from framestate.deep.errors import MissingExtraError

if find_spec("sklearn") is None:
    raise MissingExtraError(
        request="import of framestate.deep.estimators",
        finding="scikit-learn is not installed",
        remedy='Install it: pip install "framestate-deep[estimators]"',
    )

from framestate.deep.estimators.classifier import SequenceClassifier
from framestate.deep.estimators.forecaster import SequenceForecaster
from framestate.deep.estimators.regressor import SequenceRegressor
from framestate.deep.estimators.streaming import SequenceStream

__all__ = [
    "MissingExtraError",
    "SequenceClassifier",
    "SequenceForecaster",
    "SequenceRegressor",
    "SequenceStream",
]
