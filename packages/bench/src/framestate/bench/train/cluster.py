"""The same call on a cluster, or here: many runs through submitit, or through Ray.

    jobs = submit([partial(run, seed) for seed in range(3)], Cluster(folder))
    results = [job.result() for job in jobs]

A job that Slurm preempts or that runs out of time is queued again, as is one whose
process Ray has lost, and a `train` in it goes on from its checkpoint.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, final

from framestate.bench.errors import InvalidInputError
from framestate.bench.train.extras import require_extra
from framestate.bench.train.on_ray import submit_to_ray

T = TypeVar("T")


@final
@dataclass(frozen=True)
class Cluster:
    """Where jobs run, and what each of them gets.

    Attributes
    ----------
    folder : Path
        Where submitit keeps what it submits, and what the jobs print.
    executor : {"slurm", "ray", "local", "debug"}
        A queue; Ray; processes of this machine; or this very process.
    nodes, tasks_per_node : int
        Machines of a job, and processes on each: one a GPU. One of one on Ray.
    gpus_per_node, cpus_per_task : int
        What they get.
    minutes : int
        After which a job is stopped, and queued again; Ray knows no such limit.
    memory_gb : int or None
        Memory of a machine.
    partition : str or None
        Of the queue.
    """

    folder: Path
    executor: str = "slurm"
    nodes: int = 1
    tasks_per_node: int = 1
    gpus_per_node: int = 0
    cpus_per_task: int = 1
    minutes: int = 60
    memory_gb: int | None = None
    partition: str | None = None


@final
@dataclass(frozen=True)
class Resumable(Generic[T]):
    """A job that may be called again after it was stopped."""

    job: Callable[[], T]

    def __call__(self) -> T:
        """Run it; the processes of one job find each other as under torchrun."""
        from submitit import JobEnvironment
        from submitit.helpers import TorchDistributedEnvironment

        place = JobEnvironment()
        if place.num_tasks > 1:
            TorchDistributedEnvironment().export(
                set_cuda_visible_devices=False, overwrite=True
            )
            os.environ["TORCHELASTIC_RUN_ID"] = place.job_id
        return self.job()

    def checkpoint(self) -> Any:
        """What submitit queues when a job has to make room."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def submit(jobs: Sequence[Callable[[], T]], cluster: Cluster) -> list[Any]:
    """Submit jobs; each answer's ``result()`` waits for what the job returned.

    Parameters
    ----------
    jobs : sequence of callable
        Such as `functools.partial` of a function of a module.
    cluster : Cluster
        Where.

    Raises
    ------
    InvalidInputError
        If submitit (or Ray) is not installed, there is no such executor here, or a job
        of several processes is to go to Ray.
    """
    if cluster.executor == "ray":
        return _on_ray(jobs, cluster)
    require_extra("cluster", f"{len(jobs)} jobs on {cluster.executor}")
    executor = _executor(cluster)
    with executor.batch():
        return [executor.submit(Resumable(job)) for job in jobs]


def _on_ray(jobs: Sequence[Callable[[], T]], cluster: Cluster) -> list[Any]:
    request = f"{len(jobs)} jobs on ray"
    require_extra("ray", request)
    several = cluster.nodes * cluster.tasks_per_node
    if several > 1 or cluster.partition is not None:
        raise InvalidInputError(
            request=request,
            finding=f"{several} processes a job, partition {cluster.partition}",
            remedy="On Ray a job is one process, and there are no partitions; "
            'use executor="slurm".',
        )
    memory = None if cluster.memory_gb is None else cluster.memory_gb * 2**30
    return submit_to_ray(
        jobs, cpus=cluster.cpus_per_task, gpus=cluster.gpus_per_node, memory=memory
    )


def _executor(cluster: Cluster) -> Any:
    import submitit

    try:
        executor = submitit.AutoExecutor(
            folder=cluster.folder, cluster=cluster.executor
        )
    except (RuntimeError, ValueError) as error:
        raise InvalidInputError(
            request=f"jobs on {cluster.executor}",
            finding=str(error),
            remedy='Log in to the cluster, or use executor="local".',
        ) from error
    wanted: dict[str, Any] = {
        "nodes": cluster.nodes,
        "tasks_per_node": cluster.tasks_per_node,
        "gpus_per_node": cluster.gpus_per_node,
        "cpus_per_task": cluster.cpus_per_task,
        "timeout_min": cluster.minutes,
        "mem_gb": cluster.memory_gb,
        "slurm_partition": cluster.partition,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    executor.update_parameters(**given)
    return executor
