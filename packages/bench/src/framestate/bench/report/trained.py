"""The line of the first page about trained networks."""

from collections.abc import Mapping, Sequence

from framestate.bench.record import Record, Results
from framestate.bench.report import networks
from framestate.bench.report.content import curves, distinct, pick
from framestate.bench.report.rows import REPEATS
from framestate.bench.report.style import number, printed, title

_NAMED = 3  # rows that the line names
_ALONE = "predict the mean"


def line(results: Results) -> str:
    """What the trainings say; empty where nothing was trained."""
    return " ".join(part for part in (_small(results), _papers(results)) if part)


def _papers(results: Results) -> str:
    """The rows of networks: those that repeat a paper, by name; the others counted."""
    rows = [r for r in results.records if r.suite in networks.SUITES]
    if not rows:
        return ""
    suites = len(distinct(r.suite for r in rows))
    trained = len(distinct(r.experiment for r in rows))
    text = f"Networks trained for {trained} rows of {suites} {_plural(suites)}: "
    beside = [r for r in rows if r.paper is not None and r.fidelity in REPEATS]
    if not beside:
        return (
            text + "none repeats a paper's experiment, so no paper is tested by them."
        )
    named = "; ".join(
        f"{r.species} on {title(r.signal)} {number(r.value)} (paper {printed(r.paper)})"
        for r in beside[:_NAMED]
    )
    more = len(beside) - _NAMED
    text += f"{len(beside)} beside a paper's number under its protocol, {named}"
    return text + (f" and {more} more." if more > 0 else ".")


def _plural(suites: int) -> str:
    return "suite" if suites == 1 else "suites"


def _small(results: Results) -> str:
    """The small training on a delayed record, against itself with another memory."""
    records = pick(results, suite="training")
    if not records:
        return ""
    signal = records[0].signal
    by = {r.species: r for r in records if r.signal == signal}
    parts = ", ".join(f"{name} {number(r.value)}" for name, r in by.items())
    return (
        f"Trained to delay the {title(signal)} ({len(records[0].seeds)} seeds, A and B "
        f"frozen), log10 of the test error is {parts}. {_judgement(results, signal, by)}"
    ).strip()


def _judgement(results: Results, signal: str, by: Mapping[str, Record]) -> str:
    nets = sorted((n for n in by if n != _ALONE), key=lambda name: by[name].value)
    if len(nets) < 2:
        return ""
    spread = max(_spread(_finals(results, signal, name)) for name in nets)
    gap = by[nets[1]].value - by[nets[0]].value
    if gap <= spread:
        return f"The gap of {number(gap)} is within what seeds do ({number(spread)})."
    return (
        f"{nets[0]} is ahead by {number(gap)}, more than seeds do ({number(spread)})."
    )


def _finals(results: Results, signal: str, name: str) -> Sequence[float]:
    found = curves(results, suite="training", name="test error")
    return [c.y[-1] for c in found if (c.signal, c.species) == (signal, name) and c.y]


def _spread(values: Sequence[float]) -> float:
    return max(values) - min(values) if values else 0.0
