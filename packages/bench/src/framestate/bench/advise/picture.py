"""The signal, its spectrum, and what each memory loses of its past."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from framestate.bench.advise.ask import Advice
from framestate.bench.report.style import GRAY, look

_PAST = 4  # lags of the signal that are drawn
_DEPTH = 1e-3  # of the limit: less is drawn at the bottom


def draw(advice: Advice, target: Path) -> None:
    """Write the picture, PNG or SVG by the name of the target."""
    with mpl.rc_context({"font.size": 9.0, "axes.grid": True, "grid.alpha": 0.3}):
        figure = Figure(figsize=(10, 6.4), layout="constrained")
        axes = figure.subplot_mosaic("ab;cc")
        _signal(axes["a"], advice)
        _spectrum(axes["b"], advice)
        _errors(axes["c"], advice)
        figure.legend(loc="outside right center", fontsize="small", frameon=False)
        figure.savefig(target, dpi=130)


def _signal(axes: Axes, advice: Advice) -> None:
    lag = int(advice.lags[-1])
    shown = advice.signal.values[: _PAST * lag]
    axes.plot(shown, color=GRAY, linewidth=0.8)
    axes.axvspan(0, lag, color="#dbe7f3", linewidth=0, zorder=0)
    name = advice.signal.name.replace("$", r"\$")
    axes.set(title=f"{name}; shaded: a lag of {lag}", xlabel="sample")


def _spectrum(axes: Axes, advice: Advice) -> None:
    omega = np.linspace(0, 1, len(advice.spectrum))
    axes.semilogy(omega, advice.spectrum / advice.spectrum.mean(), color=GRAY)
    axes.set(title="its power, over the mean", xlabel="frequency over Nyquist")


def _errors(axes: Axes, advice: Advice) -> None:
    lags, later = advice.lags, advice.lags > 0  # at lag 0 the input itself is there
    floor = max(_DEPTH * advice.limit, 1e-9)
    for place, one in enumerate(advice.verdicts):
        kind = look(one.name)
        axes.semilogy(
            lags[later],
            np.maximum(one.errors[later], floor),
            color=kind.color,
            linestyle=(0, kind.dash) if kind.dash else "-",
            linewidth=2.6 if place == 0 else 1.2,
            zorder=4 if place == 0 else 3,
            label=f"{place + 1}. {one.name}: {one.window:.2g}",
        )
    axes.axhline(
        max(advice.limit, floor),
        color="black",
        linewidth=1,
        linestyle=":",
        label=f"mean of the best\n{advice.question.order} states: {advice.limit:.2g}",
    )
    axes.set_ylim(bottom=floor)
    axes.set(
        title="error of recalling u[n - lag], over the power of the signal",
        xlabel="lag in samples",
    )
