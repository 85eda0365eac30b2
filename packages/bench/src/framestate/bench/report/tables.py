"""Tables of the report, from records."""

from collections.abc import Mapping, Sequence

from framestate.bench.record import Record, Results
from framestate.bench.report.content import Cell, Table, cells, distinct, pick
from framestate.bench.report.style import factor, number, title

_CLAUSE = "clause "
_TONES = {"holds": "good", "fails": "bad"}
_TAIL = ("fidelity", "seeds", "command")


def _tail(record: Record) -> tuple[Cell, ...]:
    seeds = ", ".join(map(str, record.seeds)) or "–"
    return cells(record.fidelity, seeds, record.command)


def _ratio(record: Record) -> str:
    # a ratio of logarithms, or against zero, says nothing
    if not record.paper or record.metric.startswith("log10"):
        return "–"
    return number(record.value / record.paper)


def all_rows(results: Results, suite: str) -> Table:
    """Every record of a suite, one row each."""
    records = pick(results, suite=suite)
    head = ("signal", "memory", "measure", "paper", "ours", "ratio", *_TAIL, "note")
    rows = tuple(
        (
            *cells(title(r.signal), r.species, r.metric),
            *cells(number(r.paper), _ours(r), _ratio(r)),
            *_tail(r),
            Cell(r.note),
        )
        for r in records
    )
    caption = f"All {len(rows)} rows of this part"
    return Table(caption, head, rows, numeric=(3, 4, 5), folded=True)


def _ours(record: Record) -> str:
    if record.metric.startswith(_CLAUSE):
        return str(record.settings.get("verdict", record.value))
    unit = " %" if record.unit == "%" else ""
    return number(record.value) + unit


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
        *_TAIL,
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
                *cells(number(rank.paper), number(rank.value), _ratio(rank)),
                # four decimals: the question is on which side of 1 it lies
                *cells(f"{least.value:.4f}" if least else "–"),
                *cells(number(residual.value if residual else None)),
                *_tail(rank),
            )
        )
    caption = "The papers' frames. Theory: least Re λ ≥ 1/2, residual 0."
    return Table(caption, head, tuple(rows), numeric=(1, 2, 3, 4, 5, 6))


