"""Training stops in time, keeps the best, repeats itself, goes on, and says how."""

import io
import sys
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from framestate.deep import recipes
from framestate.deep.errors import InvalidInputError, TrainingError
from framestate.deep.estimators import SequenceClassifier, SequenceRegressor, progress
from framestate.deep.estimators.fitting import split
from framestate.deep.estimators.training import (
    Plan,
    optimizer_of,
    share_of_lr,
    train,
)

SMALL = {
    "layer": "s4d",
    "order": 8,
    "d_model": 8,
    "n_layers": 1,
    "dtype": "float64",
    "pooling": "last",
    "random_state": 0,
    "verbose": False,
}
PLAN = Plan(lr=0.1, weight_decay=0.0, max_epochs=9, batch_size=2, patience=3)


def classifier(**options) -> SequenceClassifier:
    return SequenceClassifier(**{**SMALL, "max_epochs": 3, **options})


@pytest.fixture(scope="module")
def X() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((120, 8))


@pytest.fixture(scope="module")
def y(X) -> np.ndarray:
    return np.where(X[:, -1] > 0, "up", "down")


class Scripted(nn.Module):
    """A model of one number whose validation losses are given."""

    def __init__(self, held_out: list[float], interrupt: int | None = None) -> None:
        super().__init__()
        self.number = nn.Parameter(torch.zeros(()))
        self.held_out, self.interrupt, self.epoch = held_out, interrupt, 0

    def objective(self, _: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.training:
            return torch.tensor(float(self.held_out[self.epoch])), torch.tensor(1.0)
        self.epoch += 1
        if self.epoch == self.interrupt:
            raise KeyboardInterrupt
        return self.number * 2.0, torch.tensor(2.0)

    def fit(self, plan: Plan = PLAN, *, validate: bool = True):
        rows = torch.arange(2), torch.arange(2 if validate else 0)
        return train(
            self,
            self.objective,
            rows,
            plan,
            generator=torch.Generator().manual_seed(0),
            progress=progress.Progress("", plan.max_epochs, quiet=True),
        )


def test_training_stops_after_the_best_epoch_and_keeps_its_weights():
    model, only_two = Scripted([9, 5, 3, 4, 3, 3, 1, 0, 0, 0]), Scripted([9, 5, 3])
    history = model.fit()
    assert history.validation_loss == (5, 3, 4, 3, 3)
    assert (history.best_epoch, len(history.loss)) == (2, 5)
    only_two.fit(Plan(0.1, 0.0, 2, 2, None))
    # the schedule of 2 epochs is another one: only its sign and its being two steps
    assert model.number < 0
    assert not model.training
    unstopped = Scripted([9, 5, 3, 4, 3, 3, 1, 2, 2, 2])
    history = unstopped.fit(Plan(0.1, 0.0, 9, 2, None))
    assert (history.best_epoch, len(history.loss)) == (6, 9)
    assert unstopped.number < model.number


def test_weights_that_never_improve_are_left_alone():
    model = Scripted([1, 2, 2, 2, 2])
    history = model.fit()
    assert (history.best_epoch, len(history.loss), model.number.item()) == (0, 3, 0)


def test_without_validation_the_last_weights_are_kept():
    model = Scripted([])
    history = model.fit(validate=False)
    assert (history.best_epoch, history.validation_loss) == (9, ())
    assert model.number < -0.1


def test_ctrl_c_keeps_the_best_so_far_and_says_so():
    words = r"interrupted in epoch 4 of 9; the weights of epoch 2 are kept"
    model = Scripted([9, 5, 3, 4], interrupt=4)
    with pytest.warns(UserWarning, match=words):
        history = model.fit()
    assert (history.best_epoch, len(history.loss)) == (2, 3)
    with pytest.raises(KeyboardInterrupt):
        Scripted([9, 5], interrupt=1).fit()


@pytest.mark.parametrize("where", ["loss", "validation"])
def test_a_loss_that_is_no_number_stops_training_and_leaves_the_best(where):
    model = Scripted([9, 5, 3, float("nan") if where == "validation" else 4, 4])
    best = Scripted([9, 5, 3])
    best.objective = model.objective
    if where == "loss":
        whole = model.objective

        def objective(rows):
            loss, share = whole(rows)
            return (loss / 0 if model.epoch == 4 else loss), share

        model.objective = objective
    with pytest.raises(TrainingError, match=r"the loss is -?(nan|inf)"):
        model.fit()
    assert model.number < 0
    assert not model.training


def test_the_rate_rises_for_a_tenth_and_falls_like_a_cosine_to_zero():
    shares = np.array([share_of_lr(step, 100) for step in range(101)])
    assert np.allclose(shares[:10], np.arange(1, 11) / 11, rtol=1e-15)
    assert shares[10] == 1
    assert abs(shares[55] - 0.5) < 1e-15
    assert abs(shares[100]) < 1e-15
    assert share_of_lr(0, 1) == 0.5


def test_the_dynamics_have_a_rate_of_their_own_and_no_decay():
    layer = recipes.s4d_lin(d_model=2, order=4)
    model = nn.Sequential(layer, nn.Linear(2, 2))
    groups = optimizer_of(model, Plan(0.02, 0.5, 1, 1, None)).param_groups
    rates = {g["name"]: (g["lr"], g["weight_decay"]) for g in groups}
    assert rates == {
        "dynamics": (1e-3, 0.0),
        "readout": (0.02, 0.0),
        "rest": (0.02, 0.5),
    }
    groups = optimizer_of(model, Plan(1e-4, 0.5, 1, 1, None)).param_groups
    assert groups[0]["lr"] == 1e-4


def test_the_same_seed_gives_the_same_bits_and_leaves_torch_alone(X, y):
    torch.rand(3)
    before = torch.get_rng_state()
    one, two, other = (classifier(random_state=s).fit(X, y) for s in (3, 3, 4))
    assert np.array_equal(one.predict_proba(X), two.predict_proba(X))
    assert not np.array_equal(one.predict_proba(X), other.predict_proba(X))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_factory_that_draws_from_torch_is_seeded_too(X, y):
    def factory(d_model, generator):
        return recipes.s4d_lin(d_model=d_model, order=4)

    one, two = (classifier(layer=factory).fit(X, y) for _ in range(2))
    assert np.array_equal(one.predict_proba(X), two.predict_proba(X))
    # drawing from the given generator is another draw, of another size
    given = classifier(layer=partial(recipes.s4d_lin, order=6)).fit(X, y)
    assert given.model_.blocks[0].layer.state_size == 3


def test_history_has_one_loss_an_epoch(X, y):
    model = classifier(patience=3).fit(X, y)
    assert set(model.history_) == {"loss", "validation_loss"}
    assert len(model.history_["loss"]) == len(model.history_["validation_loss"]) == 3
    assert 1 <= model.best_epoch_ <= 3
    for options in ({"patience": None}, {"validation_fraction": 0.07}):
        history = classifier(**options).fit(X, y).history_
        assert set(history) == {"loss"}  # 8 sequences are too few to stop by


@pytest.mark.parametrize(
    ("counts", "shares"),
    [([100, 20], [10, 2]), ([119, 1], None), ([8] * 15, None)],
)
def test_each_class_is_held_out_in_its_share_where_that_can_be(counts, shares):
    owner = SimpleNamespace(patience=5, _random=np.random.RandomState(0))
    labels = np.repeat(np.arange(len(counts)), counts)
    fit, held_out = split(120, labels, 0.1, owner)
    assert sorted(torch.cat((fit, held_out)).tolist()) == list(range(120))
    assert len(held_out) == 12
    assert shares in (None, np.bincount(labels[held_out]).tolist())


def test_fit_starts_anew_and_warm_start_goes_on(X, y):
    cold = classifier()
    first = cold.fit(X, y).history_["loss"]
    assert cold.fit(X, y).history_["loss"] == first
    warm = classifier(warm_start=True)
    assert warm.fit(X, y).history_["loss"] == first
    model = warm.model_
    assert warm.fit(X, y).history_["loss"][0] < first[1]
    assert warm.model_ is model
    with pytest.raises(InvalidInputError, match="the classes are"):
        warm.fit(X, np.where(y == "up", "up", "sideways"))


def test_partial_fit_learns_batch_by_batch(X, y):
    model = classifier(lr=0.05)
    for _ in range(6):
        for half in (slice(0, 60), slice(60, 120)):
            model.partial_fit(X[half], y[half], classes=["up", "down"])
    assert model.score(X, y) > 0.9
    assert len(model.history_["loss"]) == model.best_epoch_ == 12
    assert list(model.classes_) == ["down", "up"]
    fitted = classifier().fit(X, y)
    fitted.partial_fit(X, y)
    assert len(fitted.history_["loss"]) == 4
    regressor = SequenceRegressor(**SMALL, lr=0.05)
    for _ in range(8):
        regressor.partial_fit(X, X[:, -1])
    assert regressor.score(X, X[:, -1]) > 0.5


def test_partial_fit_refuses_what_it_cannot_know(X, y):
    with pytest.raises(InvalidInputError, match="classes is missing"):
        classifier().partial_fit(X, y)
    with pytest.raises(InvalidInputError, match="need all labels at once"):
        classifier(class_weight="balanced").partial_fit(X, y, ["up", "down"])
    model = classifier().partial_fit(X, y, ["up", "down"])
    with pytest.raises(InvalidInputError, match=r"first call said \['down', 'up'\]"):
        model.partial_fit(X, y, ["up", "left"])
    with pytest.raises(InvalidInputError, match="y with"):
        model.partial_fit(X, np.full(120, "left"))


def test_balanced_weights_make_a_rare_class_count(X):
    rare = (X[:, -1] > 1.3).astype(int)
    plain = classifier().fit(X, rare).predict_proba(X)
    balanced = classifier(class_weight="balanced").fit(X, rare).predict_proba(X)
    assert balanced[:, 1].mean() > plain[:, 1].mean() + 0.05
    nothing = classifier(max_epochs=1, class_weight={0: 0.0, 1: 0.0}).fit(X, rare)
    assert nothing.history_["loss"] == [0.0]


def test_the_two_logits_make_one_decision(X, y):
    model = classifier().fit(X, y)
    odds = np.log(model.predict_proba(X)[:, 1] / model.predict_proba(X)[:, 0])
    # a logarithm of a ratio of numbers near 1/2
    assert np.allclose(model.decision_function(X), odds, rtol=0, atol=1e-13)
    three = np.digitize(X[:, 0], [-0.5, 0.5])
    assert classifier().fit(X, three).decision_function(X).shape == (120, 3)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "lines"), [(io.StringIO, 2), (Terminal, 6)])
