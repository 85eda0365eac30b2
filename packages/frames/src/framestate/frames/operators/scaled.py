r"""The scaled measure: the state remembers all of [0, t], stretched to [0, 1].

    A_ij = delta_ij + <dual_j, s phi_i'>     B_i = conj phi_i(1)

In an orthonormal basis e of V: A_r = I + <e_l, s e_k'>, b = conj e(1), and always
A_r + A_r^H = I + b b^H (T-lyapunov in docs/theorems.md). Other duals: ``paired``;
other measures than ds: ``weighted``.
"""

import numpy as np

from framestate.frames.dual import DualPair
from framestate.frames.frame import Frame
from framestate.frames.operators.base import FrameOperator
from framestate.frames.operators.forms import form, plus_identity
from framestate.frames.operators.paired import with_dual
from framestate.frames.operators.weighted import weighted
from framestate.frames.weights import WeightedFrame


def scaled(frame: Frame | DualPair | WeightedFrame) -> FrameOperator:
    """Derive the scaled operator of a frame.

    Parameters
    ----------
    frame : Frame, DualPair or WeightedFrame
        Any frame of continuous functions on [0, 1], real or complex: with its
        canonical dual, with another one, or under a weight.

    Returns
    -------
    FrameOperator
        (A, B) with c' = -(1/t) A c + (1/t) B f(t); ``time_invariant`` puts the same
        pair into c' = -(A c - B f) / theta.
    """
    if isinstance(frame, WeightedFrame):
        return weighted(frame, "scaled")
    if isinstance(frame, DualPair):
        return with_dual(frame, scaled(frame.frame))
    dilation = form(frame, "dilation")
    return FrameOperator(
        name=frame.name,
        measure="scaled",
        A_r=plus_identity(dilation.matrix),
        b=np.conj(frame.basis(1.0)[:, 0]),
        T=frame.analysis,
        R=frame.synthesis,
        error_bound=dilation.error,
        flow=frame.span.flow("scaled"),
    )
