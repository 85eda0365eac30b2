"""Searches shared by processes, and jobs on a cluster."""

import importlib
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from train_toys import classes, network, settings

from framestate.bench.errors import InvalidInputError, OutputError, ResultError
from framestate.bench.train import train
from framestate.bench.train.cluster import Cluster, Resumable, submit
from framestate.bench.train.sweep import Choice, Range, Sweep, sweep

sweeps = importlib.import_module("framestate.bench.train.sweep")
SPACE = {"x": Range(-2.0, 2.0), "n": Range(1, 3), "kind": Choice(("a", "b"))}
PLAN = Sweep("toy", SPACE, trials=6, higher_is_better=False)


def square(values, folder):
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "calls").open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    return values["x"] ** 2 + values["n"] + (values["kind"] == "b")


def test_trials_are_made_once_and_returned_best_first(tmp_path):
    found = sweep(square, PLAN, tmp_path)
    assert len(found) == 6
    values = [trial.value for trial in found]
    assert values == sorted(values)
    for trial in found:
        assert trial.value == square(trial.settings, tmp_path / "again")
        assert len((trial.folder / "calls").read_text().splitlines()) == 1
        assert isinstance(trial.settings["n"], int)
    folders = {trial.folder.name for trial in found}
    assert folders == {f"trial-000{number}" for number in range(6)}
    assert sweep(square, PLAN, tmp_path) == found  # only read


def test_a_sweep_goes_on_to_more_trials(tmp_path):
    first = sweep(square, Sweep("toy", SPACE, 2, higher_is_better=True), tmp_path)
    more = sweep(square, Sweep("toy", SPACE, 5, higher_is_better=True), tmp_path)
    assert len(more) == 5
    assert all(trial in more for trial in first)
    values = [trial.value for trial in more]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_the_same_seed_proposes_the_same(tmp_path, sampler):
    plan = Sweep("toy", SPACE, 3, higher_is_better=False, sampler=sampler, seed=5)
    one, other = (
        sweep(square, plan, tmp_path / "a"),
        sweep(square, plan, tmp_path / "b"),
    )
    assert [t.settings for t in one] == [t.settings for t in other]


def test_a_grid_is_gone_through(tmp_path):
    space = {"x": Choice((1, 2, 3)), "n": Choice((0, 1)), "kind": Choice(("a",))}
    plan = Sweep("grid", space, 9, higher_is_better=False, sampler="grid")
    found = sweep(square, plan, tmp_path)
    assert len(found) == 6
    cells = {(t.settings["x"], t.settings["n"]) for t in found}
    assert cells == {(x, n) for x in (1, 2, 3) for n in (0, 1)}


def test_a_failed_trial_is_counted_and_comes_last(tmp_path):
    def failing(values, folder):
        if values["kind"] == "b":
            raise ResultError(request="a", finding="NaN", remedy="b")
        return 1.0

    plan = Sweep("toy", SPACE, 8, higher_is_better=False, sampler="random")
    found = sweep(failing, plan, tmp_path)
    assert len(found) == 8
    failed = [trial.value is None for trial in found]
    assert failed == sorted(failed)
    assert {True, False} == set(failed)


def test_a_trial_that_was_broken_off_is_made_again_in_its_folder(tmp_path):
    calls = []

    def broken(values, folder):
        calls.append(folder)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return square(values, folder)

    with pytest.raises(KeyboardInterrupt):
        sweep(broken, PLAN, tmp_path)
    found = sweep(broken, PLAN, tmp_path)
    assert len(found) == 6
    assert calls[1] == calls[2]


@pytest.mark.parametrize(
    ("space", "changes", "words"),
    [
        ({"x": Range(1.0, 1.0)}, {}, "x from 1.0 to 1.0"),
        ({"x": Choice(())}, {}, "x"),
        ({}, {}, "2 trials over 0 settings"),
        (SPACE, {"trials": 0}, "0 trials over 3 settings"),
        (SPACE, {"sampler": "hill"}, "sampler 'hill', not tpe, random, grid"),
        (SPACE, {"sampler": "grid"}, "a grid over the range of x, n"),
    ],
)
def test_a_search_without_sense_is_refused(space, changes, words):
    options = {"trials": 2, "higher_is_better": True} | changes
    with pytest.raises(InvalidInputError, match=words):
        Sweep("toy", space, **options)


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="a sweep in"):
        sweep(square, PLAN, tmp_path / "file" / "below")


