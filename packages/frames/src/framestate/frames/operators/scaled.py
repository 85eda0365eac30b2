r"""The scaled measure: the state remembers all of [0, t], stretched to [0, 1].

    A_ij = delta_ij + <s phi_i', dual_j>     B_i = phi_i(1)

In an orthonormal basis e of V: A_r = I + <s e_k', e_l>, b = e(1), and always
A_r + A_r^T = I + b b^T (T-lyapunov in docs/theorems.md).
"""

import numpy as np

from framestate.frames.frame import Frame
from framestate.frames.operators.base import FrameOperator, rounding_bound


def scaled(frame: Frame) -> FrameOperator:
    """Derive the scaled operator of a frame.

    Parameters
    ----------
    frame : Frame
        Any frame of continuous real functions on [0, 1].

    Returns
    -------
    FrameOperator
        (A, B) with c' = -(1/t) A c + (1/t) B f(t). In the time-invariant reuse
        (W4S4, equation 3) the same pair is put into c' = -(A c - B f) / theta.
    """
    e = frame.basis_coordinates
    flow = frame.atoms.space.dilation(e)
    return FrameOperator(
        name=frame.name,
        measure="scaled",
        reduced_A=np.eye(frame.rank) + flow @ e.T,
        reduced_B=frame.basis(1.0)[:, 0],
        analysis=frame.analysis,
        synthesis=frame.synthesis,
        error_bound=rounding_bound(flow, e),
    )
