"""Settings, learning rates, and the order of rows."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from train_toys import classes, network, settings, tokens

from framestate.bench.errors import InvalidInputError
from framestate.bench.train import TrainSettings
from framestate.bench.train.extras import EXTRAS, require_extra
from framestate.bench.train.identity import (
    has_identity,
    identity,
    require_identity,
    write_identity,
)
from framestate.bench.train.order import (
    POOL,
    batches_per_epoch,
    epoch_order,
    lengths_of,
)
from framestate.bench.train.schedule import share_of_rate
from framestate.bench.train.standing import Standing


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": None}, "steps = None and epochs = None, give one"),
        ({"epochs": 3}, "steps = 5 and epochs = 3, give one"),
        ({"steps": 0}, "steps = 0, expected a whole number >= 1"),
        ({"steps": True}, "steps = True, expected a whole number >= 1"),
        ({"batch": 0}, "batch = 0, expected a whole number >= 1"),
        ({"accumulate": 0}, "accumulate = 0"),
        ({"warmup": -1}, "warmup = -1, expected a whole number >= 0"),
        ({"workers": -1}, "workers = -1"),
        ({"seed": -1}, "seed = -1"),
        ({"keep": 0}, "keep = 0"),
        ({"patience": 0}, "patience = 0"),
        ({"evaluate_every": 0}, "evaluate_every = 0"),
        ({"checkpoint_every_steps": 0}, "checkpoint_every_steps = 0"),
        ({"checkpoint_every_seconds": 0.0}, "checkpoint_every_seconds = 0.0"),
        ({"lr": 0.0}, r"lr = 0.0, expected a number in \(0.0, inf\)"),
        ({"lr": float("nan")}, "lr = nan"),
        ({"ssm_lr": float("inf")}, "ssm_lr = inf"),
        ({"clip_norm": -1.0}, "clip_norm = -1.0"),
        ({"ema": 1.0}, r"ema = 1.0, expected a number in \(0.0, 1.0\)"),
        ({"weight_decay": -0.1}, "weight_decay = -0.1, expected a number >= 0"),
        ({"weight_decay": float("nan")}, "weight_decay = nan"),
        ({"schedule": "step"}, "'step', expected one of cosine, constant, linear"),
        ({"optimizer": "sgd"}, "optimizer = 'sgd'"),
        ({"precision": "64"}, "precision = '64'"),
        ({"device": "tpu"}, "device = 'tpu'"),
        ({"strategy": "dp"}, "strategy = 'dp'"),
    ],
)
def test_a_setting_out_of_range_is_named(changes, words):
    with pytest.raises(InvalidInputError, match=words):
        TrainSettings(**({"steps": 5} | changes))


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(InvalidInputError, match=r"batch = 0.*; .*lr = -1.0"):
        TrainSettings(steps=1, batch=0, lr=-1.0)


def test_a_misspelled_setting_is_a_type_error():
    with pytest.raises(TypeError, match="learning_rate"):
        TrainSettings(steps=1, learning_rate=1.0)


def test_the_rate_rises_linearly_and_falls_as_asked():
    def shares(schedule):
        plan = {"steps": 7, "warmup": 2, "schedule": schedule}
        return [share_of_rate(step, **plan) for step in range(7)]

    rise = [1 / 3, 2 / 3]
    passed = np.arange(5) / 5
    assert shares("constant") == rise + [1.0] * 5
    assert shares("linear") == pytest.approx([*rise, *(1 - passed)], abs=1e-15)
    cosine = (1 + np.cos(np.pi * passed)) / 2
    assert shares("cosine") == pytest.approx([*rise, *cosine], abs=1e-15)


@given(
    count=st.integers(1, 80),
    batch=st.integers(1, 7),
    seed=st.integers(0, 2**40),
    epoch=st.integers(0, 9),
    bucket=st.booleans(),
)
def test_an_epoch_takes_no_row_twice(count, batch, seed, epoch, bucket):
    lengths = np.arange(count) % 5 if bucket else None
    batches = batches_per_epoch(count, batch=batch, accumulate=1)
    plan = {"count": count, "batch": batch, "batches": batches}
    rows = epoch_order(**plan, seed=seed, epoch=epoch, lengths=lengths)
    assert rows.shape == (count // batch, batch)
    assert np.unique(rows).size == rows.size
    assert rows.size == 0 or (rows.min() >= 0 and rows.max() < count)
    again = epoch_order(**plan, seed=seed, epoch=epoch, lengths=lengths)
    assert np.array_equal(rows, again)


def test_seeds_and_epochs_have_orders_of_their_own():
    plan = {"count": 64, "batch": 4, "batches": 16}
    orders = {
        epoch_order(**plan, seed=seed, epoch=epoch).tobytes()
        for seed in range(3)
        for epoch in range(3)
    }
    assert len(orders) == 9


def test_every_row_is_left_out_at_some_time():
    seen = [
        epoch_order(count=10, batch=4, batches=2, seed=0, epoch=epoch)
        for epoch in range(20)
    ]
    assert set(np.concatenate(seen).ravel()) == set(range(10))


def test_buckets_hold_rows_of_similar_length_in_random_order():
    lengths = np.random.default_rng(0).permutation(POOL * 8)
    plan = {"count": lengths.size, "batch": 8, "batches": POOL, "seed": 0, "epoch": 0}
    sorted_rows = lengths[epoch_order(**plan, lengths=lengths)]
    # one pool holds all rows, so that each batch has 8 neighbors
    assert (np.ptp(sorted_rows, axis=1) == 7).all()
    assert np.unique(sorted_rows[:, 0]).size == POOL
    assert not np.array_equal(sorted_rows[:, 0], np.sort(sorted_rows[:, 0]))


def test_lengths_are_those_of_the_split_s_rows():
    split = tokens().train
    chosen = replace(split, rows=np.array([5, 2, 7]))
    expected = [split.offsets[r + 1] - split.offsets[r] for r in (5, 2, 7)]
    assert lengths_of(chosen).tolist() == expected
    assert lengths_of(classes().train) is None


@pytest.mark.parametrize(
    ("count", "batch", "accumulate", "batches"),
    [(40, 4, 2, 10), (43, 4, 3, 9), (7, 4, 2, 0), (8, 4, 2, 2)],
)
def test_an_epoch_is_a_whole_number_of_steps(count, batch, accumulate, batches):
    found = batches_per_epoch(count, batch=batch, accumulate=accumulate)
    assert found == batches


def test_another_training_is_refused_with_what_differs(tmp_path):
    task = classes()
    value = identity(task, settings(), network(task))
    assert not has_identity(tmp_path)
    write_identity(tmp_path, value)
    assert has_identity(tmp_path)
    require_identity(tmp_path, json.loads(json.dumps(value)))
    other = identity(task, settings(lr=0.5, seed=3, workers=4), network(task))
    with pytest.raises(InvalidInputError) as caught:
        require_identity(tmp_path, other)
    words = "resuming from .*: lr was 0.004 and is 0.5; seed was 0 and is 3"
    assert caught.match(words)
    assert "workers" not in str(caught.value)


def test_another_model_or_split_is_another_training():
    task = classes()
    one = identity(task, settings(), network(task))
    assert identity(task, settings(), network(task, norm=False)) != one
    assert identity(classes(count=44), settings(), network(task)) != one


@pytest.mark.parametrize("text", ["[]", "{", ""])
def test_a_damaged_identity_is_no_training(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InvalidInputError, match="task was None and is 'toy'"):
        require_identity(tmp_path, {"task": "toy"})


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_missing_extra_is_named_with_the_command(monkeypatch, extra):
    for name in EXTRAS[extra]:  # as if it was installed
        monkeypatch.setitem(sys.modules, name, sys)
    require_extra(extra, "this")
    monkeypatch.setitem(sys.modules, EXTRAS[extra][0], None)
    with pytest.raises(InvalidInputError, match=rf"framestate-bench\[{extra}\]"):
        require_extra(extra, "this")


@pytest.mark.parametrize(
    ("values", "higher", "best", "stale"),
    [
        ((0.1, 0.3, 0.2), True, (2, 0.3), 1),
        ((0.1, 0.3, 0.2), False, (1, 0.1), 2),
        ((0.5, 0.5, 0.5), True, (1, 0.5), 2),
        ((0.5, 0.5, 0.5), False, (1, 0.5), 2),
        ((0.1, 0.2, 0.3), True, (3, 0.3), 0),
    ],
)
def test_an_equal_evaluation_is_not_better(values, higher, best, stale):
    standing = Standing()
    for value in values:
        standing = standing.stepped(0.5, 0.25, 8).judged(value, higher=higher)
    assert (standing.best_step, standing.best) == best
    assert standing.stale == stale
    assert (standing.step, standing.seconds, standing.waited) == (3, 1.5, 0.75)
    assert standing.samples == 24
    assert standing.ended(5, None).stopped == ""
    assert standing.ended(3, 1).stopped == "done"
    assert standing.ended(5, 2).stopped == ("patience" if stale == 2 else "")
