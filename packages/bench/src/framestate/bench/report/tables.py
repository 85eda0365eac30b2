"""Tables of the report, from records."""

from collections.abc import Mapping, Sequence

from framestate.bench.record import Record, Results
from framestate.bench.report.content import Cell, Table, cells, distinct, pick
from framestate.bench.report.rows import CLAUSE, TAIL, mixed, ratio, tail
from framestate.bench.report.style import factor, number, printed, title


def all_rows(results: Results, suite: str) -> Table:
    """Every record of a suite, one row each."""
    records = pick(results, suite=suite)
    head = ("signal", "memory", "measure", "paper", "ours", "ratio", *TAIL, "note")
    rows = tuple(
        (
            *cells(title(r.signal), r.species, r.metric),
            *cells(printed(r.paper), _ours(r), ratio(r)),
            *tail(r),
            Cell(r.note),
        )
        for r in records
    )
    caption = f"All {len(rows)} rows of this part"
    return Table(caption, head, rows, numeric=(3, 4, 5), folded=True)


def _ours(record: Record) -> str:
    if record.metric.startswith(CLAUSE):
        return str(record.settings.get("verdict", record.value))
    unit = " %" if record.unit == "%" else ""
    return number(record.value) + unit


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
                *mixed([r for r in records if r.signal == signal]),
            )
        )
    caption = (
        "Error of the best readout at the best dt, as a share of the input's variance "
        "(smaller is better; the winner of each row is bold)."
    )
    head = ("input", *species, *TAIL)
    numeric = tuple(range(1, len(species) + 1))
    return Table(caption, head, tuple(rows), numeric=numeric)


def gains(results: Results) -> Table:
    """W4S4 against LegS, sorted, with the paper's factor in its place."""
    records = sorted(
        pick(results, suite="delay", metric="gain over LegS"), key=lambda r: r.value
    )
    head = ("input", "LegS", "W4S4", "paper", "ours", "ratio", *TAIL)
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
        *cells(factor(record.paper or 0.0), factor(record.value), ratio(record)),
        *tail(record),
    )


def errors(results: Results) -> Table:
    """Mean relative error of the reconstruction, ideal in brackets."""
    records = pick(results, suite="approximation", metric="relative error")
    species = distinct(r.species for r in records)
    beside = any(r.paper is not None for r in records)
    rows: list[tuple[Cell, ...]] = []
    for signal in distinct(r.signal for r in records):
        by = {r.species: r for r in records if r.signal == signal}
        first = next(iter(by.values()))
        rows.append(
            (
                Cell(title(signal)),
                *(
                    cell
                    for n in species
                    for cell in _error(results, by, n, beside=beside)
                ),
                *tail(first),
                Cell(first.note),
            )
        )
    whose = _pairs(species) if beside else tuple(f"{name}, ours" for name in species)
    caption = (
        "Mean relative L2 error of the rebuilt past; in brackets the ideal projection "
        "on the same span."
    )
    if not beside:
        caption += " The paper prints no errors for these signals."
    numeric = tuple(range(1, 1 + len(whose)))
    head = ("signal", *whose, *TAIL, "trials")
    return Table(caption, head, tuple(rows), numeric=numeric)


def _error(
    results: Results,
    by: Mapping[str, Record],
    name: str,
    *,
    beside: bool,
) -> tuple[Cell, ...]:
    best = min(r.value for r in by.values())
    record = by[name]
    found = pick(results, signal=record.signal, species=name, metric="ideal error")
    ideal = f" ({number(found[0].value)})" if found else ""
    ours = Cell(number(record.value) + ideal, strong=record.value == best)
    return (Cell(printed(record.paper)), ours) if beside else (ours,)


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
    head = ("record", "memory", "paper", "ours", *TAIL, "note")
    records = pick(results, suite="training")
    rows: list[tuple[Cell, ...]] = []
    for record in records:
        rivals = [r.value for r in records if r.signal == record.signal]
        rows.append(
            (
                *cells(title(record.signal), record.species, printed(record.paper)),
                Cell(number(record.value), strong=record.value == min(rivals)),
                *tail(record),
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
    head = ("signal", *_pairs(species), *TAIL)
    numeric = tuple(range(1, 1 + 2 * len(species)))
    return Table(caption, head, tuple(rows), numeric=numeric)


def _rivals(by: Mapping[str, Record], species: Sequence[str]) -> tuple[Cell, ...]:
    values = [r.value for r in by.values()]
    first = next(iter(by.values()))
    best = max(values) if first.metric == "share won" else min(values)
    row: list[Cell] = []
    for name in species:
        record = by.get(name)
        ours = None if record is None else record.value
        row.append(Cell(printed(None if record is None else record.paper)))
        row.append(Cell(number(ours), strong=ours == best))
    return (*row, *tail(first))
