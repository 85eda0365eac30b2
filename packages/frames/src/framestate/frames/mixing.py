r"""How well a frame remembers: mixing, and the two orthogonal parts of the error.

The scaled system encodes with w(s) = s^(A_r - I) b and decodes with the orthonormal
basis e of V, as if w were conj e. With M = int_0^1 w e^T ds (T-mixing),

    alignment   alpha = Re tr M / r                    1 for polynomials
    mixing^2    sum_k |conj e_k - w_k|^2 = r + h - 2 r alpha

where h counts the modes that hear the input: r, unless some Re lambda = 1/2. For a
signal f the state is z = int w f, and (T-error-split)

    |f - z e|^2 = |(I - P) f|^2 + |<f, e> - z|^2,    |<f, e> - z| <= 2 sup |xi|,
    xi_k = <f_T, (I - P) s e_k'>    what the closure leaves out at the times up to now
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Inexact
from numpy.typing import ArrayLike

from framestate.frames.checks import require_points
from framestate.frames.encoder import Encoder
from framestate.frames.errors import InvalidInputError
from framestate.frames.families import Atoms
from framestate.frames.frame import Frame
from framestate.frames.operators import FrameOperator, scaled
from framestate.frames.piecewise import (
    Piecewise,
    piecewise_basis,
    piecewise_signal,
    union_rule,
)

EPS = float(np.finfo(np.float64).eps)


@final
@dataclass(frozen=True)
class Mixing:
    """How far the encoding functions are from those that the decoding assumes.

    Parameters
    ----------
    alignment : float
        Re tr M / r, at most 1; 1 where the two are the same.
    heard : int
        Number of modes that the input reaches.
    rank : int
        Number r of functions.
    gap : float
        Norm of (I - P) s d/ds on V, what the closure can leave out: the mixing part of
        an error is at most 2 gap sup |f|. It is 0 for polynomials.
    """

    alignment: float
    heard: int
    rank: int
    gap: float

    @property
    def error(self) -> float:
        """Root of sum_k |conj e_k - w_k|^2."""
        squared = self.rank + self.heard - 2.0 * self.rank * self.alignment
        return float(np.sqrt(max(squared, 0.0)))


@final
@dataclass(frozen=True)
class ReconstructionError:
    """Norms of the two orthogonal parts of f - f^, in L2[0, 1].

    Parameters
    ----------
    truncation : float
        |(I - P) f|, what V cannot hold.
    mixing : float
        |<f, e> - z|, what the closure of the equation costs.
    """

    truncation: float
    mixing: float

    @property
    def total(self) -> float:
        """|f - f^|."""
        return float(np.hypot(self.truncation, self.mixing))


def mixing(frame: Frame) -> Mixing:
    """Measure the mixing of the scaled operator of a frame.

    Raises
    ------
    InvalidInputError
        When the functions are not resolved by piecewise polynomials.
    """
    basis, operator = piecewise_basis(frame), scaled(frame)
    M = _encode(operator, basis)
    return Mixing(
        alignment=float(np.trace(M).real) / frame.rank,
        heard=_heard(operator),
        rank=frame.rank,
        gap=float(np.linalg.norm(_leak(basis).x, 2)),
    )


def reconstruction_error(
    frame: Frame, signal: Atoms | ArrayLike
) -> ReconstructionError:
    """Split the error of remembering a signal, from the beginning until now.

    Parameters
    ----------
    frame : Frame
        The memory, run on its scaled clock from rest.
    signal : Atoms or array, shape (n,)
        One function of piecewise polynomials on [0, 1], or samples, each held for 1/n.

    Raises
    ------
    InvalidInputError
        When the signal is none of these, or not finite, or the functions of the frame
        are not resolved by piecewise polynomials.
    """
    basis, f = piecewise_basis(frame), piecewise_signal(signal)
    s, weights = union_rule(basis, f)
    e_at, f_at = basis(s), f(s)[0]
    y = np.conj(e_at) @ (weights * f_at)
    z = _encode(scaled(frame), f)[:, 0]
    rest = f_at - y @ e_at
    return ReconstructionError(
        truncation=float(np.sqrt(np.sum(weights * np.abs(rest) ** 2))),
        mixing=float(np.linalg.norm(y - z)),
    )


def leakage(
    frame: Frame, signal: Atoms | ArrayLike, times: ArrayLike
) -> Inexact[np.ndarray, "r times"]:
    """What the closure leaves out: xi_k(T) = <f_T, (I - P) s e_k'>, f_T(s) = f(T s).

    Parameters
    ----------
    frame, signal
        As in ``reconstruction_error``.
    times : array, shape (n,)
        T in (0, 1], as shares of the time until now.

    Raises
    ------
    InvalidInputError
        As in ``reconstruction_error``, or when a time is not in (0, 1].
    """
    known = require_points("leakage at times s", times)
    if not known.all():
        raise InvalidInputError(
            request="leakage at times s",
            finding="the time 0 is among them, when nothing was heard",
            remedy="Ask for times in (0, 1]",
        )
    gap, f = _leak(piecewise_basis(frame)), piecewise_signal(signal)
    columns = [_leaked(gap, f, float(time)) for time in known]
    return np.array(columns).reshape(len(known), frame.rank).T


def _leaked(gap: Piecewise, f: Piecewise, time: float) -> Inexact[np.ndarray, "r"]:
    s, weights = union_rule(gap, f, time=time)
    return np.conj(gap(s)) @ (weights * f(time * s)[0])


def _leak(basis: Piecewise) -> Piecewise:
    """(I - P) s e_k'."""
    e, flow = basis.x, basis.space.dilation(basis.x)
    return Piecewise(basis.space, flow - (flow @ e.conj().T) @ e)


def _encode(operator: FrameOperator, g: Piecewise) -> Inexact[np.ndarray, "r rows"]:
    encoder = Encoder(operator.reduced_A, operator.reduced_B)
    return encoder.against(g, g.mesh, degree=g.space.degree)


def _heard(operator: FrameOperator) -> int:
    """Modes that the input reaches: those of the skew part that b meets.

    Modes of one frequency form a group, of which b sees one direction.
    """
    A, b = operator.reduced_A, operator.reduced_B
    omega, Q = np.linalg.eigh(-0.5j * (A - A.conj().T))
    small = len(b) * EPS * max(1.0, float(np.linalg.norm(A, 2)))
    group = np.append(0, np.cumsum(np.diff(omega) > small))
    met = np.bincount(group, weights=np.abs(Q.conj().T @ b) ** 2)
    return int(np.count_nonzero(met > small))
