"""Files of PTB-XL -> signals at 100 Hz, folds, and the labels of six tasks."""

import ast
import csv
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import numpy as np
from jaxtyping import Int16
from numpy.typing import NDArray

from framestate.bench.data import streams
from framestate.bench.data.dataset import Arrays, Progress
from framestate.bench.data.sets import files, moments, wfdb

COUNT, LENGTH, LEADS, RATE = 21_799, 1_000, 12, 100
TASKS = ("all", "diagnostic", "subdiagnostic", "superdiagnostic", "form", "rhythm")
_DATABASE, _STATEMENTS = "ptbxl_database.csv", "scp_statements.csv"
_UNITS_PER_MV = 1000.0
_FOLDS = 10
Statements: TypeAlias = Mapping[str, Mapping[str, str]]


def decode(source: str, count: int, folder: Path, progress: Progress) -> Arrays:
    """Data set in an archive or a folder.

    Raises
    ------
    DataError
        If a table or a record is missing or damaged, or a fold is not 1 to 10.
    """
    path = folder / source
    tables = {
        PurePosixPath(name).name: data for name, data in files.members(path, _is_table)
    }
    for name in (_DATABASE, _STATEMENTS):
        if name not in tables:
            raise streams.damaged(path, f"{name} is missing")
    rows = _table(path / _DATABASE, tables[_DATABASE], "filename_lr")
    if len(rows) != count:
        raise streams.damaged(path / _DATABASE, f"{len(rows)} records, not {count}")
    statements = _table(path / _STATEMENTS, tables[_STATEMENTS], "")
    signals = _signals(path, list(rows), progress)
    sums, squares = moments.sums(signals)
    fold = _folds(path / _DATABASE, rows)
    codes = [_codes(path / _DATABASE, row["scp_codes"]) for row in rows.values()]
    labels = {task: _labels(codes, _RULES[task], statements) for task in TASKS}
    return {"signals": signals, "sums": sums, "squares": squares, "fold": fold} | labels


def _is_table(name: str) -> bool:
    return PurePosixPath(name).name in (_DATABASE, _STATEMENTS)


def _table(path: Path, data: bytes, key: str) -> dict[str, dict[str, str]]:
    """Rows of a .csv file by their cell in column ``key``."""
    with files.reading(path):
        text = io.StringIO(data.decode("utf-8"), newline="")
        try:
            rows = list(csv.DictReader(text, restval="", strict=True))
        except csv.Error as error:
            raise streams.broken(path, error) from error
        if any(None in row for row in rows):
            raise streams.damaged(path, "a row has more cells than the header")
        return {row[key]: row for row in rows}


def _folds(path: Path, rows: Statements) -> NDArray[np.int8]:
    with files.reading(path):
        folds = np.array([int(row["strat_fold"]) for row in rows.values()])
        if folds.min() < 1 or folds.max() > _FOLDS:
            raise streams.damaged(path, f"folds {folds.min()} to {folds.max()}")
        return folds.astype(np.int8)


def _signals(
    path: Path, stems: list[str], progress: Progress
) -> Int16[np.ndarray, "n 1000 12"]:
    place = {stem: index for index, stem in enumerate(stems)}
    signals = np.zeros((len(stems), LENGTH, LEADS), dtype=np.int16)
    halves: dict[str, bytes] = {}  # the first of .hea and .dat to come
    done = 0

    def wanted(name: str) -> bool:
        return _stem(name) in place and name.endswith((".hea", ".dat"))

    for name, data in files.members(path, wanted):
        stem = _stem(name)
        if stem not in halves:
            halves[stem] = data
            continue
        other = halves.pop(stem)
        head, raw = (data, other) if name.endswith(".hea") else (other, data)
        signals[place.pop(stem)] = _read(path / stem, head, raw)
        done += 1
        progress(done, len(stems))
    if place:
        raise streams.damaged(path, f"the record {next(iter(place))} is missing")
    return signals


def _stem(name: str) -> str:
    """Such as records100/00000/00001_lr, whatever folder is in front."""
    return "/".join(PurePosixPath(name).with_suffix("").parts[-3:])


def _read(path: Path, text: bytes, raw: bytes) -> Int16[np.ndarray, "1000 12"]:
    head = wfdb.header(path.with_suffix(".hea"), text)
    form = (head.rate, head.length, len(head.leads))
    scales = {(lead.gain, lead.baseline) for lead in head.leads}
    if form != (RATE, LENGTH, LEADS) or scales != {(_UNITS_PER_MV, 0)}:
        finding = f"rate, length, leads {form}, gain and zero {sorted(scales)}"
        raise streams.damaged(path.with_suffix(".hea"), finding)
    return wfdb.samples(path.with_suffix(".dat"), head, raw)


def _codes(path: Path, cell: str) -> tuple[str, ...]:
    """Statements of a record, written as a Python dictionary."""
    with files.reading(path):
        try:
            return tuple(str(code) for code in dict(ast.literal_eval(cell)))
        except (SyntaxError, TypeError) as error:
            raise streams.broken(path, error) from error


_Rule: TypeAlias = Callable[[str, Statements], str]


def _flagged(column: str, code: str, statements: Statements) -> str:
    """The code itself, if its column is 1."""
    row = statements.get(code, {})
    return code if row.get(column, "") in ("1.0", "1") else ""


def _grouped(column: str, code: str, statements: Statements) -> str:
    """The group of a diagnostic code."""
    known = _flagged("diagnostic", code, statements)
    return statements[known].get(column, "") if known else ""


_RULES: Mapping[str, _Rule] = {
    "all": lambda code, _: code,
    "diagnostic": lambda code, table: _flagged("diagnostic", code, table),
    "subdiagnostic": lambda code, table: _grouped("diagnostic_subclass", code, table),
    "superdiagnostic": lambda code, table: _grouped("diagnostic_class", code, table),
    "form": lambda code, table: _flagged("form", code, table),
    "rhythm": lambda code, table: _flagged("rhythm", code, table),
}


def _labels(
    codes: Iterable[tuple[str, ...]], rule: _Rule, statements: Statements
) -> NDArray[np.uint8]:
    """(records, classes) of 0 and 1, classes in alphabetical order."""
    found = [{rule(code, statements) for code in one} - {""} for one in codes]
    classes = {name: index for index, name in enumerate(sorted(set().union(*found)))}
    labels = np.zeros((len(found), len(classes)), dtype=np.uint8)
    for row, names in zip(labels, found, strict=True):
        row[[classes[name] for name in names]] = 1
    return labels
