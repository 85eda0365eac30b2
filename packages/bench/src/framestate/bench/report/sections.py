"""Sections of the report: one for each suite, with its text, tables and pictures."""

from collections.abc import Sequence

from framestate.bench.record import Curve, Results
from framestate.bench.report import figures, networks, tables, theorem_tables
from framestate.bench.report.content import (
    Figure,
    Gallery,
    Section,
    Table,
    curves,
    distinct,
    pick,
)
from framestate.bench.report.style import title

_SHORT_LAGS = (
    "Error against the lag, each at its best dt. A lag below 65 samples fits into 65 "
    "states as a delay line; LegS comes close to one at a large dt and is hard to "
    "beat there."
)


def sections(results: Results) -> tuple[Section, ...]:
    """Sections of the suites that were run, pictures included."""
    makers = (_theorem, _delay, _approximation, _training)
    made = tuple(s for s in (make(results) for make in makers) if s is not None)
    return (*made, *networks.sections(results))


def _filled(*made: Table) -> tuple[Table, ...]:
    return tuple(table for table in made if table.rows)


def _by_signal(found: Sequence[Curve]) -> dict[str, list[Curve]]:
    signals = distinct(c.signal for c in found)
    return {signal: [c for c in found if c.signal == signal] for signal in signals}


def _theorem(results: Results) -> Section | None:
    if not pick(results, suite="theorem"):
        return None
    strangers = _by_signal(curves(results, suite="theorem", name="counter-example"))
    pictures = tuple(
        Figure(
            f"spectrum-{index}",
            f"{signal}: {len(found[0].x)} eigenvalues of the reduced operator",
            figures.spectrum(
                f"spectrum-{index}", found[0], _first(strangers.get(signal))
            ),
        )
        for index, (signal, found) in enumerate(
            _by_signal(curves(results, suite="theorem", name="spectrum")).items()
        )
    )
    lead = (
        "W4S4 claims that only the first N_eff eigenvalues of A exceed 1 and the rest "
        "are exactly 1, and computes with these alone. We check the claim as printed "
        "and the corrected theorem on the papers' own frames (db11, shift .01, "
        "rcond .01). The redundant eigenvalues, exactly 1, are reduced away before "
        "the pictures."
    )
    return Section(
        name="theorem",
        title="Theorem 1 on the papers' frames",
        lead=lead,
        tables=_filled(theorem_tables.frames(results), theorem_tables.clauses(results)),
        galleries=_galleries(
            Gallery("Spectra, with the lines Re = 1/2 and Re = 1.", (), pictures)
        ),
        rows=tables.all_rows(results, "theorem"),
    )


def _first(found: list[Curve] | None) -> Curve | None:
    return found[0] if found and found[0].x else None


def _galleries(*made: Gallery) -> tuple[Gallery, ...]:
    return tuple(gallery for gallery in made if gallery.figures)


def _delay(results: Results) -> Section | None:
    if not pick(results, suite="delay"):
        return None
    against_dt = _by_signal(curves(results, suite="delay", name="MSE against dt"))
    against_lag = _by_signal(curves(results, suite="delay", name="MSE against lag"))
    legend = distinct(c.species for found in against_dt.values() for c in found)
    dt = tuple(
        Figure(
            f"dt-{signal}",
            title(signal),
            figures.delay_against_dt(f"dt-{signal}", found),
        )
        for signal, found in against_dt.items()
    )
    lag = tuple(
        Figure(
            f"lag-{signal}",
            title(signal),
            figures.delay_against_lag(f"lag-{signal}", found),
        )
        for signal, found in against_lag.items()
    )
    lead = (
        "A frozen memory of 65 states (S4D: 64) sees an input; the best linear readout "
        "gives the input back as it was some samples ago. The error needs no training: "
        "it is exact for the stationary inputs, and a least squares fit on the whole "
        "record (from rest, mean removed, fitted and measured on the same samples) for "
        "the real ones. Bilinear rule; W4S4, LegS and FouS are scaled operators in "
        "time-invariant reuse. The paper's pair is drawn bold."
    )
    return Section(
        name="delay",
        title="Linear delay task (W4S4, Fig. 1 and 2)",
        lead=lead,
        tables=_filled(tables.delay_matrix(results), tables.gains(results)),
        galleries=_galleries(
            Gallery("Error against dt, at the lag of the table.", legend, dt),
            Gallery(_SHORT_LAGS, legend, lag),
        ),
        rows=tables.all_rows(results, "delay"),
    )


def _approximation(results: Results) -> Section | None:
    if not pick(results, suite="approximation"):
        return None
    found = _by_signal(curves(results, suite="approximation", name="reconstruction"))
    legend = distinct(c.species for group in found.values() for c in group)
    pictures = tuple(
        Figure(
            f"past-{signal}",
            title(signal),
            figures.overlay(f"past-{signal}", group),
        )
        for signal, group in found.items()
    )
    lead = (
        "A scaled memory of 65 states sees a whole signal once; from its final state "
        "the whole past is rebuilt (WaLRUS paper: 501 states, so our random signals "
        "have 10 jumps where theirs have 1,000). Peaks are looked for in the rebuilt "
        "signal with the paper's peak finder, at the paper's own state size."
    )
    return Section(
        name="approximation",
        title="Function approximation and peaks (WaLRUS)",
        lead=lead,
        tables=_filled(
            tables.errors(results), tables.shares(results), tables.peaks(results)
        ),
        galleries=_galleries(
            Gallery("One signal of each kind and its rebuilt past.", legend, pictures)
        ),
        rows=tables.all_rows(results, "approximation"),
    )


def _training(results: Results) -> Section | None:
    if not pick(results, suite="training"):
        return None
    found = _by_signal(curves(results, suite="training", name="t"))
    legend = distinct(c.species for group in found.values() for c in group)
    pictures = tuple(
        Figure(
            f"training-{signal}",
            f"{title(signal)}: test error, one line for each seed; training loss faint",
            figures.training(f"training-{signal}", group, _baseline(results, signal)),
        )
        for signal, group in found.items()
    )
    lead = (
        "A small W4S4 against the same net with S4D-LegS: one block, four channels, A "
        "and B frozen, everything else trained to give back the signal as it was some "
        "samples ago. The first 70 % of the record trains, the rest tests. The paper's "
        "numbers (Table 1, BIDMC) stem from another record, budget and baseline."
    )
    return Section(
        name="training",
        title="A training run (W4S4, Table 1)",
        lead=lead,
        tables=_filled(tables.training(results)),
        galleries=_galleries(Gallery("Learning curves.", legend, pictures)),
        rows=tables.all_rows(results, "training"),
    )


def _baseline(results: Results, signal: str) -> float | None:
    found = pick(results, signal=signal, species="predict the mean")
    return found[0].value if found else None
