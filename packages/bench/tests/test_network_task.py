import dataclasses

import numpy as np
import pytest
import torch

from framestate.bench import plan
from framestate.bench.data import library
from framestate.bench.data.splits import Rows
from framestate.bench.data.task import Task
from framestate.bench.networks import NetSettings
from framestate.bench.record import Outcome
from framestate.bench.run import estimates
from framestate.bench.run.execution import Done
from framestate.bench.tasks import network
from framestate.bench.train import Stepped, TrainSettings
from framestate.bench.train.events import Evaluated, Started

LENGTH, N = 20, 24
SETTINGS = network.NetworkSettings(
    data="toy",
    species="S4D-Lin",
    net=NetSettings("s4d-lin", depth=1, width=8, order=4),
    train=TrainSettings(steps=6, batch=4, evaluate_every=3, workers=0),
    seeds=(0, 1),
    paper=90.0,
)


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(N, LENGTH, 2)).astype(np.float32)
    split = Rows(values, np.arange(N) % 3, np.arange(N), lambda batch: batch)
    task = Task(
        name="toy",
        kind="classification",
        train=split,
        validation=split,
        test=split,
        channels=2,
        vocabulary=None,
        outputs=3,
        max_length=LENGTH,
        fidelity="look-alike",
        note="made up",
    )
    monkeypatch.setattr(library, "open_task", lambda *_, **__: task)


def place(tmp_path, **options):
    return network.Place(None, None, tmp_path / "runs", **options)


def test_a_row_is_the_mean_of_its_seeds_beside_the_paper(tmp_path):
    outcome = network.run(SETTINGS, "toy/s4d-lin", place(tmp_path))
    (record,) = outcome.records
    assert len(record.runs) == 2
    assert record.value == pytest.approx(np.mean(record.runs), rel=1e-15)
    assert (record.paper, record.unit, record.seeds) == (90.0, "%", (0, 1))
    assert record.fidelity == "scaled-down"
    assert "made up" in record.note
    names = {c.name for c in outcome.curves}
    assert {"validation accuracy, seed 0", "validation accuracy, seed 1"} <= names


def test_a_row_at_the_papers_size_has_the_fidelity_of_its_data(tmp_path):
    full = dataclasses.replace(SETTINGS, scaled=False, seeds=(0,))
    (record,) = network.run(full, "toy/s4d-lin", place(tmp_path)).records
    assert record.fidelity == "look-alike"
    assert record.runs == (record.value,)


def test_one_s_own_data_are_called_so_at_any_size(tmp_path, monkeypatch):
    task = dataclasses.replace(library.open_task("toy"), fidelity="own")
    monkeypatch.setattr(library, "open_task", lambda *_, **__: task)
    one = dataclasses.replace(SETTINGS, seeds=(0,))
    (record,) = network.run(one, "toy/s4d-lin", place(tmp_path)).records
    assert record.fidelity == "own"


def test_a_finished_row_is_only_read_and_other_settings_are_another_row(tmp_path):
    events = []

    def listener(name):
        return lambda event: events.append((name, event))

    where = place(tmp_path, listener=listener)
    first = network.run(SETTINGS, "toy/s4d-lin", where)
    seen = len(events)
    assert {name for name, _ in events} == {f"toy/s4d-lin, seed {k}" for k in (0, 1)}
    again = network.run(SETTINGS, "toy/s4d-lin", where)
    assert len(events) == seen
    assert again.records[0].value == first.records[0].value
    wider = dataclasses.replace(
        SETTINGS, net=dataclasses.replace(SETTINGS.net, width=4)
    )
    network.run(wider, "toy/s4d-lin", where)
    assert len(list((tmp_path / "runs" / "toy-s4d-lin").iterdir())) == 4


def test_examples_and_samples_are_cut_as_asked(tmp_path):
    cut = dataclasses.replace(SETTINGS, examples=(8, 4, 100), length=5)
    task = network.open_limited(cut, place(tmp_path))
    assert [len(s) for s in (task.train, task.validation, task.test)] == [8, 4, N]
    assert task.max_length == 5
    batch = task.train.batch(np.array([1, 0]))
    assert batch.inputs.shape == (2, 5, 2)
    assert batch.lengths.tolist() == [5, 5]
    rows = network.chosen(N, 8)
    assert np.array_equal(rows, network.chosen(N, 8))
    assert np.array_equal(np.unique(rows), rows)
    assert np.array_equal(batch.targets, rows[[1, 0]] % 3)


