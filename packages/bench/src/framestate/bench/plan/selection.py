"""Parts of a plan, by the words of a user."""

from collections.abc import Iterable
from dataclasses import fields, replace

from framestate.bench.errors import UnknownTaskError
from framestate.bench.plan.experiment import Experiment
from framestate.bench.suggest import suggestion
from framestate.bench.tasks.delay import DelaySettings

# the longest on two cores, for a result at chance: run where they are named
_ON_REQUEST = (
    "lra/path-x-",
    "lra/listops-transformer",
    "lra/listops-selective-ssm",
)


def select(
    experiments: tuple[Experiment, ...], names: Iterable[str]
) -> tuple[Experiment, ...]:
    """Experiments of the named suites or of these names; all if none is named.

    Raises
    ------
    UnknownTaskError
        If a name is neither; near names are offered.
    """
    wanted = tuple(names)
    suites = dict.fromkeys(e.suite for e in experiments)
    known = [*suites, *(e.name for e in experiments)]
    for name in wanted:
        if name not in known:
            raise UnknownTaskError(
                request=f"task {name!r}",
                finding="there is no task of this name",
                remedy=suggestion(name, known, "framestate-bench list"),
            )
    if not wanted:
        return experiments
    return tuple(e for e in experiments if {e.name, e.suite} & set(wanted))


def with_lag(
    experiments: tuple[Experiment, ...], lag: int | None
) -> tuple[Experiment, ...]:
    """The same plan with another lag in the delay task, not to be shortened."""
    if lag is None:
        return experiments
    return tuple(
        replace(e, settings=replace(e.settings, lag=lag, exact_lag=True))
        if isinstance(e.settings, DelaySettings)
        else e
        for e in experiments
    )


def usual(experiments: tuple[Experiment, ...]) -> tuple[Experiment, ...]:
    """What is run where nothing is named, in the order of information gained.

    First all that trains no network of a table; then the first network of every task,
    the second of every task, and so on, so that a run that is broken off, or cut by a
    budget, has compared something everywhere.
    """
    chosen = [e for e in experiments if not e.name.startswith(_ON_REQUEST)]
    met: dict[tuple[str, str | None], int] = {}
    places: dict[str, int] = {}
    for experiment in chosen:
        if experiment.data is not None:
            row = experiment.suite, experiment.data
            met[row] = met.get(row, 0) + 1
        places[experiment.name] = met.get((experiment.suite, experiment.data), 0)
    return tuple(sorted(chosen, key=lambda e: places[e.name]))


def with_seeds(
    experiments: tuple[Experiment, ...], count: int | None
) -> tuple[Experiment, ...]:
    """The same plan with the seeds 0, 1, .. of every training."""
    if count is None:
        return experiments
    seeds = tuple(range(count))
    return tuple(
        replace(e, settings=replace(e.settings, seeds=seeds)) if _is_trained(e) else e
        for e in experiments
    )


def _is_trained(experiment: Experiment) -> bool:
    return any(field.name == "seeds" for field in fields(experiment.settings))
