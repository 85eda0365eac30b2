"""Tables of the report, from records."""

from collections.abc import Mapping, Sequence

from framestate.bench.record import Record, Results
from framestate.bench.report.content import Cell, Table, cells, distinct, pick
from framestate.bench.report.rows import (
    CLAUSE,
    TAIL,
    difference,
    families,
    mixed,
    ratio,
    tail,
)
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
    count = f"All {len(rows)} rows" if len(rows) > 1 else "The one row"
    return Table(f"{count} of this part", head, rows, numeric=(3, 4, 5))


def _ours(record: Record) -> str:
    if record.metric.startswith(CLAUSE):
        return str(record.settings.get("verdict", record.value))
    unit = " %" if record.unit == "%" else ""
    return number(record.value) + unit


def delay_matrix(results: Results) -> Table:
    """Mean squared error: a row for each input, a column for each memory."""
    records = pick(results, suite="delay", metric="MSE")
    species = distinct(r.species for r in records)
    limits = {r.signal: r.value for r in pick(results, suite="delay", metric="limit")}
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
                Cell(number(limits.get(signal))),
                *mixed([r for r in records if r.signal == signal]),
            )
        )
    caption = (
        "Error of the best readout at the best dt, as a share of the input's variance "
        "(smaller is better; the winner of each row is bold), and the limit that no "
        "linear memory of so many states is below, where it is known."
    )
    head = ("input", *species, "limit", *TAIL)
    numeric = tuple(range(1, len(species) + 2))
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


def errors(results: Results) -> tuple[Table, ...]:
    """Mean relative error of the reconstruction, ideal in brackets."""
    records = pick(results, suite="approximation", metric="relative error")
    ideal = {
        (r.experiment, r.signal, r.species): r.value
        for r in pick(results, suite="approximation", metric="ideal error")
    }
    return tuple(_errors(family, ideal) for family in families(records))


def _errors(
    records: Sequence[Record], ideal: Mapping[tuple[str, str, str], float]
) -> Table:
    species = distinct(r.species for r in records)
    beside = any(r.paper is not None for r in records)
    rows = tuple(
        (
            Cell(title(row[0].signal)),
            *(cell for n in species for cell in _error(n, row, ideal, beside=beside)),
            *tail(row[0]),
            Cell(row[0].note),
        )
        for row in _rows(records)
    )
    whose = _pairs(species) if beside else tuple(f"{name}, ours" for name in species)
    caption = (
        "Mean relative L2 error of the rebuilt past; in brackets the ideal projection "
        "on the same span. Bold: the smallest, where nothing is drawn at random."
    )
    if not beside:
        caption += " The paper prints no errors for these signals."
    numeric = tuple(range(1, 1 + len(whose)))
    head = ("signal", *whose, *TAIL, "trials")
    return Table(caption, head, rows, numeric=numeric)


def _rows(records: Sequence[Record]) -> Sequence[tuple[Record, ...]]:
    """Records of one experiment, signal and metric: rivals, side by side."""
    keys = dict.fromkeys((r.experiment, r.signal, r.metric) for r in records)
    return [
        tuple(r for r in records if (r.experiment, r.signal, r.metric) == key)
        for key in keys
    ]


def _error(
    name: str,
    rivals: Sequence[Record],
    ideal: Mapping[tuple[str, str, str], float],
    *,
    beside: bool,
) -> tuple[Cell, ...]:
    record = next((r for r in rivals if r.species == name), None)
    if record is None:
        return cells("–", "–") if beside else cells("–")
    found = ideal.get((record.experiment, record.signal, record.species))
    text = number(record.value) + ("" if found is None else f" ({number(found)})")
    best = min(r.value for r in rivals)
    ours = Cell(text, strong=record.value == best and not record.seeds)
    return (Cell(printed(record.paper)), ours) if beside else (ours,)


def shares(results: Results) -> tuple[Table, ...]:
    """Share of trials won, beside the paper's."""
    caption = "Share of trials won, percent (paper: 501 states, 1,000 trials)."
    return _beside(results, ("share won",), caption)


def peaks(results: Results) -> tuple[Table, ...]:
    """Peak detection beside the paper's rows."""
    caption = (
        "Peaks found in the rebuilt past: missed, false and amplitude error in percent, "
        "displacement in samples."
    )
    metrics = ("missed peaks", "false peaks", "amplitude error", "displacement")
    return _beside(results, metrics, caption)


def training(results: Results) -> Table:
    """Trained nets: error on the unseen part."""
    head = ("record", "memory", "paper", "ours", "difference", *TAIL, "note")
    rows = tuple(
        (
            *cells(title(record.signal), record.species, printed(record.paper)),
            *cells(number(record.value), difference(record)),
            *tail(record),
            Cell(record.note),
        )
        for record in pick(results, suite="training")
    )
    caption = "log10 of the test error over the variance, mean over the seeds."
    return Table(caption, head, rows, numeric=(2, 3, 4))


def _pairs(species: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{name}, {whose}" for name in species for whose in ("paper", "ours"))


def _beside(
    results: Results, metrics: Sequence[str], caption: str
) -> tuple[Table, ...]:
    """One row for each signal and metric, two columns for each species."""
    records = [r for r in pick(results, suite="approximation") if r.metric in metrics]
    return tuple(
        Table(
            caption,
            ("signal", *_pairs(species), *TAIL),
            tuple(
                _rivals(row, species, several=len(metrics) > 1) for row in _rows(one)
            ),
            numeric=tuple(range(1, 1 + 2 * len(species))),
        )
        for one in families(records)
        for species in (distinct(r.species for r in one),)
    )


def _rivals(
    row: Sequence[Record], species: Sequence[str], *, several: bool
) -> tuple[Cell, ...]:
    first, by = row[0], {r.species: r for r in row}
    values = [r.value for r in row]
    best = max(values) if first.metric == "share won" else min(values)
    label = title(first.signal) + (f": {first.metric}" if several else "")
    found: list[Cell] = [Cell(label)]
    for record in map(by.get, species):
        ours = None if record is None else record.value
        strong = ours == best and not first.seeds
        found.append(Cell(printed(None if record is None else record.paper)))
        found.append(Cell(number(ours), strong=strong))
    return (*found, *tail(first))
