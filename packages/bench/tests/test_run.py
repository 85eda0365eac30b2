import dataclasses
import io

import pytest
from rich.console import Console

from framestate.bench import errors, plan
from framestate.bench import run as runner
from framestate.bench.record import Outcome
from framestate.bench.run import estimates
from framestate.bench.run.execution import Done
from framestate.bench.run.request import JOURNAL
from framestate.bench.tasks.approximation import SyntheticSettings
from framestate.bench.tasks.delay import DelaySettings
from framestate.bench.tasks.training import TrainingSettings
from framestate.bench.train import InterruptedTrainingError

TINY = (
    plan.Experiment(
        "delay/white",
        "one",
        DelaySettings(
            signal="white",
            order=4,
            lag=10,
            lags=(),
            dt_count=3,
            species=("LegS", "LegT"),
        ),
    ),
    plan.Experiment(
        "approximation/synthetic",
        "two",
        SyntheticSettings(
            classes=("blocks",), order=5, length=100, trials=2, species=("LegS", "FouS")
        ),
        seed=0,
    ),
    plan.Experiment(
        "delay/speech",
        "needs a folder",
        DelaySettings(signal="speech"),
        signals=("speech",),
    ),
)


@pytest.fixture
def tiny_plan(monkeypatch):
    monkeypatch.setattr(plan, "plan", lambda *_: TINY)


def go(out, **changes):
    screen = io.StringIO()
    request = runner.Request(size="smoke", tasks=(), out=out)
    prepared = runner.prepare(dataclasses.replace(request, **changes))
    console = Console(file=screen, width=200)
    return runner.run(prepared, runner.Progress(console)), screen.getvalue()


@pytest.mark.usefixtures("tiny_plan")
def test_every_row_carries_fidelity_seeds_command_and_seconds(tmp_path):
    results, _ = go(tmp_path)
    assert results.records
    for r in results.records:
        assert r.fidelity in ("own", "look-alike", "scaled-down")
        assert r.command == f"framestate-bench run {r.experiment} --size smoke"
        assert r.settings["order"] in (4, 5)
        assert r.seconds >= 0
    assert {r.seeds for r in results.records} == {(), (0,)}
    assert [s.experiment for s in results.skipped] == ["delay/speech"]
    assert "--data" in results.skipped[0].reason


@pytest.mark.usefixtures("tiny_plan")
def test_a_second_run_takes_everything_from_the_journal_and_says_so(tmp_path):
    first, screen = go(tmp_path)
    assert "already" not in screen
    again, screen = go(tmp_path)
    assert screen.count("already done") == 2
    assert again.records == first.records
    assert again.curves == first.curves


@pytest.mark.usefixtures("tiny_plan")
def test_fresh_computes_the_same_numbers_again(tmp_path):
    first, _ = go(tmp_path)
    again, screen = go(tmp_path, fresh=True)
    assert "already" not in screen
    plain = [dataclasses.replace(r, seconds=0.0) for r in first.records]
    assert [dataclasses.replace(r, seconds=0.0) for r in again.records] == plain


