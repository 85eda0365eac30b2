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
from framestate.bench.record.packing import pack, unpack
from framestate.bench.record.stored import (
    SCHEMA,
    content_hash,
    record_hash,
    results_from_json,
    results_to_json,
)
from framestate.bench.record.values import (
    FIDELITIES,
    Curve,
    Fidelity,
    Outcome,
    Record,
    Results,
    Scores,
    Setting,
    Skipped,
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
    "Scores",
    "Setting",
    "Skipped",
    "content_hash",
    "csv_text",
    "pack",
    "read_json",
    "record_hash",
    "replace_bytes",
    "results_from_json",
    "results_text",
    "results_to_json",
    "sweep",
    "unpack",
    "write_atomic",
]
