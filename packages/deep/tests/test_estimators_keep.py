"""A fitted estimator streams, is pickled, saved and loaded."""

import pickle
from functools import partial

import numpy as np
import pytest
import torch

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
from sklearn.exceptions import NotFittedError

from framestate.deep import recipes
from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators import (
    SequenceClassifier,
    SequenceForecaster,
    SequenceRegressor,
    settings,
)
from framestate.deep.layers.baselines import AttentionLayer

SMALL = {
    "d_model": 4,
    "n_layers": 2,
    "max_epochs": 1,
    "dtype": "float64",
    "random_state": 0,
    "verbose": False,
}
LAYERS = ("w4s4", "s4d", "multires")
N, LENGTH = 12, 17
X = np.random.default_rng(0).standard_normal((N, LENGTH, 2))
WORDS = np.array(["ham", "spam", "eggs"])[np.arange(N) % 3]


def fitted(kind=SequenceClassifier, **options):
    return kind(**{**SMALL, **options}).fit(X, target(kind))


def target(kind):
    return {
        SequenceClassifier: WORDS,
        SequenceRegressor: X[:, -1],
        SequenceForecaster: None,
    }[kind]


KINDS = (SequenceClassifier, SequenceRegressor, partial(SequenceForecaster, horizon=2))


def answers(model):
    model_answers = [model.predict(X)]
    if isinstance(model, SequenceClassifier):
        model_answers.append(model.predict_proba(X))
    return model_answers


def same(one, other) -> bool:
    return all(
        np.array_equal(a, b) for a, b in zip(answers(one), answers(other), strict=True)
    )


@pytest.fixture(params=["classifier", "regressor", "forecaster"])
def model(request):
    options = {"forecaster": {"horizon": 2, "context": LENGTH}}.get(request.param, {})
    kind = {
        "classifier": SequenceClassifier,
        "regressor": SequenceRegressor,
        "forecaster": SequenceForecaster,
    }[request.param]
    return fitted(kind, **options)


# Double precision inside, sums of 17 terms in another order, values near 1.
CLOSE = {"rtol": 0, "atol": 1e-11}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("pooling", ["mean", "last", "max"])
def test_a_stream_says_what_the_estimator_says(layer, pooling):
    model = fitted(layer=layer, pooling=pooling)
    stream = model.stream("predict_proba")
    for n, sample in enumerate(X[0], start=1):
        so_far = model.predict_proba(X[:1, :n])[0]
        assert np.allclose(stream.push(sample), so_far, **CLOSE)
    assert stream.count == LENGTH
    stream.reset()
    stream.extend(X[1, :5])
    assert np.allclose(stream.extend(X[1, 5:]), model.predict_proba(X[1:2])[0], **CLOSE)
    assert stream.count == LENGTH


def test_every_method_streams():
    model = fitted()
    labels = list(model.predict_stream(X[0]))
    assert labels == [model.predict(X[:1, : n + 1])[0] for n in range(LENGTH)]
    decision = model.stream("decision_function").extend(X[0])
    assert np.allclose(decision, model.decision_function(X[:1])[0], **CLOSE)
    regressor = fitted(SequenceRegressor)
    value = regressor.stream().extend(X[0])
    assert np.allclose(value, regressor.predict(X[:1])[0], **CLOSE)
    forecaster = fitted(SequenceForecaster, horizon=4, context=LENGTH)
    for n, forecast in enumerate(forecaster.predict_stream(X[0, :10]), start=1):
        assert np.allclose(forecast, forecaster.predict(X[:1, :n])[0], **CLOSE)
    one = SequenceForecaster(**SMALL, horizon=2, context=LENGTH).fit(X[0, :, 0])
    assert one.stream().push(0.5).shape == (2,)
    assert np.allclose(
        one.stream().extend(X[0, :9, 0]), one.predict(X[0, :9, 0]), **CLOSE
    )


def test_a_stream_takes_numbers_and_missing_values():
    flat = SequenceRegressor(**SMALL, missing="mask").fit(X[..., 0], X[:, 0, 0])
    sequence = X[:1, :, 0].copy()
    sequence[0, 4] = np.nan
    stream = flat.stream()
    for value in sequence[0]:
        last = stream.push(value)
    assert np.allclose(last, flat.predict(sequence)[0], **CLOSE)


