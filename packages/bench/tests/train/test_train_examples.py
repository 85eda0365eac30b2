"""The number of each example, whose mean or root is the metric that selects."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from train_toys import (
    CPU,
    answers,
    classes,
    evaluate,
    forecast,
    labels,
    measured,
    network,
    numbers,
    pairs,
    pixels,
    state_space_network,
)

from framestate.bench.train.examples import ROOT, Examples
from framestate.bench.train.losses import loss_of
from framestate.bench.train.primary import PRIMARY, primary

pytest.importorskip("torchmetrics")
EPS = float(torch.finfo(torch.float32).eps)


@pytest.mark.parametrize("make", [classes, numbers, pixels])
def test_the_numbers_of_a_split_have_the_metric_as_mean_or_root(make):
    task = make()
    model = state_space_network(task) if make is pixels else network(task)
    kept = Examples(task)
    found = evaluate(
        model, task, task.test, batch=4, workers=1, device=CPU, examples=kept
    )
    values = np.array(kept.values())
    assert values.shape == (len(task.test),)
    mean = np.sqrt(values.mean()) if task.kind in ROOT else values.mean()
    # bits are summed in float32 within an example
    assert mean == pytest.approx(found[PRIMARY[task.kind][0]], rel=64 * EPS)


@pytest.mark.parametrize(
    ("make", "shape", "targets"),
    [
        (pairs, (6, 2), torch.arange(6) % 2),
        (forecast, (6, 5, 2), answers(6, 5, 2, seed=1)),
    ],
)
def test_the_numbers_of_answers_have_the_metric_as_mean(make, shape, targets):
    task, answer = make(), answers(*shape)
    kept = Examples(task)
    kept.add(answer[:4], targets[:4])
    kept.add(answer[4:], targets[4:])
    found = measured(task, answer, targets)[PRIMARY[task.kind][0]]
    assert len(kept.values()) == 6
    assert np.mean(kept.values()) == pytest.approx(found, rel=64 * EPS)


def test_every_class_counts_the_same_where_it_is_asked_for():
    task = replace(classes(), class_shares=(0.7, 0.2, 0.1))
    logits = answers(30, 3)
    targets = torch.tensor([0] * 24 + [1] * 6)  # the last class does not occur
    found = measured(task, logits, targets)
    right = (logits.argmax(1) == targets).double()
    each = [right[:24].mean(), right[24:].mean()]
    assert primary(task) == ("balanced_accuracy", True)
    assert found["balanced_accuracy"] == pytest.approx(float(sum(each) / 2), rel=1e-12)
    kept = Examples(task)
    kept.add(logits[:7], targets[:7])
    kept.add(logits[7:], targets[7:])
    mean = float(np.mean(kept.values()))
    assert mean == pytest.approx(found["balanced_accuracy"], rel=1e-12)
    assert len(kept.values()) == 30


def test_logits_are_adjusted_by_the_shares_of_the_classes():
    shares = (0.7, 0.2, 0.1)
    logits, targets = answers(9, 3), torch.arange(9) % 3
    adjusted = loss_of(replace(classes(), class_shares=shares), logits, targets)
    plain = loss_of(classes(), logits + torch.tensor(shares).log(), targets)
    assert torch.equal(adjusted, plain)
    # what is best against these shares is the same for every class
    even = loss_of(
        replace(classes(), class_shares=shares),
        torch.zeros(10, 3),
        torch.arange(10) % 3,
    )
    expected = -np.log(np.array(shares)[np.arange(10) % 3]).mean()
    assert float(even) == pytest.approx(expected, rel=8 * EPS)


def test_examples_are_in_the_order_of_the_split():
    task, logits = classes(), torch.eye(3)[[0, 1, 1, 2]]
    kept = Examples(task)
    kept.add(logits[:1], torch.tensor([0]))
    kept.add(logits[1:], torch.tensor([1, 2, 2]))
    assert kept.values() == (1.0, 1.0, 0.0, 1.0)


def test_an_area_under_a_curve_is_no_mean_over_examples():
    task = labels()
    kept = Examples(task)
    kept.add(answers(4, task.outputs), torch.zeros(4, task.outputs))
    assert kept.values() == ()
