"""Curves that need no picture of their own: lines, drawn by what their name says.

A name "y against x, seed 0" gives the labels of the axes; without "against" the
abscissa is the step of a training, or the place in what is rebuilt. An axis is logarithmic where all its values are
positive and span more than a factor of thirty.
"""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from framestate.bench.record import Curve
from framestate.bench.report.canvas import canvas, styled, svg, words
from framestate.bench.report.content import distinct
from framestate.bench.report.style import look

_ABSCISSAS = {"reconstruction": "place, as a share of the signal"}
_SPAN = 30.0
_FAINTEST = 0.35  # of several lines of one species
_DOTS = 12  # points of a line that are marked where they are few


def kind(curve: Curve) -> str:
    """What its name says, the seed aside."""
    return curve.name.partition(", seed")[0]


def draw(axes: Axes, curve: Curve, *, wide: bool = False, alpha: float = 1.0) -> None:
    """One line with the stroke of its species; a wide one lies on top."""
    looks = look(curve.species)
    style: Any = (0, looks.dash) if looks.dash else "-"
    axes.plot(
        curve.x,
        curve.y,
        color=looks.color,
        linestyle=style,
        linewidth=2.2 if wide else 1.3,
        alpha=alpha,
        zorder=4 if wide else 3,
        solid_capstyle="round",
        marker="o" if len(curve.x) <= _DOTS else "",
        markersize=3.0,
    )


def chart(name: str, curves: Sequence[Curve]) -> str:
    """Lines of one picture, all of one kind and of one signal."""
    ordinate, _, abscissa = kind(curves[0]).partition(" against ")
    with styled():
        drawn, axes = canvas(3.7, 2.7)
        for curve, alpha in zip(curves, strengths(curves), strict=True):
            draw(axes, curve, alpha=alpha)
        along, up = scales(curves)
        axes.set_xscale(along)
        axes.set_yscale(up)
        axes.set_xlabel(words(abscissa) or _ABSCISSAS.get(ordinate, "step"))
        axes.set_ylabel(words(ordinate))
        return svg(drawn, name, f"{kind(curves[0])}, {curves[0].signal}")


def scales(curves: Sequence[Curve]) -> tuple[str, str]:
    """Whether the axes are "linear" or "log"."""
    along, up = [x for c in curves for x in c.x], [y for c in curves for y in c.y]
    return ("log" if _spans(along) else "linear", "log" if _spans(up) else "linear")


def strengths(curves: Sequence[Curve]) -> Sequence[float]:
    """All full, unless the lines are modes of one memory: then the later the fainter."""
    if len(curves) < 2 or len(distinct(c.species for c in curves)) > 1:
        return [1.0] * len(curves)
    fall = (1.0 - _FAINTEST) / (len(curves) - 1)
    return [1.0 - fall * place for place in range(len(curves))]


def _spans(values: Sequence[float]) -> bool:
    return min(values) > 0 and max(values) > _SPAN * min(values)
