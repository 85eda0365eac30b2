"""What a section of the report consists of, before it becomes HTML or Markdown."""

import re
from collections.abc import Callable, Iterable
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


@final
@dataclass(frozen=True)
class Figure:
    """One picture: its SVG text and what it shows."""

    name: str
    caption: str
    svg: str

    @property
    def anchor(self) -> str:
        """The id of the picture in a page."""
        return f"figure-{slug(self.name)}"


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

    @property
    def anchor(self) -> str:
        """The id of the section in a page."""
        return slug(self.name)


@final
@dataclass(frozen=True)
class Chapter:
    """How the section of a suite is made; its pictures only where they are wanted."""

    suite: str
    title: str
    lead: str
    tables: Callable[[Results], tuple[Table, ...]]
    galleries: Callable[[Results], tuple[Gallery, ...]]


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


def slug(name: str) -> str:
    """The name as an id may be: letters, digits, points and hyphens."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-")


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Values without repetition, in the order they came."""
    return tuple(dict.fromkeys(values))
