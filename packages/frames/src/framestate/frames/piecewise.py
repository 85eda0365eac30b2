"""Functions as piecewise polynomials, and integrals of two of them that are exact."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Inexact
from numpy.polynomial import legendre
from numpy.typing import ArrayLike

from framestate.frames.errors import InvalidInputError
from framestate.frames.families import Atoms
from framestate.frames.frame import Frame
from framestate.frames.spaces import (
    ContinuousPolynomials,
    Coordinates,
    PiecewisePolynomials,
    Points,
    Space,
    Values,
    dense,
)

DEGREE = 24  # on each cell, for functions that are smooth but no polynomials
RESOLVED = 1e-9  # largest distance of such functions from their polynomials


@final
@dataclass(frozen=True, eq=False)
class Piecewise:
    """Functions with coordinates x in a space of piecewise polynomials."""

    space: PiecewisePolynomials
    x: Inexact[np.ndarray, "rows dimension"]

    def __call__(self, s: Points) -> Values:
        """Values at s; (rows, len(s))."""
        return self.space.evaluate(self.x, s)

    @property
    def mesh(self) -> Points:
        """Ends of the cells."""
        # divisions round alike in every mesh: equal points are equal numbers
        return np.arange(self.space.cells + 1) / self.space.cells


def as_piecewise(space: Space, x: Coordinates) -> Piecewise | None:
    """Return functions that are piecewise polynomials as such, and None for others."""
    if isinstance(space, ContinuousPolynomials):
        return Piecewise(space.mesh, space.embed(dense(x)))
    if isinstance(space, PiecewisePolynomials):
        return Piecewise(space, dense(x))
    return None


def piecewise_basis(frame: Frame) -> Piecewise:
    """Return the orthonormal basis of V as piecewise polynomials.

    Raises
    ------
    InvalidInputError
        When it is farther from polynomials of degree 24 than 1e-9, relatively, on
        about half as many cells as the space of the atoms has dimensions.
    """
    space = frame.atoms.space
    known = as_piecewise(space, frame.basis_coordinates)
    if known is not None:
        return known
    target = PiecewisePolynomials(cells=space.dimension // 2 + 1, degree=DEGREE)
    found = Piecewise(target, _project(frame, target))
    between = target.nodes
    truth = frame.basis(between)
    gap = float(np.abs(found(between) - truth).max() / np.abs(truth).max())
    if gap > RESOLVED:
        raise _unresolved(frame.name, space, target, gap)
    return found


def _project(
    frame: Frame, target: PiecewisePolynomials
) -> Inexact[np.ndarray, "rows dimension"]:
    """Coordinates of the best approximation, by Gauss' rule on each cell."""
    local, weights = legendre.leggauss(DEGREE + 1)
    local, weights = (local + 1.0) / 2.0, weights / 2.0
    nodes = (np.arange(target.cells)[:, None] + local).ravel() / target.cells
    modes = PiecewisePolynomials(cells=1, degree=DEGREE).evaluate(
        np.eye(DEGREE + 1), local
    )
    values = frame.basis(nodes).reshape(frame.rank, target.cells, DEGREE + 1)
    x = (values * weights) @ modes.T / np.sqrt(target.cells)
    return x.reshape(frame.rank, target.dimension)


def _unresolved(
    name: str, space: Space, target: PiecewisePolynomials, gap: float
) -> InvalidInputError:
    return InvalidInputError(
        request=f"piecewise polynomials for {name} in {type(space).__name__}",
        finding=f"on {target.cells} cells those of degree {DEGREE} are {gap:.1e} away "
        f"(allowed {RESOLVED:.0e})",
        remedy="Represent the atoms as piecewise polynomials, as wavelet_frame does",
    )


def piecewise_signal(signal: Atoms | ArrayLike) -> Piecewise:
    """Return one function, or samples that are each held for 1/n, as a piecewise.

    Raises
    ------
    InvalidInputError
        When it is neither one piecewise polynomial nor a vector of finite samples.
    """
    if isinstance(signal, Atoms):
        known = as_piecewise(signal.space, signal.coordinates)
        if known is not None and signal.size == 1:
            return known
        raise _no_signal(f"{signal.size} functions in {type(signal.space).__name__}")
    try:
        samples = np.asarray(signal)
        samples = samples.astype(np.complex128 if np.iscomplexobj(samples) else float)
    except (TypeError, ValueError):
        raise _no_signal(f"a {type(signal).__name__}") from None
    if samples.ndim != 1 or not samples.size or not np.isfinite(samples).all():
        raise _no_signal(f"samples of shape {samples.shape}, or not all finite")
    held = PiecewisePolynomials(cells=len(samples), degree=0)
    return Piecewise(held, samples[None, :] / np.sqrt(len(samples)))


def _no_signal(finding: str) -> InvalidInputError:
    return InvalidInputError(
        request="a signal on [0, 1]",
        finding=f"it is {finding}",
        remedy="Give one function of piecewise polynomials, or n >= 1 finite samples",
    )


def union_rule(
    g: Piecewise, f: Piecewise, *, time: float = 1.0
) -> tuple[Points, Points]:
    """Nodes and weights on [0, 1] that are exact for g(s) f(time * s) and for squares."""
    breaks = np.union1d(g.mesh, np.minimum(f.mesh / time, 1.0))
    size = max(g.space.degree, f.space.degree) + 1
    local, weights = legendre.leggauss(size)
    low, half = breaks[:-1, None], np.diff(breaks)[:, None] / 2
    return (low + half * (1 + local)).ravel(), (half * weights).ravel()
