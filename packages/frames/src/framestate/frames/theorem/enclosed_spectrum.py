r"""Eigenvalues of the scaled operator in balls, each isolated from the others.

A ball of the list holds exactly one eigenvalue. So the multiplicity of every
eigenvalue is one; a whole number k of which a theorem says that it is an eigenvalue
(T-integers) IS the eigenvalue in the one ball that holds it; and a ball on one side of
a circle or a line settles the question on which side its eigenvalue lies.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

import flint
import numpy as np
from jaxtyping import Complex128, Float64

from framestate.frames.frame import Frame
from framestate.frames.precision import Ball, Precision
from framestate.frames.spaces import (
    ComplexExponentials,
    ContinuousPolynomials,
    PiecewisePolynomials,
    TrigonometricPolynomials,
)
from framestate.frames.theorem.ball_forms import BallForms, ball_forms

Place = Literal["above", "one", "below", "open"]


@final
@dataclass(frozen=True, eq=False)
class EnclosedSpectrum:
    """What balls say about the scaled operator of a frame.

    Parameters
    ----------
    frame : Frame
        The frame; its span is taken as it is stored.
    precision : Precision
        Digits to work with.
    """

    frame: Frame
    precision: Precision

    @cached_property
    def forms(self) -> BallForms:
        """Gram matrix, form and values in balls."""
        return ball_forms(self.frame, self.precision)

    @cached_property
    def balls(self) -> tuple[Ball, ...] | None:
        """The eigenvalues, isolated; None where these digits do not isolate them."""
        A = self.forms.operator()
        with self.forms.precision.working():
            try:
                found = A.eig()
            except ValueError:  # FLINT: failed to isolate eigenvalues
                return None
            if all(entry.imag.is_zero() for entry in A.entries()):
                found = [_real(ball, found) for ball in found]
        key = lambda z: (float(z.imag.mid()), float(z.real.mid()))
        return tuple(sorted(found, key=key))

    @cached_property
    def degree(self) -> int:
        """Degree up to which the polynomials lie in V for certain; -1 if none do."""
        frame, space = self.frame, self.frame.atoms.space
        if frame.exact is not None:
            return frame.exact.degree
        if frame.rank < space.dimension:
            return -1
        if isinstance(space, PiecewisePolynomials | ContinuousPolynomials):
            return space.degree
        periodic = isinstance(space, TrigonometricPolynomials | ComplexExponentials)
        return 0 if periodic else -1

    @property
    def stored(self) -> bool:
        """Whether V is known only as it is stored, in rounded coordinates."""
        return self.degree < 0 and self.frame.exact is None

    def integer(self, k: int) -> int | None:
        """Index of the one ball that holds the whole number k, if just one does."""
        holding = [i for i, ball in enumerate(self.balls or ()) if ball.contains(k)]
        return holding[0] if len(holding) == 1 else None

    def places(self) -> tuple[Place, ...]:
        """For each eigenvalue, whether its modulus is above, exactly or below one."""
        one = self.integer(1) if self.degree >= 0 else None
        with self.forms.precision.working():
            return tuple(
                "one" if i == one else _place(abs(ball))
                for i, ball in enumerate(self.balls or ())
            )

    def real_places(self) -> tuple[Place, ...]:
        """For each eigenvalue, whether its real part is above, exactly or below one."""
        one = self.integer(1) if self.degree >= 0 else None
        return tuple(
            "one" if i == one else _place(ball.real)
            for i, ball in enumerate(self.balls or ())
        )

    @property
    def eigenvalues(self) -> Complex128[np.ndarray, "r"]:
        """Midpoints, by imaginary then real part."""
        return np.array(
            [
                complex(float(ball.real.mid()), float(ball.imag.mid()))
                for ball in self.balls or ()
            ],
            dtype=np.complex128,
        )

    @property
    def radii(self) -> Float64[np.ndarray, "r"]:
        """No eigenvalue is farther than this from its rounded midpoint."""
        eps = float(np.finfo(np.float64).eps)
        wide = [float(ball.real.rad() + ball.imag.rad()) for ball in self.balls or ()]
        return np.array(wide) * (1 + eps) + eps * np.abs(self.eigenvalues)


def _real(ball: Ball, others: list[Ball]) -> Ball:
    """Of a real matrix: an eigenvalue whose conjugate can lie nowhere else is real."""
    mirror = ball.conjugate()
    alone = sum(mirror.overlaps(other) for other in others) == 1
    return flint.acb(ball.real) if alone and mirror.overlaps(ball) else ball


def _place(ball: Ball) -> Place:
    if ball > 1:
        return "above"
    return "below" if ball < 1 else "open"
