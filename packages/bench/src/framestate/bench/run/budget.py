"""What fits into a given time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from framestate.bench.errors import InvalidInputError
from framestate.bench.plan import Experiment
from framestate.bench.record import Skipped
from framestate.bench.run.estimates import Estimate, key
from framestate.bench.train.bar import duration

_TIME = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def seconds_of(text: str) -> float:
    """Seconds of a time such as "30m", "1h30m" or "90s".

    Raises
    ------
    InvalidInputError
        If it is no such time, or none at all.
    """
    found = _TIME.fullmatch(text)
    parts = [int(part or 0) for part in found.groups()] if found else []
    total = sum(size * part for size, part in zip((3600, 60, 1), parts, strict=False))
    if total == 0:
        raise InvalidInputError(
            request=f"--budget {text}",
            finding="it is no time",
            remedy="Write it as 30m, 1h30m or 90s.",
        )
    return float(total)


@final
@dataclass(frozen=True)
class Fitting:
    """The experiments that fit, why the others do not, and the time of those."""

    experiments: tuple[Experiment, ...]
    skipped: tuple[Skipped, ...]
    seconds: float


def fitting(
    experiments: Sequence[Experiment],
    costs: Mapping[str, Estimate],
    *,
    size: str,
    budget: float,
    workers: int = 1,
    done: frozenset[str] = frozenset(),
) -> Fitting:
    """What fits into `budget` seconds, taken in the order given.

    One that is too long is left out and the next one tried. An estimate is for one
    seed; what has none counts as the longest of its suite, or of all that are known.

    Parameters
    ----------
    experiments : sequence of Experiment
        The most informative first.
    costs : mapping
        By `estimates.key`.
    size : str
        Of the plan.
    budget : float
        Seconds.
    workers : int
        Experiments at a time.
    done : set of str
        Names of what was computed before and costs nothing.

    Raises
    ------
    InvalidInputError
        If nothing fits.
    """
    taken: list[Experiment] = []
    skipped: list[Skipped] = []
    needed: dict[str, float] = {}
    spent = 0.0
    for experiment in experiments:
        name = experiment.name
        cost = _seconds(costs, size, experiment)
        if name in done:
            taken.append(experiment)
        elif cost is None:
            skipped.append(Skipped(name, "its time is not known: run it once by name"))
        else:
            needed[name] = cost * max(1, len(experiment.seeds))
            if spent + needed[name] <= budget * workers:
                spent += needed[name]
                taken.append(experiment)
            else:
                words = f"takes about {duration(needed[name])}: over the budget"
                skipped.append(Skipped(name, words))
    if not taken:
        least = min(needed, key=lambda name: needed[name], default=None)
        raise InvalidInputError(
            request=f"--budget of {duration(budget)}",
            finding="nothing fits"
            if least is None
            else f"{least} alone takes about {duration(needed[least])}",
            remedy="Give more time, or a smaller --size.",
        )
    return Fitting(tuple(taken), tuple(skipped), spent / workers)


def _seconds(
    costs: Mapping[str, Estimate], size: str, experiment: Experiment
) -> float | None:
    """Seconds of one seed, or of the longest of its suite, or of all of the size."""
    own = costs.get(key(size, experiment.name))
    if own is not None:
        return own.seconds
    for start in (key(size, f"{experiment.suite}/"), key(size, "")):
        alike = [c.seconds for name, c in costs.items() if name.startswith(start)]
        if alike:
            return max(alike)
    return None
