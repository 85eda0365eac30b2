"""The size of what each kernel rounds, which the tolerances of its tests multiply.

Functions (eps, *arguments of the kernel) -> an array for each result, in its units. A
sum of products is off by a few eps times the sum of their absolute values: by itself,
for what is linear in every argument. Powers lose digits of their phase in double
precision whatever eps is; a recurrence carries on what it has lost.
"""

from typing import Any

import numpy as np
from jaxtyping import Float64, Num

from framestate.ssm.kernels import reference

Array = Num[np.ndarray, "..."]
Sizes = tuple[Float64[np.ndarray, "..."], ...]
_EPS = float(np.finfo(np.float64).eps)


def powers(eps: float, C: Array, A: Array, B: Array, length: int) -> Sizes:
    """Norms of the readout and the input; every power of A is bounded by one."""
    del A
    size = np.linalg.norm(C, axis=-1) * np.linalg.norm(B, axis=-1)
    return ((eps + length * _EPS) * size[..., None].astype(np.float64),)


def vandermonde(eps: float, C: Array, lam: Array, B: Array, length: int) -> Sizes:
    """The summands at l = 0, which bound those at any l."""
    del lam
    size = np.sum(_wide(C) * np.abs(B), axis=-1)
    return ((eps + length * _EPS) * size[..., None],)


def vandermonde_rows(eps: float, c: Array, log_z: Array, length: int) -> Sizes:
    """The summands, and what their powers lose."""
    return (np.einsum("rm,rml->rl", _wide(c), _powers(eps, log_z, length)),)


def vandermonde_rows_backward(eps: float, c: Array, log_z: Array, grad: Array) -> Sizes:
    """As for the kernel, summed over the samples."""
    length = grad.shape[1]
    lost, g = _powers(eps, log_z, length), _wide(grad)
    late = np.einsum("rl,rml->rm", g * np.arange(length), lost)
    return np.einsum("rl,rml->rm", g, lost), _wide(c) * late


def cauchy(eps: float, v: Array, s: Array, lam: Array) -> Sizes:
    """The summands: a difference of s and a pole is exact to eps of itself."""
    direct, mirror = _reciprocals(s, lam)
    return (eps * np.einsum("rm,rml->rl", _wide(v), direct + mirror),)


def cauchy_backward(eps: float, v: Array, s: Array, lam: Array, grad: Array) -> Sizes:
    """The summands of each gradient."""
    direct, mirror = _reciprocals(s, lam)
    g, w = _wide(grad)[:, None, :], _wide(v)[:, :, None]
    slope = eps * w * g * (direct**2 + mirror**2)
    of_s, of_lam = slope.sum(axis=1), slope.sum(axis=2)
    return (
        eps * (g * (direct + mirror)).sum(axis=2),
        of_s if len(s) == len(v) else of_s.sum(axis=0, keepdims=True),
        of_lam if len(lam) == len(v) else of_lam.sum(axis=0, keepdims=True),
    )


def scan(eps: float, a: Array, x: Array, start: Array) -> Sizes:
    """What every sample rounds, carried on by the recurrence."""
    gains = _wide(a)
    states = reference.scan(gains, _wide(x), _wide(start))
    return (eps * reference.scan(gains, states, _wide(start)),)


def scan_backward(eps: float, a: Array, z: Array, start: Array, grad: Array) -> Sizes:
    """As for the scan, from the last sample to the first."""
    forward = _wide(a), _wide(z), _wide(start)
    _, states, _ = reference.scan_backward(*forward, _wide(grad))
    return tuple(eps * bar for bar in reference.scan_backward(*forward, states))


def scaled_scan(
    eps: float, lam: Array, settled: Array, u: Array, start: Array, count: int
) -> Sizes:
    """The largest state, times the turns of a mode while it forgets.

    `count` has no effect, and the phase of a mode is known to |lam| eps(float64).
    """
    del count
    rests = _wide(settled) * np.abs(u).max(axis=-1, keepdims=True)
    turns = np.abs(lam) / np.real(lam)
    largest = (rests + _wide(start)) * turns * (eps + _EPS * np.abs(lam))
    return (largest[..., None].astype(np.float64),)


def convolve(eps: float, u: Array, K: Array) -> Sizes:
    """The summands."""
    return (eps * reference.convolve(_wide(u), _wide(K)),)


def convolve_backward(eps: float, u: Array, K: Array, grad: Array) -> Sizes:
    """The summands of each gradient."""
    bars = reference.convolve_backward(_wide(u), _wide(K), _wide(grad))
    return tuple(eps * bar for bar in bars)


def multires(eps: float, x: Array, h0: Array, h1: Array, w: Array) -> Sizes:
    """The summands, rounded at each level."""
    size = reference.multires(_wide(x), _wide(h0), _wide(h1), _wide(w))
    return (eps * w.shape[1] * size,)


def multires_backward(
    eps: float, x: Array, h0: Array, h1: Array, w: Array, grad: Array
) -> Sizes:
    """The summands of each gradient, rounded at each level."""
    filters = _wide(h0), _wide(h1), _wide(w)
    bars = reference.multires_backward(_wide(x), *filters, _wide(grad))
    return tuple(eps * w.shape[1] * bar for bar in bars)


def _wide(array: Array) -> Float64[np.ndarray, "..."]:
    """Absolute values in double precision."""
    return np.abs(array).astype(np.float64)


def _powers(eps: float, log_z: Array, length: int) -> Float64[np.ndarray, "r m l"]:
    """What z^l is off by: l |Re log_z| eps of the size, l |log_z| eps(float64) too."""
    l = np.arange(length)
    rates = -np.real(log_z)[:, :, None].astype(np.float64)
    turns = _wide(log_z)[:, :, None]
    return np.exp(-rates * l) * (eps * (1 + np.abs(rates) * l) + _EPS * turns * l)


def _reciprocals(s: Array, lam: Array) -> tuple[Any, Any]:
    """Sizes of 1 / (s + lam) and 1 / (s + conj(lam))."""
    points = s.astype(np.complex128)[:, None, :]
    poles = lam.astype(np.complex128)[:, :, None]
    return 1 / np.abs(points + poles), 1 / np.abs(points + np.conj(poles))
