"""Conversions to real matrices: block-real modes, and any form as a dense system.

Every form is a real system in disguise. In the real coordinates of its modes,
sqrt(2) (Re z, Im z) of a pair and z itself of a real mode, lengths are those of the
modes, so that a conversion costs no digits; eigenvectors play no part in it.
"""

import numpy as np
from jaxtyping import Complex128, Float64

from framestate.ssm.forms.dplr import DPLR
from framestate.ssm.system import Modes, System


def block_real(form: Modes) -> System:
    """The form as a real system in the real coordinates of its modes.

    Real modes come first, then the real parts of all pairs, then their imaginary
    parts. Of a `Diagonal` A is block diagonal but for that order, with

        [[Re(lam), -Im(lam)], [Im(lam), Re(lam)]]

    between the parts of a pair; of a `DPLR` it has the low-rank part beside.

    Parameters
    ----------
    form : Modes
        m modes, of which p are pairs.

    Returns
    -------
    System
        Of order m + p; its lift leads to the state of the original operator.
    """
    real, pair = np.flatnonzero(~form.paired), np.flatnonzero(form.paired)
    lam = form.lam
    p, start = len(pair), len(real)
    A = np.zeros((start + 2 * p, start + 2 * p))
    A[np.arange(start), np.arange(start)] = np.real(lam[real])
    above, below = start + np.arange(p), start + p + np.arange(p)
    A[above, above] = A[below, below] = np.real(lam[pair])
    A[above, below], A[below, above] = -np.imag(lam[pair]), np.imag(lam[pair])
    if isinstance(form, DPLR):
        Q = to_real(form, form.P)
        A += (Q * form.signs) @ Q.T
    return System(
        A=A,
        B=to_real(form, form.B[:, None])[:, 0],
        measure=form.measure,
        lift=to_real(form, form.lift.conj().T).T,
    )


def to_real(
    form: Modes, z: Complex128[np.ndarray, "m batch"]
) -> Float64[np.ndarray, "n batch"]:
    """Modes as coordinates of `block_real`; lengths and products are kept.

    Parameters
    ----------
    form : Modes
        m modes, of which p are pairs.
    z : (m, batch) complex128
        Modes of real states.

    Returns
    -------
    (m + p, batch) float64
    """
    pair = np.sqrt(2) * z[form.paired]
    return np.concatenate((np.real(z[~form.paired]), np.real(pair), np.imag(pair)))


def from_real(
    form: Modes, x: Float64[np.ndarray, "n batch"]
) -> Complex128[np.ndarray, "m batch"]:
    """The inverse of `to_real`."""
    start, p = np.count_nonzero(~form.paired), np.count_nonzero(form.paired)
    z = np.empty((start + p, x.shape[1]), dtype=np.complex128)
    z[~form.paired] = x[:start]
    z[form.paired] = (x[start : start + p] + 1j * x[start + p :]) / np.sqrt(2)
    return z
