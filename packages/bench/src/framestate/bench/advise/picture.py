"""The signal, its spectrum, and what each memory loses of its past."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from framestate.bench.advise.ask import Advice
from framestate.bench.report.style import GRAY, look

_SHOWN, _LEAST = 2000, 1e-8  # samples, and the least error that is drawn


def draw(advice: Advice, target: Path) -> None:
    """Write the picture, PNG or SVG by the name of the target."""
    with mpl.rc_context({"font.size": 9.0, "axes.grid": True, "grid.alpha": 0.3}):
        figure = Figure(figsize=(10, 6.4), layout="constrained")
        axes = figure.subplot_mosaic("ab;cc")
        shown = advice.signal.values[:_SHOWN]
        axes["a"].plot(shown, color=GRAY, linewidth=0.8)
        axes["a"].set(title=f"{advice.signal.name}: {advice.signal.sampling}")
        axes["a"].set_xlabel("sample")
        omega = np.linspace(0, 1, len(advice.spectrum))
        axes["b"].semilogy(omega, advice.spectrum / advice.spectrum.mean(), color=GRAY)
        axes["b"].set(title="its power", xlabel="frequency over Nyquist")
        lower = axes["c"]
        for place, one in enumerate(advice.verdicts):
            kind = look(one.name)
            lower.semilogy(
                advice.lags,
                np.maximum(one.errors, _LEAST),
                color=kind.color,
                linestyle=(0, kind.dash) if kind.dash else "-",
                linewidth=2.4 if place == 0 else 1.2,
                label=f"{one.name}: mean {one.window:.2g}",
            )
        lower.axhline(
            max(advice.limit, _LEAST),
            color="black",
            linewidth=1,
            linestyle=":",
            label=f"no memory of {advice.question.order} states has a mean below",
        )
        lower.set(
            title="error of recalling u[n - lag], over the power of the signal",
            xlabel="lag in samples",
        )
        lower.legend(fontsize="small", ncols=2)
        figure.savefig(target, dpi=130)
