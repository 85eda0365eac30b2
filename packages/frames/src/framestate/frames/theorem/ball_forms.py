r"""The scaled operator of a frame in balls: proofs instead of estimates.

The functions that span V are taken as they are stored: a float64 coordinate is an
exact number, and a frame derived in balls keeps its balls. With the Gram matrix G,
the form S = (<s e_k', e_l>) and the values v = e(1) of any basis of V,

    A = I + conj(S G^-1),    b = conj(v)

has the eigenvalues of A_r, and S + S^H = v v^H - G is the Lyapunov identity.
"""

from dataclasses import dataclass
from typing import final

import flint
import numpy as np

from framestate.frames.errors import InvalidInputError
from framestate.frames.frame import Frame
from framestate.frames.operators.base import dense
from framestate.frames.precision import Ball, BallMatrix, Precision
from framestate.frames.refinement import Window
from framestate.frames.spaces import (
    ComplexExponentials,
    ContinuousPolynomials,
    PiecewisePolynomials,
    RefinableSpace,
    TrigonometricPolynomials,
)
from framestate.frames.spaces.trigonometric import orders


@final
@dataclass(frozen=True, eq=False)
class BallForms:
    """Gram matrix, dilation form and values at s = 1 of a basis of V, in balls.

    Parameters
    ----------
    precision : Precision
        Digits that the balls were made with.
    gram, dilation : acb_mat, shape (r, r)
        G and S.
    now : acb_mat, shape (r, 1)
        v = e(1).
    """

    precision: Precision
    gram: BallMatrix
    dilation: BallMatrix
    now: BallMatrix

    def operator(self) -> BallMatrix:
        """A = I + conj(S G^-1)."""
        with self.precision.working():
            # X G = S, solved in its transpose
            X = self.gram.transpose().solve(self.dilation.transpose()).transpose()
            A = X.conjugate()
            for i in range(A.nrows()):
                A[i, i] = A[i, i] + 1
            return A

    def lyapunov(self) -> Ball:
        """Largest entry of |S + S^H - v v^H + G|, as a ball."""
        with self.precision.working():
            star = lambda X: X.conjugate().transpose()
            gap = self.dilation + star(self.dilation) + self.gram
            gap -= self.now * star(self.now)
            return max(
                (abs(entry) for entry in gap.entries()),
                key=lambda ball: float(ball.upper()),
            )


def ball_forms(frame: Frame, precision: Precision) -> BallForms:
    """Derive the forms of a frame's span in balls.

    Raises
    ------
    InvalidInputError
        When the atoms live in a space whose forms are not known exactly.
    """
    space = frame.atoms.space
    if isinstance(space, RefinableSpace):
        return _refinable(space.window, frame)
    with precision.working():
        if isinstance(space, TrigonometricPolynomials):
            e = _exact(dense(frame.span.basis))
            parts = _exponentials(_in_exponentials(space, e))
        elif isinstance(space, ComplexExponentials):
            parts = _exponentials(_exact(dense(frame.span.basis)))
        elif isinstance(space, PiecewisePolynomials):
            parts = _polynomials(space, _exact(dense(frame.span.basis)))
        elif isinstance(space, ContinuousPolynomials):
            parts = _polynomials(space.mesh, _continuous(space, frame))
        else:
            raise InvalidInputError(
                request=f"certificate in balls of {frame.name}",
                finding=f"the forms of {type(space).__name__} are not known exactly",
                remedy="Leave digits out for a check in float64",
            )
        return BallForms(precision, *parts)


def _continuous(space: ContinuousPolynomials, frame: Frame) -> BallMatrix:
    """V on the mesh: hats and bubbles where V is the whole space, else as stored."""
    if frame.rank < space.dimension:
        return _exact(np.asarray(space.embed(dense(frame.span.basis))))
    modes = space.degree + 1
    X = flint.acb_mat(space.dimension, space.cells * modes)
    root = lambda n: 1 / flint.arb(2 * n + 1).sqrt()
    for cell in range(space.cells):
        first = cell * modes
        for point, sign in ((cell, -1), (cell + 1, 1)):  # (P_0 +- P_1) / 2
            X[point, first] = root(0)
            X[point, first + 1] = root(1) * sign
        for n in range(2, modes):  # P_n - P_{n-2}
            row = space.cells + 1 + cell * (modes - 2) + n - 2
            X[row, first + n], X[row, first + n - 2] = root(n), -root(n - 2)
    return X


