"""Which memory suits which signal: the smallest errors of both tasks."""

from collections.abc import Mapping

from framestate.bench.record import Record, Results
from framestate.bench.report.content import Cell, Table, distinct, pick
from framestate.bench.report.rows import families
from framestate.bench.report.style import number, title

_NAMED = 3  # signals of a memory that a line names


def at_a_lag(results: Results) -> Mapping[str, Record]:
    """For each input the memory that gives back its past at a lag."""
    return _best(pick(results, suite="delay", metric="MSE"))


def whole_past(results: Results) -> Mapping[str, Record]:
    """For each kind of signal the scaled memory that keeps its whole past."""
    records = pick(results, suite="approximation", metric="relative error")
    scaled = [
        family
        for family in families(records)
        if any(r.species == "WaLRUS" for r in family)
    ]
    return _best(scaled[0] if scaled else ())


def _best(records: tuple[Record, ...]) -> Mapping[str, Record]:
    return {
        signal: min((r for r in records if r.signal == signal), key=lambda r: r.value)
        for signal in distinct(r.signal for r in records)
    }


def line(results: Results) -> str:
    """The answer in a sentence; empty where neither task was run."""
    parts = (
        ("To give back the past at a lag", at_a_lag(results)),
        ("To keep the whole past", whole_past(results)),
    )
    words = [f"{purpose}: {_words(best)}." for purpose, best in parts if best]
    if not words:
        return ""
    return f"Which memory suits which signal? {' '.join(words)}"


def _words(best: Mapping[str, Record]) -> str:
    species = distinct(r.species for r in best.values())
    won = {n: [title(s) for s, r in best.items() if r.species == n] for n in species}
    ranked = sorted(won, key=lambda name: -len(won[name]))
    return ", ".join(f"{name} ({_listed(won[name])})" for name in ranked)


def _listed(signals: list[str]) -> str:
    if len(signals) <= _NAMED + 1:
        return "; ".join(signals)
    return f"{'; '.join(signals[:_NAMED])}; {len(signals) - _NAMED} more"


def table(results: Results) -> Table:
    """Which memory suits which signal."""
    delay, rebuild = at_a_lag(results), whole_past(results)
    rows = [
        (
            Cell(title(signal)),
            *_winner(delay.get(signal)),
            *_winner(rebuild.get(signal)),
        )
        for signal in distinct([*delay, *rebuild])
    ]
    head = ("signal", "at a lag", "MSE", "whole past", "error")
    caption = (
        "Which memory suits which signal: the best to give back the past at a lag (-T: "
        "translated, a window that slides), and the best to keep the whole past."
    )
    return Table(caption, head, tuple(rows), numeric=(2, 4))


def _winner(record: Record | None) -> tuple[Cell, Cell]:
    if record is None:
        return Cell("–"), Cell("–")
    return Cell(record.species), Cell(number(record.value))
