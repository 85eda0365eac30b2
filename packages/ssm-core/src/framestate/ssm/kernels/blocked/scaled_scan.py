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
_SMALL, _EPS = 0.25, 2.0**-53


def scaled_scan(
    lam: Complex[Any, " r"],
    settled: Complex[Any, " r"],
    u: Float[Any, "*batch l"],
    start: Complex[Any, "*batch r"],
    count: int,
) -> Complex[Any, "*batch r l"]:
    """Equal to `reference.scaled_scan`; arithmetic in double precision.

    lam and settled may be NumPy arrays whatever u and start are: where lam is on the
    host, nothing waits for a device.
    """
    xp, device = array_api_compat.array_namespace(u, start), array_api_compat.device(u)
    fastest, largest = _extremes(lam)
    rates, rests = (
        xp.asarray(p, dtype=xp.complex128, device=device)[:, None]
        for p in (lam, settled)
    )
    samples, z = xp.astype(u, xp.float64), xp.astype(start, xp.complex128)
    length = u.shape[-1]
    states = xp.empty((*start.shape, length), dtype=start.dtype, device=device)
    most = max(1, _ELEMENTS // math.prod(start.shape))
    done = 0
    while done < length:
        n = count + done
        if n:
            grown = n * math.expm1(_FALL / max(fastest, _FALL))
            size = max(1, min(int(grown), most, length - done))
            part = samples[..., done : done + size]
            block = _chunk(xp, rates, rests, part, z, n, largest / n)
        else:
            size = 1
            block = rests * samples[..., None, :1]
        states[..., done : done + size] = xp.astype(block, start.dtype)
        z = block[..., -1]
        done += size
    return states


def _extremes(lam: Complex[Any, " r"]) -> tuple[float, float]:
    """The largest real part and the largest absolute value."""
    xp = array_api_compat.array_namespace(lam)
    return float(xp.max(xp.real(lam))), float(xp.max(xp.abs(lam)))


def _chunk(  # noqa: PLR0913
    xp: Any,
    rates: Complex128[Any, "r 1"],
    rests: Complex128[Any, "r 1"],
    u: Float64[Any, "*batch size"],
    z: Complex128[Any, "*batch r"],
    n: int,
    most: float,
) -> Complex128[Any, "*batch r size"]:
    """States after the samples n, n + 1, .., rates / n being most at most."""
    size, device = u.shape[-1], array_api_compat.device(u)
    ages = xp.arange(size, dtype=xp.float64, device=device)  # of n + age, from n on
    weights = _losses(xp, rates * xp.log1p(1 / (n + ages)), most)
    q = xp.exp(rates * xp.log1p((ages + 1 - size) / (n + size)))
    first = xp.exp(rates * math.log(n / (n + size)))[:, 0]
    weights *= q
    weights *= rests
    terms = weights * u[..., None, :]
    terms[..., 0] += first * z
    states = xp.cumulative_sum(terms, axis=-1)
    states *= 1 / q
    return states


def _losses(
    xp: Any, x: Complex128[Any, "r size"], most: float
) -> Complex128[Any, "r size"]:
    """1 - exp(-x), of small x the sum x (1 - x/2 (1 - x/3 (1 - ..))) of a few terms."""
    if most > _SMALL:
        return -xp.expm1(-x)
    terms = next(k for k in range(2, 20) if most**k <= _EPS * math.factorial(k + 1))
    found = 1 - x / terms
    for k in range(terms - 1, 1, -1):
        found *= x
        found *= -1 / k
        found += 1
    found *= x
    return found
