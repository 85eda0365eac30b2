"""Frozen values of a benchmark run, and their JSON form.

A `Record` is one number with everything needed to judge it: what was measured, on
which signal, by which species, the paper's number if there is one, how faithful the
repetition is, and the command that makes it. A `Curve` is an array for a figure.
"""

import math
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias, cast, final, get_args

from framestate.bench.errors import DataError, InvalidInputError, ResultError

SCHEMA = 1
Fidelity = Literal["full", "regenerated", "subset", "look-alike", "scaled-down", "own"]
FIDELITIES: tuple[str, ...] = get_args(Fidelity)
Setting: TypeAlias = bool | int | float | str | list["Setting"] | None


@final
@dataclass(frozen=True)
class Record:
    """One measured number.

    Attributes
    ----------
    suite, experiment : str
        Where it belongs, e.g. "delay" and "delay/white".
    species, signal, metric : str
        Which memory, on which signal, measured how.
    value : float
        The number; finite, checked on creation.
    unit : str
        Unit of `value`; empty for a pure number.
    paper : float or None
        The number the paper prints for it, if it prints one.
    fidelity : Fidelity
        How close to the paper's data and budget the repetition is.
    seeds : tuple of int
        Seeds the number depends on; empty where nothing is random.
    command : str
        A command line that makes this number again.
    seconds : float
        Wall-clock seconds of the whole experiment.
    settings : mapping
        Settings of the experiment, JSON values only.
    note : str
        What a reader must know beside the number; may be empty.
    """

    suite: str
    experiment: str
    species: str
    signal: str
    metric: str
    value: float
    fidelity: Fidelity
    unit: str = ""
    paper: float | None = None
    seeds: tuple[int, ...] = ()
    command: str = ""
    seconds: float = 0.0
    settings: Mapping[str, Setting] = field(default_factory=dict[str, Setting])
    note: str = ""

    def __post_init__(self) -> None:
        _require_finite(self.value, f"{self.experiment}, {self.species}, {self.metric}")
        if self.fidelity not in FIDELITIES:
            raise InvalidInputError(
                request=f"record of {self.experiment}",
                finding=f"fidelity {self.fidelity!r} is not a known word",
                remedy=f"Use one of {', '.join(FIDELITIES)}.",
            )


@final
@dataclass(frozen=True)
class Curve:
    """Points (x[i], y[i]) for one line of one figure; all finite."""

    suite: str
    experiment: str
    species: str
    signal: str
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        where = f"{self.experiment}, {self.species}, curve {self.name}"
        if len(self.x) != len(self.y):
            raise InvalidInputError(
                request=where,
                finding=f"{len(self.x)} abscissas for {len(self.y)} ordinates",
                remedy="Give one ordinate for each abscissa.",
            )
        for value in (*self.x, *self.y):
            _require_finite(value, where)


@final
@dataclass(frozen=True)
class Outcome:
    """Everything one experiment produced."""

    records: tuple[Record, ...]
    curves: tuple[Curve, ...] = ()


@final
@dataclass(frozen=True)
class Skipped:
    """An experiment that was left out, and why."""

    experiment: str
    reason: str


@final
@dataclass(frozen=True)
class Results:
    """A whole run, as `results.json` holds it and the report shows it."""

    size: str
    records: tuple[Record, ...]
    curves: tuple[Curve, ...]
    skipped: tuple[Skipped, ...]
    environment: Mapping[str, str]


def _require_finite(value: float, where: str) -> None:
    if not math.isfinite(value):
        raise ResultError(
            request=where,
            finding=f"the result is {value}",
            remedy="Nothing is recorded; check the input signal and the settings.",
        )


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """JSON value of an outcome (tuples become lists)."""
    return {
        "records": [asdict(r) for r in outcome.records],
        "curves": [asdict(c) for c in outcome.curves],
    }


def outcome_from_json(value: Mapping[str, Any]) -> Outcome:
    """Outcome from its JSON value.

    Raises
    ------
    DataError
        If a field is missing, unknown or of the wrong kind.
    """
    with _expected_fields():
        return Outcome(
            records=tuple(_record(r) for r in value["records"]),
            curves=tuple(_curve(c) for c in value["curves"]),
        )


@contextmanager
def _expected_fields() -> Generator[None, None, None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError) as error:
        raise DataError(
            request="reading stored records",
            finding=f"they do not have the expected fields ({error})",
            remedy="They come from another version; run again with --fresh.",
        ) from error


def _record(value: Mapping[str, Any]) -> Record:
    fields: dict[str, Any] = {**value, "seeds": tuple(value["seeds"])}
    return Record(**fields)


def _curve(value: Mapping[str, Any]) -> Curve:
    fields: dict[str, Any] = {**value, "x": tuple(value["x"]), "y": tuple(value["y"])}
    return Curve(**fields)


def results_to_json(results: Results) -> dict[str, Any]:
    """JSON value of a whole run, schema version first."""
    outcome = Outcome(records=results.records, curves=results.curves)
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
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value
