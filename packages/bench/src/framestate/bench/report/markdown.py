"""The report as Markdown: the same words and tables, no pictures."""

from framestate.bench.record import Results
from framestate.bench.report import networks, summary, tables, theorem_tables
from framestate.bench.report.content import Cell, Table

_PARTS = (
    ("Theorem 1", (theorem_tables.frames, theorem_tables.clauses)),
    ("Linear delay task", (tables.delay_matrix, tables.gains)),
    ("Function approximation and peaks", (tables.errors, tables.shares, tables.peaks)),
    ("A training run", (tables.training,)),
)


def markdown(results: Results) -> str:
    """The report as Markdown text; equal results give equal text."""
    parts = ["# framestate benchmark", ""]
    parts += [f"* {line}" for line in summary.lines(results)]
    parts += ["", *_table(summary.suits(results))]
    for heading, makers in _PARTS:
        made = [table for table in (make(results) for make in makers) if table.rows]
        if made:
            parts += [f"## {heading}", ""]
        for table in made:
            parts += _table(table)
    for section in networks.sections(results):
        parts += [f"## {section.title}", "", section.lead, ""]
        for table in section.tables:
            parts += _table(table)
    parts += ["## How it was made", ""]
    parts += [f"* {key}: {_plain(value)}" for key, value in results.environment.items()]
    parts += [f"* skipped {s.experiment}: {_plain(s.reason)}" for s in results.skipped]
    return "\n".join(parts) + "\n"


def _table(table: Table) -> list[str]:
    if not table.rows:
        return []
    marks = ["--:" if i in table.numeric else "---" for i in range(len(table.columns))]
    return [
        f"**{table.caption}**",
        "",
        _row([_plain(column) for column in table.columns]),
        _row(marks),
        *(_row([_cell(cell) for cell in row]) for row in table.rows),
        "",
    ]


def _row(texts: list[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _cell(cell: Cell) -> str:
    text = _plain(cell.text)
    return f"**{text}**" if cell.strong and text else text


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
