"""Spectra in the complex plane."""

import numpy as np
from jaxtyping import Complex128, Float64
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure

from framestate.frames.frame import Frame
from framestate.frames.operators import FrameOperator, scaled
from framestate.frames.plot.style import (
    BLUE,
    GRAY,
    GREEN,
    INK,
    ORANGE,
    RED,
    legend,
    panels,
)
from framestate.frames.theorem import Certificate
from framestate.frames.theorem.picture import Plane, plane_of

EPS = float(np.finfo(np.float64).eps)
MARGIN = 1.08  # of the whole spectrum


def spectrum(source: Frame | FrameOperator | Certificate) -> Figure:
    """Draw eigenvalues: all of them, and those near the redundant eigenvalue.

    Parameters
    ----------
    source : Frame, FrameOperator or Certificate
        Of a frame the scaled operator is drawn. Discs hold the eigenvalues: those of a
        certificate, else how far float64 may have moved them (Bauer and Fike). A
        certificate adds the whole numbers that it found, and its counter-examples.
    """
    if isinstance(source, Certificate):
        plane, name, edge = plane_of(source), source.frame, 0.5
        note = f"N = {source.size}, r = {source.rank}"
    else:
        operator = scaled(source) if isinstance(source, Frame) else source
        plane, note = _computed(operator)
        name = f"{operator.name}, {operator.measure}"
        edge = operator.redundant_eigenvalue / 2.0
    figure, (left, right) = panels(
        ["the whole spectrum", f"near {2 * edge:g}"], title=f"{name}: spectrum; {note}"
    )
    for axes in (left, right):
        _draw(axes, plane, edge)
    _whole(left, plane)
    _near(right, plane, edge)
    legend(figure, left)
    return figure


def _computed(operator: FrameOperator) -> tuple[Plane, str]:
    """Eigenvalues in float64, and what they are worth."""
    A = operator.reduced_A
    lam, V = np.linalg.eig(A)
    moved = float(np.linalg.cond(V) * len(lam) * EPS * np.linalg.norm(A, 2))
    known = moved <= np.abs(lam).max(initial=1.0)
    plane = Plane(
        eigenvalues=lam.astype(np.complex128),
        counter=np.zeros(len(lam), dtype=np.bool_),
        radii=np.full(len(lam), moved) if known else None,
        integers=0,
        redundant=operator.size - operator.rank,
    )
    within = f"within {moved:.1e}" if known else "float64 cannot tell where"
    return plane, f"r = {operator.rank}, {within}"


def _draw(axes: Axes, plane: Plane, edge: float) -> None:
    line = "Re = 1/2" if edge else "Re = 0"
    axes.axvline(edge, color=INK, linewidth=1.0, linestyle="--", label=line)
    if edge:
        turn = np.exp(2j * np.pi * np.linspace(0.0, 1.0, 361))
        axes.plot(np.real(turn), np.imag(turn), ":", color=GRAY, label="modulus 1")
    if (radii := plane.discs) is not None:
        axes.add_collection(_discs(axes, plane.eigenvalues, radii), autolim=False)
    plain, counter = plane.eigenvalues[~plane.counter], plane.eigenvalues[plane.counter]
    _points(axes, plain, ".", BLUE, label="eigenvalue on V")
    if counter.size:
        _points(axes, counter, "x", RED, label="modulus below 1")
    if plane.integers:
        whole = np.arange(1, plane.integers + 1).astype(np.complex128)
        _points(axes, whole, "s", GREEN, label="from polynomials")
    if plane.redundant:
        label = f"{plane.redundant} redundant copies of {2 * edge:g}"
        _points(axes, np.array([2.0 * edge + 0j]), "o", ORANGE, label=label)
    axes.set_xlabel("real part")
    axes.set_ylabel("imaginary part")
    axes.grid(color=GRAY, alpha=0.2, linewidth=0.6)


def _points(
    axes: Axes, z: Complex128[np.ndarray, "k"], marker: str, color: str, *, label: str
) -> None:
    hollow = {"s": 9.0, "o": 14.0}.get(marker)
    axes.plot(
        np.real(z),
        np.imag(z),
        linestyle="none",
        marker=marker,
        color=color,
        fillstyle="none" if hollow else "full",
        markersize=hollow or 6.0,
        label=label,
    )


def _discs(
    axes: Axes, centers: Complex128[np.ndarray, "r"], radii: Float64[np.ndarray, "r"]
) -> EllipseCollection:
    return EllipseCollection(
        2.0 * radii,
        2.0 * radii,
        np.zeros(len(radii)),
        units="xy",
        offsets=np.column_stack([np.real(centers), np.imag(centers)]),
        offset_transform=axes.transData,
        facecolor="none",
        edgecolor=BLUE,
        linewidth=0.6,
    )


def _whole(axes: Axes, plane: Plane) -> None:
    lam = plane.eigenvalues
    real, imaginary = np.real(lam), np.abs(np.imag(lam))
    low, high = real.min(initial=0.0), real.max(initial=1.5)
    top = MARGIN * imaginary.max(initial=1.0)
    room = (MARGIN - 1.0) * (high - low)
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(-top, top)


def _near(axes: Axes, plane: Plane, edge: float) -> None:
    """A window of the plane in which circles are round."""
    low, high = edge - 0.25, edge + max(1.7, min(plane.integers, 4) + 0.1)
    axes.set_xlim(low, high)
    axes.set_ylim((low - high) * 0.4, (high - low) * 0.4)
    axes.set_aspect("equal", adjustable="box")
