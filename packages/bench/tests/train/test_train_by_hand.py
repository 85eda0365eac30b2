"""A whole training against a plain loop that says what it does."""

from copy import deepcopy
from dataclasses import asdict
from math import cos, pi

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, mse_loss
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from train_toys import classes, network, numbers, settings, tokens

from framestate.bench.train import train
from framestate.bench.train.checkpoints import Checkpoints
from framestate.bench.train.loader import Loader, Plan
from framestate.bench.train.order import epoch_order
from framestate.bench.train.standing import Standing
from framestate.bench.train.state import Parts
from framestate.deep.train import parameter_groups

EPS = float(torch.finfo(torch.float32).eps)
SHARES = {
    "constant": lambda passed: 1.0,
    "linear": lambda passed: 1 - passed,
    "cosine": lambda passed: (1 + cos(pi * passed)) / 2,
}
OPTIMIZERS = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}


def by_hand(task, plan):
    """Losses of all steps, the weights and their average after the last."""
    model = network(task)
    rates = {"lr": plan.lr, "ssm_lr": plan.ssm_lr, "weight_decay": plan.weight_decay}
    optimizer = OPTIMIZERS[plan.optimizer](parameter_groups(model, **rates))
    largest = [group["lr"] for group in optimizer.param_groups]
    batches = len(task.train) // (plan.batch * plan.accumulate) * plan.accumulate
    losses, average, position = [], None, 0
    for step in range(plan.steps):
        passed = (step - plan.warmup) / (plan.steps - plan.warmup)
        share = SHARES[plan.schedule](passed)
        share = (step + 1) / (plan.warmup + 1) if step < plan.warmup else share
        parts = []
        for _ in range(plan.accumulate):
            epoch, number = divmod(position, batches)
            rows = epoch_order(
                count=len(task.train),
                batch=plan.batch,
                batches=batches,
                seed=plan.seed,
                epoch=epoch,
            )[number]
            position += 1
            draws = np.random.SeedSequence((plan.seed, position, 0))
            torch.manual_seed(int(draws.generate_state(1, np.uint64)[0] >> 1))
            parts.append(loss_of_rows(model, task, rows))
            (parts[-1] / plan.accumulate).backward()
        if plan.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), plan.clip_norm)
        for group, rate in zip(optimizer.param_groups, largest, strict=True):
            group["lr"] = share * rate
        optimizer.step()
        optimizer.zero_grad()
        losses.append(sum(float(part.detach()) for part in parts) / plan.accumulate)
        average = averaged(average, model, plan.ema)
    return losses, model.state_dict(), average


def loss_of_rows(model, task, rows):
    batch = task.train.batch(rows)
    inputs, targets = torch.from_numpy(batch.inputs), torch.from_numpy(batch.targets)
    if task.vocabulary is None:
        answer = model(inputs)
    else:
        answer = model(inputs, lengths=torch.from_numpy(batch.lengths))
    return (mse_loss if task.kind == "regression" else cross_entropy)(answer, targets)


def averaged(average, model, decay):
    if average is None or decay is None:
        return deepcopy(dict(model.state_dict()))
    new = {}
    learned = dict(model.named_parameters())
    for name, value in model.state_dict().items():
        old = average[name]
        new[name] = decay * old + (1 - decay) * value if name in learned else value
    return {name: value.clone() for name, value in new.items()}


def assert_close(found, expected):
    # a few roundings a step of numbers near 1, over 12 steps
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=64 * EPS)


@pytest.mark.parametrize(
    ("task", "changes"),
    [
        (classes(), {}),
        (classes(), {"ema": None, "seed": 7, "warmup": 0, "schedule": "linear"}),
        (numbers(), {"clip_norm": 1e-2, "optimizer": "adam", "accumulate": 1}),
        (numbers(), {"clip_norm": None, "accumulate": 3, "schedule": "constant"}),
        (tokens(), {"weight_decay": 0.5, "lr": 0.02, "ssm_lr": 5e-3, "batch": 5}),
    ],
)
def test_a_training_is_the_plain_loop(tmp_path, task, changes):
    plan = settings(evaluate_every=12, **changes)
    before = torch.get_rng_state()
    losses, weights, average = by_hand(task, plan)
    torch.set_rng_state(before)
    trained = train(network(task), task, plan, tmp_path)
    assert trained.curves[0].values == pytest.approx(losses, rel=0, abs=64 * EPS)
    state = Checkpoints(tmp_path).load(12)
    assert_close(state["model"], weights)
    best = Checkpoints(tmp_path).load_best(12)
    assert_close(best, average)
    assert (state["average"] is None) == (asdict(plan)["ema"] is None)


class Scaler:
    """A precision with a state, as the one of float16 has it."""

    def __init__(self, scale):
        self.scale = scale

    def state_dict(self):
        return {"scale": self.scale}

    def load_state_dict(self, state_dict):
        self.scale = state_dict["scale"]


def test_the_state_of_a_gradient_scaler_and_of_an_average_is_kept():
    task, parts = classes(), []
    for seed, scale in ((0, 8.0), (1, 1.0)):
        model = network(task, seed=seed)
        average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.5))
        optimizer = torch.optim.Adam(model.parameters())
        loader = Loader(task, Plan(batch=4, per_epoch=10, total=10, seed=0))
        parts.append(
            Parts(model, average, optimizer, Scaler(scale), loader, sharded=False)
        )
    one, other = parts
    one.average.update_parameters(one.model)
    one.loader.load_state_dict({"position": 7})
    assert other.restore(one.state(Standing(step=3))) == Standing(step=3)
    assert other.precision.scale == 8.0
    assert int(other.average.n_averaged) == 1
    assert other.loader.position == 7
    for name in ("model", "average"):
        a, b = (getattr(each, name).state_dict() for each in parts)
        assert all(torch.equal(a[key], b[key]) for key in a)
