"""A picture as SVG text: the same bytes for the same drawing.

Text stays text; every id gets the figure's name in front, because several pictures
stand in one page.
"""

import io
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from markupsafe import escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from framestate.bench.report.content import slug
from framestate.bench.report.style import INK, SOFT

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.edgecolor": "#9aa1a9",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "grid.color": "#e6e9ec",
    "grid.linewidth": 0.8,
    "axes.grid": True,
    "legend.frameon": False,
}
_ID = re.compile(r'\bid="([^"]+)"')
_REFERENCE = re.compile(r'(url\(#|xlink:href="#|href="#)([^")]+)')
_PATH = re.compile(r'\b(?:d|points|x|y)="[^"]*"')
_COORDINATE = re.compile(r"(\d+\.\d{2})\d+")
_HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_SIZE = re.compile(r'\b(?:width|height)="[^"]*"\s?')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


@contextmanager
def styled() -> Generator[None]:
    """The look of all pictures."""
    with mpl.rc_context(_STYLE):
        yield


def words(name: str) -> str:
    """A name as a label: a dollar in it begins no formula."""
    return name.replace("$", r"\$")


def canvas(width: float, height: float) -> tuple[Canvas, Axes]:
    """An empty picture; inches, of which a phone shows three and a half legibly."""
    drawn = Canvas(figsize=(width, height), layout="constrained")
    return drawn, drawn.add_subplot()


def svg(drawn: Canvas, name: str, label: str) -> str:
    """SVG text of a picture, fit for standing inside a page.

    Parameters
    ----------
    drawn : matplotlib.figure.Figure
        The picture.
    name : str
        Unlike that of any other picture of the page.
    label : str
        What a screen reader says.
    """
    name = slug(name)
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        drawn.savefig(stream, format="svg", metadata={"Date": None}, transparent=True)
    text = _METADATA.sub("", _HEAD.sub("", stream.getvalue()), count=1)
    text = _ID.sub(rf'id="{name}-\1"', text)
    text = _REFERENCE.sub(rf"\1{name}-\2", text)
    # a hundredth of a point is enough, and a third of the bytes
    text = _PATH.sub(lambda found: _COORDINATE.sub(r"\1", found[0]), text)
    start, end = text.split("<svg ", 1)
    role = f'<svg role="img" aria-label="{escape(label)}" '
    # the page says how wide it is; the view box stays
    return start + role + _SIZE.sub("", end, count=2)
