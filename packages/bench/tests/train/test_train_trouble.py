"""What goes wrong is one sentence, and nothing is lost; what goes well says nothing."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from train_toys import classes, network, settings

from framestate.bench.errors import (
    DataError,
    InvalidInputError,
    ResultError,
)
from framestate.bench.train import Stepped, guard, read_trained, train
from framestate.bench.train.checkpoints import Checkpoints

EMPTY = np.array([], dtype=np.int64)


class Spoiled(torch.nn.Module):
    """A model that spoils something of itself at a forward pass in training."""

    def __init__(self, task, at, spoil):
        super().__init__()
        self.model, self.calls, self.at, self.spoil = network(task), 0, at, spoil

    def forward(self, u, *, lengths=None):
        answer = self.model(u, lengths=lengths)
        self.calls += self.training
        if self.training and self.calls == self.at:
            return self.spoil(self.model, answer)
        return answer


def nan_answer(model, answer):
    return answer * torch.nan


def nan_weight(model, answer):
    with torch.no_grad():
        model.first.weight[0, 0] = torch.nan
    return answer + model.first.weight.sum()


class NoGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad * torch.inf


def nan_gradient(model, answer):
    return answer + NoGradient.apply(model.rate).sum() * 1e-3


@pytest.mark.parametrize(
    ("spoil", "tensor"),
    [
        (nan_answer, "loss"),
        (nan_weight, "parameter model.first.weight"),
        (nan_gradient, "gradient of model.rate"),
    ],
)
def test_a_nan_stops_it_and_the_last_checkpoint_stays(tmp_path, spoil, tensor):
    task = classes()
    model = Spoiled(task, 9, spoil)  # of step 5, two passes a step
    with pytest.raises(ResultError) as caught:
        train(model, task, settings(), tmp_path)
    words = (
        f"training step 5: NaN or infinity in the {tensor}; the checkpoint of step 4"
    )
    assert words in str(caught.value)
    assert Checkpoints(tmp_path).newest().step == 4
    # and goes on from there when the cause is gone
    again = Spoiled(task, 0, spoil)
    assert train(again, task, settings(), tmp_path).resumed_from == 4


def test_what_is_finite_has_no_bad_tensor():
    model = network(classes())
    assert guard.first_bad(model) is None
    assert guard.first_bad_gradient(model) is None
    model.first.weight.grad = torch.zeros(4, 2)
    assert guard.first_bad_gradient(model) is None
    model.last.bias.grad = torch.full((3,), torch.nan)
    assert guard.first_bad_gradient(model) == "gradient of last.bias"


def test_a_nan_before_any_checkpoint_says_so(tmp_path):
    task = classes()
    with pytest.raises(ResultError, match=r"step 1: .*no checkpoint was written"):
        train(Spoiled(task, 1, nan_answer), task, settings(), tmp_path)


def test_weights_that_a_step_made_infinite_are_not_kept(tmp_path):
    task = classes()
    model = network(task)

    def listen(event):
        if isinstance(event, Stepped) and event.step == 6:
            with torch.no_grad():
                model.last.bias[0] = torch.inf

    with pytest.raises(ResultError, match=r"step 6: .*parameter last.bias"):
        train(model, task, settings(), tmp_path, on_event=listen)
    assert Checkpoints(tmp_path).newest().step == 4


def test_a_model_without_parameters_to_train_is_refused(tmp_path):
    task = classes()
    model = network(task).requires_grad_(requires_grad=False)
    with pytest.raises(InvalidInputError, match="no parameter of the model"):
        train(model, task, settings(ema=None), tmp_path)


@pytest.mark.parametrize(
    ("task", "changes", "error", "words"),
    [
        (classes(count=7), {}, InvalidInputError, "the training split of toy has 7"),
        (
            replace(classes(), validation=replace(classes().train, rows=EMPTY)),
            {},
            DataError,
            "its validation split is empty",
        ),
        (
            replace(classes(), test=replace(classes().train, rows=EMPTY)),
            {},
            DataError,
            "its test split is empty",
        ),
        (classes(), {"warmup": 12}, InvalidInputError, "the whole training has 12"),
        (replace(classes(), outputs=2), {}, DataError, "a class is 2, expected 0 to 1"),
    ],
)
def test_what_cannot_be_trained_is_refused(tmp_path, task, changes, error, words):
    model = network(classes())
    with pytest.raises(error, match=words):
        train(model, task, settings(**changes), tmp_path)


def test_another_training_in_the_folder_is_refused(tmp_path):
    task = classes()
    train(network(task), task, settings(), tmp_path)
    with pytest.raises(InvalidInputError, match=r"lr was 0.004 and is 0.5"):
        train(network(task), task, settings(lr=0.5), tmp_path)


def test_an_end_without_a_result_is_an_error(tmp_path, monkeypatch):
    task = classes()
    monkeypatch.setattr("framestate.bench.train.fit.fit", lambda *_, **options: None)
    with pytest.raises(DataError, match="ended without a result"):
        train(network(task), task, settings(), tmp_path)


def test_a_damaged_result_is_refused(tmp_path):
    (tmp_path / "result.json").write_text('{"curves": []}')
    with pytest.raises(DataError, match="no result of this version"):
        read_trained(tmp_path)


def test_training_is_silent_offline_and_stays_in_its_folder(tmp_path):
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import framestate.bench, framestate.bench.train
assert not {{"lightning", "torchmetrics", "tensorboard", "optuna"}} & set(sys.modules)
import socket
def refuse(*args, **kwargs):
    raise AssertionError("a socket")
socket.socket.connect = refuse
from pathlib import Path
from train_toys import classes, network, settings
task = classes()
framestate.bench.train.train(network(task), task, settings(steps=2, warmup=0), Path("run"))
"""
    path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    kinds = {p.suffix for p in (tmp_path / "run").iterdir()}
    assert kinds == {"", ".csv", ".json", ".pt"}
