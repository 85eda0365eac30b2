"""The linear recurrence z_n = a_n z_{n-1} + x_n, and its transpose."""

import numpy as np
from jaxtyping import Inexact


def scan(
    a: Inexact[np.ndarray, "r #l"],
    x: Inexact[np.ndarray, "r l"],
    start: Inexact[np.ndarray, " r"],
) -> Inexact[np.ndarray, "r l"]:
    """z[:, n] = a[:, n] z[:, n - 1] + x[:, n], with start before the first sample.

    Parameters
    ----------
    a : (r, 1) or (r, l)
        Gains: the same for every sample, or one a sample.
    x : (r, l)
        Inputs, real or complex; their dtype is the result's.
    start : (r,)
        The state z[:, -1] that the first sample finds.
    """
    wide = np.result_type(x.dtype, np.float64)
    gains = np.broadcast_to(a.astype(wide), x.shape)
    states = np.empty(x.shape, dtype=wide)
    z = start.astype(wide)
    for n in range(x.shape[1]):
        z = states[:, n] = gains[:, n] * z + x[:, n]
    return states.astype(x.dtype)


def scan_backward(
    a: Inexact[np.ndarray, "r #l"],
    z: Inexact[np.ndarray, "r l"],
    start: Inexact[np.ndarray, " r"],
    grad: Inexact[np.ndarray, "r l"],
) -> tuple[
    Inexact[np.ndarray, "r #l"], Inexact[np.ndarray, "r l"], Inexact[np.ndarray, " r"]
]:
    """Gradients for a, x and start, from the states z that `scan` returned.

    That of x runs backwards, h_n = g_n + conj(a_{n+1}) h_{n+1}; then that of a_n is
    h_n conj(z_{n-1}), summed if the gains are the same for every sample, and that of
    start is conj(a_0) h_0.
    """
    wide = np.result_type(z.dtype, np.float64)
    gains = np.conj(np.broadcast_to(a.astype(wide), z.shape))
    x_bar = np.empty(z.shape, dtype=wide)
    carried = np.zeros(len(start), dtype=wide)
    for n in reversed(range(z.shape[1])):
        x_bar[:, n] = grad[:, n] + carried
        carried = gains[:, n] * x_bar[:, n]
    before = np.concatenate((start[:, None], z[:, :-1]), axis=1).astype(wide)
    a_bar = x_bar * np.conj(before)
    if a.shape[1] < z.shape[1]:
        a_bar = a_bar.sum(axis=1, keepdims=True)
    return a_bar.astype(a.dtype), x_bar.astype(z.dtype), carried.astype(start.dtype)