def test_a_bad_stream_is_refused():
    with pytest.raises(NotFittedError):
        SequenceClassifier().stream()
    model = fitted()
    with pytest.raises(InvalidInputError, match="method 'transform'"):
        model.stream("transform")
    stream = model.stream()
    with pytest.raises(InvalidInputError, match="Use extend"):
        stream.push(X[0])
    with pytest.raises(InvalidInputError, match="with 3 channels"):
        stream.push([1.0, 2.0, 3.0])
    with pytest.raises(InvalidInputError, match="NaN in 1 samples"):
        stream.push([1.0, np.nan])
    assert stream.count == 0
    ahead = fitted(layer=partial(AttentionLayer, causal=False))
    with pytest.raises(InvalidInputError, match="not causal"):
        ahead.stream()


def test_pickles_answer_the_same_and_go_on(model):
    again = pickle.loads(pickle.dumps(model))
    assert same(model, again)
    classifier = SequenceClassifier(**SMALL).partial_fit(X, WORDS, np.unique(WORDS))
    again = pickle.loads(pickle.dumps(classifier))
    assert not hasattr(again, "_optimizer")
    assert len(again.partial_fit(X, WORDS).history_["loss"]) == 2
    assert isinstance(
        pickle.loads(pickle.dumps(SequenceClassifier())), SequenceClassifier
    )


def test_a_device_that_is_not_here_is_the_cpu(monkeypatch):
    monkeypatch.setattr(settings.torch.cuda, "is_available", lambda: False)
    assert settings.available("cuda") == torch.device("cpu")
    with pytest.raises(InvalidInputError, match="no such device is there"):
        settings.device_of("cuda")
    monkeypatch.setattr(settings.torch.cuda, "is_available", lambda: True)
    assert settings.device_of("auto") == settings.available("cuda").__class__("cuda")


def test_what_is_saved_comes_back_the_same(model, tmp_path):
    folder = model.save(tmp_path / "model")
    again = type(model).load(folder)
    assert same(model, again)
    assert again.get_params() == model.get_params()
    fitted_names = {name for name in vars(model) if name.endswith("_")}
    assert fitted_names == {name for name in vars(again) if name.endswith("_")}
    for name in ("history_", "best_epoch_", "n_features_in_", "length_in_"):
        assert getattr(again, name) == getattr(model, name)
    if isinstance(model, SequenceForecaster):
        assert np.array_equal(again.predict(horizon=5), model.predict(horizon=5))
        assert again.model_.horizon == 2
    files = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert not any(name.endswith((".pkl", ".pt")) for name in files)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_named_layer_is_saved(layer, tmp_path):
    model = fitted(layer=layer)
    model.save(tmp_path)
    assert same(model, SequenceClassifier.load(str(tmp_path)))


def test_labels_and_names_keep_their_kind(tmp_path):
    for labels in (
        np.arange(N) % 2,
        np.arange(N) % 2 == 0,
        WORDS,
        WORDS.astype(object),
    ):
        model = SequenceClassifier(**SMALL, class_weight="balanced").fit(X, labels)
        model.save(tmp_path)
        classes = SequenceClassifier.load(tmp_path).classes_
        assert classes.dtype == model.classes_.dtype
        assert np.array_equal(classes, model.classes_)
    model = SequenceClassifier(**SMALL, class_weight={"ham": 2, "spam": 1, "eggs": 1})
    model.feature_names_in_ = np.array(["a", "b"], object)
    model.fit(X, WORDS).save(tmp_path)
    again = SequenceClassifier.load(tmp_path)
    assert again.class_weight == model.class_weight
    assert not hasattr(again, "feature_names_in_")  # X had none


def test_a_factory_is_not_saved_but_its_network_is(tmp_path):
    model = fitted(layer=partial(recipes.s4d_lin, order=6))
    model.set_params(random_state=np.random.RandomState(0), lr=np.float64(0.01))
    model.save(tmp_path)
    again = SequenceClassifier.load(tmp_path)
    assert same(model, again)
    assert again.random_state is None
    with pytest.raises(InvalidInputError, match="layer '\\(a factory\\)'"):
        again.fit(X, WORDS)


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(NotFittedError):
        SequenceClassifier().save(tmp_path)
    model = fitted().set_params(verbose=["loud"])
    with pytest.raises(InvalidInputError, match=r"saving verbose=\['loud'\]"):
        model.save(tmp_path)
