"""Tiny tasks and models that the training tests share with the processes they start."""

import numpy as np
import torch
from torch import nn

from framestate.bench.data.splits import Ragged, Rows, Windows
from framestate.bench.data.task import Batch, Task
from framestate.bench.train import TrainSettings
from framestate.deep.models import DensityHead, SequenceModel, TokenEncoder
from framestate.deep.recipes import s4d_lin

ROWS, LENGTH = 40, 12
CPU = torch.device("cpu")


def as_it_is(values):
    return np.asarray(values)


def task_of(kind, split, *, validation=None, test=None, **sizes):
    sizes = {"channels": 2, "vocabulary": None, "outputs": 3} | sizes
    return Task(
        name="toy",
        kind=kind,
        train=split,
        validation=split if validation is None else validation,
        test=split if test is None else test,
        max_length=LENGTH,
        fidelity="own",
        **sizes,
    )


def rows(targets, values=None, count=ROWS):
    if values is None:
        values = np.random.default_rng(0).normal(size=(count, LENGTH, 2))
        values = values.astype(np.float32)
    return Rows(values, targets, np.arange(len(values)), as_it_is)


def classes(*, count=ROWS):
    """Three classes of sequences; the second channel starts with the row's number."""
    draws = np.random.default_rng(1)
    values = draws.normal(size=(count, LENGTH, 2)).astype(np.float32)
    targets = np.digitize(values[..., 0].mean(1), (-0.1, 0.1))
    values[:, 0, 1] = np.arange(count)
    split = rows(targets, values)
    part = Rows(values, targets, np.arange(11), as_it_is)
    return task_of("classification", split, validation=part, test=part)


def labels():
    return task_of(
        "multilabel",
        rows(np.random.default_rng(2).integers(0, 2, (ROWS, 3)).astype(np.float32)),
    )


def numbers():
    return task_of(
        "regression",
        rows(np.random.default_rng(3).normal(size=(ROWS, 3)).astype(np.float32)),
    )


def forecast():
    record = np.random.default_rng(4).normal(size=(64, 2)).astype(np.float32)
    split = Windows(record, np.arange(ROWS), LENGTH, 5, (0, 1))
    return task_of("forecast", split, outputs=2, horizon=5)


def pixels():
    values = np.random.default_rng(5).integers(0, 256, size=(ROWS, LENGTH, 1))
    split = rows(values, (values / 127.5 - 1).astype(np.float32))
    return task_of("density", split, channels=1, outputs=1)


def tokens(*, count=ROWS):
    """Sequences of tokens of many lengths."""
    draws = np.random.default_rng(6)
    sizes = draws.integers(2, LENGTH, size=count)
    flat = draws.integers(1, 9, size=sizes.sum())
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    split = Ragged(flat, offsets, np.arange(count) % 3, np.arange(count), as_it_is)
    return task_of("classification", split, channels=None, vocabulary=9)


class Pairs:
    """Pairs of documents of tokens, all of one length."""

    def __len__(self):
        return ROWS

    def batch(self, rows):
        inputs = np.random.default_rng(7).integers(1, 9, size=(ROWS, 2, LENGTH))
        lengths = np.full((len(rows), 2), LENGTH)
        return Batch(inputs[rows], lengths, rows % 2)


def pairs():
    return task_of("retrieval", Pairs(), channels=None, vocabulary=9, outputs=2)


class Tiny(nn.Module):
    """The smallest model with all that has to be resumed: dropout and batch norm too."""

    dynamics = ("rate",)

    def __init__(self, task, *, dropout=0.2, norm=True):
        super().__init__()
        self.embed = None
        if task.vocabulary is not None:
            self.embed = nn.Embedding(task.vocabulary, 2)
        self.rate = nn.Parameter(torch.ones(4))
        self.first, self.last = nn.Linear(2, 4), nn.Linear(4, task.outputs)
        self.norm = nn.BatchNorm1d(4) if norm else nn.Identity()
        self.dropout = nn.Dropout(dropout)

    def forward(self, u, *, lengths=None):
        x = u if self.embed is None else self.embed(u)
        if lengths is None:
            x = x.mean(1)
        else:
            true = torch.arange(x.shape[1]) < lengths[:, None]
            x = (x * true[..., None]).sum(1) / lengths[:, None]
        x = self.dropout(self.norm(torch.tanh(self.rate * self.first(x))))
        return self.last(x)


def network(task, *, seed=0, **options):
    """A `Tiny` of that seed; torch's own source stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Tiny(task, **options)


def state_space_network(task, *, dropout=0.0, seed=0):
    """A state space model for a task, as the experiments have them."""
    g = torch.Generator().manual_seed(seed)
    layer = s4d_lin(d_model=4, order=4, generator=g)
    encoder = task.channels
    if task.vocabulary is not None:
        encoder = TokenEncoder(task.vocabulary, 4, generator=g)
    if task.kind == "density":
        head = DensityHead(4, channels=1, mixtures=2, generator=g)
        return SequenceModel(encoder, head, [layer], generator=g)
    return SequenceModel(
        encoder,
        task.outputs,
        [layer],
        pooling="mean",
        dropout=dropout,
        norm_kind="layer",
        generator=g,
    )


class Hungry(nn.Module):
    """A model that runs out of memory beyond some rows."""

    def __init__(self, model, rows, error):
        super().__init__()
        self.model, self.rows, self.error = model, rows, error

    def forward(self, u, *, lengths=None):
        if len(u) > self.rows:
            raise self.error
        return self.model(u, lengths=lengths)


class Witness(nn.Module):
    """A model that notes the rows it was trained on, from the first sample of each."""

    def __init__(self, model):
        super().__init__()
        self.model, self.seen = model, []

    def forward(self, u, *, lengths=None):
        if self.training:
            self.seen.append([int(row) for row in u[:, 0, 1]])
        u = u.clone()
        u[:, 0, 1] = 0
        return self.model(u, lengths=lengths)


def settings(**changes):
    """Everything that has to be resumed: warm-up, cosine, average, accumulation."""
    defaults = {
        "steps": 12,
        "batch": 4,
        "accumulate": 2,
        "warmup": 3,
        "ema": 0.7,
        "clip_norm": 1.0,
        "evaluate_every": 4,
        "checkpoint_every_steps": 3,
        "checkpoint_every_seconds": None,
        "patience": 10,
        "device": "cpu",
        "workers": 1,
    }
    return TrainSettings(**(defaults | changes))


def answers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def measured(task, answer, targets, *, parts=3):
    from framestate.bench.train.metrics import Meter  # torchmetrics, only now

    meter = Meter(task, CPU)
    for a, t in zip(answer.chunk(parts), targets.chunk(parts), strict=True):
        meter.add(a, t)
    return meter.values()


def evaluate(*args, **options):
    from framestate.bench.train.evaluate import evaluate as whole

    return whole(*args, **options)
