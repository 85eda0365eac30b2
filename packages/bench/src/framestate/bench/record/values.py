"""Frozen values of a benchmark run.

A `Record` is one number with everything needed to judge it: what was measured, on
which signal, by which species, the paper's number if there is one, how faithful the
repetition is, and the command that makes it. A `Curve` is an array for a figure.
`Scores` say how well each test example was done, so that two species can be compared.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, final, get_args

from framestate.bench.errors import InvalidInputError, ResultError

Fidelity = Literal["full", "regenerated", "subset", "look-alike", "scaled-down", "own"]
FIDELITIES: tuple[str, ...] = get_args(Fidelity)
Setting: TypeAlias = (
    bool | int | float | str | list["Setting"] | dict[str, "Setting"] | None
)


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
    runs : tuple of float
        The number of each seed alone, where `value` is their mean.
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
    runs: tuple[float, ...] = ()
    command: str = ""
    seconds: float = 0.0
    settings: Mapping[str, Setting] = field(default_factory=dict[str, Setting])
    note: str = ""

    def __post_init__(self) -> None:
        for value in (self.value, *self.runs):
            _require_finite(value, f"{self.experiment}, {self.species}, {self.metric}")
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
class Scores:
    """How well one training did on each test example.

    Attributes
    ----------
    suite, experiment, species, signal, metric : str
        As in the record that has the mean over the seeds.
    seed : int
        Of the training.
    values : tuple of float
        One an example, in the order of the test split, in the unit of the record.
    higher : bool
        Whether more is better.
    root : bool
        Whether the record's number is the root of their mean, and not their mean.
    """

    suite: str
    experiment: str
    species: str
    signal: str
    metric: str
    seed: int
    values: tuple[float, ...]
    higher: bool
    root: bool = False

    def __post_init__(self) -> None:
        for value in self.values:
            _require_finite(value, f"{self.experiment}, {self.species}, scores")


@final
@dataclass(frozen=True)
class Outcome:
    """Everything one experiment produced."""

    records: tuple[Record, ...]
    curves: tuple[Curve, ...] = ()
    scores: tuple[Scores, ...] = ()


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
    scores: tuple[Scores, ...] = ()


def _require_finite(value: float, where: str) -> None:
    if not math.isfinite(value):
        raise ResultError(
            request=where,
            finding=f"the result is {value}",
            remedy="Nothing is recorded; check the input signal and the settings.",
        )
