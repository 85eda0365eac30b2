"""The Gram matrix and the singular values of a frame."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float64, Int64
from matplotlib.colors import SymLogNorm
from matplotlib.figure import Figure

from framestate.frames.frame import Frame
from framestate.frames.operators.base import dense
from framestate.frames.plot.style import (
    BLUE,
    GRAY,
    RED,
    heat,
    largest,
    legend,
    panels,
    starts,
)
from framestate.frames.spaces import Matrix

PIXELS = 400  # rows of the picture
LINEAR = 1e-2  # below this share of the largest, colors are linear; above, logarithmic


def gram(frame: Frame) -> Figure:
    """Draw the Gram matrix <phi_i, phi_j>.

    Parameters
    ----------
    frame : Frame
        Any frame; of more than 400 atoms neighbors share a pixel, which shows the
        entry that is largest there. Of complex atoms the modulus is shown.
    """
    x = frame.atoms.coordinates
    signed = not np.iscomplexobj(x)
    begin = starts(frame.size, PIXELS)
    edges = [*begin.tolist(), frame.size]
    values = np.vstack([_row(x, slice(*pair), begin) for pair in pairwise(edges)])
    name = "<phi_i, phi_j>" if signed else "|<phi_i, phi_j>|"
    figure, (axes,) = panels(
        [f"{name}, N = {frame.size}, r = {frame.rank}"],
        title=f"{frame.name}: Gram matrix",
        height=4.2,
    )
    top, edge = float(np.abs(values).max()), frame.size - 0.5
    norm = SymLogNorm(LINEAR * top, vmin=-top if signed else 0.0, vmax=top)
    image = heat(axes, values, (-0.5, edge, edge, -0.5), norm)
    figure.colorbar(image, ax=axes)
    axes.set_aspect("equal")
    axes.set_xlabel("j")
    axes.set_ylabel("i")
    return figure


def _row(
    x: Matrix, rows: slice, begin: Int64[np.ndarray, "blocks"]
) -> Float64[np.ndarray, "1 blocks"]:
    """One row of pixels; never more than a few rows of the Gram matrix at once."""
    block = dense(x[rows] @ x.conj().T)
    shown = np.abs(block) if np.iscomplexobj(block) else block
    return largest(largest(shown, np.zeros(1, dtype=np.int64), axis=0), begin, axis=1)


def singular_values(frame: Frame) -> Figure:
    """Draw the singular values of the analysis, and where they are cut.

    Parameters
    ----------
    frame : Frame
        Any frame; the values are shown relative to the largest.
    """
    s = frame.all_singular_values / frame.all_singular_values[0]
    number = np.arange(1, len(s) + 1)
    kept = number <= frame.rank
    figure, (axes,) = panels(
        [f"r = {frame.rank} kept, condition {frame.cond:.3g}"],
        title=f"{frame.name}: singular values",
    )
    for which, color, label in (
        (kept, BLUE, "kept"),
        (~kept & (s > 0.0), GRAY, "cut"),
    ):
        if which.any():
            axes.semilogy(number[which], s[which], ".", color=color, label=label)
    axes.axvline(frame.rank + 0.5, color=RED, linewidth=1.0, linestyle=":")
    if frame.keep is None and frame.exact is None:
        label = f"rcond = {frame.rcond:g}"
        axes.axhline(frame.rcond, color=RED, linewidth=1.0, linestyle="--", label=label)
    axes.set_yscale("log")
    axes.set_xlabel("number")
    axes.set_ylabel("relative to the largest")
    legend(figure, axes)
    return figure
