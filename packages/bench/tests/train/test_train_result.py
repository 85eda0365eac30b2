"""What a training reports adds up, for every kind of task and precision."""

import numpy as np
import pytest
from train_toys import classes, labels, network, numbers, settings, state_space_network

from framestate.bench.train import Evaluated, Stepped, Trained, read_trained, train
from framestate.bench.train.trained import trained_text


def test_a_result_is_read_as_it_was_written(tmp_path):
    task = classes()
    trained = train(network(task), task, settings(), tmp_path)
    assert isinstance(trained, Trained)
    assert read_trained(tmp_path) == trained
    assert (tmp_path / "result.json").read_text() == trained_text(trained)


def test_what_is_reported_adds_up(tmp_path):
    task = classes()
    model, heard = network(task), []
    model.first.bias.requires_grad_(requires_grad=False)
    trained = train(model, task, settings(), tmp_path, on_event=heard.append)
    assert (trained.task, trained.metric) == ("toy", "accuracy")
    assert trained.higher_is_better
    assert trained.steps == 12
    assert trained.stopped == "done"
    assert trained.parameters == 4 + 12 + 15 + 8
    assert trained.trainable == trained.parameters - 4
    rows = 12 * 8
    speed = trained.samples_per_second * trained.seconds
    assert speed == pytest.approx(rows, rel=1e-12, abs=0)
    assert 0 < trained.data_wait < 1
    assert trained.peak_memory > 50e6
    scores = [e.metrics["accuracy"] for e in heard if isinstance(e, Evaluated)]
    assert trained.validation == max(scores)
    assert trained.best_step == 4 * (1 + scores.index(max(scores)))
    steps = [event for event in heard if isinstance(event, Stepped)]
    assert [event.step for event in steps] == list(range(1, 13))
    assert steps[-1].seconds_left == 0
    assert [e.lr for e in steps[:4]] == pytest.approx([1e-3, 2e-3, 3e-3, 4e-3])


def test_epochs_are_steps_times_whole_batches(tmp_path):
    task = classes()
    plan = settings(steps=None, epochs=3, evaluate_every=None)
    heard = []
    trained = train(network(task), task, plan, tmp_path, on_event=heard.append)
    assert trained.steps == 3 * (40 // 8)
    assert [e.step for e in heard if isinstance(e, Evaluated)] == [5, 10, 15]


def test_a_checkpoint_is_due_after_some_seconds(tmp_path):
    task = classes()
    changes = {"checkpoint_every_steps": None, "checkpoint_every_seconds": 1e-9}
    train(network(task), task, settings(**changes, keep=99), tmp_path)
    assert len(list(tmp_path.glob("step-*.pt"))) == 12


def test_dynamics_have_their_own_rate(tmp_path):
    task = classes()
    model = network(task)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    plan = settings(steps=1, warmup=0, ssm_lr=1e-9, lr=1e-2, weight_decay=0.0, ema=None)
    train(model, task, plan, tmp_path)
    moved = {
        name: float((p.detach() - before[name]).abs().max())
        for name, p in model.named_parameters()
    }
    # the first step of Adam moves every entry by its rate
    assert moved["rate"] < 2e-9 + 2**-24
    assert moved["first.weight"] == pytest.approx(1e-2, rel=1e-3, abs=0)


@pytest.mark.parametrize(
    ("task", "changes"),
    [
        (classes(), {"precision": "bf16"}),
        (numbers(), {"optimizer": "adam", "schedule": "linear"}),
        (labels(), {"ema": None, "clip_norm": None, "schedule": "constant"}),
    ],
)
def test_every_kind_and_precision_trains(tmp_path, task, changes):
    plan = settings(steps=4, warmup=0, evaluate_every=2, **changes)
    trained = train(state_space_network(task), task, plan, tmp_path)
    assert np.isfinite(trained.test)
