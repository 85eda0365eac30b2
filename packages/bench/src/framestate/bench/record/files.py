"""Files of a run, written whole or not at all."""

import contextlib
import csv
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from framestate.bench.errors import DataError, OutputError
from framestate.bench.record.stored import record_hash, results_to_json
from framestate.bench.record.values import Record, Results

RESULTS, CSV = "results.json", "results.csv"
MARKDOWN, HTML = "report.md", "report.html"
_COLUMNS = (
    "suite",
    "experiment",
    "species",
    "signal",
    "metric",
    "value",
    "unit",
    "paper",
    "fidelity",
    "seeds",
    "runs",
    "seconds",
    "command",
    "note",
    "hash",
)


def write_atomic(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old one or the new one.

    Temporary file in the same folder, fsync, `os.replace`, fsync of the folder.

    Raises
    ------
    OutputError
        If the folder cannot be written; no half-written file remains.
    """
    try:
        replace_bytes(path, text.encode("utf-8"))
    except OSError as error:
        raise OutputError(
            request=f"writing {path}",
            finding=error.strerror or type(error).__name__,
            remedy="Choose a folder that can be written with --out DIR.",
        ) from error


def replace_bytes(path: Path, content: bytes) -> None:
    """Put a file in the place of another, whole or not at all; OSError if not."""
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name}.", suffix=".tmp"
    )
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes the file private; a report is meant to be shared
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what a killed process left behind while it wrote one of our files."""
    for name in (RESULTS, CSV, MARKDOWN, HTML):
        for stale in folder.glob(f".{name}.*.tmp"):
            with contextlib.suppress(OSError):  # it does no harm
                stale.unlink()


def sync_folder(folder: Path) -> None:
    """Make a rename or a new file in `folder` survive a crash."""
    if os.name != "posix":
        return  # folders cannot be opened for syncing elsewhere
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def results_text(results: Results) -> str:
    """Text of `results.json`, a line for each record; NaN cannot occur and is refused."""
    parts = [f'"{k}": {_lines(v)}' for k, v in results_to_json(results).items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: object) -> str:
    if isinstance(value, list):
        rows = ",\n".join(map(_line, cast("list[object]", value)))
        return f"[\n{rows}\n]"
    return _line(value)


def _line(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


def csv_text(records: tuple[Record, ...]) -> str:
    """Text of `results.csv`: one row a record, settings left to the JSON file."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for record in records:
        cells = [_cell(getattr(record, name)) for name in _COLUMNS[:-1]]
        writer.writerow([*cells, record_hash(record)])
    return stream.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, tuple) else value


def read_json(path: Path) -> Mapping[str, Any]:
    """JSON object in a file.

    Raises
    ------
    DataError
        If the file is missing or is not a JSON object.
    """
    request = f"reading {path}"
    remedy = "Run the benchmark first: framestate-bench run"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        finding = error.strerror or type(error).__name__
        raise DataError(request=request, finding=finding, remedy=remedy) from error
    except ValueError as error:
        finding = f"not valid JSON ({error})"
        raise DataError(request=request, finding=finding, remedy=remedy) from error
    if not isinstance(value, dict):
        raise DataError(request=request, finding="not a JSON object", remedy=remedy)
    return value
