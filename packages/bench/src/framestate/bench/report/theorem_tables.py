"""Tables of the theorem: the frames, and the clauses on each of them."""

from framestate.bench.record import Record, Results
from framestate.bench.report.content import Cell, Table, cells, distinct, pick
from framestate.bench.report.rows import CLAUSE, TAIL, ratio, tail
from framestate.bench.report.style import number, printed

_TONES = {"holds": "good", "fails": "bad"}


def frames(results: Results) -> Table:
    """Frames: atoms, effective rank beside the paper's, the two certificates."""
    head = (
        "frame",
        "atoms N",
        "rank r, paper",
        "rank r, ours",
        "ratio",
        "least Re λ",
        "Lyapunov residual",
        *TAIL,
    )
    rows: list[tuple[Cell, ...]] = []
    for rank in pick(results, suite="theorem", metric="effective rank r"):
        others = {r.metric: r for r in pick(results, signal=rank.signal)}
        atoms, least, residual = (
            others.get(name)
            for name in ("atoms N", "smallest real part", "Lyapunov residual")
        )
        rows.append(
            (
                *cells(rank.signal, number(atoms.value if atoms else None)),
                *cells(printed(rank.paper), number(rank.value), ratio(rank)),
                # four decimals: the question is on which side of 1 it lies
                *cells(f"{least.value:.4f}" if least else "–"),
                *cells(number(residual.value if residual else None)),
                *tail(rank),
            )
        )
    caption = "The papers' frames. Theory: least Re λ ≥ 1/2, residual 0."
    return Table(caption, head, tuple(rows), numeric=(1, 2, 3, 4, 5, 6))


def clauses(results: Results) -> Table:
    """Clauses of the theorem: a verdict for each frame, the evidence of the first."""
    records = [r for r in pick(results, suite="theorem") if r.metric.startswith(CLAUSE)]
    signals = distinct(r.signal for r in records)
    rows: list[tuple[Cell, ...]] = []
    for metric in distinct(r.metric for r in records):
        by = {r.signal: r for r in records if r.metric == metric}
        first = next(iter(by.values()))
        rows.append(
            (
                Cell(metric.removeprefix(CLAUSE), strong=True),
                Cell(str(first.settings.get("statement", ""))),
                *(_verdict(by.get(signal)) for signal in signals),
                Cell(first.note),
            )
        )
    short = tuple(s.partition(", ")[2] for s in signals)
    head = ("clause", "statement", *short, f"evidence ({short[0]})" if short else "")
    caption = "Theorem 1 clause by clause: as printed, then corrected."
    return Table(caption, head, tuple(rows))


def _verdict(record: Record | None) -> Cell:
    if record is None:
        return Cell("–")
    verdict = str(record.settings.get("verdict", ""))
    return Cell(verdict, tone=_TONES.get(verdict, ""))
