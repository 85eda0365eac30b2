"""How all pictures look: colors that everyone can tell apart, quiet axes."""

from collections.abc import Sequence

import numpy as np
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


def blocks(size: int, limit: int) -> list[tuple[int, int]]:
    """Cut 0 .. size - 1 into at most ``limit`` neighboring blocks [first, last)."""
    edges = np.linspace(0, size, min(size, limit) + 1).astype(np.int64)
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def largest(values: np.ndarray, axis: int) -> np.ndarray:
    """Entry of largest modulus along an axis, with its sign."""
    index = np.expand_dims(np.abs(values).argmax(axis=axis), axis)
    return np.take_along_axis(values, index, axis=axis).squeeze(axis)
