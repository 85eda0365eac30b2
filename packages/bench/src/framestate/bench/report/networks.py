"""Sections of trained networks: a table, comparisons and learning curves of a suite.

The best of a task is bold only if it beats every other network there: by a whole
bootstrap interval, and from three seeds or more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev
from typing import final

from framestate.bench.comparison import SEEDS, Difference, difference
from framestate.bench.record import Curve, Record, Results, Scores
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
from framestate.bench.report.rows import TAIL, measure, tail
from framestate.bench.report.rows import difference as apart
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
    "density": "Density of small pictures (MultiresNet)",
}
SUITES = tuple(_TITLES)
_LEAD = (
    "The validation split selects the step; the test split is read once. A row that is "
    "scaled down has a smaller network, less data or a shorter training than the paper, "
    "and says nothing about the paper's number beside it. The best network of a task is bold where it beats every other one by "
    f"the intervals below, and has {SEEDS} seeds."
)
LEVEL = 0.95  # of all intervals of a task together


@final
@dataclass(frozen=True)
class Match:
    """The best network of a task against another one there."""

    signal: str
    best: Record
    other: Record
    difference: Difference


def sections(results: Results) -> tuple[Section, ...]:
    """A section for each suite of networks that was run."""
    ran = distinct(r.suite for r in results.records)
    return tuple(_section(results, suite) for suite in SUITES if suite in ran)


def _section(results: Results, suite: str) -> Section:
    records = pick(results, suite=suite)
    matches = compared(results, suite)
    selecting = {r.experiment: r.metric for r in reversed(records)}
    found = [
        c
        for c in results.curves
        if c.name.startswith(f"validation {selecting.get(c.experiment)},")
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
        tables=(_table(records, matches), *_comparisons(matches)),
        galleries=(gallery,) if pictures else (),
        rows=tables.all_rows(results, suite),
    )


def _picture(suite: str, signal: str, found: Sequence[Curve]) -> Figure:
    metric = found[0].name.split(",")[0]
    name = f"{suite}-{signal}"
    caption = f"{title(signal)}: {metric}, one line for each seed"
    return Figure(name, caption, figures.learning(name, found, metric))


def compared(results: Results, suite: str) -> tuple[Match, ...]:
    """The best network of each task of a suite against each other one there.

    The intervals of a task hold together at the level of `LEVEL` (Bonferroni).
    """
    found: list[Match] = []
    for signal in distinct(r.signal for r in pick(results, suite=suite)):
        scores = _scores(results, suite, signal)
        rivals = [
            r
            for r in pick(results, suite=suite, signal=signal)
            if (r.experiment, r.metric) in scores
        ]
        if len(rivals) < 2:
            continue
        first = next(iter(scores.values()))[0]
        rivals.sort(key=lambda r: r.value, reverse=first.higher)
        best, *others = rivals
        level = 1.0 - (1.0 - LEVEL) / len(others)
        for other in others:
            ours, theirs = (scores[r.experiment, r.metric] for r in (best, other))
            found.append(
                Match(signal, best, other, difference(ours, theirs, level=level))
            )
    return tuple(found)


def _scores(
    results: Results, suite: str, signal: str
) -> Mapping[tuple[str, str], list[Scores]]:
    """Scores of a task by (experiment, metric); of the commonest number of examples."""
    found: dict[tuple[str, str], list[Scores]] = {}
    for scores in results.scores:
        if (scores.suite, scores.signal) == (suite, signal):
            found.setdefault((scores.experiment, scores.metric), []).append(scores)
    sizes = [len(group[0].values) for group in found.values()]
    usual = max(sizes, key=sizes.count, default=0)
    return {k: group for k, group in found.items() if len(group[0].values) == usual}


def _table(records: Sequence[Record], matches: Sequence[Match]) -> Table:
    winners = {
        signal
        for signal in distinct(m.signal for m in matches)
        if all(m.difference.beats for m in matches if m.signal == signal)
    }
    bold = {m.best.experiment for m in matches if m.signal in winners}
    head = ("task", "network", "measure", "paper", "ours", "sd")
    rows = tuple(
        (
            *cells(title(r.signal), r.species, measure(r), printed(r.paper)),
            Cell(number(r.value), strong=r.experiment in bold),
            *cells(_spread(r), apart(r)),
            *tail(r),
            Cell(r.note),
        )
        for r in records
    )
    columns = (*head, "difference", *TAIL, "note")
    return Table(
        "Test split, mean over the seeds.", columns, rows, numeric=(3, 4, 5, 6)
    )


def _comparisons(matches: Sequence[Match]) -> tuple[Table, ...]:
    if not matches:
        return ()
    head = ("task", "best", "against", "better by", "interval", "seeds", "verdict")
    rows = tuple(
        cells(
            title(m.signal),
            m.best.species,
            m.other.species,
            f"{m.difference.value:.3g}",
            f"{m.difference.low:.3g} to {m.difference.high:.3g}",
            str(m.difference.seeds),
            _verdict(m.difference),
        )
        for m in matches
    )
    caption = (
        "The best of each task against the others: paired bootstrap over test examples "
        f"and seeds, all intervals of a task together at {100 * LEVEL:.0f} %."
    )
    return (Table(caption, head, rows, numeric=(3, 4, 5)),)


def _verdict(found: Difference) -> str:
    if found.beats:
        return "better"
    if found.low > 0.0:
        return f"better in {found.seeds} trained pair(s); {SEEDS} seeds are needed"
    return "not told apart"


def _spread(record: Record) -> str:
    return number(stdev(record.runs)) if len(record.runs) > 1 else "–"