def clauses(results: Results) -> Table:
    """Clauses of the theorem: a verdict for each frame, the evidence of the first."""
    records = [
        r for r in pick(results, suite="theorem") if r.metric.startswith(_CLAUSE)
    ]
    signals = distinct(r.signal for r in records)
    rows: list[tuple[Cell, ...]] = []
    for metric in distinct(r.metric for r in records):
        by = {r.signal: r for r in records if r.metric == metric}
        first = next(iter(by.values()))
        rows.append(
            (
                Cell(metric.removeprefix(_CLAUSE), strong=True),
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


def delay_matrix(results: Results) -> Table:
    """Mean squared error: a row for each input, a column for each memory."""
    records = pick(results, suite="delay", metric="MSE")
    species = distinct(r.species for r in records)
    rows: list[tuple[Cell, ...]] = []
    for signal in distinct(r.signal for r in records):
        by = {r.species: r.value for r in records if r.signal == signal}
        best = min(by.values())
        rows.append(
            (
                Cell(title(signal)),
                *(
                    Cell(number(by.get(name)), strong=by.get(name) == best)
                    for name in species
                ),
                *_tail(next(r for r in records if r.signal == signal)),
            )
        )
    caption = (
        "Error of the best readout at the best dt, as a share of the input's variance "
        "(smaller is better; the winner of each row is bold)."
    )
    head = ("input", *species, *_TAIL)
    numeric = tuple(range(1, len(species) + 1))
    return Table(caption, head, tuple(rows), numeric=numeric)


def gains(results: Results) -> Table:
    """W4S4 against LegS, sorted, with the paper's factor in its place."""
    records = sorted(
        pick(results, suite="delay", metric="gain over LegS"), key=lambda r: r.value
    )
    head = ("input", "LegS", "W4S4", "paper", "ours", "ratio", *_TAIL)
    rows: list[tuple[Cell, ...]] = []
    paper = next((r.paper for r in records if r.paper), None)
    placed = paper is None
    for record in records:
        if paper is not None and not placed and record.value > paper:
            rows.append(_mark(paper, len(head)))
            placed = True
        rows.append(_gain_row(results, record))
    if paper is not None and not placed:
        rows.append(_mark(paper, len(head)))
    caption = (
        "How many times smaller the error of W4S4 is than that of LegS. The paper "
        "names neither its input nor its state size."
    )
    return Table(caption, head, tuple(rows), numeric=(1, 2, 3, 4, 5))


def _mark(paper: float, width: int) -> tuple[Cell, ...]:
    text = f"the paper's {factor(paper)} (MSE 4·10⁻³ against 7.5·10⁻⁴) falls here"
    return (Cell(text, strong=True, tone="mark"), *([Cell("")] * (width - 1)))


def _gain_row(results: Results, record: Record) -> tuple[Cell, ...]:
    errors = {
        r.species: r.value
        for r in pick(results, suite="delay", signal=record.signal, metric="MSE")
    }
    return (
        Cell(title(record.signal)),
        *cells(number(errors.get("LegS")), number(errors.get("W4S4"))),
        *cells(factor(record.paper or 0.0), factor(record.value), _ratio(record)),
        *_tail(record),
    )


def errors(results: Results) -> Table:
    """Mean relative error of the reconstruction, ideal in brackets."""
    records = pick(results, suite="approximation", metric="relative error")
    species = distinct(r.species for r in records)
    rows: list[tuple[Cell, ...]] = []
    for signal in distinct(r.signal for r in records):
        by = {r.species: r for r in records if r.signal == signal}
        best = min(r.value for r in by.values())
        row = [Cell(title(signal))]
        for name in species:
            ideal = pick(results, signal=signal, species=name, metric="ideal error")
            text = f"{number(by[name].value)} ({number(ideal[0].value)})"
            row += [
                Cell(number(by[name].paper)),
                Cell(text, strong=by[name].value == best),
            ]
        first = next(iter(by.values()))
        rows.append((*row, Cell(first.note), *_tail(first)))
    head = ("signal", *_pairs(species), "what", *_TAIL)
    caption = (
        "Mean relative L2 error of the rebuilt past; in brackets the ideal projection "
        "on the same span."
    )
    return Table(caption, head, tuple(rows), numeric=tuple(range(1, 7)))


def shares(results: Results) -> Table:
    """Share of trials won, beside the paper's."""
    caption = "Share of trials won, percent (paper: 501 states, 1,000 trials)."
    return _beside(results, ("share won",), caption)


def peaks(results: Results) -> Table:
    """Peak detection beside the paper's rows."""
    caption = (
        "Peaks found in the rebuilt past: missed, false and amplitude error in percent, "
        "displacement in samples."
    )
    metrics = ("missed peaks", "false peaks", "amplitude error", "displacement")
    return _beside(results, metrics, caption)


def training(results: Results) -> Table:
    """Trained nets: error on the unseen part."""
    head = ("record", "memory", "paper", "ours", *_TAIL, "note")
    records = pick(results, suite="training")
    rows: list[tuple[Cell, ...]] = []
    for record in records:
        rivals = [r.value for r in records if r.signal == record.signal]
        rows.append(
            (
                *cells(title(record.signal), record.species, number(record.paper)),
                Cell(number(record.value), strong=record.value == min(rivals)),
                *_tail(record),
                Cell(record.note),
            )
        )
    caption = "log10 of the test error over the variance, mean over the seeds."
    return Table(caption, head, tuple(rows), numeric=(2, 3))


def _pairs(species: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{name}, {whose}" for name in species for whose in ("paper", "ours"))


def _beside(results: Results, metrics: Sequence[str], caption: str) -> Table:
    """One row for each signal and metric, two columns for each species."""
    records = [r for r in pick(results, suite="approximation") if r.metric in metrics]
    species = distinct(r.species for r in records)
    rows: list[tuple[Cell, ...]] = []
    for signal in distinct(r.signal for r in records):
        for metric in metrics:
            by = {
                r.species: r
                for r in records
                if r.signal == signal and r.metric == metric
            }
            if by:
                name = title(signal)
                label = name if len(metrics) == 1 else f"{name}: {metric}"
                rows.append((Cell(label), *_rivals(by, species)))
    head = ("signal", *_pairs(species), *_TAIL)
    return Table(caption, head, tuple(rows), numeric=tuple(range(1, 7)))


def _rivals(by: Mapping[str, Record], species: Sequence[str]) -> tuple[Cell, ...]:
    values = [r.value for r in by.values()]
    first = next(iter(by.values()))
    best = max(values) if first.metric == "share won" else min(values)
    row: list[Cell] = []
    for name in species:
        record = by.get(name)
        ours = None if record is None else record.value
        row.append(Cell(number(None if record is None else record.paper)))
        row.append(Cell(number(ours), strong=ours == best))
    return (*row, *_tail(first))