@pytest.mark.usefixtures("tiny_plan")
def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, monkeypatch):
    execute = plan.execute

    def interrupted(experiment, signals, rng, place):
        if experiment.suite == "approximation":
            raise KeyboardInterrupt
        return execute(experiment, signals, rng, place)

    monkeypatch.setattr(plan, "execute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path)
    assert len((tmp_path / JOURNAL).read_text().splitlines()) == 1
    monkeypatch.setattr(plan, "execute", execute)
    results, screen = go(tmp_path)
    assert "delay/white: already done" in screen
    assert {r.suite for r in results.records} == {"delay", "approximation"}


@pytest.mark.usefixtures("tiny_plan")
def test_another_lag_is_computed_and_named_in_the_command(tmp_path):
    go(tmp_path)
    results, screen = go(tmp_path, lag=11, tasks=("delay/white",))
    assert "already" not in screen
    assert {r.command for r in results.records} == {
        "framestate-bench run delay/white --size smoke --lag 11"
    }


def test_a_lag_longer_than_a_signal_is_refused_before_anything_is_written(tmp_path):
    request = runner.Request(
        size="smoke", tasks=("delay/nino",), out=tmp_path / "out", lag=300
    )
    with pytest.raises(errors.InvalidInputError, match="only 264 samples"):
        runner.prepare(request)
    assert not (tmp_path / "out").exists()


def test_our_stale_temporary_files_are_swept_and_no_others(tmp_path):
    for name in (".results.json.x.tmp", ".report.html.y.tmp", ".editor.tmp"):
        (tmp_path / name).write_text("half")
    runner.prepare(runner.Request(size="smoke", tasks=("theorem",), out=tmp_path))
    assert [p.name for p in tmp_path.iterdir()] == [".editor.tmp"]


@pytest.mark.usefixtures("tiny_plan")
@pytest.mark.parametrize("tasks", [("delay/speech",), ("delay/speech", "delay")])
def test_a_named_task_is_never_left_out_for_want_of_data(tmp_path, tasks):
    request = runner.Request(size="smoke", tasks=tasks, out=tmp_path / "out")
    with pytest.raises(errors.DataError, match=r"delay/speech.*--data DIR"):
        runner.prepare(request)
    assert not (tmp_path / "out").exists()


def test_a_suite_leaves_out_what_needs_data_unless_nothing_is_left(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(plan, "plan", lambda *_: TINY)
    request = runner.Request(size="smoke", tasks=("delay",), out=tmp_path / "out")
    (skipped,) = runner.prepare(request).skipped
    assert skipped.experiment == "delay/speech"
    monkeypatch.setattr(plan, "plan", lambda *_: TINY[2:])
    with pytest.raises(errors.DataError, match="delay/speech"):
        runner.prepare(dataclasses.replace(request, out=tmp_path / "other"))
    assert not (tmp_path / "other").exists()


def test_the_environment_names_versions_and_no_place():
    described = runner.describe()
    assert described["numpy"]
    assert described["python"].startswith("3.")
    text = " ".join(described.values())
    assert "/" not in text.replace(" / ", "")


@pytest.mark.usefixtures("tiny_plan")
def test_a_terminal_gets_a_bar_and_the_same_lines(tmp_path):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    request = runner.Request(size="smoke", tasks=("delay/white",), out=tmp_path)
    runner.run(runner.prepare(request), runner.Progress(console))
    assert "[1/1] delay/white" in screen.getvalue()


def test_an_experiment_that_fails_is_named_and_the_others_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "plan", lambda *_: TINY)
    execute = plan.execute

    def broken(experiment, signals, rng, place):
        if experiment.suite == "delay":
            raise errors.ResultError(request="x", finding="nan", remedy="y.")
        return execute(experiment, signals, rng, place)

    monkeypatch.setattr(plan, "execute", broken)
    results, screen = go(tmp_path)
    assert {r.suite for r in results.records} == {"approximation"}
    reasons = {s.experiment: s.reason for s in results.skipped}
    assert reasons["delay/white"] == "FAILED: x: nan. y."
    assert "delay/white: FAILED: x: nan. y." in screen
    # it is tried again, and what was done is not
    monkeypatch.setattr(plan, "execute", execute)
    results, screen = go(tmp_path)
    assert {r.suite for r in results.records} == {"delay", "approximation"}
    assert screen.count("already done") == 1


@pytest.mark.parametrize(
    "error",
    [
        errors.OutputError(request="x", finding="full", remedy="y."),
        InterruptedTrainingError(signum=15, step=3, folder="z"),
    ],
)
def test_a_full_disk_and_a_signal_end_the_run(tmp_path, monkeypatch, error):
    monkeypatch.setattr(plan, "plan", lambda *_: TINY)

    def broken(*_):
        raise error

    monkeypatch.setattr(plan, "execute", broken)
    with pytest.raises(type(error)):
        go(tmp_path)


@pytest.mark.usefixtures("tiny_plan")
def test_a_budget_takes_what_fits_and_what_is_done_already(tmp_path):
    costs = {
        "smoke delay/white": estimates.Estimate(5.0, 0),
        "smoke approximation/synthetic": estimates.Estimate(50.0, 0),
    }
    (tmp_path / estimates.FILE).write_text(estimates.text(costs))
    results, _ = go(tmp_path, budget=20.0)
    assert {r.suite for r in results.records} == {"delay"}
    assert "over the budget" in results.skipped[-1].reason
    (tmp_path / estimates.FILE).write_text(estimates.text(costs))
    results, screen = go(tmp_path, budget=50.0)
    assert "delay/white: already done" in screen
    assert {r.suite for r in results.records} == {"delay", "approximation"}


@pytest.mark.usefixtures("tiny_plan")
def test_what_an_experiment_took_is_kept_for_one_seed(tmp_path):
    go(tmp_path)
    costs = estimates.read(tmp_path)
    assert set(costs) == {"smoke delay/white", "smoke approximation/synthetic"}
    assert all(cost.seconds >= 0.0 for cost in costs.values())
    done = Done(Outcome(()), 12.0, 5)
    three = dataclasses.replace(
        TINY[0], settings=TrainingSettings(seeds=(0, 1, 2)), name="training/x"
    )
    estimates.keep(tmp_path, "cpu", three, done)
    assert estimates.read(tmp_path)["cpu training/x"] == estimates.Estimate(4.0, 5)
