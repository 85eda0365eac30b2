"""Modes of the scaled clock, whose gain changes with every sample (T-scaled-solution)."""

import numpy as np
from jaxtyping import Complex, Float


def scaled_scan(
    lam: Complex[np.ndarray, " r"],
    settled: Complex[np.ndarray, " r"],
    u: Float[np.ndarray, "*batch l"],
    start: Complex[np.ndarray, "*batch r"],
    count: int,
) -> Complex[np.ndarray, "*batch r l"]:
    """States after each sample, z_{n+1} = g z_n + (1 - g) settled u_n.

    The gain of sample n is g = (n/(n+1))^lam; the first sample of all, n = 0, gives
    settled u_0 whatever start is.

    Parameters
    ----------
    lam : (r,) complex
        Eigenvalues, Re(lam) >= 0.
    settled : (r,) complex
        Where a mode rests under the constant input 1: B / lam.
    u : (l,) or (batch, l) real
        Samples number count, count + 1, ...
    start : (r,) or (batch, r) complex
        State before them; its dtype is the result's.
    count : int
        Number of samples that start has absorbed.
    """
    rates, rests = lam.astype(np.complex128), settled.astype(np.complex128)
    states = np.empty((*start.shape, u.shape[-1]), dtype=np.complex128)
    z = start.astype(np.complex128)
    for index in range(u.shape[-1]):
        after = rests * u[..., index, None].astype(np.float64)
        n = count + index
        if n > 0:  # on the way there
            after = z - np.expm1(-rates * np.log1p(1 / n)) * (after - z)
        z = states[..., index] = after
    return states.astype(start.dtype)
