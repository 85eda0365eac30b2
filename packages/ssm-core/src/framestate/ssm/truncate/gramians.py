"""Factors of the gramians, so that no digit is lost to squaring.

With c' = -A c + B u, y = C c and every Re(lam) > 0 the gramians solve

    A P + P A^T = B B^T        P = int_0^inf e^{-A t} B B^T e^{-A^T t} dt
    A^T Q + Q A = C^T C        Q = int_0^inf e^{-A^T t} C^T C e^{-A t} dt

The map S = (p I + A)^-1 (p I - A) with a shift p > 0 turns the second into
Q = sum_k S^kT c^T c S^k, c = sqrt(2 p) C (p I + A)^-1, whose first 2^j terms are
squared in number by one product (Smith's doubling). The rows c S^k are collected
and compressed by QR: Q = R^T R is never formed, and R keeps the digits of the
states that are hardly seen, also in coordinates of very different scale.

The scaled equation c' = -(A c - B u) / t is the same pair in the time log t, so
its gramians are these, with integrals over dt/t.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.ssm.errors import IllConditionedError, UnstableError
from framestate.ssm.system import System

_EPS = float(np.finfo(np.float64).eps)
# A pole image within n eps of the circle, the least that is accepted, needs 58.
_DOUBLINGS = 60
_NAMED = 3  # poles that a refusal lists


@final
@dataclass(frozen=True, eq=False)
class GramianFactors:
    """P = reached reached^T and Q = seen^T seen.

    Parameters
    ----------
    reached : (n, k) float64
        Factor of the controllability gramian P, k <= n.
    seen : (l, n) float64
        Factor of the observability gramian Q, l <= n.
    """

    reached: Float64[np.ndarray, "n k"]
    seen: Float64[np.ndarray, "l n"]


def gramian_factors(
    request: str, system: System, rows: Float64[np.ndarray, "outputs n"]
) -> GramianFactors:
    """Factors of both gramians.

    Parameters
    ----------
    request : str
        The call that is being served, for messages.
    system : System
        Of order n, every pole decaying.
    rows : (outputs, n) float64
        The readout C; only C^T C matters, and tall ones are compressed first.

    Raises
    ------
    UnstableError
        If a pole has Re(lam) <= n eps max |lam|, which rounding cannot tell from 0.
    IllConditionedError
        If A is so far from normal that its rounded powers do not decay.
    """
    shift = cayley_shift(request, system)
    return GramianFactors(
        reached=_factor(request, system.A.T, system.B[None], shift).T,
        seen=_factor(request, system.A, _compressed(rows), shift),
    )


def cayley_shift(request: str, system: System) -> float:
    """The shift p, one of the |lam|, that maps no pole close to the unit circle.

    1 - |(p - lam)/(p + lam)|^2 = 4 p Re(lam) / |p + lam|^2, the least of which over
    the poles is to be large.

    Raises
    ------
    UnstableError
        If a pole has Re(lam) <= n eps max |lam|.
    """
    lam = system.lam
    smallest = system.size * _EPS * np.abs(lam).max()
    slow = lam[np.real(lam) <= smallest]
    if slow.size:
        listed = ", ".join(f"{pole:.6g}" for pole in slow[:_NAMED])
        more = f" and {slow.size - _NAMED} more" if slow.size > _NAMED else ""
        raise UnstableError(
            request=request,
            finding=(
                f"{slow.size} of {lam.size} poles do not decay, "
                f"Re(lam) <= {smallest:.1e}: {listed}{more}"
            ),
            remedy="Call reduce first, or remove these poles: they have no gramian",
        )
    shifts = np.abs(lam)
    depth = shifts * np.real(lam)[:, None] / np.abs(lam[:, None] + shifts) ** 2
    return float(shifts[np.argmax(depth.min(axis=0))])


def _factor(
    request: str,
    A: Float64[np.ndarray, "n n"],
    rows: Float64[np.ndarray, "m n"],
    shift: float,
) -> Float64[np.ndarray, "l n"]:
    """R with A^T (R^T R) + (R^T R) A = rows^T rows."""
    end = shift * np.eye(len(A)) + A
    power = np.linalg.solve(end, shift * np.eye(len(A)) - A)
    factor = np.sqrt(2 * shift) * np.linalg.solve(end.T, rows.T).T
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(_DOUBLINGS):
            later = factor @ power
            # Column by column: a state of small scale is as good as any other.
            size, left = (np.linalg.norm(part, axis=0) for part in (factor, later))
            if np.all(left <= _EPS * size) and np.isfinite(size).all():
                return factor
            factor = _compressed(np.concatenate((factor, later)))
            power = power @ power
    raise IllConditionedError(
        request=request,
        finding=(
            f"2^{_DOUBLINGS} powers of the order-{len(A)} system do not decay in "
            "float64, although its eigenvalues do: it is too far from normal"
        ),
        remedy="Use orthonormal coordinates of the frame, as reduce gives them",
    )


def _compressed(rows: Float64[np.ndarray, "m n"]) -> Float64[np.ndarray, "l n"]:
    """At most n rows R with the same rows^T rows = R^T R."""
    return np.asarray(np.linalg.qr(rows, mode="r"))
