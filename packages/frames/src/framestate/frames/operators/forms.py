r"""The two forms that operators are made of, in the orthonormal basis e of V.

derivative   <e_l, e_k'>        dilation   <e_l, s e_k'>       (row k, column l)
"""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Inexact
from scipy.sparse import csr_array, eye_array

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
        No entry is farther than this from the true one, for the basis as stored.
    """

    matrix: Matrix
    error: float


def form(frame: Frame, name: FormName) -> Form:
    """Return one of the two forms on the span of a frame."""
    e, space = frame.basis_coordinates, frame.atoms.space
    if isinstance(space, RefinableSpace):
        exact = space.form(name)
        # rows of e are unit vectors: the bound passes through
        return Form((e @ exact.matrix @ e.T).tocsr(), exact.error)
    flow = space.dilation(e) if name == "dilation" else space.derivative(e)
    return Form(np.conj(flow @ np.conj(e).T), rounding_bound(flow, e))


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
    norms = np.linalg.norm(left, axis=1).max() * np.linalg.norm(right, axis=1).max()
    return float(2.0 * left.shape[1] * np.finfo(np.float64).eps * norms)
