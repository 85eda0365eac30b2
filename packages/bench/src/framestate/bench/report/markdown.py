"""The report as Markdown: the same words and tables, no pictures."""

from framestate.bench.record import Results
from framestate.bench.report import networks, sections, summary, winners
from framestate.bench.report.content import Cell, Table


def markdown(results: Results) -> str:
    """The report as Markdown text; equal results give equal text."""
    parts = ["# framestate benchmark", "", *_paragraph(summary.standing(results))]
    parts += [
        f"{place}. {line}" for place, line in enumerate(summary.lines(results), 1)
    ]
    parts += ["", *_table(winners.table(results))]
    for chapter in sections.chapters(results):
        parts += [f"## {chapter.title}", "", *_paragraph(chapter.lead)]
        for table in sections.filled(results, chapter):
            parts += _table(table)
    for section in networks.sections(results):
        parts += [f"## {section.title}", "", *_paragraph(section.lead)]
        for table in section.tables:
            parts += _table(table)
    parts += ["## How it was made", ""]
    parts += [f"* {key}: {_plain(value)}" for key, value in results.environment.items()]
    parts += [f"* skipped {s.experiment}: {_plain(s.reason)}" for s in results.skipped]
    return "\n".join(parts) + "\n"


def _paragraph(text: str) -> list[str]:
    return [_plain(text), ""] if text else []


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
