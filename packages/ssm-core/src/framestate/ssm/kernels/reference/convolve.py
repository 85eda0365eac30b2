"""Causal convolution of every channel with a kernel of its own."""

import numpy as np
from jaxtyping import Float


def convolve(
    u: Float[np.ndarray, "b h l"], K: Float[np.ndarray, "h taps"]
) -> Float[np.ndarray, "b h l"]:
    """y[b, h, t] = sum_k K[h, k] u[b, h, t - k], with nothing before the start.

    Parameters
    ----------
    u : (b, h, l) real
        Input; its precision is the result's.
    K : (h, taps) real
        Kernels; taps beyond the length have no effect.
    """
    y = np.zeros(u.shape)
    for k in range(min(K.shape[1], u.shape[2])):
        y[:, :, k:] += K[:, k, None].astype(np.float64) * u[:, :, : u.shape[2] - k]
    return y.astype(u.dtype)


def convolve_backward(
    u: Float[np.ndarray, "b h l"],
    K: Float[np.ndarray, "h taps"],
    grad: Float[np.ndarray, "b h l"],
) -> tuple[Float[np.ndarray, "b h l"], Float[np.ndarray, "h taps"]]:
    """Gradients for u, sum_k K_k g_{t+k}, and for K, sum over b and t of g_t u_{t-k}."""
    length, wide = u.shape[2], grad.astype(np.float64)
    grad_u, grad_K = np.zeros(u.shape), np.zeros(K.shape)
    for k in range(min(K.shape[1], length)):
        late = wide[:, :, k:]
        grad_u[:, :, : length - k] += K[:, k, None] * late
        grad_K[:, k] = np.einsum("bht,bht->h", late, u[:, :, : length - k])
    return grad_u.astype(u.dtype), grad_K.astype(K.dtype)
