"""The section of a suite that has none of its own: its table, its curves, its rows."""

from collections.abc import Mapping, Sequence

from framestate.bench.record import Curve, Record, Results
from framestate.bench.report import charts
from framestate.bench.report.content import (
    Cell,
    Chapter,
    Figure,
    Gallery,
    Table,
    cells,
    distinct,
    pick,
)
from framestate.bench.report.rows import TAIL, difference, measure, tail
from framestate.bench.report.style import number, printed, title

_TITLES: Mapping[str, str] = {
    "delay-deep": "Delay task, trained (W4S4, Table 1)",
    "translated": "A window of the past rebuilt (WaLRUS, Table 2)",
    "approximation-ablation": "The past rebuilt by more frames",
    "audio-memory": "A long memory of speech (MultiresNet, appendix D)",
    "signal": "Signals: classified, rebuilt, denoised",
    "wavelet-order": "Which wavelet, of which order",
    "kernels": "Kernels of the memories",
    "cost": "Time and memory",
}
_LEAD = (
    "A row that does not repeat the paper's experiment says so in words, and again "
    "beside its difference."
)


def chapters(results: Results, done: tuple[str, ...]) -> tuple[Chapter, ...]:
    """Chapters of the suites that ran and are not among those done."""
    ran = distinct(one.suite for one in (*results.records, *results.curves))
    return tuple(_chapter(results, suite) for suite in ran if suite not in done)


def _chapter(results: Results, suite: str) -> Chapter:
    beside = any(r.paper is not None for r in pick(results, suite=suite))
    return Chapter(
        suite=suite,
        title=_TITLES.get(suite, suite.replace("-", " ").capitalize()),
        lead=_LEAD if beside else "",
        tables=lambda results: (table(results, suite),),
        galleries=lambda results: galleries(results, suite),
    )


def table(results: Results, suite: str) -> Table:
    """A row for each number of a suite; the paper's columns where it has any."""
    records = pick(results, suite=suite)
    beside = any(r.paper is not None for r in records)
    head = ("task", "species", "measure", "paper", "ours", "difference", *TAIL)
    if not beside:
        head = ("task", "species", "measure", "ours", *TAIL)
    rows = tuple(
        (
            *cells(title(r.signal), r.species, measure(r)),
            *(_beside(r) if beside else cells(number(r.value))),
            *tail(r),
        )
        for r in records
    )
    caption = "Ours beside the paper's." if beside else "No paper prints these numbers."
    return Table(caption, head, rows, numeric=(3, 4, 5) if beside else (3,))


def _beside(record: Record) -> tuple[Cell, ...]:
    return cells(printed(record.paper), number(record.value), difference(record))


def galleries(results: Results, suite: str) -> tuple[Gallery, ...]:
    """A gallery for each name of a curve, seeds aside; a picture for each signal."""
    drawn = [c for c in results.curves if c.suite == suite and c.x]
    made: list[Gallery] = []
    for place, kind in enumerate(distinct(charts.kind(c) for c in drawn)):
        same = [c for c in drawn if charts.kind(c) == kind]
        pictures = tuple(
            _picture(
                f"{suite}-{place}-{signal}", [c for c in same if c.signal == signal]
            )
            for signal in distinct(c.signal for c in same)
        )
        legend = distinct(c.species for c in same)
        made.append(Gallery(f"{kind[:1].upper()}{kind[1:]}.", legend, pictures))
    return tuple(made)


def _picture(name: str, curves: Sequence[Curve]) -> Figure:
    return Figure(name, title(curves[0].signal), charts.chart(name, curves))
