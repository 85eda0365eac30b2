"""The Cauchy kernel of conjugate pairs: sum_m v_m/(s + lam_m) + its mirror image."""

import numpy as np
from jaxtyping import Complex, Complex128


def cauchy(
    v: Complex[np.ndarray, "r m"],
    s: Complex[np.ndarray, "#r l"],
    lam: Complex[np.ndarray, "#r m"],
) -> Complex[np.ndarray, "r l"]:
    """The sum over m of v / (s + lam) + conj(v) / (s + conj(lam)).

    Parameters
    ----------
    v : (r, m) complex
        Residues; their precision is the result's.
    s : (r, l) or (1, l) complex
        Points, none of them at -lam or -conj(lam).
    lam : (r, m) or (1, m) complex
        Eigenvalues, one of each pair.
    """
    direct, mirror = _reciprocals(s, lam)
    pairs = v[:, :, None] * direct + np.conj(v)[:, :, None] * mirror
    return pairs.sum(axis=1).astype(v.dtype)


def cauchy_backward(
    v: Complex[np.ndarray, "r m"],
    s: Complex[np.ndarray, "#r l"],
    lam: Complex[np.ndarray, "#r m"],
    grad: Complex[np.ndarray, "r l"],
) -> tuple[
    Complex[np.ndarray, "r m"], Complex[np.ndarray, "#r l"], Complex[np.ndarray, "#r m"]
]:
    """Gradients for v, s and lam, summed over r where s or lam has one row."""
    direct, mirror = _reciprocals(s, lam)
    g, w = grad[:, None, :], v[:, :, None]
    grad_v = (g * np.conj(direct) + np.conj(g) * mirror).sum(axis=2)
    slope = -w * direct**2
    reflected = -np.conj(w) * mirror**2
    grad_s = _reduced(g * np.conj(slope + reflected), axis=1, like=s)
    grad_lam = _reduced(g * np.conj(slope) + np.conj(g) * reflected, axis=2, like=lam)
    return grad_v.astype(v.dtype), grad_s, grad_lam


def _reciprocals(
    s: Complex[np.ndarray, "rs l"], lam: Complex[np.ndarray, "rl m"]
) -> tuple[Complex128[np.ndarray, "r m l"], Complex128[np.ndarray, "r m l"]]:
    """1 / (s + lam) and 1 / (s + conj(lam))."""
    points = s.astype(np.complex128)[:, None, :]
    poles = lam.astype(np.complex128)[:, :, None]
    return 1 / (points + poles), 1 / (points + np.conj(poles))


def _reduced(
    terms: Complex128[np.ndarray, "r m l"],
    *,
    axis: int,
    like: Complex[np.ndarray, "q k"],
) -> Complex[np.ndarray, "q k"]:
    """Terms summed over an axis, and over the rows if ``like`` has only one."""
    total = terms.sum(axis=axis)
    if len(like) < len(total):
        total = total.sum(axis=0, keepdims=True)
    return total.astype(like.dtype)
