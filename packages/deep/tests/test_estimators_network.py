"""From parameters to a network: which layers, how deep, how far back, how exact."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
from sklearn.model_selection import cross_val_score

from framestate.deep.estimators import SequenceClassifier, SequenceRegressor, scaling
from framestate.deep.estimators.network import LAYERS
from framestate.deep.estimators.training import Plan, one_epoch, optimizer_of
from framestate.deep.layers.baselines import RecurrentLayer

SMALL = {"d_model": 4, "n_layers": 1, "max_epochs": 1, "verbose": False}


def fitted(length: int = 9, **options) -> SequenceRegressor:
    X = np.random.default_rng(0).standard_normal((6, length, 2))
    return SequenceRegressor(**{**SMALL, **options}, random_state=0).fit(X, X[:, 0, 0])


@pytest.mark.parametrize(
    ("length", "low", "high"),
    [(1, 1, 1), (2, 0.5, 1), (40, 0.025, 0.25), (400, 0.0025, 0.1), (2000, 5e-4, 0.1)],
)
def test_windows_reach_from_ten_samples_to_the_whole_sequence(length, low, high):
    model = fitted(length, layer="s4d", d_model=64, batch_size=1, lr=1e-12)
    dt = model.model_.blocks[0].layer.log_dt.exp()
    slack = 1 + 1e-6  # of a logarithm in single precision, and of six tiny steps
    assert low / slack <= dt.min() <= low * (high / low) ** 0.2 * slack
    assert high / slack * (low / high) ** 0.2 <= dt.max() <= high * slack


@pytest.mark.parametrize("layer", LAYERS)
def test_every_named_layer_learns_and_has_its_order(layer):
    order = 4 if layer == "multires" else 16
    block = fitted(layer=layer, order=order, n_layers=2).model_.blocks[1].layer
    usual = fitted(layer=layer).model_.blocks[0].layer
    if layer == "multires":
        assert (block.kernel_size, usual.kernel_size) == (4, 2)
        assert (block.depth, usual.depth) == (2, 4)  # (K - 1)(2^depth - 1) >= 8
    else:
        stored = [int(x.weight.sum()) for x in (block, usual)]
        assert stored == [16, 64]


def test_a_factory_is_given_the_width_and_the_source():
    model = fitted(layer=partial(RecurrentLayer, cell="gru"), d_model=5).model_
    assert isinstance(model.blocks[0].layer, RecurrentLayer)
    assert model.blocks[0].layer.d_model == 5
    assert model.head.spec.arguments["pooling"] == "mean"


def test_precision_is_a_parameter():
    X = np.random.default_rng(1).standard_normal((70, 50, 2))
    for dtype, error in (("float32", 3e-6), ("float64", 1e-13)):
        model = fitted(dtype=dtype, layer="s4d")
        assert next(model.model_.parameters()).dtype == getattr(torch, dtype)
        whole = model.predict(X)
        alone = np.concatenate([model.predict(x[None]) for x in X])
        # a sum of 50 samples and 4 channels, in batches that are summed otherwise
        assert np.abs(whole - alone).max() < error
        assert whole.dtype == np.float64


def test_large_inputs_are_scaled_piece_by_piece(monkeypatch):
    model = fitted(missing="mask", layer="s4d")
    X = np.random.default_rng(1).standard_normal((7, 5, 2))
    X[3, 2] = np.nan
    whole = model.predict(X)
    monkeypatch.setattr(scaling, "BLOCK", 25)
    assert np.array_equal(model.predict(X), whole)


def test_large_gradients_are_cut():
    number = nn.Linear(1, 1)
    plan = Plan(0.1, 0.0, 1, 2, None)

    def objective(rows):
        return number.weight.sum() * 1e6, torch.tensor(1.0)

    source = torch.Generator().manual_seed(0)
    optimizer = optimizer_of(number, plan)
    one_epoch(number, objective, torch.arange(2), optimizer, plan, source)
    assert 0.99 < number.weight.grad.item() <= 1


def test_sequences_of_any_length_are_cross_validated():
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((5 + i % 4, 3)) for i in range(16)]
    y = np.arange(16) % 2
    scores = cross_val_score(SequenceClassifier("s4d", **SMALL), X, y, cv=2)
    assert scores.shape == (2,)
