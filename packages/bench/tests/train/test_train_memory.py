"""Out of memory: which batch would fit is tried, and what was not tried is said."""

import re
import weakref

import pytest
import torch
from train_toys import Hungry, classes, network, settings, state_space_network, tokens

from framestate.bench.errors import ExperimentError
from framestate.bench.train import memory as memories
from framestate.bench.train import train
from framestate.bench.train.memory import out_of_memory

OUT = RuntimeError("DefaultCPUAllocator: not enough memory\nException raised from")


@pytest.mark.parametrize(
    ("rows", "words", "error"),
    [
        (5, r"batch = 4 went through: use batch=4 and accumulate=8", OUT),
        (5, r"batch = 4 went through: use batch=4 and accumulate=8", MemoryError()),
        (1, r"use batch=1 and accumulate=32", torch.OutOfMemoryError("CUDA")),
        (0, "not even one row fits", OUT),
    ],
)
def test_out_of_memory_says_which_batch_would_fit(tmp_path, rows, words, error):
    task = classes()
    with pytest.raises(ExperimentError, match=f"memory ran out.*{words}"):
        train(Hungry(network(task), rows, error), task, settings(batch=16), tmp_path)


def test_what_the_failed_step_held_is_let_go_before_another_batch_is_tried(tmp_path):
    class Holding(Hungry):
        def forward(self, u, *, lengths=None):
            held = torch.ones(3)
            if len(u) > self.rows:
                alive.append(weakref.ref(held))
                raise RuntimeError(str(OUT))  # one that nobody else keeps
            found.append([ref() is not None for ref in alive])
            return super().forward(u + 0 * held.sum(), lengths=lengths)

    alive, found, task = [], [], classes()
    with pytest.raises(ExperimentError, match="batch = 8 went through"):
        train(Holding(network(task), 8, OUT), task, settings(batch=16), tmp_path)
    assert found == [[False]]


def test_another_error_is_not_taken_for_one_of_memory(tmp_path):
    task, other = classes(), RuntimeError("shapes do not fit")
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        train(Hungry(network(task), 1, other), task, settings(batch=16), tmp_path)

    class Both(Hungry):
        def forward(self, u, *, lengths=None):
            self.error = OUT if len(u) == 16 else other
            return super().forward(u, lengths=lengths)

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        train(Both(network(task), 1, OUT), task, settings(batch=16), tmp_path)


def test_memory_is_counted_in_bytes(monkeypatch):
    cpu = torch.device("cpu")
    peak = memories.peak_memory(cpu)
    assert 50e6 < peak < 1e12  # torch alone is more than 50 MB
    monkeypatch.setattr(memories, "find_spec", lambda name: None)
    assert memories.peak_memory(cpu) is None
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 7)
    assert memories.peak_memory(torch.device("cuda")) == 7


@pytest.mark.parametrize(
    ("batch", "accumulate", "words"),
    [
        (8, 3, "No smaller batch was tried.*begin with batch=4 and accumulate=6"),
        (6, 1, "begin with batch=2 and accumulate=3"),
        (2, 1, "more processes: each has one row"),
    ],
)
def test_out_of_memory_with_weights_cut_says_that_nothing_was_tried(
    batch, accumulate, words
):
    task = tokens()
    plan = settings(batch=batch, accumulate=accumulate, strategy="fsdp")
    model = Hungry(state_space_network(task), 0, AssertionError("it was tried"))
    cpu = torch.device("cpu")
    error = out_of_memory("no memory", model, task, plan, cpu, 2)
    assert re.search(words, str(error))
    assert isinstance(error, ExperimentError)


def test_a_process_looks_for_its_batch_without_touching_the_shared_model():
    task = tokens()
    model = Hungry(state_space_network(task), 1, MemoryError())
    cpu = torch.device("cpu")
    error = out_of_memory("", model, task, settings(batch=8), cpu, 2)
    assert "use batch=2 and accumulate=8" in str(error)
    assert all(p.grad is None for p in model.parameters())
    assert model.training


def test_a_batch_that_does_not_divide_keeps_at_least_the_rows_of_a_step():
    task, cpu = tokens(), torch.device("cpu")
    model = Hungry(state_space_network(task), 3, MemoryError())
    error = out_of_memory("", model, task, settings(batch=7), cpu, 1)
    assert "use batch=3 and accumulate=6, and a step sees 18 rows, not 14" in str(error)
    error = out_of_memory("", model, task, settings(batch=6), cpu, 1)
    assert "accumulate=4, and a step sees as many rows as before" in str(error)
