"""The convolution kernel of a diagonal step: K_l = Re sum_m c_m z_m^l."""

import numpy as np
from jaxtyping import Complex, Complex128, Float


def vandermonde(
    C: Complex[np.ndarray, "... m"],
    lam: Complex128[np.ndarray, "*h m"],
    B: Complex128[np.ndarray, "*h m"],
    length: int,
) -> Float[np.ndarray, "... length"]:
    """K[..., l] = Re sum_m C[..., m] B[m] lam[m]^l, through the (m, length) table.

    Channels ``*h`` with poles of their own have rows of their own, C (.., *h, m).
    """
    table = np.power(lam[..., None], np.arange(length))
    K = ((C * B)[..., None, :] @ table)[..., 0, :]
    return np.real(K).astype(np.real(C).dtype)


def vandermonde_rows(
    c: Complex[np.ndarray, "r m"], log_z: Complex[np.ndarray, "r m"], length: int
) -> Float[np.ndarray, "r length"]:
    """K[r, l] = Re sum_m c[r, m] exp(l log_z[r, m]), every row with poles of its own.

    Parameters
    ----------
    c : (r, m) complex
        Coefficients; their precision is the kernel's.
    log_z : (r, m) complex
        Logarithms of the poles, so that a pole near 1 keeps its digits.
    length : int
        Number of samples.
    """
    table = _table(log_z, length)
    return np.real(np.einsum("rm,rml->rl", c, table)).astype(np.real(c).dtype)


def vandermonde_rows_backward(
    c: Complex[np.ndarray, "r m"],
    log_z: Complex[np.ndarray, "r m"],
    grad: Float[np.ndarray, "r length"],
) -> tuple[Complex[np.ndarray, "r m"], Complex[np.ndarray, "r m"]]:
    """Gradients for c and log_z: sum_l g_l conj(z^l) and sum_l g_l conj(c l z^l)."""
    length = grad.shape[1]
    table = np.conj(_table(log_z, length))
    grad_c = np.einsum("rl,rml->rm", grad, table)
    grad_log_z = np.conj(c) * np.einsum("rl,rml->rm", grad * np.arange(length), table)
    return grad_c.astype(c.dtype), grad_log_z.astype(log_z.dtype)


def _table(
    log_z: Complex[np.ndarray, "r m"], length: int
) -> Complex128[np.ndarray, "r m length"]:
    """z^l for l < length."""
    return np.exp(log_z.astype(np.complex128)[:, :, None] * np.arange(length))
