"""Pictures of the papers' tasks, each from its curves."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from framestate.bench.record import Curve
from framestate.bench.report.canvas import canvas, styled, svg, words
from framestate.bench.report.charts import draw
from framestate.bench.report.style import ALERT, BALL, GRAY, SOFT, look, number

_PAPER_DT = (1e-4, 1e-2)
_CIRCLE = np.exp(2j * np.pi * np.arange(32) / 32)
_VISIBLE = 2e-3  # of the height of the picture: a smaller ball is a point


def spectrum(
    name: str,
    points: Curve,
    strangers: Curve | None = None,
    balls: Curve | None = None,
) -> str:
    """Eigenvalues in the complex plane with the lines Re = 1/2 and Re = 1.

    Parameters
    ----------
    name : str
        Of the picture.
    points : Curve
        Real and imaginary parts.
    strangers : Curve, optional
        Those that contradict the printed theorem.
    balls : Curve, optional
        Ordinates: the radius of the ball around each point in which the true
        eigenvalue is proved to lie.
    """
    with styled():
        drawn, axes = canvas(3.7, 3.0)
        _name_lines(axes)
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
        if balls is not None:
            _draw_balls(axes, points, balls)
        if strangers is not None:
            _name_strangers(axes, strangers)
        axes.set_xscale("log")
        axes.set_xlim(0.42, max(points.x) * 1.25)
        ticks = [t for t in (0.5, 1, 2, 5, 10, 20, 50) if t < max(points.x) * 1.25]
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axes.minorticks_off()
        axes.set_xlabel("real part (logarithmic)")
        axes.set_ylabel("imaginary part")
        return svg(drawn, name, f"eigenvalues, {points.signal}")


def _name_lines(axes: Axes) -> None:
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
            color=SOFT,
        )


def _draw_balls(axes: Axes, points: Curve, balls: Curve) -> None:
    """The balls that can be seen; the caption has the largest radius."""
    height = max(points.y) - min(points.y)
    centers = np.array(points.x) + 1j * np.array(points.y)
    circles = [
        center + radius * _CIRCLE
        for center, radius in zip(centers, balls.y, strict=True)
        if radius > _VISIBLE * height
    ]
    # polygons of data: on a logarithmic axis a ball is no circle
    outlines = [np.column_stack([c.real, c.imag]) for c in circles]
    axes.add_collection(
        PolyCollection(outlines, facecolor=BALL, edgecolor=GRAY, linewidth=0.5)
    )


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
    with styled():
        drawn, axes = canvas(3.7, 2.7)
        axes.axvspan(*_PAPER_DT, color="#eef3f8", linewidth=0, zorder=0)
        for curve in curves:
            draw(axes, curve, wide=curve.species in ("W4S4", "LegS"))
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
            color=SOFT,
        )
        axes.set_xlabel("dt (sample interval over window)")
        axes.set_ylabel("log₁₀ MSE / variance")
        return svg(drawn, name, f"error against dt, {curves[0].signal}")


def delay_against_lag(name: str, curves: Sequence[Curve]) -> str:
    """log10 MSE against the lag, each at its best dt."""
    with styled():
        drawn, axes = canvas(3.7, 2.7)
        for curve in curves:
            draw(axes, curve, wide=curve.species in ("W4S4", "LegS"))
        axes.set_xlabel("lag (samples)")
        axes.set_ylabel("log₁₀ MSE / variance")
        return svg(drawn, name, f"error against lag, {curves[0].signal}")


def overlay(name: str, curves: Sequence[Curve]) -> str:
    """A signal and what each memory rebuilds of it."""
    with styled():
        drawn, axes = canvas(3.7, 2.3)
        for curve in curves:
            if curve.species == "signal":
                axes.plot(curve.x, curve.y, color="#b9bfc6", linewidth=3.0, zorder=2)
            else:
                draw(axes, curve, wide=curve.species == "WaLRUS")
        axes.set_xlabel("share of the past (1 is now)")
        axes.set_ylabel("value")
        axes.set_xlim(0, 1)
        return svg(drawn, name, f"reconstruction, {curves[0].signal}")


def training(name: str, curves: Sequence[Curve], baseline: float | None) -> str:
    """Test error against steps; one line for each seed, the loss faint."""
    with styled():
        drawn, axes = canvas(4.2, 2.8)
        for curve in curves:
            test = curve.name.startswith("test")
            draw(axes, curve, wide=test, alpha=1.0 if test else 0.28)
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
                color=SOFT,
            )
        axes.set_xlabel("step")
        axes.set_ylabel("log₁₀ MSE / variance")
        axes.set_xlim(left=0)
        return svg(drawn, name, "training curves")


def learning(name: str, curves: Sequence[Curve], measure: str) -> str:
    """A measure of the validation split against steps; one line for each seed."""
    with styled():
        drawn, axes = canvas(4.2, 2.8)
        for curve in curves:
            draw(axes, curve)
        axes.set_xlabel("step")
        axes.set_ylabel(words(measure))
        axes.set_xlim(left=0)
        return svg(drawn, name, "learning curves")
