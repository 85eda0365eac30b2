"""JSON forms of records, curves, scores and whole runs, and the hashes they carry.

Every record carries the hash of its own content, and an outcome the hash of all that it
holds; what was changed by hand, or damaged, is refused when it is read.
"""

import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, cast

from framestate.bench.errors import DataError
from framestate.bench.record.packing import pack, unpack
from framestate.bench.record.values import (
    Curve,
    Outcome,
    Record,
    Results,
    Scores,
    Skipped,
)

SCHEMA = 2


def content_hash(value: object) -> str:
    """Hash of a JSON value, the same however it is laid out: 16 hexadecimal digits."""
    text = json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def record_hash(record: Record) -> str:
    """Hash of everything a record says."""
    return content_hash(json.loads(json.dumps(asdict(record))))


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """JSON value of an outcome: tuples become lists, scores words, and a hash."""
    value = {
        "records": [{**asdict(r), "hash": record_hash(r)} for r in outcome.records],
        "curves": [asdict(c) for c in outcome.curves],
        "scores": [{**asdict(s), "values": pack(s.values)} for s in outcome.scores],
    }
    value = json.loads(json.dumps(value))
    return {**value, "hash": content_hash(value)}


def outcome_from_json(value: Mapping[str, Any]) -> Outcome:
    """Outcome from its JSON value.

    Raises
    ------
    DataError
        If a field is missing, unknown or of the wrong kind, or a hash does not fit.
    """
    with _expected_fields():
        outcome = Outcome(
            records=tuple(_record(r) for r in value["records"]),
            curves=tuple(_curve(c) for c in value["curves"]),
            scores=tuple(_scores(s) for s in value["scores"]),
        )
        parts = {name: value[name] for name in ("records", "curves", "scores")}
        _require_hash("the results", value["hash"], content_hash(parts))
    return outcome


@contextmanager
def _expected_fields() -> Generator[None, None, None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            request="reading stored records",
            finding=f"they do not have the expected fields ({error})",
            remedy="They come from another version; run again with --fresh.",
        ) from error


def _require_hash(what: str, written: object, computed: str) -> None:
    if written != computed:
        raise DataError(
            request="reading stored records",
            finding=f"{what} have the hash {computed}, not {written} as written",
            remedy="They were changed or damaged since; run them again.",
        )


def _record(value: Mapping[str, Any]) -> Record:
    fields: dict[str, Any] = {
        **value,
        "seeds": tuple(value["seeds"]),
        "runs": tuple(value["runs"]),
    }
    written = fields.pop("hash")
    record = Record(**fields)
    what = f"{record.experiment}, {record.species}, {record.metric},"
    _require_hash(what, written, record_hash(record))
    return record


def _curve(value: Mapping[str, Any]) -> Curve:
    fields: dict[str, Any] = {**value, "x": tuple(value["x"]), "y": tuple(value["y"])}
    return Curve(**fields)


def _scores(value: Mapping[str, Any]) -> Scores:
    fields: dict[str, Any] = {**value, "values": unpack(value["values"])}
    return Scores(**fields)


def results_to_json(results: Results) -> dict[str, Any]:
    """JSON value of a whole run, schema version first."""
    outcome = Outcome(results.records, results.curves, results.scores)
    return {
        "schema": SCHEMA,
        "size": results.size,
        "environment": dict(results.environment),
        "skipped": [asdict(s) for s in results.skipped],
        **outcome_to_json(outcome),
    }


def results_from_json(value: object) -> Results:
    """Results from the JSON value of `results.json`.

    Raises
    ------
    DataError
        If the value is not a run of this schema version.
    """
    table = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if table.get("schema") != SCHEMA:
        raise DataError(
            request="reading results.json",
            finding=f"schema {table.get('schema')!r} where {SCHEMA} is expected",
            remedy="Run the benchmark again; it writes a new file.",
        )
    outcome = outcome_from_json(table)
    with _expected_fields():
        skipped = tuple(
            Skipped(_text(s["experiment"]), _text(s["reason"]))
            for s in table.get("skipped", [])
        )
        environment = {
            name: _text(words) for name, words in table.get("environment", {}).items()
        }
    return Results(
        size=str(table.get("size", "")),
        records=outcome.records,
        curves=outcome.curves,
        skipped=skipped,
        environment=environment,
        scores=outcome.scores,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value
