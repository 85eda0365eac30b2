"""What the tables have in common: the last columns of a row, differences and ratios.

Whatever sets a number beside the paper's goes through here, so that a number that does
not repeat the paper's experiment says so in the same cell, as a word.
"""

from collections.abc import Sequence

from framestate.bench.record import Record
from framestate.bench.report.content import Cell, cells, distinct
from framestate.bench.report.style import number

CLAUSE = "clause "
TAIL = ("fidelity", "seeds", "command")
REPEATS = ("full", "regenerated")  # what repeats a paper's experiment
_PROGRAM = "framestate-bench "


def tail(record: Record) -> tuple[Cell, ...]:
    """Fidelity, seeds and command of a record, under the heads `TAIL`."""
    seeds = ", ".join(map(str, record.seeds)) or "–"
    command = record.command.removeprefix(_PROGRAM)
    return (_fidelity((record,)), *cells(seeds, command))


def mixed(records: Sequence[Record]) -> tuple[Cell, ...]:
    """The tail of a row that several records share."""
    return (_fidelity(records), *tail(records[0])[1:])


def _fidelity(records: Sequence[Record]) -> Cell:
    found = distinct(r.fidelity for r in records)
    repeats = all(fidelity in REPEATS for fidelity in found)
    return Cell(", ".join(found), tone="full" if repeats else "other")


def ratio(record: Record) -> str:
    """Our number over the paper's, where that says something."""
    # a ratio of logarithms, or against zero, says nothing
    if not record.paper or record.metric.startswith("log10"):
        return "–"
    return _marked(record, number(record.value / record.paper))


def difference(record: Record) -> str:
    """Our number less the paper's."""
    if record.paper is None:
        return "–"
    gap = record.value - record.paper
    return _marked(record, f"{'+' if gap > 0 else ''}{number(gap)}")


def _marked(record: Record, text: str) -> str:
    return text if record.fidelity in REPEATS else f"{text} ({record.fidelity})"


def measure(record: Record) -> str:
    """What was measured, and its unit."""
    name = record.metric.replace("_", " ")
    return f"{name}, {record.unit}" if record.unit else name


def families(records: Sequence[Record]) -> tuple[tuple[Record, ...], ...]:
    """Records whose experiments compare the same species: each fits one table."""
    species = {
        experiment: distinct(r.species for r in records if r.experiment == experiment)
        for experiment in distinct(r.experiment for r in records)
    }
    return tuple(
        tuple(r for r in records if species[r.experiment] == compared)
        for compared in dict.fromkeys(species.values())
    )
