"""The spectrum as a drawing in SVG: the whole of it, and the neighborhood of 1.

In the neighborhood lies all that the theorem speaks of: the line Re = 1/2 that no
eigenvalue passes, the circle of modulus 1, the whole numbers that polynomials give,
and the redundant copies of 1.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Complex128, Float64

from framestate.frames.theorem.certificate import Certificate

WIDTH, HEIGHT = 760.0, 372.0
MARGIN = 1.08  # of the whole spectrum
FAR = 10.0  # times the largest eigenvalue is beyond every drawing
TICKS = 5  # wanted on an axis


@final
@dataclass(frozen=True)
class Panel:
    """A rectangle of the drawing that shows a rectangle of the complex plane.

    Parameters
    ----------
    name : str
        Title and identifier.
    left, width : float
        Place in the drawing; all panels have one height.
    re, im : (float, float)
        Part of the plane.
    """

    name: str
    left: float
    width: float
    re: tuple[float, float]
    im: tuple[float, float]
    top: float = 30.0
    height: float = 270.0

    def scale(self) -> tuple[float, float]:
        """Lengths in the drawing of 1 along the real and the imaginary axis."""
        return (
            self.width / (self.re[1] - self.re[0]),
            self.height / (self.im[1] - self.im[0]),
        )

    def at(self, z: complex) -> tuple[float, float]:
        """Place of a number in the drawing."""
        sx, sy = self.scale()
        return (
            self.left + (z.real - self.re[0]) * sx,
            self.top + (self.im[1] - z.imag) * sy,
        )

    def holds(self, z: complex) -> bool:
        """Whether a number lies in the panel."""
        return self.re[0] <= z.real <= self.re[1] and self.im[0] <= z.imag <= self.im[1]


@final
@dataclass(frozen=True, eq=False)
class Plane:
    """What is drawn.

    Parameters
    ----------
    eigenvalues : ndarray, shape (r,)
        The spectrum on V.
    counter : ndarray, shape (r,)
        Which of them contradict the printed theorem.
    radii : ndarray, shape (r,), optional
        Radii of discs that hold them for certain.
    integers : int
        1 .. integers are eigenvalues by T-integers.
    redundant : int
        Copies of 1 beside the spectrum on V.
    """

    eigenvalues: Complex128[np.ndarray, "r"]
    counter: Bool[np.ndarray, "r"]
    radii: Float64[np.ndarray, "r"] | None
    integers: int
    redundant: int

    @property
    def discs(self) -> Float64[np.ndarray, "r"] | None:
        """The radii, none so large that a drawing program loses its way."""
        if self.radii is None:
            return None
        extent = float(np.abs(self.eigenvalues).max(initial=1.0))
        return np.minimum(self.radii, FAR * extent)


def plane_of(certificate: Certificate) -> Plane:
    """What a certificate says about the spectrum."""
    degrees = [
        int(clause.numbers["top_degree"])
        for clause in certificate.clauses
        if clause.verdict == "holds" and "top_degree" in clause.numbers
    ]
    return Plane(
        eigenvalues=certificate.eigenvalues,
        counter=np.isin(certificate.eigenvalues, certificate.counter_examples),
        radii=certificate.radii,
        integers=max(degrees, default=-1) + 1,
        redundant=certificate.multiplicity_of_one,
    )


def spectrum_svg(plane: Plane) -> str:
    """Draw a spectrum; colors come from the style sheet of the page."""
    parts: list[str] = []
    for panel in _panels(plane):
        parts += _axes(panel)
        parts += [f'<g clip-path="url(#{panel.name})">', *_lines(panel)]
        parts += [*_marks(panel, plane), "</g>"]
    text = "\n".join([*parts, *_legend(plane)])
    label = f"{len(plane.eigenvalues)} eigenvalues in the complex plane"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        f'role="img" aria-label="{label}">\n{text}\n</svg>'
    )


def _panels(plane: Plane) -> tuple[Panel, Panel]:
    real, imaginary = np.real(plane.eigenvalues), np.imag(plane.eigenvalues)
    right = MARGIN * float(real.max(initial=1.5))
    left = MARGIN * float(real.min(initial=0.0))
    top = MARGIN * float(np.abs(imaginary).max(initial=1.0))
    # the neighborhood keeps circles round
    width, height = 300.0, 270.0
    far = max(2.2, min(plane.integers, 4) + 0.6)
    half = (far - 0.25) * height / width / 2
    return (
        Panel("all", 48.0, 330.0, (left, right), (-top, top)),
        Panel("near", 440.0, width, (0.25, far), (-half, half)),
    )


def ticks(low: float, high: float) -> list[float]:
    """Round numbers between two, about TICKS of them."""
    raw = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= raw)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [n * step for n in range(first, last + 1)]


def _axes(panel: Panel) -> Iterator[str]:
    title = {"all": "the whole spectrum", "near": "near 1"}[panel.name]
    x0, x1 = panel.left, panel.left + panel.width
    y0, y1 = panel.top, panel.top + panel.height
    frame = (
        f'x="{x0:.1f}" y="{y0:.1f}" width="{panel.width:g}" height="{panel.height:g}"'
    )
    yield f'<clipPath id="{panel.name}"><rect {frame}/></clipPath>'
    yield f'<text class="title" x="{x0:.1f}" y="{y0 - 10:.1f}">{title}</text>'
    for value in ticks(*panel.re):
        x = panel.at(complex(value, 0.0))[0]
        yield f'<path class="grid" d="M{x:.1f} {y0:.1f}V{y1:.1f}"/>'
        yield f'<text class="x" x="{x:.1f}" y="{y1 + 15:.1f}">{_number(value)}</text>'
    for value in ticks(*panel.im):
        y = panel.at(complex(0.0, value))[1]
        yield f'<path class="grid" d="M{x0:.1f} {y:.1f}H{x1:.1f}"/>'
        label = {0.0: "0", 1.0: "i", -1.0: "\N{MINUS SIGN}i"}.get(value)
        label = label or f"{_number(value)}i"
        yield f'<text class="y" x="{x0 - 6:.1f}" y="{y + 4:.1f}">{label}</text>'
    yield f'<rect class="frame" {frame}/>'


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def _lines(panel: Panel) -> Iterator[str]:
    """The line Re = 1/2 and the circle of modulus 1."""
    x = panel.at(0.5 + 0j)[0]
    bottom = panel.top + panel.height
    yield f'<path class="half" d="M{x:.1f} {panel.top:.1f}V{bottom:.1f}"/>'
    cx, cy = panel.at(0j)
    rx, ry = panel.scale()
    yield f'<ellipse class="unit" cx="{cx:.2f}" cy="{cy:.2f}" rx="{rx:.2f}" ry="{ry:.2f}"/>'


def _marks(panel: Panel, plane: Plane) -> Iterator[str]:
    for k in range(1, plane.integers + 1):
        x, y = panel.at(complex(k))
        yield f'<rect class="integer" x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12"/>'
    if plane.redundant:
        x, y = panel.at(1 + 0j)
        yield f'<circle class="redundant" cx="{x:.1f}" cy="{y:.1f}" r="11"/>'
    discs = plane.discs
    radii = np.zeros(len(plane.counter)) if discs is None else discs
    sx, sy = panel.scale()
    for value, counter, radius in zip(
        plane.eigenvalues.tolist(), plane.counter.tolist(), radii.tolist(), strict=True
    ):
        if not panel.holds(value):
            continue
        x, y = panel.at(value)
        if max(sx, sy) * radius >= 1.0:
            size = f'rx="{radius * sx:.1f}" ry="{radius * sy:.1f}"'
            yield f'<ellipse class="disc" cx="{x:.1f}" cy="{y:.1f}" {size}/>'
        yield f"<g><title>{eigenvalue(value)}</title>{_point(x, y, counter=counter)}</g>"


def _point(x: float, y: float, *, counter: bool) -> str:
    if counter:
        cross = f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10"
        return f'<path class="counter" d="{cross}"/>'
    return f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="2.8"/>'


def eigenvalue(value: complex) -> str:
    """Text of a number, to six digits."""
    if value.imag == 0.0:
        return _number(float(f"{value.real:.6g}"))
    sign = "+" if value.imag > 0.0 else "\N{MINUS SIGN}"
    return f"{_number(float(f'{value.real:.6g}'))} {sign} {abs(value.imag):.6g}i"


def _legend(plane: Plane) -> Iterator[str]:
    items = [
        ('<circle class="point" cx="7" cy="0" r="2.8"/>', "eigenvalue on V"),
        ('<path class="half" d="M0 0H14"/>', "Re = 1/2"),
        ('<path class="unit" d="M0 0H14"/>', "modulus 1"),
    ]
    if plane.counter.any():
        cross = '<path class="counter" d="M2 -5l10 10m0 -10l-10 10"/>'
        items.append((cross, "modulus below 1"))
    if plane.integers:
        square = '<rect class="integer" x="1" y="-6" width="12" height="12"/>'
        numbers = "1" if plane.integers == 1 else f"1 to {plane.integers}"
        items.append((square, f"{numbers}, from polynomials"))
    if plane.redundant:
        ring = '<circle class="redundant" cx="7" cy="0" r="7"/>'
        items.append((ring, f"{plane.redundant} redundant copies of 1"))
    x = 48.0
    for mark, text in items:
        yield (
            f'<g transform="translate({x:.0f} {HEIGHT - 20:.0f})">{mark}'
            f'<text class="legend" x="20" y="4">{text}</text></g>'
        )
        x += 36.0 + 6.0 * len(text)
