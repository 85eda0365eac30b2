import numpy as np
import pytest
import torch

from framestate.bench.data.splits import Ragged, Rows, Windows
from framestate.bench.data.task import Task
from framestate.bench.errors import UnknownTaskError
from framestate.bench.networks import LAYERS, NetSettings, build

LENGTH, N = 24, 6


def _plain(values):
    return values


def _rows(targets, values=None):
    if values is None:
        values = np.random.default_rng(0).normal(size=(N, LENGTH, 2))
        values = values.astype(np.float32)
    return Rows(values, targets, np.arange(N), _plain)


def _task(kind, split, **sizes):
    sizes = {"channels": 2, "vocabulary": None, "outputs": 3, **sizes}
    return Task(
        name="toy",
        kind=kind,
        train=split,
        validation=split,
        test=split,
        max_length=LENGTH,
        fidelity="own",
        **sizes,
    )


def classification():
    return _task("classification", _rows(np.arange(N) % 3))


def tokens():
    rng = np.random.default_rng(1)
    sizes = rng.integers(2, LENGTH, size=N)
    flat = rng.integers(1, 9, size=sizes.sum())
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    split = Ragged(flat, offsets, np.arange(N) % 3, np.arange(N), _plain)
    return _task("classification", split, channels=None, vocabulary=9)


def pairs():
    rng = np.random.default_rng(2)
    split = _rows(np.arange(N) % 2, rng.integers(1, 9, size=(N, 2, LENGTH)))
    return _task("retrieval", split, channels=None, vocabulary=9, outputs=2)


def forecast():
    record = np.random.default_rng(3).normal(size=(64, 2)).astype(np.float32)
    split = Windows(record, np.arange(N), LENGTH, 5, (1,))
    return _task("forecast", split, outputs=1, horizon=5)


def density():
    pixels = np.random.default_rng(4).integers(0, 256, size=(N, LENGTH, 3))
    values = (pixels / 127.5 - 1).astype(np.float32)
    return _task("density", _rows(pixels, values), channels=3)


def answer(settings, task, seed=0):
    model = build(settings, task, seed=seed).eval()
    batch = task.train.batch(np.array([0, 3, 2]))
    inputs, lengths = torch.from_numpy(batch.inputs), torch.from_numpy(batch.lengths)
    if task.kind == "retrieval":
        lengths = torch.full((3, 2), LENGTH)
    with torch.no_grad():
        return model(inputs, lengths=lengths)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_every_layer_makes_a_classifier(name, bidirectional):
    wavelet = "db3" if name.startswith(("w", "multires")) else None
    settings = NetSettings(
        name, depth=1, width=8, order=8, wavelet=wavelet, bidirectional=bidirectional
    )
    logits = answer(settings, classification())
    assert logits.shape == (3, 3)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize(
    ("task", "shape"),
    [
        (tokens(), (3, 3)),
        (pairs(), (3, 2)),
        (forecast(), (3, 5, 1)),
        (density(), (3, LENGTH, 100)),
    ],
    ids=["tokens", "pairs", "forecast", "density"],
)
def test_every_kind_of_task_gets_its_head(task, shape):
    assert (
        answer(NetSettings("s4d-lin", depth=2, width=8, order=4), task).shape == shape
    )


def test_first_values_are_a_function_of_the_seed():
    settings, task = NetSettings("s4d-lin", depth=1, width=8, order=4), classification()
    assert torch.equal(answer(settings, task, 1), answer(settings, task, 1))
    assert not torch.equal(answer(settings, task, 1), answer(settings, task, 2))


def test_the_network_does_not_see_padding():
    settings, task = NetSettings("s4d-lin", depth=2, width=8, order=4), tokens()
    model = build(settings, task, seed=0).eval()
    alone = task.train.batch(np.array([0]))
    among = task.train.batch(np.arange(N))
    with torch.no_grad():
        one, many = (
            model(torch.from_numpy(b.inputs), lengths=torch.from_numpy(b.lengths))
            for b in (alone, among)
        )
    # the same sums in another order: a few roundings of values near 1
    torch.testing.assert_close(many[:1], one, rtol=0.0, atol=2e-6)


def test_an_unknown_layer_is_refused_with_near_names():
    with pytest.raises(UnknownTaskError, match="s4d-legs"):
        build(NetSettings("s4d-leg"), classification(), seed=0)
