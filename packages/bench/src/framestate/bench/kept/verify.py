"""Compute a sample of the kept rows again, and compare.

One seed of a row is trained again: the same settings on the same kind of machine give
the same number. Elsewhere, sums are rounded in another order, and a number is compared
with what seeds do.
"""

import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import stdev
from typing import Any, Literal, final

from framestate.bench import plan
from framestate.bench import run as runner
from framestate.bench.errors import BenchError
from framestate.bench.record import Record, Results
from framestate.bench.run import Progress, Request

Verdict = Literal["equal", "close", "DIFFERS", "not compared"]
EQUAL = 1e-6  # relative, of the same versions on the same kind of machine
_LOOSE = 0.02  # relative, where nothing is known of the spread
_SPREAD = 3.0  # standard deviations over the seeds
_MACHINE = ("machine", "python", "numpy", "scipy", "torch")


@final
@dataclass(frozen=True)
class Check:
    """A kept number beside the one that came out now.

    Attributes
    ----------
    experiment, what : str
        Which row: species, signal and metric.
    kept, now : float or None
        The numbers of one seed; None where it could not be computed.
    verdict : str
        "equal"; "close", within what seeds or other machines do; "DIFFERS"; or
        "not compared".
    reason : str
        Why.
    """

    experiment: str
    what: str
    kept: float | None
    now: float | None
    verdict: Verdict
    reason: str


def drawn(names: Iterable[str], count: int, seed: int) -> tuple[str, ...]:
    """Some of the names, drawn by a seed; all if there are fewer."""
    known = sorted(names)
    return tuple(sorted(random.Random(seed).sample(known, min(count, len(known)))))


def verify(
    kept: Sequence[Results],
    data: Path | None,
    cache: Path | None,
    progress: Callable[[], Progress],
) -> Iterator[Check]:
    """Compute each of these experiments again, one seed of it, and compare.

    Parameters
    ----------
    kept : sequence of Results
        One experiment each.
    data, cache : Path or None
        Folders of the data sets.
    progress : callable
        Gives what shows one run.

    Yields
    ------
    Check
        For each record.
    """
    for results in kept:
        name = results.records[0].experiment
        try:
            now = _again(results, data, cache, progress())
        except BenchError as error:
            reason = str(error)
            yield Check(name, "", None, None, "not compared", reason)
            continue
        if now is None:
            reason = "the plan has other settings now: run it and keep it again"
            yield Check(name, "", None, None, "not compared", reason)
            continue
        alike = all(
            results.environment.get(part) == now.environment.get(part)
            for part in _MACHINE
        )
        fresh = {_name(r): r for r in now.records}
        for record in results.records:
            yield _compared(record, fresh.get(_name(record)), alike=alike)


def _again(
    results: Results, data: Path | None, cache: Path | None, progress: Progress
) -> Results | None:
    """The experiment of kept results, computed now; None if its settings changed."""
    record = results.records[0]
    if results.size not in plan.SIZES:
        return None
    size = results.size
    (experiment,) = plan.select(plan.plan(size), (record.experiment,))
    trained = record.seeds[:1] if record.runs else record.seeds
    seeds = f"seeds={','.join(map(str, trained))}"
    values = (seeds,) if "seeds" in plan.names(experiment) else ()
    wanted: dict[str, Any] = {**experiment.settings_json(), "seeds": None}
    had: dict[str, Any] = {**record.settings, "seeds": None}
    if any(had.get(key) != value for key, value in wanted.items()):
        return None
    with tempfile.TemporaryDirectory() as folder:
        request = Request(
            size=size,
            tasks=(record.experiment,),
            out=Path(folder),
            data=data,
            cache=cache,
            values=values,
        )
        return runner.run(runner.prepare(request), progress)


def _name(record: Record) -> tuple[str, str, str]:
    return record.species, record.signal, record.metric


def _compared(record: Record, now: Record | None, *, alike: bool) -> Check:
    first = _first(record)
    check = Check(
        record.experiment, ", ".join(_name(record)), first, None, "DIFFERS", ""
    )
    if now is None:
        return replace(check, reason="it does not come out any more")
    found = _first(now)
    apart, scale = abs(found - first), max(abs(first), abs(found))
    check = replace(check, now=found)
    if apart <= EQUAL * scale:
        return replace(check, verdict="equal")
    if alike:
        return replace(check, reason="on the same kind of machine and versions")
    spread = stdev(record.runs) if len(record.runs) > 1 else 0.0
    allowed = max(_SPREAD * spread, _LOOSE * scale)
    if apart <= allowed:
        reason = f"another machine or version; {allowed:.3g} are allowed"
        return replace(check, verdict="close", reason=reason)
    return replace(check, reason=f"by more than {allowed:.3g}, which seeds do")


def _first(record: Record) -> float:
    """The number of the first seed, or of all there is."""
    return record.runs[0] if record.runs else record.value
