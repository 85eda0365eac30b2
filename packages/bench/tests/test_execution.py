"""Experiments in several processes give what they give in one."""

import dataclasses
import io

import pytest
from rich.console import Console

from framestate.bench import errors, plan
from framestate.bench import run as runner
from framestate.bench.record import Results
from framestate.bench.run import execution
from framestate.bench.tasks.approximation import SyntheticSettings
from framestate.bench.tasks.delay import DelaySettings

DELAY = DelaySettings(
    signal="white", order=4, lag=10, lags=(), dt_count=3, species=("LegS", "LegT")
)
REBUILT = SyntheticSettings(
    classes=("blocks",), order=5, length=100, trials=2, species=("LegS", "FouS")
)
# refused where it is computed
BROKEN = dataclasses.replace(DELAY, species=("no such species",))
MANY = (
    plan.Experiment("delay/one", "", DELAY),
    plan.Experiment("delay/two", "", BROKEN),
    plan.Experiment("approximation/three", "", REBUILT, seed=3),
)


def run(out, monkeypatch, jobs) -> tuple[Results, str]:
    monkeypatch.setattr(plan, "plan", lambda *_: MANY)
    screen = io.StringIO()
    request = runner.Request(size="smoke", tasks=(), out=out, jobs=jobs)
    progress = runner.Progress(Console(file=screen, width=200))
    return runner.run(runner.prepare(request), progress), screen.getvalue()


def test_several_processes_give_the_same_records_in_the_same_order(
    tmp_path, monkeypatch
):
    several, screen = run(tmp_path / "two", monkeypatch, jobs=2)
    one, _ = run(tmp_path / "one", monkeypatch, jobs=1)

    def plain(results):
        return [dataclasses.replace(r, seconds=0.0) for r in results.records]

    assert plain(several) == plain(one)
    assert several.curves == one.curves
    assert several.skipped == one.skipped
    assert [s.experiment for s in one.skipped] == ["delay/two"]
    assert "FAILED" in one.skipped[0].reason
    assert "[3/3]" in screen


@pytest.fixture
def team(monkeypatch):
    """The workers that were started."""
    started = []
    start = execution._Worker.__init__

    def remembered(worker):
        start(worker)
        started.append(worker)

    monkeypatch.setattr(execution._Worker, "__init__", remembered)
    return started


def computed(tmp_path):
    """Fifty small jobs in two processes; the first of them is done."""
    jobs = [execution.Job(MANY[2], {}, None, None, tmp_path)] * 50
    results = execution.at_once(jobs, lambda *_: None, 2)
    next(results)
    return results


def test_a_process_that_dies_is_named_and_no_other_is_left(team, tmp_path):
    results = computed(tmp_path)
    team[0]._process.kill()
    with pytest.raises(errors.ExperimentError, match=r"approximation/three.*exit code"):
        list(results)
    assert not any(worker._process.is_alive() for worker in team)


def test_nothing_is_left_running_when_the_caller_gives_up(team, tmp_path):
    computed(tmp_path).close()
    assert len(team) == 2
    assert not any(worker._process.is_alive() for worker in team)
