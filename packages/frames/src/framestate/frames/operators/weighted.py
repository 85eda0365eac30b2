r"""Operators of a weighted measure w ds (T-weighted-lyapunov).

    scaled       A_ij = delta_ij + <dual_j, s phi_i' + s (w'/w) phi_i>_w
    translated   A_ij = w(0) conj phi_i(0) dual_j(0) + <dual_j, phi_i' + (w'/w) phi_i>_w
                 B_i = w(1) conj phi_i(1)

Integration by parts takes the derivative off w. In a basis e of V that is orthonormal
under w,

    scaled       A_kl = w(1) conj e_k(1) e_l(1) - <s e_l', e_k>_w
    translated   A_kl = w(1) conj e_k(1) e_l(1) - <e_l', e_k>_w

and A_r + A_r^H = I + b b^H / w(1) + <e_l, s (w'/w) e_k>_w in the scaled measure: a
weight that grows towards now keeps every Re lambda >= 1/2.
"""

import numpy as np
from jaxtyping import Inexact

from framestate.frames.operators.base import FrameOperator, Measure
from framestate.frames.piecewise import Piecewise
from framestate.frames.weights import WeightedFrame

EPS = float(np.finfo(np.float64).eps)


def weighted(frame: WeightedFrame, measure: Measure) -> FrameOperator:
    """Return the operator of a weighted frame."""
    e = frame.members
    move = e.space.dilation if measure == "scaled" else e.space.derivative
    moved = frame.at_nodes(Piecewise(e.space, move(e.x)))
    flow = moved @ frame.at_nodes(e).conj().T
    w_now = float(frame.weight(np.ones(1))[0])
    now = frame.basis(1.0)[:, 0]
    A_r = w_now * np.outer(np.conj(now), now) - flow.T
    return FrameOperator(
        name=frame.name,
        measure=measure,
        A_r=A_r,
        b=w_now * np.conj(now),
        T=frame.analysis,
        R=frame.synthesis,
        error_bound=_bound(frame, moved, A_r),
    )


def _bound(
    frame: WeightedFrame,
    moved: Inexact[np.ndarray, "r nodes"],
    A_r: Inexact[np.ndarray, "r r"],
) -> float:
    """Bound on an entry: the Gauss sums are off by twice the distance of the weight.

    Relatively to the norms under w, in the flow and in the Gram matrix of the basis;
    rounding adds its share, with the condition of the change of basis.
    """
    terms = moved.shape[1] + frame.rank
    cond = float(np.linalg.cond(frame.triangle))
    share = 2.0 * frame.distance + terms * cond * EPS
    size = float(np.linalg.norm(moved, 2)) + float(np.linalg.norm(A_r, 2))
    return share * size
