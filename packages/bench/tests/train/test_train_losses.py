"""Losses and metrics against their definitions."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from train_toys import (
    CPU,
    ROWS,
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
    rows,
    state_space_network,
    task_of,
    tokens,
)

from framestate.bench.errors import InvalidInputError, ResultError
from framestate.bench.train.losses import answer_of, loss_of
from framestate.bench.train.primary import PRIMARY
from framestate.bench.train.tensors import tensors_of
from framestate.deep.models import bits_per_dimension, density_input

pytest.importorskip("torchmetrics")
roc_auc_score = pytest.importorskip("sklearn.metrics").roc_auc_score
EPS = float(torch.finfo(torch.float32).eps)


def test_classes_are_measured_by_accuracy_and_cross_entropy():
    logits, targets = answers(10, 3), torch.arange(10) % 3
    found = measured(classes(), logits, targets)
    x, y = logits.double().numpy(), targets.numpy()
    logs = x - np.log(np.exp(x).sum(1, keepdims=True))
    assert found["accuracy"] == (x.argmax(1) == y).mean()
    # the loss is summed in float32 over 4 rows at most
    expected = -logs[np.arange(10), y].mean()
    assert found["loss"] == pytest.approx(expected, rel=16 * EPS, abs=0)
    loss = loss_of(classes(), logits, targets)
    assert float(loss) == pytest.approx(expected, rel=16 * EPS, abs=0)


def test_labels_are_measured_by_the_macro_auroc():
    task, logits = labels(), answers(40, 3)
    targets = torch.from_numpy(task.train.targets)
    found = measured(task, logits, targets)
    expected = roc_auc_score(targets.numpy(), logits.numpy(), average="macro")
    # torchmetrics adds up to 40 trapezoids in float32
    assert found["auroc"] == pytest.approx(expected, rel=40 * EPS, abs=0)
    x, y = logits.double().numpy(), targets.numpy()
    entropy = np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0) - x * y
    assert found["loss"] == pytest.approx(entropy.mean(), rel=16 * EPS, abs=0)


def test_probabilities_near_one_are_not_taken_for_equal():
    logits = torch.tensor([[30.0], [31.0], [32.0], [29.0]])
    targets = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    task = replace(labels(), outputs=1)
    assert measured(task, logits, targets, parts=2)["auroc"] == 1.0


def test_labels_without_both_kinds_are_left_out():
    logits = answers(20, 3)
    targets = (answers(20, 3, seed=1) > 0).float()
    targets[:, 1], targets[:, 2] = 0, 1
    found = measured(labels(), logits, targets, parts=2)
    expected = roc_auc_score(targets[:, 0].numpy(), logits[:, 0].numpy())
    assert found["auroc"] == pytest.approx(expected, rel=20 * EPS, abs=0)
    targets[:, 0] = 1
    with pytest.raises(ResultError, match="auroc is nan"):
        measured(labels(), logits, targets, parts=2)


def test_numbers_are_measured_by_the_root_of_the_mean_square():
    outputs, targets = answers(10, 3), answers(10, 3, seed=1)
    found = measured(numbers(), outputs, targets)
    square = ((outputs.double() - targets.double()) ** 2).mean()
    assert found["rmse"] == pytest.approx(float(square.sqrt()), rel=1e-13, abs=0)
    assert found["loss"] == pytest.approx(float(square), rel=16 * EPS, abs=0)
    assert set(found) == {"loss", "rmse"}


def test_forecasts_are_measured_by_square_and_absolute_error():
    outputs, targets = answers(10, 5, 2), answers(10, 5, 2, seed=1)
    found = measured(forecast(), outputs, targets)
    error = outputs.double() - targets.double()
    assert found["mse"] == pytest.approx(float((error**2).mean()), rel=1e-13, abs=0)
    assert found["mae"] == pytest.approx(float(error.abs().mean()), rel=1e-13, abs=0)


def test_densities_are_measured_in_bits_per_dimension():
    task = pixels()
    model = state_space_network(task).eval()
    batch = tensors_of(task.train.batch(np.arange(9)), task)
    images = batch.targets.to(torch.uint8)
    with torch.no_grad():
        answer = answer_of(model, task, batch)
        expected = bits_per_dimension(model(density_input(images)), images)
    found = measured(task, answer, batch.targets)
    assert found["bits_per_dimension"] == found["loss"]
    assert found["loss"] == pytest.approx(float(expected), rel=16 * EPS, abs=0)


def test_a_density_does_not_see_the_pixel_it_is_asked_for():
    task = pixels()
    model = state_space_network(task).eval()
    batch = tensors_of(task.train.batch(np.arange(2)), task)
    changed = batch.targets.clone()
    changed[:, 5:] = (changed[:, 5:] + 100) % 256
    with torch.no_grad():
        one = answer_of(model, task, batch)
        other = answer_of(model, task, batch._replace(targets=changed))
    # the transform of the whole sequence rounds what comes later into all of it
    torch.testing.assert_close(one[:, :6], other[:, :6], rtol=0, atol=64 * EPS)
    assert (one[:, 6:] - other[:, 6:]).abs().max() > 1e-3


def test_a_model_is_given_lengths_where_there_is_padding():
    heard = []

    class Listening(torch.nn.Module):
        def forward(self, u, **options):
            heard.append(options)
            return torch.zeros(len(u), 2 if u.ndim == 3 else 3)

    for task, chosen in ((tokens(), np.arange(8)), (pairs(), np.arange(8))):
        answer_of(Listening(), task, tensors_of(task.train.batch(chosen), task))
    assert heard[0]["lengths"].shape == (8,)
    assert heard[1] == {}


@pytest.mark.parametrize(
    ("task", "shape", "wanted"),
    [
        (classes(), (8, 2), r"\(8, 3\)"),
        (classes(), (8, 12, 3), r"\(8, 3\)"),
        (numbers(), (8, 1), r"\(8, 3\)"),
        (labels(), (8,), r"\(8, 3\)"),
        (forecast(), (8, 5, 1), r"\(8, 5, 2\)"),
        (pixels(), (8, 1, 6), r"\(8, 12, 6\)"),
    ],
)
def test_an_answer_that_would_be_broadcast_is_refused(task, shape, wanted):
    class Wrong(torch.nn.Module):
        def forward(self, u):
            return torch.zeros(shape)

    batch = tensors_of(task.train.batch(np.arange(8)), task)
    with pytest.raises(InvalidInputError, match=f"where {wanted} is expected"):
        answer_of(Wrong(), task, batch)


def test_half_precision_answers_are_compared_in_float32():
    logits, targets = answers(6, 3).bfloat16(), torch.arange(6) % 3
    loss = loss_of(classes(), logits, targets)
    assert loss.dtype == torch.float32
    assert torch.equal(loss, loss_of(classes(), logits.float(), targets))


@pytest.mark.parametrize("training", [False, True])
def test_an_evaluation_leaves_the_mode_and_takes_no_gradient(training):
    task = classes()
    model = network(task).train(training)
    options = {"batch": 4, "workers": 1, "device": CPU}
    found = evaluate(model, task, task.validation, **options)
    assert model.training == training
    assert all(p.grad is None for p in model.parameters())
    batch = tensors_of(task.validation.batch(np.arange(11)), task)
    with torch.no_grad():
        logits = model.eval()(batch.inputs)
    right = (logits.argmax(1) == batch.targets).double().mean()
    assert found["accuracy"] == pytest.approx(float(right), rel=1e-15, abs=0)


def test_the_batch_of_an_evaluation_changes_no_number():
    task = numbers()
    model, options = network(task), {"workers": 0, "device": CPU}
    one = evaluate(model, task, task.test, batch=7, **options)
    other = evaluate(model, task, task.test, batch=ROWS, **options)
    assert one["rmse"] == pytest.approx(other["rmse"], rel=16 * EPS, abs=0)


def test_an_infinite_metric_is_refused():
    with pytest.raises(ResultError, match="rmse is inf"):
        measured(numbers(), torch.full((3, 3), torch.inf), torch.zeros(3, 3))


def test_every_kind_has_a_metric():
    from typing import get_args

    from framestate.bench.data.task import Kind

    assert set(PRIMARY) == set(get_args(Kind))
    made = task_of("regression", rows(np.zeros((ROWS, 3), np.float32)))
    assert PRIMARY[made.kind] == ("rmse", False)
