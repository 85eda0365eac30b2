"""The scaled scan in chunks of closed form (T-scaled-solution).

From sample n0 to n1 with q_j = (j/n1)^lam and the losses 1 - g_j,

    z_n = (q_n0 z_n0 + sum_{n0 <= j < n} q_{j+1} (1 - g_j) settled u_j) / q_n,

one cumulative sum. No product of gains is ever formed, so that nothing drifts; a
chunk ends before q_n0 has fallen so far that the quotient could overflow.
"""

import math
from typing import Any

import array_api_compat
from jaxtyping import Complex, Complex128, Float, Float64

_FALL = 300.0  # -log |q_n0| at most, where double precision ends at 700
_ELEMENTS = 1 << 17  # of a chunk, so that it stays in a processor's cache


def scaled_scan(
    lam: Complex[Any, " r"],
    settled: Complex[Any, " r"],
    u: Float[Any, "*batch l"],
    start: Complex[Any, "*batch r"],
    count: int,
) -> Complex[Any, "*batch r l"]:
    """Equal to `reference.scaled_scan`; arithmetic in double precision."""
    xp = array_api_compat.array_namespace(lam, settled, u, start)
    rates, rests = (xp.astype(p, xp.complex128)[:, None] for p in (lam, settled))
    samples, z = xp.astype(u, xp.float64), xp.astype(start, xp.complex128)
    length = u.shape[-1]
    states = xp.empty((*start.shape, length), dtype=start.dtype)
    fastest = float(xp.max(xp.real(rates)))
    most = max(1, _ELEMENTS // math.prod(start.shape))
    done = 0
    while done < length:
        n = count + done
        if n:
            grown = n * math.expm1(_FALL / max(fastest, _FALL))
            size = max(1, min(int(grown), most, length - done))
            part = samples[..., done : done + size]
            block = _chunk(xp, rates, rests, part, z, n)
        else:
            size = 1
            block = rests * samples[..., None, :1]
        states[..., done : done + size] = xp.astype(block, start.dtype)
        z = block[..., -1]
        done += size
    return states


def _chunk(
    xp: Any,
    rates: Complex128[Any, "r 1"],
    rests: Complex128[Any, "r 1"],
    u: Float64[Any, "*batch size"],
    z: Complex128[Any, "*batch r"],
    n: int,
) -> Complex128[Any, "*batch r size"]:
    """States after the samples n, n + 1, ..."""
    size = u.shape[-1]
    ages = xp.arange(size, dtype=xp.float64)  # of sample n + age, seen from n
    losses = -xp.expm1(-rates * xp.log1p(1 / (n + ages)))
    q = xp.exp(rates * xp.log1p((ages + 1 - size) / (n + size)))
    first = xp.exp(rates * math.log(n / (n + size)))[:, 0]
    terms = (q * losses * rests) * u[..., None, :]
    terms[..., 0] += first * z
    return xp.cumulative_sum(terms, axis=-1) / q
