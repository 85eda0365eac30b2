"""Sections of the report: one for each suite, with its text, tables and pictures."""

from framestate.bench.record import Results
from framestate.bench.report import galleries, networks, standard, tables
from framestate.bench.report import theorem_tables as theorem
from framestate.bench.report.content import Chapter, Section, Table, pick

CHAPTERS = (
    Chapter(
        suite="theorem",
        title="Theorem 1 on the papers' frames",
        lead="W4S4 claims that only the first N_eff eigenvalues of A exceed 1 and the "
        "rest are exactly 1, and computes with these alone. We check the claim as "
        "printed and the corrected theorem on the papers' own frames (db11, shift .01, "
        "rcond .01). The redundant eigenvalues, exactly 1, are reduced away before the "
        "pictures.",
        tables=lambda results: (theorem.frames(results), theorem.clauses(results)),
        galleries=galleries.theorem,
    ),
    Chapter(
        suite="delay",
        title="Linear delay task (W4S4, Fig. 1 and 2)",
        lead="A frozen memory of 65 states (S4D: 64) sees an input; the best linear "
        "readout gives the input back as it was some samples ago. The error needs no "
        "training: it is exact for the stationary inputs, and a least squares fit on "
        "the whole record (from rest, mean removed, fitted and measured on the same "
        "samples) for the real ones. Bilinear rule; W4S4, LegS and FouS are scaled "
        "operators in time-invariant reuse. The paper's pair is drawn bold.",
        tables=lambda results: (tables.delay_matrix(results), tables.gains(results)),
        galleries=galleries.delay,
    ),
    Chapter(
        suite="approximation",
        title="Function approximation and peaks (WaLRUS)",
        lead="A scaled memory of 65 states sees a whole signal once; from its final "
        "state the whole past is rebuilt (WaLRUS paper: 501 states, so our random "
        "signals have 10 jumps where theirs have 1,000). Peaks are looked for in the "
        "rebuilt signal with the paper's peak finder, at the paper's own state size.",
        tables=lambda results: (
            *tables.errors(results),
            *tables.shares(results),
            *tables.peaks(results),
        ),
        galleries=galleries.approximation,
    ),
    Chapter(
        suite="training",
        title="A training run (W4S4, Table 1)",
        lead="A small W4S4 against the same net with S4D-LegS: one block, four "
        "channels, A and B frozen, everything else trained to give back the signal as "
        "it was some samples ago. The first 70 % of the record trains, the rest tests. "
        "The paper's numbers (Table 1, BIDMC) stem from another record, budget and "
        "baseline.",
        tables=lambda results: (tables.training(results),),
        galleries=galleries.training,
    ),
)
_OWN = (*(chapter.suite for chapter in CHAPTERS), *networks.SUITES)


def sections(results: Results) -> tuple[Section, ...]:
    """Sections of the suites that were run, pictures included."""
    return (
        *(_section(results, chapter) for chapter in chapters(results)),
        *networks.sections(results),
    )


def chapters(results: Results) -> tuple[Chapter, ...]:
    """Chapters of the suites that were run, networks aside."""
    known = tuple(c for c in CHAPTERS if pick(results, suite=c.suite))
    return (*known, *standard.chapters(results, done=_OWN))


def filled(results: Results, chapter: Chapter) -> tuple[Table, ...]:
    """Tables of a chapter that have rows."""
    return tuple(table for table in chapter.tables(results) if table.rows)


def _section(results: Results, chapter: Chapter) -> Section:
    return Section(
        name=chapter.suite,
        title=chapter.title,
        lead=chapter.lead,
        tables=filled(results, chapter),
        galleries=tuple(g for g in chapter.galleries(results) if g.figures),
        rows=tables.all_rows(results, chapter.suite),
    )