def test_pairs_are_cut_along_their_samples(tmp_path, monkeypatch):
    del monkeypatch
    tokens = np.arange(2 * 2 * 6).reshape(2, 2, 6)
    lengths = np.array([[6, 3], [2, 6]])

    class Pairs:
        def __len__(self):
            return 2

        def batch(self, rows):
            return network.Batch(tokens[rows], lengths[rows], np.zeros(len(rows), int))

    cut = network.Limited(Pairs(), np.arange(2), 4).batch(np.array([0, 1]))
    assert cut.inputs.shape == (2, 2, 4)
    assert cut.lengths.tolist() == [[4, 3], [2, 4]]


def test_every_test_example_has_its_score_and_their_mean_is_the_run(tmp_path):
    outcome = network.run(SETTINGS, "toy/s4d-lin", place(tmp_path))
    (record,) = outcome.records
    assert [s.seed for s in outcome.scores] == [0, 1]
    for scores, run in zip(outcome.scores, record.runs, strict=True):
        assert len(scores.values) == N
        assert set(scores.values) <= {0.0, 100.0}
        assert np.mean(scores.values) == pytest.approx(run, rel=1e-12)
        assert (scores.metric, scores.higher, scores.root) == ("accuracy", True, False)


def test_another_metric_is_printed_beside_without_the_papers_number(tmp_path):
    both = dataclasses.replace(SETTINGS, also=("macro_f1",))
    first, second = network.run(both, "toy/s4d-lin", place(tmp_path)).records
    assert (first.metric, second.metric) == ("accuracy", "macro_f1")
    assert (first.paper, second.paper) == (90.0, None)
    assert second.unit == "%"


def test_other_first_values_are_another_training(tmp_path, monkeypatch):
    network.run(SETTINGS, "toy/s4d-lin", place(tmp_path))
    assert len(list((tmp_path / "runs" / "toy-s4d-lin").iterdir())) == 2

    def moved(*args, **options):
        model = build(*args, **options)
        with torch.no_grad():
            next(model.parameters()).add_(1.0)
        return model

    build = network.build
    monkeypatch.setattr(network, "build", moved)
    network.run(SETTINGS, "toy/s4d-lin", place(tmp_path))
    assert len(list((tmp_path / "runs" / "toy-s4d-lin").iterdir())) == 4


def test_cost_is_known_after_a_few_steps(tmp_path):
    row = plan.Experiment("toy/x", "", SETTINGS)
    watch = estimates.Watch(tmp_path, "cpu", row)
    watch(Started("toy", 10, 110, "cpu", 5, 10))
    for step in range(11, 17):
        watch(Stepped(step, 110, 1.0, 0.1, 4.0, 2.0 * (110 - step)))
    watch(Evaluated(16, {"accuracy": 0.5}, "accuracy", best=True))
    (cost,) = estimates.read(tmp_path).values()
    assert cost.seconds == pytest.approx(220.0)  # 110 steps of 2 seconds
    assert cost.bytes > 2**20
    assert estimates.key("cpu", "toy/x") in estimates.read(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": ["x", 2]}'])
def test_a_damaged_file_of_costs_says_nothing(tmp_path, text):
    (tmp_path / estimates.FILE).write_text(text)
    assert estimates.read(tmp_path) == {}
    row = plan.Experiment("toy/x", "", SETTINGS)
    estimates.keep(tmp_path, "cpu", row, Done(Outcome(()), 2.0, 7))
    assert estimates.read(tmp_path) == {"cpu toy/x": estimates.Estimate(1.0, 7)}


def test_costs_measured_here_come_before_those_of_the_package(tmp_path):
    shipped = estimates.known(tmp_path)
    (tmp_path / estimates.FILE).write_text('{"cpu theorem/0..3": [1.5, 7]}')
    assert estimates.known(tmp_path)["cpu theorem/0..3"].seconds == 1.5
    assert set(shipped) <= set(estimates.known(tmp_path))
