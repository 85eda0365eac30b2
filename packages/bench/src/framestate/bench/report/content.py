"""What a section of the report consists of, before it becomes HTML or Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from framestate.bench.record import Curve, Record, Results


@final
@dataclass(frozen=True)
class Cell:
    """Text of a table cell; `strong` marks the winner, `tone` a verdict."""

    text: str
    strong: bool = False
    tone: str = ""


@final
@dataclass(frozen=True)
class Table:
    """A table with a caption; columns from `numeric` on are set right-aligned."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: tuple[int, ...] = ()
    folded: bool = False


@final
@dataclass(frozen=True)
class Figure:
    """One picture: its SVG text and what it shows."""

    name: str
    caption: str
    svg: str


@final
@dataclass(frozen=True)
class Gallery:
    """Pictures of one kind with one legend (species names)."""

    caption: str
    legend: tuple[str, ...]
    figures: tuple[Figure, ...]


@final
@dataclass(frozen=True)
class Section:
    """One suite: text, tables, pictures, and all its rows."""

    name: str
    title: str
    lead: str
    tables: tuple[Table, ...]
    galleries: tuple[Gallery, ...]
    rows: Table


def cells(*texts: str) -> tuple[Cell, ...]:
    """Plain cells."""
    return tuple(Cell(text) for text in texts)


def pick(
    results: Results,
    *,
    suite: str | None = None,
    signal: str | None = None,
    species: str | None = None,
    metric: str | None = None,
) -> tuple[Record, ...]:
    """Records that agree with everything that is given."""
    wanted = (suite, signal, species, metric)
    return tuple(
        r
        for r in results.records
        if all(
            want is None or want == have
            for want, have in zip(
                wanted, (r.suite, r.signal, r.species, r.metric), strict=True
            )
        )
    )


def curves(results: Results, *, suite: str, name: str) -> tuple[Curve, ...]:
    """Curves of a suite whose name begins so."""
    return tuple(
        c for c in results.curves if c.suite == suite and c.name.startswith(name)
    )


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Values without repetition, in the order they came."""
    return tuple(dict.fromkeys(values))
