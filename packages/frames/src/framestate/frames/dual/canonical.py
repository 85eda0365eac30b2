r"""The canonical dual, with the regularization named.

    Cut(rcond)           drop singular values at most rcond times the largest
    Keep(rank)           keep so many singular values
    Tikhonov(strength)   R = (T^H T + alpha^2)^-1 T^H,  alpha = strength * largest

The first two make V smaller, and on V reconstruction is exact: R T = I. Tikhonov keeps
V and gives up exactness: the part of f along a singular value s comes back s^2 / (s^2 +
alpha^2) times as large. Stability survives, in the norm that these factors weigh, and
so does the mean; the identity A_r + A_r^H = I + b b^H and whole eigenvalues above 1 do
not (T-tikhonov).
"""

from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from framestate.frames.checks import require_share
from framestate.frames.dual.pair import DualPair, rows
from framestate.frames.errors import InvalidInputError
from framestate.frames.frame import Frame
from framestate.frames.spaces import dense


@final
@dataclass(frozen=True)
class Cut:
    """Drop the singular values at most ``rcond`` times the largest; in (0, 1)."""

    rcond: float


@final
@dataclass(frozen=True)
class Keep:
    """Keep the ``rank`` largest singular values; at least 1."""

    rank: int


@final
@dataclass(frozen=True)
class Tikhonov:
    """Damp the singular values s by s^2 / (s^2 + alpha^2).

    Parameters
    ----------
    strength : float
        alpha over the largest singular value; in (0, 1].
    """

    strength: float


Regularization = Cut | Keep | Tikhonov


def canonical_dual(
    frame: Frame, regularization: Regularization | Any | None = None
) -> DualPair:
    """Return a frame with its canonical dual.

    Parameters
    ----------
    frame : Frame
        Any frame.
    regularization : Cut, Keep or Tikhonov, optional
        Left out, V is the frame's own. ``Cut`` and ``Keep`` take the place of the
        frame's cut, ``Tikhonov`` comes on top of it.

    Raises
    ------
    InvalidInputError
        When the regularization is none of these, or its number out of range.
    RankError
        When the atoms span fewer dimensions than ``Keep`` asks for.
    """
    match regularization:
        case None:
            return _pseudo_inverse(frame)
        case Cut(rcond):
            return _pseudo_inverse(replace(frame, rcond=rcond, keep=None, exact=None))
        case Keep(rank):
            return _pseudo_inverse(replace(frame, keep=rank, exact=None))
        case Tikhonov(strength):
            return _damped(frame, strength)
        case _:
            raise InvalidInputError(
                request=f"canonical dual of {frame.name}",
                finding=f"{regularization!r} is no regularization",
                remedy="Use Cut(rcond), Keep(rank) or Tikhonov(strength)",
            )


def _pseudo_inverse(frame: Frame) -> DualPair:
    functions = rows(frame.synthesis.T @ frame.basis_coordinates)
    return DualPair(frame, functions, "canonical")


def _damped(frame: Frame, strength: float) -> DualPair:
    kind = f"Tikhonov({strength!r})"
    request = f"{kind} dual of {frame.name}"
    remedy = "It is relative to the largest singular value, for example 1e-3"
    share = require_share(request, "strength", strength, remedy=remedy)
    # the SVD of T and not T^H T, which would square its condition
    U, s, Wh = np.linalg.svd(dense(frame.analysis), full_matrices=False)
    damped = s / (s**2 + (share * s[0]) ** 2)
    R = (U * damped @ Wh).conj().T
    return DualPair(frame, rows(R.T @ frame.basis_coordinates), kind)
