"""The Cauchy kernel, a block of points at a time: no (r, m, l) array exists."""

from collections.abc import Iterator
from typing import Any

import array_api_compat
from jaxtyping import Complex

# Elements of one block of terms: a few of these fit a processor's cache.
_TERMS = 1 << 15


def cauchy(
    v: Complex[Any, "r m"], s: Complex[Any, "#r l"], lam: Complex[Any, "#r m"]
) -> Complex[Any, "r l"]:
    """Equal to `reference.cauchy`, sum_m v/(s + lam) + conj(v)/(s + conj(lam))."""
    xp = array_api_compat.array_namespace(v, s, lam)
    w, poles = v[:, :, None], lam[:, :, None]
    blocks: list[Any] = []
    for part in _blocks(v, s):
        points = s[:, None, part]
        terms = w / (points + poles) + xp.conj(w) / (points + xp.conj(poles))
        blocks.append(xp.sum(terms, axis=1))
    return xp.concat(blocks, axis=1)


def cauchy_backward(
    v: Complex[Any, "r m"],
    s: Complex[Any, "#r l"],
    lam: Complex[Any, "#r m"],
    grad: Complex[Any, "r l"],
) -> tuple[Complex[Any, "r m"], Complex[Any, "#r l"], Complex[Any, "#r m"]]:
    """Equal to `reference.cauchy_backward`: gradients for v, s and lam."""
    xp = array_api_compat.array_namespace(v, s, lam, grad)
    w, poles = v[:, :, None], lam[:, :, None]
    grad_v, grad_lam = xp.zeros_like(v), xp.zeros_like(v)
    grads_s: list[Any] = []
    for part in _blocks(v, s):
        points, g = s[:, None, part], grad[:, None, part]
        direct, mirror = 1 / (points + poles), 1 / (points + xp.conj(poles))
        p, q = g * xp.conj(direct), xp.conj(g) * mirror
        grad_v += xp.sum(p + q, axis=2)
        p, q = xp.conj(w * direct) * p, xp.conj(w) * mirror * q
        grad_lam -= xp.sum(p + q, axis=2)
        grads_s.append(-xp.sum(p + xp.conj(q), axis=1))
    grad_s = _rows_of(xp, xp.concat(grads_s, axis=1), s)
    return grad_v, grad_s, _rows_of(xp, grad_lam, lam)


def _blocks(v: Complex[Any, "r m"], s: Complex[Any, "#r l"]) -> Iterator[slice]:
    size = max(1, _TERMS // (v.shape[0] * v.shape[1]))
    for first in range(0, s.shape[1], size):
        yield slice(first, min(first + size, s.shape[1]))


def _rows_of(
    xp: Any, total: Complex[Any, "r k"], like: Complex[Any, "#r k"]
) -> Complex[Any, "#r k"]:
    """The total itself, or summed over the rows if ``like`` has only one."""
    if like.shape[0] < total.shape[0]:
        total = xp.sum(total, axis=0, keepdims=True)
    return total
