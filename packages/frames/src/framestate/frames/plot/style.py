"""How all pictures look: colors that everyone can tell apart, quiet axes."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

# Okabe and Ito
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
INK, GRAY = "#22262B", "#7D858E"
CURVES = (BLUE, RED, GREEN, ORANGE, "#56B4E9", "#CC79A7")
SIGNED, UNSIGNED = "RdBu_r", "Blues"


def panels(
    titles: Sequence[str], *, title: str, width: float = 4.6, height: float = 3.6
) -> tuple[Figure, list[Axes]]:
    """Make a figure with one row of titled axes."""
    figure = Figure(figsize=(width * len(titles), height), layout="constrained")
    figure.suptitle(title, fontsize="medium", fontweight="bold", color=INK)
    row: list[Axes] = list(figure.subplots(1, len(titles), squeeze=False)[0])
    for axes, name in zip(row, titles, strict=True):
        axes.set_title(name, fontsize="medium", color=INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize="small")
    return figure, row


def legend(figure: Figure, axes: Axes, *, title: str = "") -> None:
    """Put the legend of some axes below the figure, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        title=title or None,
        loc="outside lower center",
        ncols=min(len(labels), 6),
        fontsize="small",
        title_fontsize="small",
        frameon=False,
    )


def heat(
    axes: Axes,
    values: np.ndarray,
    extent: tuple[float, float, float, float],
    norm: Normalize,
) -> AxesImage:
    """Show values as colors, the first row on top; where they have signs, zero white."""
    return axes.imshow(
        values,
        cmap=SIGNED if norm.vmin else UNSIGNED,
        norm=norm,
        extent=extent,
        aspect="auto",
        interpolation="nearest",
    )


def starts(size: int, limit: int) -> Int64[np.ndarray, "blocks"]:
    """Cut 0 .. size - 1 into at most ``limit`` blocks and say where each begins."""
    blocks = min(size, limit)
    return np.arange(blocks) * size // blocks


def largest(
    values: Float64[np.ndarray, "rows columns"],
    begin: Int64[np.ndarray, "blocks"],
    *,
    axis: int,
) -> Float64[np.ndarray, "_ _"]:
    """Entry of largest modulus, with its sign, of each block of rows or columns."""
    high = np.maximum.reduceat(values, begin, axis=axis)
    low = np.minimum.reduceat(values, begin, axis=axis)
    return np.where(high >= -low, high, low)
