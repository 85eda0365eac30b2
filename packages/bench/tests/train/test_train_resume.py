"""A training that was broken off anywhere ends in the bits of one that was not."""

import os
import signal

import pytest
import torch
from train_toys import Witness, classes, network, settings, tokens

from framestate.bench.train import (
    InterruptedTrainingError,
    Saved,
    Started,
    Stepped,
    read_trained,
    train,
)
from framestate.bench.train.checkpoints import Checkpoints
from framestate.bench.train.loader import Loader

STEPS = 12


class CrashError(Exception):
    """What a test throws into a training; nothing of ours catches it."""


def at_step(step, act):
    """A listener that acts once, after a step."""

    def listen(event):
        if isinstance(event, Stepped) and event.step == step:
            act()

    return listen


def crash():
    raise CrashError


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


def run(folder, listener=None, *, task=None, **changes):
    task = classes() if task is None else task
    model = Witness(network(task)) if task.vocabulary is None else network(task)
    options = {} if listener is None else {"on_event": listener}
    return train(model, task, settings(**changes), folder, **options), model


def last_state(folder):
    checkpoints = Checkpoints(folder)
    return checkpoints.load(checkpoints.newest().step)


def same(one, other):
    """Whether two nested states have the same bits, times apart."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        keys = set(one) - {"seconds", "waited"}
        return set(one) == set(other) and all(same(one[k], other[k]) for k in keys)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def numbers(trained):
    """What a result says, times and memory apart."""
    return (
        trained.validation,
        trained.best_step,
        trained.test_metrics,
        trained.steps,
        trained.stopped,
        trained.curves,
    )


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    folder = tmp_path_factory.mktemp("straight")
    trained, model = run(folder)
    return trained, model, last_state(folder)


def test_the_same_seed_twice_is_the_same_result(straight, tmp_path):
    trained, model = run(tmp_path)
    assert numbers(trained) == numbers(straight[0])
    assert same(last_state(tmp_path), straight[2])
    assert model.seen == straight[1].seen


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_crash_at_any_step_changes_no_bit(straight, tmp_path, step):
    with pytest.raises(CrashError):
        run(tmp_path, at_step(step, crash))
    begun = []
    trained, model = run(tmp_path, begun.append)
    # 12 steps, kept at 3, 4, 6, 8, 9 and 12; the crash comes before its own step is
    kept = [k for k in (3, 4, 6, 8, 9) if k < step]
    assert begun[0].resumed_from == (kept[-1] if kept else None)
    assert numbers(trained) == numbers(straight[0])
    assert same(last_state(tmp_path), straight[2])
    start = 2 * (kept[-1] if kept else 0)
    assert model.seen == straight[1].seen[start:]


@pytest.mark.parametrize("step", [1, 5, 6, 11])
def test_sigterm_keeps_the_next_step_and_says_so(straight, tmp_path, step):
    with pytest.raises(InterruptedTrainingError) as caught:
        run(tmp_path, at_step(step, terminate))
    assert (caught.value.signal, caught.value.step) == (signal.SIGTERM, step + 1)
    assert f"SIGTERM asked it to stop after step {step + 1}" in str(caught.value)
    trained, model = run(tmp_path)
    assert trained.resumed_from == step + 1
    assert numbers(trained) == numbers(straight[0])
    assert same(last_state(tmp_path), straight[2])
    assert model.seen == straight[1].seen[2 * (step + 1) :]


def test_signals_are_given_back(tmp_path):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with pytest.raises(InterruptedTrainingError):
        run(tmp_path, at_step(2, lambda: os.kill(os.getpid(), signal.SIGINT)))
    after = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    assert before == after


def test_ctrl_c_twice_stops_at_once(tmp_path):
    def twice():
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, at_step(2, twice))
    assert Checkpoints(tmp_path).newest() is None
    assert signal.getsignal(signal.SIGINT) == before


def test_a_signal_while_lightning_has_the_signals_is_answered(
    straight, tmp_path, monkeypatch
):
    begin = Loader.__iter__

    def asked(loader):
        terminate()
        return begin(loader)

    with monkeypatch.context() as patch:
        patch.setattr(Loader, "__iter__", asked)
        with pytest.raises(InterruptedTrainingError, match="SIGTERM"):
            run(tmp_path)
    trained, _ = run(tmp_path)
    assert numbers(trained) == numbers(straight[0])


def test_an_exit_that_nobody_asked_for_goes_through(tmp_path):
    def leave():
        raise SystemExit(5)

    with pytest.raises(SystemExit) as caught:
        run(tmp_path, at_step(2, leave))
    assert caught.value.code == 5


class Calls:
    """A count that a model shares with its average."""

    def __init__(self, signal_at):
        self.left = signal_at

    def __deepcopy__(self, memo):
        return self


class Asking(Witness):
    """A model that is asked to stop in the middle of an evaluation."""

    def __init__(self, model, call):
        super().__init__(model)
        self.calls = Calls(call)

    def forward(self, u, *, lengths=None):
        self.calls.left -= not self.training
        if not self.training and self.calls.left == 0:
            terminate()
        return super().forward(u, lengths=lengths)


# 11 rows in batches of 4 are 3 calls: evaluations after steps 4, 8 and 12, then the test
@pytest.mark.parametrize(("call", "step"), [(1, 4), (2, 4), (5, 8), (8, 12), (11, 12)])
def test_an_evaluation_is_broken_off_and_made_again(straight, tmp_path, call, step):
    task = classes()
    model = Asking(network(task), call)
    with pytest.raises(InterruptedTrainingError) as caught:
        train(model, task, settings(), tmp_path)
    assert caught.value.step == step
    trained, model = run(tmp_path)
    assert trained.resumed_from == step
    assert numbers(trained) == numbers(straight[0])
    assert same(last_state(tmp_path), straight[2])
    assert model.seen == straight[1].seen[2 * step :]


def test_torch_s_random_state_is_put_back(tmp_path):
    before = torch.get_rng_state()
    run(tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("workers", [0, 3])
def test_threads_change_no_bit(straight, tmp_path, workers):
    trained, _ = run(tmp_path, workers=workers)
    assert numbers(trained) == numbers(straight[0])
    assert same(last_state(tmp_path), straight[2])


def test_sessions_may_change_what_changes_no_number(straight, tmp_path):
    with pytest.raises(CrashError):
        run(tmp_path, at_step(7, crash), workers=2, keep=5)
    trained, _ = run(tmp_path, workers=0, checkpoint_every_steps=1)
    assert numbers(trained) == numbers(straight[0])


@pytest.mark.parametrize("step", [3, 8])
def test_patience_is_resumed(tmp_path, step):
    # a rate of almost nothing: no evaluation is better than the first
    hopeless = {"steps": 60, "lr": 1e-12, "ssm_lr": 1e-12, "patience": 2}
    trained, _ = run(tmp_path / "straight", **hopeless)
    assert (trained.stopped, trained.steps, trained.best_step) == ("patience", 12, 4)
    with pytest.raises(CrashError):
        run(tmp_path / "broken", at_step(step, crash), **hopeless)
    resumed, _ = run(tmp_path / "broken", **hopeless)
    assert numbers(resumed) == numbers(trained)


def test_tokens_in_buckets_resume_too(tmp_path):
    changes = {"task": tokens(), "bucket": True, "ema": None, "optimizer": "adam"}
    trained, _ = run(tmp_path / "straight", **changes)
    with pytest.raises(CrashError):
        run(tmp_path / "broken", at_step(8, crash), **changes)
    resumed, _ = run(tmp_path / "broken", **changes)
    assert numbers(resumed) == numbers(trained)
    one, other = last_state(tmp_path / "straight"), last_state(tmp_path / "broken")
    assert same(one, other)


def test_a_crash_before_the_test_reads_only_the_test(straight, tmp_path):
    def listen(event):
        if isinstance(event, Saved) and event.step == STEPS:
            raise CrashError

    with pytest.raises(CrashError):
        run(tmp_path, listen)
    assert read_trained(tmp_path) is None
    begun = []
    trained, model = run(tmp_path, begun.append)
    assert model.seen == []
    assert [type(event) for event in begun] == [Started]
    assert numbers(trained) == numbers(straight[0])


def test_a_finished_folder_is_only_read(straight, tmp_path):
    first, _ = run(tmp_path)
    heard = []
    again, model = run(tmp_path, heard.append)
    assert again == first == read_trained(tmp_path)
    assert heard == model.seen == []


def test_never_begins_anew_and_must_wants_a_training(tmp_path):
    task = classes()
    with pytest.raises(CrashError):
        run(tmp_path, at_step(8, crash))
    started = []
    train(
        network(task),
        task,
        settings(),
        tmp_path,
        on_event=started.append,
        resume="never",
    )
    assert started[0].resumed_from is None
    folder = tmp_path / "empty"
    with pytest.raises(Exception, match="no training was begun there"):
        train(network(task), task, settings(), folder, resume="must")
    with pytest.raises(Exception, match="is not a known word"):
        train(network(task), task, settings(), folder, resume="always")


def test_the_model_is_left_with_the_best_weights(tmp_path):
    trained, model = run(tmp_path)
    best = Checkpoints(tmp_path).load_best(trained.best_step)
    assert same(dict(model.state_dict()), best)
