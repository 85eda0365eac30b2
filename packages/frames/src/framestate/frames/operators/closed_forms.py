r"""Operators known in closed form: the oracles of the derivation.

Orthonormal Legendre functions sqrt(2n+1) P_n(2s - 1), B_n = sqrt(2n+1):

    LegS  A_nk = sqrt((2n+1)(2k+1)) below the diagonal, n + 1 on it, 0 above
    LegT  A_nk = sqrt((2n+1)(2k+1)) * (1 if k < n else (-1)^(n-k))

Fourier functions 1, sqrt2 cos, sqrt2 sin with k = phi(0) = phi(1) and the skew
matrix of d/ds: FouT A = k k^T + skew, B = k ("weak", the baseline of the WaLRUS
paper) or A = 2 k k^T + skew, B = 2 k ("strong", S4-FouT).

Laguerre functions of the lag x >= 0 on the whole half line, B_n = sqrt(scale):

    LagT  A_nk = scale * (1 below the diagonal, 1/2 on it, 0 above)
"""

import numpy as np
from jaxtyping import Float64

from framestate.frames.checks import require_count, require_positive
from framestate.frames.errors import InvalidInputError
from framestate.frames.operators.base import FrameOperator, Measure


def legs(size: int) -> FrameOperator:
    """HiPPO-LegS of order ``size``: scaled Legendre."""
    _check_size("legs", size)
    n, k = np.indices((size, size))
    root = np.sqrt((2.0 * n + 1.0) * (2.0 * k + 1.0))
    A = np.where(k < n, root, 0.0) + np.diag(np.arange(1.0, size + 1.0))
    return _orthonormal(f"LegS({size})", "scaled", A, root[:, 0])


def legt(size: int) -> FrameOperator:
    """HiPPO-LegT of order ``size``: translated Legendre (the LMU's memory)."""
    _check_size("legt", size)
    n, k = np.indices((size, size))
    root = np.sqrt((2.0 * n + 1.0) * (2.0 * k + 1.0))
    A = root * np.where(k < n, 1.0, (-1.0) ** (n - k))
    return _orthonormal(f"LegT({size})", "translated", A, root[:, 0])


def fout(size: int, *, closure: str = "weak") -> FrameOperator:
    """FouT of order ``size``: translated Fourier, with either closure of the seam."""
    _check_size("fout", size)
    if closure not in ("weak", "strong"):
        raise InvalidInputError(
            request=f"fout({size}, closure={closure!r})",
            finding="the closures are 'weak' and 'strong'",
            remedy="Use 'strong' for S4-FouT, 'weak' for SaFARi's formula",
        )
    index = np.arange(size)
    cosine = (index % 2 == 1) | (index == 0)
    seam = np.where(cosine, np.where(index == 0, 1.0, np.sqrt(2.0)), 0.0)
    skew = np.zeros((size, size))
    for n in range(1, (size - 1) // 2 + 1):
        skew[2 * n, 2 * n - 1] = 2.0 * np.pi * n
        skew[2 * n - 1, 2 * n] = -2.0 * np.pi * n
    factor = 2.0 if closure == "strong" else 1.0
    A = factor * np.outer(seam, seam) + skew
    name = f"FouT({size})" if closure == "weak" else f"FouT({size}), strong closure"
    return _orthonormal(name, "translated", A, factor * seam)


def lagt(size: int, *, scale: float = 1.0) -> FrameOperator:
    """HiPPO-LagT of order ``size``: Laguerre functions of the lag (T-laguerre).

    The measure ends nowhere, so A and B are constant and the clock is the translated
    one, c' = -(1/theta) A c + (1/theta) B f, with theta the time in which the lag x
    grows by ``scale``. With the scale 1, A is 1/2 on the diagonal and 1 below, B is 1.
    It is what the translated operator of ``laguerre(size, scale=scale)`` tends to as
    the window [0, scale] of lags grows: then nothing is left at its far end.

    Parameters
    ----------
    size : int
        Number of functions, at least 1.
    scale : float
        Lag at the age theta, above 0.

    Raises
    ------
    InvalidInputError
        When size or scale is out of range.
    """
    request = f"lagt({size!r}, scale={scale!r})"
    _check_size("lagt", size)
    rate = require_positive(request, "scale", scale, remedy="1 is HiPPO's LagT")
    A = rate * (np.tri(size, k=-1) + 0.5 * np.eye(size))
    return _orthonormal(f"LagT({size})", "translated", A, np.full(size, rate**0.5))


def _orthonormal(
    name: str,
    measure: Measure,
    A: Float64[np.ndarray, "n n"],
    B: Float64[np.ndarray, "n"],
) -> FrameOperator:
    eye = np.eye(len(B))
    bound = 2.0 * np.finfo(np.float64).eps * float(np.abs(A).max())
    return FrameOperator(
        name=name,
        measure=measure,
        A_r=A,
        b=B,
        T=eye,
        R=eye,
        error_bound=bound,
    )


def _check_size(name: str, size: int) -> None:
    require_count(f"{name}({size!r})", "the order", size)
