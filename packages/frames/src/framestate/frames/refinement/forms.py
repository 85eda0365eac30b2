r"""Forms on a window in its orthonormal basis: sparse float64, every entry rounded once.

In the basis e = E phi of ``Window`` (the combinations of each end, then of the other,
the untouched translates between them) the matrix of a form is a band with dense blocks
at the ends. The band is k gamma[l-k] + mu[l-k], from coefficients that are exact; the
blocks are multiplied out in balls, because E has entries up to 1e45.
"""

from dataclasses import dataclass
from typing import final

import flint
import numpy as np
from jaxtyping import Float64, Int64
from scipy.sparse import coo_array, csr_array

from framestate.frames.precision import Ball, BallMatrix
from framestate.frames.refinement.window import Form, Window

EPS = float(np.finfo(np.float64).eps)


@final
@dataclass(frozen=True, eq=False)
class Rounded:
    """A matrix in float64 with a bound on the error of its entries.

    Parameters
    ----------
    matrix : csr_array
        The rounded matrix.
    error : float
        No entry is farther than this from the true one.
    """

    matrix: csr_array
    error: float


@final
@dataclass(frozen=True, eq=False)
class _Piece:
    """Some entries of a sparse matrix, with the bound on their errors."""

    rows: Int64[np.ndarray, "entries"]
    columns: Int64[np.ndarray, "entries"]
    values: Float64[np.ndarray, "entries"]
    error: float


def orthonormal_form(window: Window, name: Form) -> Rounded:
    """Matrix of a form in the orthonormal basis, row <form e_i, e_j>."""
    form = window.form(name)
    pieces = [_band(window, name)]
    with window.tables.precision.working():
        for index, rows in enumerate(window.blocks):
            E, near = window.edges[index].E, _near(window, rows)
            inside = E * window.block(form, rows, rows) * E.transpose()
            pieces.append(_piece(window, inside, rows, rows))
            if len(near):
                out = E * window.block(form, rows, near)
                into = window.block(form, near, rows) * E.transpose()
                pieces.append(_piece(window, out, rows, near))
                pieces.append(_piece(window, into, near, rows))
    return _gather(window, pieces)


def dual_form(window: Window, name: Form, *, far_end: bool) -> Rounded:
    """Matrix of a form between the translates and their duals: S G^-1.

    With ``far_end`` the term phi_k(0) dual_l(0) of the translated measure is added.
    """
    form, values = window.form(name), window.tables.values
    ahead = lambda k: values[-k] if 0 <= -k < len(values) else flint.arb(0)
    pieces = [_band(window, name)]
    with window.tables.precision.working():
        whole = lambda k, l: form(k, l) + window.cells * ahead(k) * ahead(l) * far_end
        for index, cut in enumerate(window.blocks):
            inverse, near = window.edges[index].inverse_gram, _near(window, cut)
            inside = window.block(whole, cut, cut) * inverse
            pieces.append(_piece(window, inside, cut, cut))
            if len(near):
                into = window.block(form, near, cut) * inverse
                pieces.append(_piece(window, into, near, cut))
                pieces.append(_piece(window, window.block(form, cut, near), cut, near))
    return _gather(window, pieces)


def block_diagonal(window: Window, blocks: list[BallMatrix]) -> Rounded:
    """The given matrices at the ends, the identity between them."""
    inner = np.array(window.inner, dtype=np.int64) + window.cut
    pieces = [_Piece(inner, inner, np.ones(len(inner)), 0.0)]
    for cut, block in zip(window.blocks, blocks, strict=True):
        pieces.append(_piece(window, block, cut, cut))
    return _gather(window, pieces)


def _near(window: Window, cut: range) -> range:
    """Translates between the ends that meet those of one end."""
    n, inner = window.cut, window.inner
    if not len(inner):
        return inner
    return inner[:n] if cut.start < 0 else inner[-n:]


def _band(window: Window, name: Form) -> _Piece:
    """The form among the translates that no end cuts."""
    line, inner = window.tables.line, window.inner
    offsets = np.arange(line.first, line.first + len(line.gamma))
    slope = np.array([nearest(ball)[0] for ball in line.gamma])
    shift = np.array([nearest(ball)[0] for ball in line.mu])
    k, m = np.meshgrid(np.array(inner, dtype=np.int64), offsets, indexing="ij")
    if name == "dilation":
        values = k * slope + shift
        error = EPS * (len(inner) * np.abs(slope) + np.abs(shift)).max()
    else:
        values = np.broadcast_to(window.cells * slope, k.shape)
        error = EPS * window.cells * np.abs(slope).max()
    keep = (k + m >= 0) & (k + m < len(inner))
    rows, columns = k[keep] + window.cut, (k + m)[keep] + window.cut
    return _Piece(rows, columns, values[keep], float(error))


def _piece(window: Window, block: BallMatrix, rows: range, columns: range) -> _Piece:
    """A block of balls, rounded."""
    i, j = np.meshgrid(
        np.array(rows, dtype=np.int64) + window.cut,
        np.array(columns, dtype=np.int64) + window.cut,
        indexing="ij",
    )
    rounded = [nearest(ball) for ball in block.entries()]
    values = np.array([value for value, _ in rounded])
    error = max((error for _, error in rounded), default=0.0)
    return _Piece(i.ravel(), j.ravel(), values, error)


def _gather(window: Window, pieces: list[_Piece]) -> Rounded:
    size = (window.dimension, window.dimension)
    rows = np.concatenate([piece.rows for piece in pieces])
    columns = np.concatenate([piece.columns for piece in pieces])
    values = np.concatenate([piece.values for piece in pieces])
    matrix = coo_array((values, (rows, columns)), shape=size).tocsr()
    matrix.eliminate_zeros()
    return Rounded(matrix, max(piece.error for piece in pieces))


def nearest(ball: Ball) -> tuple[float, float]:
    """The float64 nearest to a ball's midpoint, and a bound on its distance."""
    value = float(ball.mid())
    return value, float(ball.rad()) + EPS * abs(value)