def _refinable(window: Window, frame: Frame) -> BallForms:
    """The stored coordinates e, of orthonormal combinations E of the translates."""
    precision, n = window.tables.precision, window.cut
    every = range(-n, window.cells)
    with precision.working():
        E, S = _identity(window.dimension), window.block(window.dilation, every, every)
        root, values = flint.arb(window.cells).sqrt(), window.tables.values
        now = [values[window.cells - k] if window.cells - k <= n else 0 for k in every]
        for cut, edge in zip(window.blocks, window.edges, strict=True):
            for i, k in enumerate(cut):
                for j, l in enumerate(cut):
                    E[k + n, l + n] = edge.E[i, j]
        stored = frame.span.balls
        e = _exact(dense(frame.span.basis)) if stored is None else stored()
        e = flint.acb_mat(e)
        star = e.conjugate().transpose()
        v = e * flint.acb_mat(E * flint.arb_mat([[root * value] for value in now]))
        form = e * flint.acb_mat(E * S * E.transpose()) * star
        return BallForms(precision, e * star, form, v)


def _identity(size: int) -> BallMatrix:
    return flint.arb_mat([[int(i == j) for j in range(size)] for i in range(size)])


def _exact(x: np.ndarray) -> BallMatrix:
    """Stored numbers as balls of radius 0."""
    number = lambda z: flint.acb(float(z.real), float(z.imag))
    return flint.acb_mat([[number(z) for z in row] for row in x])


def _polynomials(
    space: PiecewisePolynomials, e: BallMatrix
) -> tuple[BallMatrix, BallMatrix, BallMatrix]:
    """Cell by cell, from the two relations of ``spaces.polynomial``."""
    modes, rank = range(space.degree + 1), e.nrows()
    slope = flint.acb_mat(
        [
            [
                2 * flint.arb((2 * n + 1) * (2 * k + 1)).sqrt()
                if k < n and (n - k) % 2
                else 0
                for k in modes
            ]
            for n in modes
        ]
    )
    beside = lambda n: n / (2 * flint.arb(4 * n * n - 1).sqrt())
    position = flint.acb_mat(
        [
            [
                flint.arb(1) / 2 if n == k else beside(max(n, k)) * (abs(n - k) == 1)
                for k in modes
            ]
            for n in modes
        ]
    )
    gram, form = flint.acb_mat(rank, rank), flint.acb_mat(rank, rank)
    local = lambda cell: flint.acb_mat(
        [[e[i, cell * len(modes) + n] for n in modes] for i in range(rank)]
    )
    for cell in range(space.cells):
        x = local(cell)
        star = x.conjugate().transpose()
        gram += x * star
        form += x * (slope * cell + slope * position) * star
    last = [flint.arb(space.cells * (2 * n + 1)).sqrt() for n in modes]
    return gram, form, local(space.cells - 1) * flint.acb_mat([[v] for v in last])


def _in_exponentials(space: TrigonometricPolynomials, e: BallMatrix) -> BallMatrix:
    """Real trigonometric polynomials in the exponentials 0, 1, -1, 2, -2, .."""
    top, size = space.dimension // 2, space.dimension
    half = flint.acb(flint.arb(1) / 2).sqrt()
    change = flint.acb_mat(size, 2 * top + 1)
    change[0, 0] = flint.acb(1)
    for i in range(1, size):
        n, sign = (i + 1) // 2, 1 if i % 2 else -1
        factor = half if sign == 1 else flint.acb(0, -1) * half
        change[i, 2 * n - 1], change[i, 2 * n] = factor, factor * sign
    return e * change


def _exponentials(x: BallMatrix) -> tuple[BallMatrix, BallMatrix, BallMatrix]:
    """From <s e_n', e_m> = pi i n if n = m, else n / (n - m)."""
    pi = flint.arb.pi()
    entry = lambda n, m: flint.acb(0, pi * n) if n == m else flint.arb(n) / (n - m)
    waves = orders(x.ncols()).tolist()
    form = flint.acb_mat([[entry(n, m) for m in waves] for n in waves])
    star = x.conjugate().transpose()
    ones = flint.acb_mat([[1] for _ in waves])
    return x * star, x * form * star, x * ones