def test_a_long_training_says_how_it_goes(monkeypatch, stream, lines):
    now = iter([0.0, 1.0, 4.0, 5.0, 6.0, 20.0, 21.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    monkeypatch.setattr(sys, "stderr", stream())
    line = progress.Progress("SequenceClassifier", 10, quiet=False)
    for epoch in range(1, 6):
        line.epoch(epoch, 0.5, 0.25)
    line.close("5 epochs, weights of epoch 5")
    text = sys.stderr.getvalue()
    assert "epoch 2 of 10, loss 0.5, validation 0.25, 16 s left" in text
    assert text.rstrip().endswith("5 epochs, weights of epoch 5 in 21 s")
    written = text.count("\r") if stream is Terminal else text.count("\n") - 1
    assert written == (5 if stream is Terminal else 2)


def test_a_short_or_quiet_training_says_nothing(capsys, monkeypatch, X, y):
    stopped = SimpleNamespace(monotonic=lambda: 0.0)  # whatever the machine is doing
    monkeypatch.setattr(progress, "time", stopped)
    classifier(verbose=True).fit(X, y)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    classifier(verbose=False).fit(X, y)
    assert capsys.readouterr().err == ""
    classifier(verbose=True, patience=None).fit(X, y)
    assert "SequenceClassifier: epoch 1 of 3, loss 0." in capsys.readouterr().err
