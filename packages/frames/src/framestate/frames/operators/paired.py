r"""The operator of a frame with any dual (T-any-dual).

    A = mu I + T M     A_r = mu I + M T     B = T b
    M_lj = <dual_j, s e_l'>                              scaled,     mu = 1
    M_lj = conj e_l(0) dual_j(0) + <dual_j, e_l'>        translated, mu = 0

If the dual reproduces V, then M T is what the canonical dual gives and only A on ker R
is another. If not, the state T z still moves by (A_r, b), and comes back as K z.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Inexact

from framestate.frames.dual import DualPair
from framestate.frames.operators.base import FrameOperator
from framestate.frames.spaces import Coordinates, Matrix

EPS = float(np.finfo(np.float64).eps)


def with_dual(
    pair: DualPair, canonical: FrameOperator, *, seam: float = 0.0
) -> FrameOperator:
    """Return the operator with the dual of the pair instead of the canonical one.

    Parameters
    ----------
    pair : DualPair
        The frame with its dual.
    canonical : FrameOperator
        The operator of the same frame with its canonical dual.
    seam : float
        How often the reconstruction at s = 0 enters: 0 in the scaled measure.
    """
    flow, far = _flow(pair, canonical), pair.frame.basis(0.0)[:, 0]

    def read(x: Coordinates) -> Matrix:
        """M for functions x in the place of the duals; (r, rows)."""
        at_0 = pair.frame.atoms.space.evaluate(x, np.zeros(1))[:, 0]
        return np.conj(flow) @ x.T + seam * np.outer(np.conj(far), at_0)

    exact = pair.defect <= pair.rounding
    named = replace(
        canonical,
        name=f"{canonical.name}, {pair.kind} dual",
        R=pair.synthesis if exact else canonical.R,
        flow=None
        if exact and pair.within
        else pair.frame.analysis @ read(pair.functions),
        gain=None if exact else pair.gain,
    )
    if pair.reproduces:
        return named
    mu = canonical.redundant_eigenvalue
    return replace(
        named,
        A_r=mu * np.eye(pair.frame.rank) + read(pair.reconstructed),
        error_bound=_bound(pair, flow, seam * far),
    )


def _flow(pair: DualPair, canonical: FrameOperator) -> Coordinates:
    space, e = pair.frame.atoms.space, pair.frame.basis_coordinates
    return space.dilation(e) if canonical.measure == "scaled" else space.derivative(e)


def _bound(pair: DualPair, flow: Coordinates, far: Inexact[np.ndarray, "r"]) -> float:
    """Rounding of (N + D)-term sums over T, the duals and the flow."""
    largest = float(np.sqrt((abs(flow) ** 2).sum(axis=1)).max())
    at_0 = float(np.linalg.norm(pair.duals(0.0))) * pair.analysis_norm
    terms = sum(pair.functions.shape)
    outer = terms * EPS * at_0 * float(np.abs(far).max())
    return 2.0 * (largest * pair.rounding + outer)
