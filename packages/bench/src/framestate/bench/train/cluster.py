"""The same call on a cluster, or here: many runs through submitit.

    jobs = submit([partial(run, seed) for seed in range(3)], Cluster(folder))
    results = [job.result() for job in jobs]

A job that Slurm preempts or that runs out of time is queued again, and a `train` in it
goes on from its checkpoint.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, final

from framestate.bench.errors import InvalidInputError
from framestate.bench.train.extras import require_extra

T = TypeVar("T")


@final
@dataclass(frozen=True)
class Cluster:
    """Where jobs run, and what each of them gets.

    Attributes
    ----------
    folder : Path
        Where submitit keeps what it submits, and what the jobs print.
    executor : {"slurm", "local", "debug"}
        A queue; processes of this machine; or this very process.
    nodes, tasks_per_node : int
        Machines of a job, and processes on each: one a GPU.
    gpus_per_node, cpus_per_task : int
        What they get.
    minutes : int
        After which a job is stopped, and queued again.
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
        If submitit is not installed, or there is no such executor here.
    """
    require_extra("cluster", f"{len(jobs)} jobs on {cluster.executor}")
    executor = _executor(cluster)
    with executor.batch():
        return [executor.submit(Resumable(job)) for job in jobs]


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
