"""Jobs on Ray, against a stand-in with the part of Ray's interface that is used."""

import json
import sys
import types
from functools import partial

import pytest

from framestate.bench.errors import InvalidInputError
from framestate.bench.train import cluster, extras
from framestate.bench.train.cluster import Cluster, submit


@pytest.fixture
def ray(monkeypatch):
    """Ray of one process, whose tasks are run when they are asked for."""
    made = types.ModuleType("ray")
    made.calls, made.begun = [], []

    class Task:
        def __init__(self, function, **options):
            self.function, self.given = function, options

        def options(self, **options):
            return Task(self.function, **options)

        def remote(self, *arguments):
            made.calls.append(self.given)
            return partial(self.function, *arguments)

    made.is_initialized = lambda: bool(made.begun)
    made.init = lambda **options: made.begun.append(options)
    made.remote, made.get = Task, lambda reference: reference()
    monkeypatch.setitem(sys.modules, "ray", made)
    monkeypatch.setattr(extras, "find_spec", lambda name: name)
    return made


def test_jobs_are_handed_over_with_what_they_need(tmp_path, ray):
    jobs = [partial(json.dumps, [number]) for number in range(3)]
    plan = Cluster(tmp_path, executor="ray", gpus_per_node=1, cpus_per_task=4)
    assert [job.result() for job in submit(jobs, plan)] == ["[0]", "[1]", "[2]"]
    wanted = {"num_cpus": 4, "num_gpus": 1, "memory": None, "max_retries": -1}
    assert ray.calls == [wanted] * 3
    submit(jobs[:1], Cluster(tmp_path, executor="ray", memory_gb=2))
    assert ray.calls[-1]["memory"] == 2**31
    assert len(ray.begun) == 1  # it is joined once


def test_what_a_job_raises_is_raised_where_it_is_asked_for(tmp_path, ray):
    (job,) = submit([partial(json.loads, "[")], Cluster(tmp_path, executor="ray"))
    with pytest.raises(json.JSONDecodeError):
        job.result()


@pytest.mark.parametrize(
    "more", [{"nodes": 2}, {"tasks_per_node": 2}, {"partition": "gpu"}]
)
def test_jobs_of_several_processes_do_not_go_to_ray(tmp_path, ray, more):
    with pytest.raises(InvalidInputError, match='use executor="slurm"'):
        submit([partial(json.dumps, 1)], Cluster(tmp_path, executor="ray", **more))


def test_without_ray_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "submit_to_ray", None)
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(InvalidInputError, match=r"framestate-bench\[ray\]"):
        submit([partial(json.dumps, 1)], Cluster(tmp_path, executor="ray"))
