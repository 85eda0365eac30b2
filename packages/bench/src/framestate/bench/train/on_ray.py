"""Jobs as tasks of Ray, on the cluster that RAY_ADDRESS names or on this machine."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, final

T = TypeVar("T")


@final
@dataclass(frozen=True, eq=False)
class RayJob(Generic[T]):
    """A job that was handed over.

    Attributes
    ----------
    reference : ray.ObjectRef
        Of its answer.
    """

    reference: Any

    def result(self) -> T:
        """Wait for what the job returned; what it raised is raised here."""
        return _ray().get(self.reference)


def submit_to_ray(
    jobs: Sequence[Callable[[], T]],
    *,
    cpus: int,
    gpus: int,
    memory: int | None,
) -> list[RayJob[T]]:
    """Hand jobs over to Ray, which runs one again if its process or machine is lost.

    Parameters
    ----------
    jobs : sequence of callable
        Such as `functools.partial` of a function of a module.
    cpus, gpus : int
        What each needs.
    memory : int or None
        Bytes that each needs.
    """
    ray = _ray()
    if not ray.is_initialized():
        ray.init(log_to_driver=False)
    task = ray.remote(_called)
    task = task.options(num_cpus=cpus, num_gpus=gpus, memory=memory, max_retries=-1)
    return [RayJob(task.remote(job)) for job in jobs]


def _ray() -> Any:
    return importlib.import_module("ray")  # the extra `ray`; it is large


def _called(job: Callable[[], T]) -> T:
    return job()
