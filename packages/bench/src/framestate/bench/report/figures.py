"""Pictures as SVG text: the same bytes for the same curves.

Text stays text; every id gets the figure's name in front, because several pictures
stand in one page.
"""

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from framestate.bench.record import Curve
from framestate.bench.report.style import ALERT, GRAY, INK, look, number

_PAPER_DT = (1e-4, 1e-2)
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
    "xtick.color": "#5b626a",
    "ytick.color": "#5b626a",
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
_SIZE = re.compile(r'<svg ([^>]*?)width="[^"]*"([^>]*?)height="[^"]*"')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


def _svg(canvas: Canvas, name: str, label: str) -> str:
    """SVG text of a canvas, fit for standing inside a page."""
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        canvas.savefig(stream, format="svg", metadata={"Date": None}, transparent=True)
    text = _METADATA.sub("", _HEAD.sub("", stream.getvalue()), count=1)
    text = _ID.sub(rf'id="{name}-\1"', text)
    text = _REFERENCE.sub(rf"\1{name}-\2", text)
    # a hundredth of a point is enough, and a third of the bytes
    text = _PATH.sub(lambda found: _COORDINATE.sub(r"\1", found[0]), text)
    role = f'<svg role="img" aria-label="{label}" '
    return _SIZE.sub(rf"{role}\1\2", text, count=1)


def _canvas(width: float, height: float) -> tuple[Canvas, Axes]:
    canvas = Canvas(figsize=(width, height), layout="constrained")
    return canvas, canvas.add_subplot()


def _draw(axes: Axes, curve: Curve, *, wide: bool = False, alpha: float = 1.0) -> None:
    kind = look(curve.species)
    style: Any = (0, kind.dash) if kind.dash else "-"
    # the pair the paper compares is drawn on top and stronger
    axes.plot(
        curve.x,
        curve.y,
        color=kind.color,
        linestyle=style,
        linewidth=2.2 if wide else 1.3,
        alpha=alpha,
        zorder=4 if wide else 3,
        solid_capstyle="round",
    )


def spectrum(name: str, points: Curve, strangers: Curve | None) -> str:
    """Eigenvalues in the complex plane with the lines Re = 1/2 and Re = 1."""
    with mpl.rc_context(_STYLE):
        canvas, axes = _canvas(4.7, 3.6)
        for place, text in ((0.5, "Re = 1/2"), (1.0, "Re = 1")):
            axes.axvline(place, color=GRAY, linewidth=1.0, linestyle=(0, (4, 2)))
            axes.annotate(
                text,
                (place, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=8,
                color="#5b626a",
            )
        axes.plot(
            points.x,
            points.y,
            linestyle="",
            marker="o",
            markersize=3.6,
            color=look("WaLRUS").color,
            markeredgewidth=0,
            alpha=0.85,
        )
        if strangers is not None:
            _name_strangers(axes, strangers)
        axes.set_xscale("log")
        axes.set_xlim(0.42, max(points.x) * 1.25)
        ticks = [t for t in (0.5, 1, 2, 5, 10, 20, 50) if t < max(points.x) * 1.25]
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axes.minorticks_off()
        axes.set_xlabel("real part (logarithmic)")
        axes.set_ylabel("imaginary part")
        return _svg(canvas, name, f"eigenvalues, {points.signal}")


def _name_strangers(axes: Axes, strangers: Curve) -> None:
    axes.plot(
        strangers.x,
        strangers.y,
        linestyle="",
        marker="o",
        markersize=5.5,
        color=ALERT,
        markeredgewidth=0,
        zorder=5,
    )
    x, y = strangers.x[-1], strangers.y[-1]
    pair = f" ± {abs(y):.4f}i" if abs(y) > 1e-9 else ""
    axes.annotate(
        f"counter-example\n{x:.4f}{pair}",
        (x, y),
        xytext=(0.27, 0.86),
        textcoords="axes fraction",
        ha="left",
        va="center",
        color=ALERT,
        fontsize=9,
        arrowprops={"arrowstyle": "-", "color": ALERT, "linewidth": 0.9},
        zorder=6,
    )


def delay_against_dt(name: str, curves: Sequence[Curve]) -> str:
    """log10 MSE against dt; the paper's range of dt is marked."""
    with mpl.rc_context(_STYLE):
        canvas, axes = _canvas(4.7, 3.2)
        axes.axvspan(*_PAPER_DT, color="#eef3f8", linewidth=0, zorder=0)
        for curve in curves:
            _draw(axes, curve, wide=curve.species in ("W4S4", "LegS"))
        axes.set_xscale("log")
        axes.set_xlim(min(curves[0].x), max(curves[0].x))
        axes.annotate(
            "shaded: the paper's range",
            (1.0, 1.0),
            xycoords="axes fraction",
            xytext=(0, 2),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=7.5,
            color="#6b7786",
        )
        axes.set_xlabel("dt (sample interval over window)")
        axes.set_ylabel("log₁₀ MSE / variance")
        return _svg(canvas, name, f"error against dt, {curves[0].signal}")


def delay_against_lag(name: str, curves: Sequence[Curve]) -> str:
    """log10 MSE against the lag, each at its best dt."""
    with mpl.rc_context(_STYLE):
        canvas, axes = _canvas(4.7, 3.2)
        for curve in curves:
            _draw(axes, curve, wide=curve.species in ("W4S4", "LegS"))
        axes.set_xlabel("lag (samples)")
        axes.set_ylabel("log₁₀ MSE / variance")
        return _svg(canvas, name, f"error against lag, {curves[0].signal}")


def overlay(name: str, curves: Sequence[Curve]) -> str:
    """A signal and what each memory rebuilds of it."""
    with mpl.rc_context(_STYLE):
        canvas, axes = _canvas(4.7, 2.6)
        for curve in curves:
            if curve.species == "signal":
                axes.plot(curve.x, curve.y, color="#b9bfc6", linewidth=3.0, zorder=2)
            else:
                _draw(axes, curve, wide=curve.species == "WaLRUS")
        axes.set_xlabel("share of the past (1 is now)")
        axes.set_ylabel("value")
        axes.set_xlim(0, 1)
        return _svg(canvas, name, f"reconstruction, {curves[0].signal}")


def training(name: str, curves: Sequence[Curve], baseline: float | None) -> str:
    """Test error against steps; one line for each seed, the loss faint."""
    with mpl.rc_context(_STYLE):
        canvas, axes = _canvas(6.4, 3.6)
        for curve in curves:
            test = curve.name.startswith("test")
            _draw(axes, curve, wide=test, alpha=1.0 if test else 0.28)
        if baseline is not None:
            axes.axhline(baseline, color=GRAY, linewidth=1.2, linestyle=(0, (1, 2)))
            axes.annotate(
                f"predict the mean: {number(baseline)}",
                (1.0, baseline),
                xycoords=("axes fraction", "data"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="right",
                fontsize=8,
                color="#5b626a",
            )
        axes.set_xlabel("step")
        axes.set_ylabel("log₁₀ MSE / variance")
        axes.set_xlim(left=0)
        return _svg(canvas, name, "training curves")


def learning(name: str, curves: Sequence[Curve], measure: str) -> str:
    """A measure of the validation split against steps; one line for each seed."""
    with mpl.rc_context(_STYLE):
        canvas, axes = _canvas(6.4, 3.6)
        for curve in curves:
            _draw(axes, curve)
        axes.set_xlabel("step")
        axes.set_ylabel(measure)
        axes.set_xlim(left=0)
        return _svg(canvas, name, "learning curves")
