"""What the tables have in common: the last columns of a row, and ratios."""

from collections.abc import Sequence

from framestate.bench.record import Record
from framestate.bench.report.content import Cell, cells, distinct
from framestate.bench.report.style import number

CLAUSE = "clause "
TAIL = ("fidelity", "seeds", "command")
_PROGRAM = "framestate-bench "


def tail(record: Record) -> tuple[Cell, ...]:
    """Fidelity, seeds and command of a record, under the heads `TAIL`."""
    seeds = ", ".join(map(str, record.seeds)) or "–"
    return cells(record.fidelity, seeds, record.command.removeprefix(_PROGRAM))


def mixed(records: Sequence[Record]) -> tuple[Cell, ...]:
    """The tail of a row that several records share."""
    fidelity = ", ".join(distinct(r.fidelity for r in records))
    return (Cell(fidelity), *tail(records[0])[1:])


def ratio(record: Record) -> str:
    """Our number over the paper's, where that says something."""
    # a ratio of logarithms, or against zero, says nothing
    if not record.paper or record.metric.startswith("log10"):
        return "–"
    return number(record.value / record.paper)
