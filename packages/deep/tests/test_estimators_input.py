"""Forms of X and y: which mean the same, and which are refused with what words."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators import SequenceClassifier, SequenceRegressor
from framestate.deep.estimators.scaling import standard_scaling

SMALL = {
    "layer": "s4d",
    "order": 8,
    "d_model": 4,
    "n_layers": 1,
    "max_epochs": 2,
    "dtype": "float64",
    "random_state": 0,
    "verbose": False,
}


def regressor(**options) -> SequenceRegressor:
    return SequenceRegressor(**{**SMALL, **options})


@pytest.fixture(scope="module")
def X() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((20, 9))


@pytest.fixture(scope="module")
def y(X) -> np.ndarray:
    return X.sum(1)


def close(a, b) -> bool:
    # Sums over 20 x 9 numbers in another order, through two epochs of AdamW.
    return np.allclose(a, b, rtol=0, atol=1e-9)


def test_the_forms_of_univariate_sequences_are_the_same(X, y):
    forms = [X, X[..., None], list(X), [row[:, None] for row in X], X.tolist()]
    first, *others = [regressor().fit(form, y).predict(form) for form in forms]
    assert all(np.array_equal(first, other) for other in others)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "float32", "float64"])
def test_integers_are_the_numbers_they_are(X, y, dtype):
    whole = np.round(10 * X) + 100
    expected = regressor().fit(whole, y).predict(whole)
    assert np.array_equal(
        regressor().fit(whole.astype(dtype), y).predict(whole), expected
    )


def test_booleans_are_zeros_and_ones(X, y):
    assert np.array_equal(
        regressor().fit(X > 0, y).predict(X > 0),
        regressor().fit((X > 0) * 1.0, y).predict((X > 0) * 1.0),
    )


@pytest.mark.parametrize("pooling", ["mean", "last", "max"])
def test_padding_changes_nothing(X, y, pooling):
    ragged = [row[: 3 + i % 7] for i, row in enumerate(X)]
    model = regressor(pooling=pooling).fit(ragged, y)
    alone = np.concatenate([model.predict([row]) for row in ragged])
    assert close(model.predict(ragged), alone)
    as_objects = np.empty(len(ragged), object)
    as_objects[:] = ragged
    assert np.array_equal(model.predict(as_objects), model.predict(ragged))
    as_lists = [row.tolist() for row in ragged]
    assert np.array_equal(model.predict(as_lists), model.predict(ragged))


def test_padding_is_no_part_of_the_scale():
    ragged = [np.array([1.0, 3.0]), np.array([5.0])]
    scaling = regressor().fit(ragged, [0.0, 1.0]).scaling_
    assert close(scaling.location, [3.0])
    assert close(scaling.scale, [np.sqrt(8 / 3)])


def test_only_a_table_is_held_to_its_length(X, y):
    model = regressor().fit(X, y)
    assert model.n_features_in_ == 9
    assert model.n_channels_in_ == 1
    with pytest.raises(ValueError, match="X has 5 features, but SequenceRegressor is"):
        model.predict(X[:, :5])
    assert model.predict(X[:, :5, None]).shape == (20,)
    assert model.predict(list(X[:, :5])).shape == (20,)
    model = regressor().fit(np.stack([X, X], 2), y)
    assert model.n_features_in_ == model.n_channels_in_ == 2
    model = regressor().fit(X[..., None], y)
    assert model.predict(X[:, :5]).shape == (20,)


def test_the_units_of_a_channel_do_not_matter(X, y):
    both = np.stack([X, X**2], 2)
    other = both * [1e3, 1e-6] + [5.0, -1e-6]
    expected = regressor().fit(both, y).predict(both)
    assert close(regressor().fit(other, y).predict(other), expected)
    assert close(regressor().fit(both, 1e6 * y).predict(both) / 1e6, expected)
    bare = regressor(standardize=False)
    assert not close(bare.fit(both, y).predict(both), bare.fit(other, y).predict(other))


def test_a_scale_survives_extremes():
    true = np.ones((3, 1), bool)
    huge = standard_scaling(np.array([[[1e300]], [[-1e300]], [[0.0]]]), true)
    assert close(huge.scale / 1e300, [np.sqrt(2 / 3)])
    flat = standard_scaling(np.full((3, 1, 1), 0.1), true)
    assert (close(flat.location, [0.1]), flat.scale) == (True, [1.0])
    gone = standard_scaling(np.full((3, 1, 1), np.nan), true)
    assert (gone.location, gone.scale) == ([0.0], [1.0])


def test_a_missing_value_is_refused_with_its_place(X, y):
    X = X.copy()
    X[4, 7] = np.nan
    with pytest.raises(
        InvalidInputError, match="NaN in 1 samples, the first at"
    ) as info:
        regressor().fit(X, y)
    assert "sequence 4, sample 7" in info.value.request
    assert 'SequenceRegressor(missing="mask")' in info.value.remedy


def test_a_mask_tells_a_missing_value_from_the_mean():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 6))
    y = rng.integers(0, 2, 80)
    X[y == 1, 3] = np.nan
    X[y == 0, 3] = 0
    model = SequenceClassifier(
        **{**SMALL, "d_model": 8, "missing": "mask", "max_epochs": 20, "lr": 0.05}
    )
    assert model.fit(X, y).score(X, y) == 1
    assert model.model_.encoder.d_input == 2
    assert np.isfinite(model.predict_proba(np.full((1, 6), np.nan))).all()
    with pytest.raises(ValueError, match="infinity"):
        model.predict(np.full((1, 6), np.inf))


BAD_X = {
    "four axes": (np.zeros((2, 3, 4, 5)), "dim 4"),
    "no samples": (np.zeros((2, 0, 1)), "there is nothing in it"),
    "no channels": (np.zeros((2, 3, 0)), "there is nothing in it"),
    "an empty sequence": ([np.zeros(3), np.zeros(0)], "not empty"),
    "channels that differ": ([np.zeros((3, 1)), np.zeros((3, 2))], "the same channels"),
    "a sequence of images": ([np.zeros((3, 2, 2))] * 2, r"shapes \[\(3, 2, 2\)\]"),
    "complex": (np.zeros((2, 3, 1), complex), "Complex data not supported"),
    "complex in a list": ([np.zeros(3, complex), np.zeros(2)], "Complex data not"),
    "infinity": (np.full((2, 3, 1), np.inf), "infinity"),
    "strings": ([["a"] * 3, ["b"] * 2], "could not convert string"),
}


@pytest.mark.parametrize("name", BAD_X)
def test_bad_sequences_are_refused(name):
    X, words = BAD_X[name]
    with pytest.raises(ValueError, match=words):
        regressor().fit(X, [0.0, 1.0])


def test_other_channels_than_those_of_fit_are_refused(X, y):
    model = regressor().fit(X, y)
    with pytest.raises(InvalidInputError, match="was fitted to 1"):
        model.predict(np.stack([X, X], 2))


def test_what_overflows_the_network_is_refused(X, y):
    model = regressor(standardize=False, dtype="float32")
    with pytest.raises(InvalidInputError, match=r"values up to 1\.0e\+300"):
        model.fit(np.full((20, 3), 1e300), y)


BAD_Y = {
    "none": (None, "requires y to be passed, but the target y is None"),
    "too few": (np.zeros(3), "inconsistent numbers of samples"),
    "NaN": (np.full(20, np.nan), "Input y contains NaN"),
    "three axes": (np.zeros((20, 2, 2)), "dim 3"),
}


@pytest.mark.parametrize("name", BAD_Y)
def test_bad_targets_are_refused(X, name):
    target, words = BAD_Y[name]
    with pytest.raises(ValueError, match=words):
        regressor().fit(X, target)


def test_a_label_that_is_no_number_is_refused(X):
    labels = np.where(np.arange(len(X)) == 3, np.nan, np.arange(len(X)) % 2)
    with pytest.raises(ValueError, match="Input y contains NaN"):
        SequenceClassifier().fit(X, labels)


def test_several_targets_come_back_as_they_went_in(X, y):
    both = np.stack([y, -y], 1)
    assert regressor().fit(X, both).predict(X).shape == (20, 2)
    assert regressor().fit(X, both[:, :1]).predict(X).shape == (20, 1)
    model = regressor(warm_start=True).fit(X, both)
    with pytest.raises(InvalidInputError, match="y with 1 targets: the first y had 2"):
        model.fit(X, y)


BAD_PARAMETERS = [
    ({"layer": "w4s5"}, "Did you mean 'w4s4'"),
    ({"pooling": "median"}, "pooling 'median'"),
    ({"missing": "drop"}, "missing 'drop'"),
    ({"dtype": "float16"}, "dtype 'float16'"),
    ({"d_model": 0}, "d_model=0"),
    ({"n_layers": 1.5}, "n_layers=1.5"),
    ({"order": -1}, "order=-1"),
    ({"max_epochs": "many"}, "max_epochs='many'"),
    ({"batch_size": True}, "batch_size=True"),
    ({"patience": 0}, "patience=0"),
    ({"lr": 0}, "lr=0"),
    ({"lr": "fast"}, "lr='fast': it is not a number"),
    ({"lr": float("nan")}, "lr=nan"),
    ({"weight_decay": -1}, "weight_decay=-1"),
    ({"dropout": 1.0}, "dropout=1.0: it is not below 1"),
    ({"validation_fraction": 1}, "validation_fraction=1: it is not below 1"),
    ({"device": "tpu9"}, "torch knows no such device"),
    ({"device": 1.5}, "torch knows no such device"),
    ({"device": "mps"}, "no double precision"),
]


@pytest.mark.parametrize(("options", "words"), BAD_PARAMETERS)
def test_bad_parameters_are_refused_at_fit(X, y, options, words):
    model = regressor(**options)
    with pytest.raises(InvalidInputError, match=words):
        model.fit(X, y)
