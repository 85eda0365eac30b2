"""What a user passes in, as one padded array with its lengths.

Three forms are read: (n, length), one univariate sequence a row, which is also
scikit-learn's table of features; (n, length, channels); and a list of arrays
(length,) or (length, channels), whose lengths may differ.
"""

from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float, Int
from sklearn.utils.validation import check_array, validate_data

from framestate.deep.errors import InvalidInputError

CHECKS = {"dtype": (np.float64, np.float32), "ensure_all_finite": "allow-nan"}


@final
@dataclass(frozen=True, slots=True, eq=False)
class Sequences:
    """Sequences padded at the right with zeros.

    Attributes
    ----------
    values : ndarray
        (n, length, channels), finite or NaN where a value is missing.
    lengths : ndarray
        True lengths, (n,).
    is_table : bool
        Whether it came as (n, length).
    absent : tuple of int
        Axes of `values` that it came without, such as (2,) where samples are numbers.
    """

    values: Float[np.ndarray, "n length channels"]
    lengths: Int[np.ndarray, " n"]
    is_table: bool = False
    absent: tuple[int, ...] = ()

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.values.shape[2]

    def last(self, count: int) -> "Sequences":
        """Return the last `count` samples of each, all of a shorter one."""
        lengths = np.minimum(self.lengths, count)
        sample = (self.lengths - lengths)[:, None] + np.arange(lengths.max())
        sample = np.minimum(sample, self.lengths[:, None] - 1)[..., None]
        values = np.take_along_axis(self.values, sample, axis=1)
        values[np.arange(lengths.max()) >= lengths[:, None]] = 0
        return replace(self, values=values, lengths=lengths)

    def before_last(self, count: int) -> "Sequences":
        """Return all but the last `count` samples of each."""
        lengths = self.lengths - count
        values = np.where(
            (np.arange(self.values.shape[1]) < lengths[:, None])[..., None],
            self.values,
            0,
        )
        return replace(self, values=values, lengths=lengths)

    @property
    def true(self) -> Bool[np.ndarray, "n length"]:
        """Where a sample is no padding."""
        return np.arange(self.values.shape[1]) < self.lengths[:, None]


def read_sequences(owner: Any, X: Any, *, reset: bool, any_length: bool) -> Sequences:
    """Return X as sequences that fit the estimator, or refuse it.

    Parameters
    ----------
    owner : estimator
        Whose X it is. With `reset` its ``n_features_in_``, ``n_channels_in_`` and
        ``length_in_`` are set, otherwise X is held against them; its `missing` says
        what a NaN is.
    X : array-like or list of array-like
        The sequences.
    reset : bool
        Whether this is the first look at data (fit).
    any_length : bool
        Whether the rows of a table may have another length than in a fit to a table,
        against scikit-learn's contract; all other forms always may.

    Raises
    ------
    ValueError
        From scikit-learn, for what is no array of finite real numbers.
    InvalidInputError
        For another rank, channels or lengths, an empty sequence, or a refused NaN.
    """
    items = _as_list(X)
    if items is not None:
        sequences = _padded(items)
    elif rank_of(X) == 3:
        sequences = _stacked(X)
    elif reset or not (any_length or owner.length_in_ is None):
        values = validate_data(owner, X, reset=reset, **CHECKS)
        sequences = _stacked(values[..., None], is_table=True)
    else:
        sequences = _stacked(check_array(X, **CHECKS)[..., None], is_table=True)
    _settle_features(owner, sequences, reset=reset)
    if owner.missing == "refuse":
        _refuse_missing(owner, sequences)
    return sequences


def rank_of(X: Any) -> int:
    """Return the number of axes; 2 for a list of sequences of several lengths."""
    if _as_list(X) is not None:
        return 2
    return X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim


def _as_list(X: Any) -> list[Any] | None:
    """Return the sequences of a list of arrays, or of lists of several lengths."""
    is_row = isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1
    if not (is_row or isinstance(X, list | tuple)) or len(X) == 0:
        return None
    items = list(X)
    if all(getattr(item, "ndim", 0) > 0 for item in items):
        return items
    nested = all(isinstance(item, list | tuple) for item in items)
    return items if nested and len({len(item) for item in items}) > 1 else None


def _padded(items: list[Any]) -> Sequences:
    """Pad a list of sequences at the right."""
    arrays = [
        check_array(
            item, ensure_2d=False, allow_nd=True, ensure_min_samples=0, **CHECKS
        )
        for item in items
    ]
    absent = (2,) if all(array.ndim == 1 for array in arrays) else ()
    arrays = [array[:, None] if array.ndim == 1 else array for array in arrays]
    shapes = {array.shape[1:] for array in arrays}
    lengths = np.array([len(array) for array in arrays])
    if len(shapes) > 1 or len(next(iter(shapes))) != 1 or lengths.min() == 0:
        found = sorted({array.shape for array in arrays}, key=str)
        raise InvalidInputError(
            request=f"a list of {len(items)} sequences of shapes {found[:4]}",
            finding="each must be (length,) or (length, channels), not empty, and "
            "all must have the same channels",
            remedy="Leave empty sequences out, and give each the same columns.",
        )
    shape = (len(arrays), int(lengths.max()), *next(iter(shapes)))
    values = np.zeros(shape, np.result_type(*arrays))
    for row, array in zip(values, arrays, strict=True):
        row[: len(array)] = array
    return Sequences(values, lengths, absent=absent)


def _stacked(X: Any, *, is_table: bool = False) -> Sequences:
    """Take (n, length, channels) as it is."""
    values = check_array(X, allow_nd=True, **CHECKS)
    if 0 in values.shape:
        raise InvalidInputError(
            request=f"X of shape {values.shape}",
            finding="there is nothing in it",
            remedy="Give at least one sequence of one sample and one channel.",
        )
    lengths = np.full(len(values), values.shape[1])
    absent = (2,) if is_table else ()
    return Sequences(values, lengths, is_table=is_table, absent=absent)


def _settle_features(owner: Any, sequences: Sequences, *, reset: bool) -> None:
    """Write down what fit saw, or hold the sequences against it."""
    if not reset:
        if sequences.channels != owner.n_channels_in_:
            raise InvalidInputError(
                request=f"X with {sequences.channels} channels",
                finding=f"{type(owner).__name__} was fitted to {owner.n_channels_in_}",
                remedy="Give sequences of the channels that fit saw, in their order.",
            )
        return
    owner.n_channels_in_ = sequences.channels
    owner.length_in_ = sequences.values.shape[1] if sequences.is_table else None
    if not sequences.is_table:
        owner.n_features_in_ = sequences.channels
        vars(owner).pop("feature_names_in_", None)


def _refuse_missing(owner: Any, sequences: Sequences) -> None:
    """Refuse a NaN, with where the first one is."""
    missing = np.isnan(sequences.values).any(-1)
    if not missing.any():
        return
    row, sample = np.argwhere(missing)[0]
    raise InvalidInputError(
        request=f"X with NaN in {missing.sum()} samples, the first at sequence {row}, "
        f"sample {sample}",
        finding="missing values are refused unless asked for",
        remedy=f'Fill them in, or use {type(owner).__name__}(missing="mask"), which '
        "gives the model zeros there and channels that say so.",
    )
