"""Sections of trained networks: a table and learning curves for each suite.

No winner is bold: a difference of networks needs its seeds, and an interval.
"""

from collections.abc import Sequence

from framestate.bench.record import Curve, Record, Results
from framestate.bench.report import figures, tables
from framestate.bench.report.content import (
    Cell,
    Figure,
    Gallery,
    Section,
    Table,
    cells,
    distinct,
    pick,
)
from framestate.bench.report.rows import TAIL, tail
from framestate.bench.report.style import number, printed, title

_TITLES = {
    "text": "Reviews, character by character (W4S4, Table 2)",
    "speech": "Spoken words, read forward (W4S4, Table 3)",
    "lra": "Long Range Arena",
    "scifar": "CIFAR-10, pixel by pixel",
    "listops-ablation": "ListOps: which tree (MultiresNet, Table 5)",
    "ptbxl": "Electrocardiograms of twelve leads (MultiresNet, PTB-XL)",
    "ecg": "Heart beats of unseen patients (MIT-BIH)",
    "forecast": "Forecasts of 96 steps",
    "bidmc": "Vital signs",
}
SUITES = tuple(_TITLES)
_LEAD = (
    "The validation split selects the step; the test split is read once. A row that is "
    "scaled down has a smaller network, less data or a shorter training than the paper, "
    "and says nothing about the paper's number beside it."
)


def sections(results: Results) -> tuple[Section, ...]:
    """A section for each suite of networks that was run."""
    ran = distinct(r.suite for r in results.records)
    return tuple(_section(results, suite) for suite in SUITES if suite in ran)


def _section(results: Results, suite: str) -> Section:
    records = pick(results, suite=suite)
    found = [
        c
        for c in results.curves
        if c.suite == suite
        and any(
            c.name.startswith(f"validation {m},")
            for m in distinct(r.metric for r in records)
        )
    ]
    signals = distinct(c.signal for c in found)
    pictures = tuple(
        _picture(suite, signal, [c for c in found if c.signal == signal])
        for signal in signals
    )
    gallery = Gallery("Learning curves.", distinct(c.species for c in found), pictures)
    return Section(
        name=suite,
        title=_TITLES[suite],
        lead=_LEAD,
        tables=(_table(records),),
        galleries=(gallery,) if pictures else (),
        rows=tables.all_rows(results, suite),
    )


def _picture(suite: str, signal: str, found: Sequence[Curve]) -> Figure:
    metric = found[0].name.split(",")[0]
    name = f"{suite}-{signal}"
    caption = f"{title(signal)}: {metric}, one line for each seed"
    return Figure(name, caption, figures.learning(name, found, metric))


def _table(records: Sequence[Record]) -> Table:
    head = ("task", "network", "measure", "paper", "ours", "difference", *TAIL, "note")
    rows = tuple(
        (
            *cells(title(r.signal), r.species, _measure(r), printed(r.paper)),
            *cells(number(r.value), _difference(r)),
            *tail(r),
            Cell(r.note),
        )
        for r in records
    )
    return Table("Test split, mean over the seeds.", head, rows, numeric=(3, 4, 5))


def _measure(record: Record) -> str:
    return f"{record.metric}, {record.unit}" if record.unit else record.metric


def _difference(record: Record) -> str:
    if record.paper is None:
        return "–"
    return f"{record.value - record.paper:+.3g}"
