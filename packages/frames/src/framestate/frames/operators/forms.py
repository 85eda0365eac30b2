r"""The two forms that operators are made of, in the orthonormal basis e of V.

derivative   <e_l, e_k'>        dilation   <e_l, s e_k'>       (row k, column l)
"""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Inexact
from scipy.sparse import csr_array, eye_array

from framestate.frames.combination import Combination
from framestate.frames.frame import Frame
from framestate.frames.spaces import Coordinates, Matrix, RefinableSpace

FormName = Literal["derivative", "dilation"]


@final
@dataclass(frozen=True, eq=False)
class Form:
    """A form on V with a bound on the error of its entries.

    Parameters
    ----------
    matrix : matrix, shape (r, r)
        Dense, or sparse where the space of the atoms is.
    error : float
        No entry is farther than this from the true one, for the basis as stored, or
        as evaluated where it is a combination of atoms.
    """

    matrix: Matrix
    error: float


def form(frame: Frame, name: FormName) -> Form:
    """Return one of the two forms on the span of a frame."""
    e, space = frame.span.basis, frame.atoms.space
    if isinstance(e, Combination):
        return _in_pieces(e, name)
    if isinstance(space, RefinableSpace):
        return _in_refinable(space, e, name)
    flow = space.dilation(e) if name == "dilation" else space.derivative(e)
    return Form(np.conj(flow @ np.conj(e).T), rounding_bound(flow, e))


def _in_refinable(space: RefinableSpace, e: Matrix, name: FormName) -> Form:
    """From the form of the space, whose entries are rounded once."""
    exact = space.form(name)
    matrix = np.conj(e) @ exact.matrix @ e.T
    if not isinstance(matrix, np.ndarray):
        matrix = matrix.tocsr()
    terms = int((e != 0).sum(axis=1).max())
    if terms == 1:  # a selection of rows rounds nothing
        return Form(matrix, exact.error)
    # rows of e are unit vectors; the 2-norms of |F| and of an error on its pattern
    size, pattern = (_norm_bound(x) for x in (abs(exact.matrix), exact.matrix != 0))
    rounding = 2 * (terms + pattern) * np.finfo(np.float64).eps * size
    return Form(matrix, float(pattern * exact.error + rounding))


def _norm_bound(x: csr_array) -> float:
    """sqrt(|x|_1 |x|_inf), at least the 2-norm of a nonnegative matrix."""
    return float(np.sqrt(x.sum(axis=0).max() * x.sum(axis=1).max()))


def _in_pieces(e: Combination, name: FormName) -> Form:
    """The same sum, one stretch of cells after the other."""
    rank, dimension = e.shape
    total = np.zeros((rank, rank), dtype=e.weights.dtype)
    squares = np.zeros((2, rank))
    for part, x in e.pieces():
        flow = part.dilation(x) if name == "dilation" else part.derivative(x)
        total += flow @ x.conj().T
        squares += [np.sum(np.abs(rows) ** 2, axis=1) for rows in (flow, x)]
    norms = np.sqrt(squares.max(axis=1))
    return Form(total.conj(), _rounding(dimension, norms[0] * norms[1]))


def plus_identity(x: Matrix) -> Matrix:
    """I + x, sparse where x is."""
    if isinstance(x, np.ndarray):
        return np.eye(len(x)) + x
    return (eye_array(x.shape[0]) + x).tocsr()


def plus_outer(x: Matrix, far: Inexact[np.ndarray, "r"], *, factor: float) -> Matrix:
    """x + factor conj(far) far^T, sparse where x is."""
    if isinstance(x, np.ndarray):
        return x + factor * np.outer(np.conj(far), far)
    column = csr_array(far[:, None])
    return (x + factor * (np.conj(column) @ column.T)).tocsr()


def rounding_bound(left: Coordinates, right: Coordinates) -> float:
    """Bound on the rounding error of any entry of left @ right^H plus an outer term.

    A dot product of length n is off by at most gamma_n |x| |y|, gamma_n ~ n eps
    (n eps is pessimistic by about sqrt(n)); forming the left factor costs as much.
    """
    squares = [(abs(x) ** 2).sum(axis=1).max() for x in (left, right)]
    return _rounding(left.shape[1], float(np.sqrt(squares[0] * squares[1])))


def _rounding(terms: int, norms: float) -> float:
    return float(2.0 * terms * np.finfo(np.float64).eps * norms)
