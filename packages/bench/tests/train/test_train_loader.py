"""Batches: which, in which order, how fast, and what is refused."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from train_toys import (
    ROWS,
    classes,
    labels,
    numbers,
    pairs,
    pixels,
    rows,
    task_of,
    tokens,
)

from framestate.bench.errors import DataError
from framestate.bench.train.loader import Loader, Plan, in_order
from framestate.bench.train.order import epoch_order
from framestate.bench.train.prefetch import prefetched
from framestate.bench.train.tensors import tensors_of

PLAN = Plan(batch=4, per_epoch=10, total=25, seed=3, workers=1)


def ids(loader):
    return [tuple(int(v) for v in batch.inputs[:, 0, 1]) for batch in loader]


def test_batches_are_those_of_the_order():
    expected = [
        tuple(row)
        for epoch in range(3)
        for row in epoch_order(count=ROWS, batch=4, batches=10, seed=3, epoch=epoch)
    ]
    assert ids(Loader(classes(), PLAN)) == expected[:25]


@pytest.mark.parametrize("position", [0, 1, 9, 10, 11, 24, 25])
@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_loader_goes_on_from_any_position(position, workers):
    whole = ids(Loader(classes(), PLAN))
    first = Loader(classes(), replace(PLAN, workers=workers))
    batches = iter(first)
    for _ in range(position):
        next(batches)
    state = first.state_dict()
    assert state == {"position": position}
    first.close()
    second = Loader(classes(), PLAN)
    second.load_state_dict(state)
    assert len(second) == 25 - position
    assert ids(second) == whole[position:]
    assert len(second) == 0


def test_what_was_prepared_but_not_handed_over_is_not_counted():
    loader = Loader(classes(), replace(PLAN, workers=2))
    batches = iter(loader)
    next(batches)
    time.sleep(0.05)  # the threads are ahead by now
    assert loader.state_dict() == {"position": 1}
    loader.close()


@pytest.mark.parametrize("world", [2, 4])
def test_processes_share_a_batch_without_overlap(world):
    whole = ids(Loader(classes(), PLAN))
    shares = [
        ids(Loader(classes(), replace(PLAN, rank=rank, world=world)))
        for rank in range(world)
    ]
    for number, batch in enumerate(whole):
        parts = [share[number] for share in shares]
        assert {len(part) for part in parts} == {4 // world}
        assert sorted(sum(parts, ())) == sorted(batch)


def test_buckets_pad_less():
    task = tokens(count=512)
    sizes = {}
    for bucket in (False, True):
        plan = Plan(batch=8, per_epoch=64, total=64, seed=0, bucket=bucket)
        batches = list(Loader(task, plan))
        assert sum(len(b.inputs) for b in batches) == 512
        sizes[bucket] = sum(b.inputs.numel() for b in batches)
    assert sizes[True] < 0.8 * sizes[False]


def test_closing_ends_the_threads():
    before = threading.active_count()
    loader = Loader(classes(), replace(PLAN, workers=3))
    next(iter(loader))
    assert threading.active_count() > before
    loader.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_results_come_in_order_whatever_their_time(workers):
    def work(item):
        time.sleep(0.01 * (item % 3 == 0))
        return item * item

    found = list(prefetched(work, range(20), workers=workers))
    assert found == [item * item for item in range(20)]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_comes_where_its_result_would(workers):
    def work(item):
        return 1 // (3 - item)

    results = prefetched(work, range(9), workers=workers)
    assert [next(results) for _ in range(3)] == [0, 0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_data_that_are_ready_in_time_are_hardly_waited_for():
    class Slow:
        def __len__(self):
            return ROWS

        def batch(self, rows):
            time.sleep(0.004)
            return classes().train.batch(rows)

    def share(workers):
        task = replace(classes(), train=Slow())
        loader = Loader(task, replace(PLAN, workers=workers))
        waited, start = 0.0, None
        for number, _ in enumerate(loader):
            if number == 2:  # the first batches have nothing to hide behind
                start, waited = time.perf_counter(), 0.0
            waited += loader.waited
            time.sleep(0.02)  # a step
        return waited / (time.perf_counter() - start)

    assert share(1) < 0.05
    assert share(0) > 0.1


@pytest.mark.parametrize("world", [1, 2, 3])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_split_is_read_once_by_all_together(world, workers):
    task, batch = classes(count=11), 6
    seen, counts = [], set()
    for rank in range(world):
        parts = list(
            in_order(
                task, task.train, batch=batch, workers=workers, rank=rank, world=world
            )
        )
        counts.add(len(parts))
        seen += [int(v) for t, counted in parts if counted for v in t.inputs[:, 0, 1]]
    assert sorted(seen) == list(range(11))
    assert len(counts) == 1


def test_a_process_without_rows_gets_one_that_does_not_count():
    task = classes(count=3)
    parts = list(in_order(task, task.train, batch=4, workers=0, rank=3, world=4))
    assert [(len(t.inputs), counted) for t, counted in parts] == [(1, False)]


def test_lengths_are_left_out_where_nothing_is_padded():
    task = tokens()
    batch = task.train.batch(np.arange(8))
    assert torch.equal(tensors_of(batch, task).lengths, torch.tensor(batch.lengths))
    alike = task.train.batch(np.full(3, 5))
    assert tensors_of(alike, task).lengths is None
    for made in (classes(), pairs()):
        batch = made.train.batch(np.arange(8))
        assert tensors_of(batch, made).lengths is None


def test_a_read_only_batch_is_copied():
    task = numbers()
    batch = task.train.batch(np.arange(3))
    batch.inputs.flags.writeable = False
    before = batch.inputs.copy()
    tensors_of(batch, task).inputs.zero_()
    assert np.array_equal(batch.inputs, before)


def spoiled(task, name, place, value):
    batch = task.train.batch(np.arange(8))
    array = getattr(batch, name).copy()
    array[place] = value
    return replace(batch, **{name: array})


@pytest.mark.parametrize(
    ("make", "name", "place", "value", "words"),
    [
        (tokens, "inputs", (3, 0), 9, "a token is 9, expected 0 to 8"),
        (tokens, "inputs", (3, 0), -1, "a token is -1, expected 0 to 8"),
        (tokens, "targets", 3, 3, "a class is 3, expected 0 to 2"),
        (pairs, "targets", 3, -1, "a class is -1, expected 0 to 1"),
        (pairs, "inputs", (0, 1, 2), 9, "a token is 9"),
        (pixels, "targets", (0, 0, 0), 256, "a pixel is 256, expected 0 to 255"),
        (classes, "inputs", (0, 0, 0), np.nan, "an input is NaN or infinite"),
        (numbers, "targets", (0, 0), np.inf, "a target is NaN or infinite"),
        (labels, "targets", (0, 0), np.nan, "a target is NaN or infinite"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(make, name, place, value, words):
    task = make()
    with pytest.raises(DataError, match=f"a batch of toy: {words}"):
        tensors_of(spoiled(task, name, place, value), task)


def test_a_bad_label_reaches_the_caller_through_the_threads():
    targets = np.arange(ROWS) % 3
    targets[7] = 3
    task = task_of("classification", rows(targets))
    with pytest.raises(DataError, match="a class is 3"):
        list(Loader(task, PLAN))
