r"""Orthonormal functions at the ends of a window, in balls.

The translates that an end of the window cuts are no longer orthonormal, and nearly
dependent: their Gram matrix G has eigenvalues down to 1e-60. With G U = U Lambda,

    e = E phi,  E = Lambda^{-1/2} U^T,   E G E^T = I.

U is found without bounds; a Cholesky step in balls makes the identity exact.
"""

import math
from dataclasses import dataclass
from typing import final

import flint

from framestate.frames.errors import DigitsError
from framestate.frames.precision import Ball, BallMatrix


@final
@dataclass(frozen=True, eq=False)
class Edge:
    """Orthonormal combinations of some functions.

    Parameters
    ----------
    E : arb_mat, shape (n, n)
        Rows of coefficients; the largest eigenvalue of G first.
    gram : arb_mat, shape (n, n)
        G itself.
    eigenvalues : tuple of arb
        Eigenvalues of G, descending, without bounds.
    """

    E: BallMatrix
    gram: BallMatrix
    eigenvalues: tuple[Ball, ...]

    @property
    def inverse_gram(self) -> BallMatrix:
        """G^-1 = E^T E."""
        return self.E.transpose() * self.E

    @property
    def analysis(self) -> BallMatrix:
        """<e_k, phi_i> = (G E^T)[i, k], the inverse of E."""
        return self.gram * self.E.transpose()


def unit_residual(edge: Edge) -> Ball:
    """Largest entry of |E G E^T - I|."""
    product = edge.E * edge.analysis
    size = range(product.nrows())
    return max(
        (abs(product[i, j] - (i == j)) for i in size for j in size),
        key=lambda ball: float(ball.upper()),
    )


def orthonormalize(gram: BallMatrix, *, request: str) -> Edge:
    """Return the orthonormal combinations that diagonalize a Gram matrix in balls.

    Raises
    ------
    DigitsError
        When the working precision cannot separate G from a singular matrix; says
        how many digits its conditioning asks for.
    """
    size = gram.nrows()
    found, vectors = flint.acb_mat(gram.mid()).eig(right=True, algorithm="approx")
    order = sorted(range(size), key=lambda i: -float(found[i].real.mid()))
    eigenvalues = tuple(found[i].real.mid() for i in order)
    if not eigenvalues[-1] > 0:
        raise _too_few(request, eigenvalues)
    rows = [_unit([vectors[j, i].real.mid() for j in range(size)]) for i in order]
    E = flint.arb_mat(
        [
            [x / value.sqrt() for x in row]
            for row, value in zip(rows, eigenvalues, strict=True)
        ]
    ).mid()
    # vectors of a multiple eigenvalue need not be orthogonal: what Cholesky mends
    root = cholesky(E * gram * E.transpose())
    if root is None:
        raise _too_few(request, eigenvalues)
    return Edge(root.inv() * E, gram, eigenvalues)


def _unit(vector: list[Ball]) -> list[Ball]:
    norm = sum((x * x for x in vector), flint.arb(0)).sqrt()
    return [x / norm for x in vector]


def _too_few(request: str, eigenvalues: tuple[Ball, ...]) -> DigitsError:
    digits = math.floor(flint.ctx.prec / math.log2(10.0))
    ratio = abs(float(eigenvalues[-1].mid())) / float(eigenvalues[0].mid())
    needed = digits + 20 if ratio == 0 else 2 * math.ceil(-math.log10(ratio)) + 20
    return DigitsError(
        request=request,
        finding=f"{digits} digits do not separate the Gram matrix from a singular one "
        f"(its eigenvalues reach down to about {ratio:.0e})",
        remedy=f"Ask for {max(needed, digits + 20)} digits or more",
    )


def cholesky(near: BallMatrix) -> BallMatrix | None:
    """L with near = L L^T, or None where a pivot cannot be told from 0."""
    size = near.nrows()
    L = flint.arb_mat(size, size)
    for i in range(size):
        for j in range(i + 1):
            rest = near[i, j] - sum((L[i, k] * L[j, k] for k in range(j)), flint.arb(0))
            if i == j and not rest > 0:
                return None
            L[i, j] = rest.sqrt() if i == j else rest / L[j, j]
    return L
