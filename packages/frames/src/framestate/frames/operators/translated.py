r"""The translated measure: the state remembers the last theta, mapped to [0, 1].

    A_ij = conj phi_i(0) dual_j(0) + <dual_j, phi_i'>     B_i = conj phi_i(1)

The window's far end f(t - theta) is unknown and is read from the reconstruction at
s = 0. In an orthonormal basis of V, A_r + A_r^T = k_0 k_0^T + k_1 k_1^T
(T-lyapunov-translated). For a periodic family the reconstruction at the seam is the
mean of both ends, so the far end is twice the reconstruction less the near end: the
"strong" closure A = 2 k_0 k_0^H + <e, e'>, B = 2 k_0 (S4-FouT).
"""

import numpy as np

from framestate.frames.dual import DualPair
from framestate.frames.errors import InvalidInputError
from framestate.frames.frame import Frame
from framestate.frames.operators.base import FrameOperator
from framestate.frames.operators.forms import form, plus_outer
from framestate.frames.operators.paired import with_dual
from framestate.frames.operators.weighted import weighted
from framestate.frames.weights import WeightedFrame


def translated(
    frame: Frame | DualPair | WeightedFrame, *, closure: str = "weak"
) -> FrameOperator:
    """Derive the translated operator of a frame.

    Parameters
    ----------
    frame : Frame, DualPair or WeightedFrame
        Any frame of continuous functions on [0, 1], real or complex: with its
        canonical dual, with another one, or under a weight.
    closure : {"weak", "strong"}
        How the window's far end is closed. "weak" is SaFARi's formula, for every
        frame; "strong" is for periodic families (all atoms equal at 0 and 1), not
        under a weight.

    Returns
    -------
    FrameOperator
        (A, B) with c' = -(1/theta) A c + (1/theta) B f(t).

    Raises
    ------
    InvalidInputError
        For an unknown closure, or "strong" on a family that is not periodic.
    """
    if isinstance(frame, WeightedFrame):
        _check_weak(frame.name, closure)
        return weighted(frame, "translated")
    if isinstance(frame, DualPair):
        canonical = translated(frame.frame, closure=closure)
        return with_dual(frame, canonical, seam=1.0 if closure == "weak" else 2.0)
    derivative = form(frame, "derivative")
    ends = frame.basis(np.array([0.0, 1.0]))
    far, near = ends[:, 0], ends[:, 1]
    factor = _seam_factor(frame, closure, gap=float(np.abs(far - near).max()))
    return FrameOperator(
        name=frame.name if closure == "weak" else f"{frame.name}, strong closure",
        measure="translated",
        A_r=plus_outer(derivative.matrix, far, factor=factor),
        b=factor * np.conj(near),
        T=frame.analysis,
        R=frame.synthesis,
        error_bound=derivative.error,
        flow=frame.span.flow("translated") if factor == 1.0 else None,
    )


def _seam_factor(frame: Frame, closure: str, *, gap: float) -> float:
    """1 for the weak closure, 2 for the strong one of a periodic family."""
    if closure == "weak":
        return 1.0
    request = f"translated operator of {frame.name} with closure {closure!r}"
    if closure != "strong":
        raise InvalidInputError(
            request=request,
            finding="the closures are 'weak' and 'strong'",
            remedy="Use 'weak' for SaFARi's formula",
        )
    if gap > 1e-9 * np.sqrt(frame.rank):
        raise InvalidInputError(
            request=request,
            finding=f"its functions differ by up to {gap:.1e} at the seam",
            remedy="The strong closure is for periodic families; use 'weak'",
        )
    return 2.0


def _check_weak(name: str, closure: str) -> None:
    if closure != "weak":
        raise InvalidInputError(
            request=f"translated operator of {name} with closure {closure!r}",
            finding="under a weight the closure is 'weak'",
            remedy="Leave the closure out, or use the plain measure",
        )
