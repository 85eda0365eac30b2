"""What a user wants predicted: labels as class numbers, or rows of real numbers."""

from typing import Any

import numpy as np
from jaxtyping import Float64, Int64, Shaped
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    assert_all_finite,
    check_array,
    check_consistent_length,
)

from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators.sequences import Sequences

Labels = Shaped[np.ndarray, " n"]
Classes = Shaped[np.ndarray, " classes"]


def labels_of(sequences: Sequences, y: Any) -> Labels:
    """Return y as one label per sequence.

    Raises
    ------
    ValueError
        From scikit-learn, for what is no list of labels or has another length.
    InvalidInputError
        If there is no y.
    """
    _require_given(y)
    labels = column_or_1d(y, warn=True)
    if labels.dtype.kind == "f":
        assert_all_finite(labels, input_name="y")
    check_classification_targets(labels)
    check_consistent_length(sequences.values, labels)
    return labels


def classes_of(labels: Labels) -> Classes:
    """Return the classes in order.

    Raises
    ------
    InvalidInputError
        If there is one class: nothing could be told apart.
    """
    classes = np.unique(labels)
    if len(classes) < 2:
        raise InvalidInputError(
            request=f"classes {classes.tolist()}",
            finding="one class cannot be told from another",
            remedy="Give labels of two classes or more.",
        )
    return classes


def codes_of(labels: Labels, classes: Classes) -> Int64[np.ndarray, " n"]:
    """Return the number of each label's class.

    Raises
    ------
    InvalidInputError
        If a label is none of the classes.
    """
    unknown = np.setdiff1d(labels, classes)
    if len(unknown):
        raise InvalidInputError(
            request=f"y with {unknown[:5].tolist()}",
            finding=f"the classes are {classes.tolist()}",
            remedy="Give all classes at the first call, or fit a new estimator.",
        )
    return np.searchsorted(classes, labels)


def numbers_of(sequences: Sequences, y: Any) -> Float64[np.ndarray, " n *targets"]:
    """Return y as real numbers, (n,) or (n, targets).

    Raises
    ------
    ValueError
        From scikit-learn, for what is not finite real numbers or of another length.
    InvalidInputError
        If there is no y.
    """
    _require_given(y)
    numbers = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
    check_consistent_length(sequences.values, numbers)
    return numbers


def _require_given(y: Any) -> None:
    if y is None:
        raise InvalidInputError(
            request="fit",
            finding="it requires y to be passed, but the target y is None",
            remedy="Give one target per sequence.",
        )
