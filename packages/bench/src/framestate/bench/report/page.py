"""The page: one self-contained HTML file, every text escaped."""

import math
from collections.abc import Sequence
from importlib import resources

import jinja2
from markupsafe import Markup

from framestate.bench.record import Results
from framestate.bench.report import sections, summary, winners
from framestate.bench.report.content import Gallery
from framestate.bench.report.style import Look, look


def html(results: Results) -> str:
    """The report as HTML; equal results give equal bytes.

    Parameters
    ----------
    results : Results
        Records and curves of a run.

    Returns
    -------
    str
        A document that refers to nothing outside itself.
    """
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    source = resources.files("framestate.bench.report").joinpath("template.html")
    template = environment.from_string(source.read_text(encoding="utf-8"))
    return template.render(
        results=results,
        lines=summary.lines(results),
        suits=winners.table(results),
        standing=summary.standing(results),
        sections=sections.sections(results),
        commands=_commands(results),
        seconds=_seconds(results),
        svg=Markup,  # our own figures, made from numbers and fixed words
        legend=_legend,
    )


def _commands(results: Results) -> Sequence[str]:
    return tuple(dict.fromkeys(r.command for r in results.records))


def _seconds(results: Results) -> float:
    return math.fsum({r.experiment: r.seconds for r in results.records}.values())


def _legend(gallery: Gallery) -> Sequence[Look]:
    return [look(name) for name in gallery.legend]
