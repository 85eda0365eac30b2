"""What an experiment leaves behind: records, curves, and the files that keep them."""

from framestate.bench.record.files import (
    CSV,
    HTML,
    MARKDOWN,
    RESULTS,
    csv_text,
    read_json,
    replace_bytes,
    results_text,
    sweep,
    write_atomic,
)
from framestate.bench.record.journal import Journal, JournalEntry
from framestate.bench.record.values import (
    FIDELITIES,
    SCHEMA,
    Curve,
    Fidelity,
    Outcome,
    Record,
    Results,
    Setting,
    Skipped,
    results_from_json,
    results_to_json,
)

__all__ = [
    "CSV",
    "FIDELITIES",
    "HTML",
    "MARKDOWN",
    "RESULTS",
    "SCHEMA",
    "Curve",
    "Fidelity",
    "Journal",
    "JournalEntry",
    "Outcome",
    "Record",
    "Results",
    "Setting",
    "Skipped",
    "csv_text",
    "read_json",
    "replace_bytes",
    "results_from_json",
    "results_text",
    "results_to_json",
    "sweep",
    "write_atomic",
]
