r"""The scaled measure: the state remembers all of [0, t], stretched to [0, 1].

    A_ij = delta_ij + <dual_j, s phi_i'>     B_i = conj phi_i(1)

In an orthonormal basis e of V: A_r = I + <e_l, s e_k'>, b = conj e(1), and always
A_r + A_r^H = I + b b^H (T-lyapunov in docs/theorems.md).
"""

import numpy as np

from framestate.frames.frame import Frame
from framestate.frames.operators.base import FrameOperator
from framestate.frames.operators.forms import form, plus_identity


def scaled(frame: Frame) -> FrameOperator:
    """Derive the scaled operator of a frame.

    Parameters
    ----------
    frame : Frame
        Any frame of continuous functions on [0, 1], real or complex.

    Returns
    -------
    FrameOperator
        (A, B) with c' = -(1/t) A c + (1/t) B f(t). In the time-invariant reuse
        (W4S4, equation 3) the same pair is put into c' = -(A c - B f) / theta.
    """
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
