"""Parts of a plan, by the words of a user."""

from collections.abc import Iterable
from dataclasses import replace

from framestate.bench.errors import UnknownTaskError
from framestate.bench.plan.experiment import Experiment
from framestate.bench.suggest import suggestion
from framestate.bench.tasks.delay import DelaySettings


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
