"""Hankel singular values: how much of each state an input can reach and a readout see.

sigma_k^2 are the eigenvalues of P Q (`gramians`). They belong to the map u -> C c
and not to its coordinates: sigma_k is the distance, in the gain from past inputs
to future outputs, to the nearest system of fewer than k states.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.ssm.checks import ArrayLike, real_array
from framestate.ssm.system import OperatorLike, System, as_system
from framestate.ssm.truncate.gramians import gramian_factors

_EPS = float(np.finfo(np.float64).eps)
_ROUNDING = 64.0  # rounded operations an entry of the factors may carry


@final
@dataclass(frozen=True, eq=False)
class Hankel:
    """The singular value decomposition of seen @ reached, and what it was made from.

    Parameters
    ----------
    system : System
        Of order n.
    C : (..., n) float64
        Its readout.
    sigma : (n,) float64
        Hankel singular values, descending.
    rounding : float
        64 n eps sum_i ||seen[:, i]|| ||reached[i]||, in any scaling of the states:
        values that differ by less are not told apart.
    left : (k, n) float64
        Rows U^T seen; balanced, x = sigma^-1/2 left c.
    right : (n, k) float64
        Columns reached V; balanced, c = right sigma^-1/2 x.
    """

    system: System
    C: Float64[np.ndarray, "*outputs n"]
    sigma: Float64[np.ndarray, " n"]
    rounding: float
    left: Float64[np.ndarray, "k n"]
    right: Float64[np.ndarray, "n k"]


def hankel_singular_values(
    system: OperatorLike, C: ArrayLike | None = None
) -> Float64[np.ndarray, " n"]:
    """Hankel singular values of u -> C c in the L2 norm, descending.

    A scaled system is taken in the time log t: its L2 norm is over dt/t.

    Parameters
    ----------
    system : OperatorLike
        Of order n, every pole with Re(lam) > 0.
    C : (..., n) array_like, optional
        Readout rows on its state. Left out, the output is the whole state of
        the original operator, ``lift @ c``.

    Returns
    -------
    (n,) float64
        Rounded by some n eps sigma_1, often far less; a state that is never
        reached or never seen has a value of that size. A pole of weak damping
        adds the relative error n eps abs(lam) / Re(lam) of the damping itself.

    Raises
    ------
    UnstableError
        If a pole does not decay; the message names it.
    IllConditionedError
        If the system is too far from normal for float64.
    InvalidInputError
        If the system or C is malformed.
    """
    return hankel("hankel_singular_values", system, C).sigma


def hankel(request: str, operator: OperatorLike, C: ArrayLike | None) -> Hankel:
    """The decomposition behind `hankel_singular_values` and balanced truncation.

    Raises
    ------
    UnstableError, IllConditionedError, InvalidInputError
        As `hankel_singular_values`.
    """
    system = as_system(operator)
    n = system.size
    readout = (
        system.lift if C is None else real_array(request, "C", C, shape=f"... {n}")
    )
    factors = gramian_factors(request, system, readout.reshape(-1, n))
    U, some, Vt = np.linalg.svd(factors.seen @ factors.reached, full_matrices=False)
    sigma = np.zeros(n)
    sigma[: len(some)] = some
    seen, reached = (
        np.linalg.norm(factors.seen, axis=0),
        np.linalg.norm(factors.reached, axis=1),
    )
    return Hankel(
        system=system,
        C=readout,
        sigma=sigma,
        rounding=float(_ROUNDING * n * _EPS * (seen @ reached)),
        left=U.T @ factors.seen,
        right=factors.reached @ Vt.T,
    )
