"""Atoms, duals and reconstructions: functions on [0, 1]."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from jaxtyping import Float64, Inexact
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from framestate.frames.checks import require_count
from framestate.frames.errors import InvalidInputError
from framestate.frames.frame import Frame
from framestate.frames.plot.style import (
    BLUE,
    CURVES,
    GRAY,
    heat,
    largest,
    legend,
    panels,
    starts,
)

SHOWN = 6  # curves that can be told apart
ROWS = 400  # of the picture of all functions
POINTS = 800
USUAL = 0.995  # this share of all values lies within the range of colors
RULE_CELLS, RULE_NODES = 256, 16  # at least 4096 nodes of Gauss and Legendre

Signal = Callable[[Float64[np.ndarray, "s"]], Inexact[np.ndarray, "s"]]
Values = Callable[[Float64[np.ndarray, "points"]], Inexact[np.ndarray, "N points"]]


def atoms(frame: Frame, *, points: int = POINTS) -> Figure:
    """Draw the atoms: some as curves, and all of them as rows of colors.

    Parameters
    ----------
    frame : Frame
        Any frame; of more than 400 atoms neighbors share a row, which shows the one
        that is largest there.
    points : int
        Number of points on [0, 1].

    Raises
    ------
    InvalidInputError
        When ``points`` is not a whole number of at least 1.
    """
    return _draw(frame, frame.atoms, name="atoms", points=points)


def duals(frame: Frame, *, points: int = POINTS) -> Figure:
    """Draw the canonical dual functions, in the same way as the atoms."""
    return _draw(frame, frame.duals, name="duals", points=points)


def _draw(frame: Frame, values: Values, *, name: str, points: int) -> Figure:
    request = f"picture of the {name} of {frame.name}"
    s = np.linspace(0.0, 1.0, require_count(request, "points", points) + 1)
    sampled = values(s)
    parts = ["real part", "imaginary part"] if np.iscomplexobj(sampled) else [""]
    # from the middle of each block: the ends of a family are often its odd ones
    edges = [*starts(frame.size, SHOWN).tolist(), frame.size]
    shown = [(a + b) // 2 for a, b in pairwise(edges)]
    some = f"{len(shown)} of {frame.size} {name}"
    figure, (left, *rest) = panels(
        [some, *(f"all {frame.size}" + (part and f", {part}") for part in parts)],
        title=f"{frame.name}: {name}",
    )
    _curves(left, s, sampled[shown], shown)
    limit = _limit(sampled)
    for axes, part in zip(rest, (np.real(sampled), np.imag(sampled)), strict=False):
        rows = largest(part, starts(frame.size, ROWS), axis=0)
        extent = (0.0, 1.0, frame.size - 0.5, -0.5)
        image = heat(axes, rows, extent, Normalize(-limit, limit))
        figure.colorbar(image, ax=axes, extend="both")
        axes.set_xlabel("s (now is s = 1)")
        axes.set_ylabel("number of the function")
    dashed = " (dashed: imaginary part)" if np.iscomplexobj(sampled) else ""
    legend(figure, left, title=f"number of the function{dashed}")
    return figure


def _limit(values: Inexact[np.ndarray, "N points"]) -> float:
    """Range of colors that a few peaks do not spoil for all others."""
    sizes = np.maximum(np.abs(np.real(values)), np.abs(np.imag(values)))
    usual = float(np.quantile(sizes, USUAL))
    return usual if usual > 0.0 else float(sizes.max())


def _curves(
    axes: Axes,
    s: Float64[np.ndarray, "points"],
    values: Inexact[np.ndarray, "shown points"],
    numbers: list[int],
) -> None:
    for color, number, y in zip(CURVES, numbers, values, strict=False):
        axes.plot(s, np.real(y), color=color, linewidth=1.2, label=f"{number}")
        if np.iscomplexobj(y):
            axes.plot(s, np.imag(y), color=color, linewidth=1.0, linestyle="--")
    axes.axhline(0.0, color=GRAY, linewidth=0.6)
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel("s (now is s = 1)")


def reconstruction(
    frame: Frame, signal: Signal | ArrayLike, *, points: int = POINTS
) -> Figure:
    """Draw a signal, its reconstruction from the frame, and what is lost.

    Parameters
    ----------
    frame : Frame
        Any frame.
    signal : callable, or array_like of shape (n,)
        The signal as a function of an array of points in [0, 1]; or samples at n >= 2
        equidistant points, the first at 0 and the last at 1, joined by lines.
    points : int
        Number of points that are drawn.

    Returns
    -------
    Figure
        Its title gives the relative error in L2, by 4096 nodes of Gauss and Legendre,
        or 8 for each dimension of the span where that is more.

    Raises
    ------
    InvalidInputError
        When the signal is not finite, zero, or not one number for each point.
    """
    request = f"reconstruction from {frame.name}"
    f = _function(request, signal)
    coefficients, error = _project(request, frame, f)
    s = np.linspace(0.0, 1.0, require_count(request, "points", points) + 1)
    wanted, found = _values(request, f, s), coefficients @ frame.basis(s)
    figure, (upper, lower) = panels(
        ["signal and reconstruction", "difference"],
        title=f"{frame.name}, r = {frame.rank}: relative error {error:.3g}",
    )
    _compare(upper, lower, s, (np.real(wanted), np.real(found)), style="-", note="")
    if np.iscomplexobj(wanted) or np.iscomplexobj(found):
        imaginary = (np.imag(wanted), np.imag(found))
        _compare(upper, lower, s, imaginary, style="--", note=", imaginary part")
    for axes in (upper, lower):
        axes.set_xlim(0.0, 1.0)
        axes.set_xlabel("s (now is s = 1)")
    lower.axhline(0.0, color=GRAY, linewidth=0.6)
    legend(figure, upper)
    return figure


def _compare(
    upper: Axes,
    lower: Axes,
    s: Float64[np.ndarray, "points"],
    pair: tuple[Float64[np.ndarray, "points"], Float64[np.ndarray, "points"]],
    *,
    style: str,
    note: str,
) -> None:
    wanted, found = pair
    upper.plot(s, wanted, style, color=GRAY, linewidth=2.4, label=f"signal{note}")
    upper.plot(
        s, found, style, color=BLUE, linewidth=1.1, label=f"reconstruction{note}"
    )
    lower.plot(s, found - wanted, style, color=BLUE, linewidth=1.1)


def _function(request: str, signal: Signal | ArrayLike) -> Signal:
    if callable(signal):
        return signal
    samples = np.asarray(signal)
    if samples.ndim != 1 or len(samples) < 2:
        raise InvalidInputError(
            request=request,
            finding=f"the samples have the shape {samples.shape}, not (n,) with n >= 2",
            remedy="Give one signal, or a function of s",
        )
    nodes = np.linspace(0.0, 1.0, len(samples))
    return lambda s: np.interp(s, nodes, samples)


def _values(
    request: str, f: Signal, s: Float64[np.ndarray, "points"]
) -> Inexact[np.ndarray, "points"]:
    y = np.asarray(f(s))
    y = y.astype(np.complex128 if np.iscomplexobj(y) else np.float64)
    if y.shape != s.shape or not np.isfinite(y).all():
        raise InvalidInputError(
            request=request,
            finding=f"the signal at {len(s)} points has the shape {y.shape}, or holds "
            "NaN or infinity",
            remedy="Give one finite number for each point",
        )
    return y


def _project(
    request: str, frame: Frame, f: Signal
) -> tuple[Inexact[np.ndarray, "r"], float]:
    """Coordinates in V of the projection of f, and the relative error."""
    x, w = np.polynomial.legendre.leggauss(RULE_NODES)
    cells = max(RULE_CELLS, frame.rank // 2)
    s = ((np.arange(cells)[:, None] + (x + 1.0) / 2.0) / cells).ravel()
    weights = np.tile(w / 2.0 / cells, cells)
    y, e = _values(request, f, s), frame.basis(s)
    norm = np.sqrt(np.sum(weights * np.abs(y) ** 2))
    if norm == 0.0:
        raise InvalidInputError(
            request=request,
            finding="the signal is zero, so its relative error is not defined",
            remedy="Give a signal that does not vanish",
        )
    z = (weights * y) @ np.conj(e).T
    return z, float(np.sqrt(np.sum(weights * np.abs(y - z @ e) ** 2)) / norm)