def test_what_a_dead_process_began_is_taken_up_in_its_folder(tmp_path, monkeypatch):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sweeps, "_make", die)
        patch.setattr(os, "getpid", lambda: dead.pid)
        with pytest.raises(KeyboardInterrupt):
            sweep(square, PLAN, tmp_path)
    begun = []

    def noting(values, folder):
        begun.append(folder.name)
        return square(values, folder)

    assert len(sweep(noting, PLAN, tmp_path)) == 6
    assert begun[0] == "trial-0000"


def test_a_process_of_another_user_is_alive(monkeypatch):
    def forbidden(*_):
        raise PermissionError

    assert sweeps._is_alive(os.getpid())
    monkeypatch.setattr(os, "kill", forbidden)
    assert sweeps._is_alive(1)


def test_an_error_of_the_trial_is_not_taken_for_one_of_the_study(tmp_path):
    def missing(values, folder):
        return len((folder / "missing").read_text())

    with pytest.raises(FileNotFoundError):
        sweep(missing, PLAN, tmp_path)


SHARED = """
import os, sys, time
sys.path.insert(0, {folder!r})
from pathlib import Path
import optuna
from framestate.bench.train.sweep import sweep
from test_train_sweep import PLAN, square
folder = Path(sys.argv[1])
def hang(values, folder):
    square(values, folder)
    time.sleep(600)
def slow(values, folder):
    time.sleep(0.2)
    return square(values, folder)
def start(objective):
    process = os.fork()
    if process == 0:
        sweep(objective, PLAN, folder)
        os._exit(0)
    return process
first = start(hang)
while not list(folder.glob("trial-*/calls")):
    time.sleep(0.02)
os.kill(first, 9)
os.waitpid(first, 0)
others = [start(slow), start(slow)]
assert [os.waitpid(p, 0)[1] for p in others] == [0, 0]
print(first, *others)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_two_processes_share_a_study_and_take_up_what_a_killed_one_began(tmp_path):
    code = SHARED.format(folder=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")
    killed, *others = done.stdout.split()
    found = sweep(square, PLAN, tmp_path)
    assert len(found) == 6
    assert len({trial.folder for trial in found}) == 6
    makers = [(t.folder / "calls").read_text().splitlines() for t in found]
    assert [made[0] for made in makers if len(made) == 2] == [killed]
    assert {made[-1] for made in makers} == set(others)


def run(folder, lr):
    task = classes()
    plan = settings(steps=2, warmup=0, lr=lr)
    return train(network(task), task, plan, folder).validation


# submitit's own executor of this process leaves its logs open
OPEN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@OPEN
@pytest.mark.parametrize("executor", ["debug", "local"])
def test_jobs_run_here_as_on_a_cluster(tmp_path, executor):
    jobs = [partial(json.dumps, [number]) for number in range(3)]
    jobs = jobs[:1] if executor == "local" else jobs  # each is a process
    cluster = Cluster(tmp_path / "jobs", executor=executor, minutes=2)
    answers = [job.result() for job in submit(jobs, cluster)]
    assert answers == ["[0]", "[1]", "[2]"][: len(jobs)]


@OPEN
def test_a_job_is_the_very_training(tmp_path):
    cluster = Cluster(tmp_path / "jobs", executor="debug")
    (job,) = submit([partial(run, tmp_path / "run", 1e-3)], cluster)
    assert job.result() == run(tmp_path / "run", 1e-3)


def test_a_job_that_must_make_room_is_queued_again():
    job = Resumable(partial(json.dumps, [1]))
    again = job.checkpoint()
    assert again.function is job


def test_processes_of_a_job_find_each_other(monkeypatch):
    class Place:
        num_tasks, num_nodes, job_id = 4, 2, "17"
        global_rank, local_rank, hostnames = 3, 1, ("first", "second")

    monkeypatch.setattr("submitit.JobEnvironment", Place)
    monkeypatch.setattr("submitit.helpers.JobEnvironment", Place)
    names = ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "TORCHELASTIC_RUN_ID")
    for name in (*names, "MASTER_ADDR", "MASTER_PORT", "LOCAL_RANK"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("MASTER_PORT", "29500")
    found = Resumable(lambda: [os.environ[name] for name in names])()
    assert found == ["3", "4", "2", "17"]
    assert os.environ["MASTER_ADDR"] == "first"


@pytest.mark.parametrize("executor", ["slurm", "moon"])
def test_an_executor_that_is_not_here_is_refused(tmp_path, executor):
    with pytest.raises(InvalidInputError, match='use executor="local"'):
        submit([partial(json.dumps, 1)], Cluster(tmp_path, executor=executor))
