"""Random arguments for every kernel, on which its rungs are compared.

Functions (rng, dtype, length) -> arguments, dtype being float32 or float64; sizes are
odd and small, and poles lie on the unit circle, in it, and near its center.
"""

from typing import Any

import numpy as np
from jaxtyping import Complex128, Float64, Num

Array = Num[np.ndarray, "..."]
Arguments = tuple[Any, ...]
_ROWS, _MODES = 3, 9


def vandermonde(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """Readouts (2, 3, m); poles in the closed unit disk, 0, -1 and 1 among them.

    All rows have the same poles if the length is even, else poles of their own.
    """
    own = (3,) * (length % 2)
    z = np.exp(_log_poles(rng, (*own, _MODES)))
    z[..., :3] = 0, -1, 1
    return _complex(rng, dtype, 2, 3, _MODES), z, _normal(rng, *own, _MODES), length


def powers(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """Readouts (2, 3, n), rotations and inputs, shared or not as in `vandermonde`."""
    own = (3,) * (length % 2)
    rotation, _ = np.linalg.qr(rng.standard_normal((*own, _MODES, _MODES)))
    C, B = _real(rng, dtype, 2, 3, _MODES), rng.standard_normal((*own, _MODES))
    return C, rotation, B, length


def vandermonde_rows(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """More modes than a block takes at a time, exponents in double precision."""
    shape = (_ROWS, 21)
    return _complex(rng, dtype, *shape), _log_poles(rng, shape), length


def vandermonde_rows_backward(
    rng: np.random.Generator, dtype: Any, length: int
) -> Arguments:
    """The same and a gradient; exponents in the precision of the rest."""
    c, log_z, _ = vandermonde_rows(rng, dtype, length)
    return c, log_z.astype(c.dtype), _real(rng, dtype, len(c), length)


def cauchy(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """Points on the imaginary axis, one row of them for all."""
    s = 10j * rng.standard_normal((1, length)).astype(dtype)
    shape = _ROWS, 70
    lam = np.exp(rng.standard_normal(shape)) + 10j * rng.standard_normal(shape)
    return (
        _complex(rng, dtype, _ROWS, 70),
        s.astype(_pair(dtype)),
        lam.astype(_pair(dtype)),
    )


def cauchy_backward(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """The same and a gradient; the other way round, poles for all rows."""
    v, s, lam = cauchy(rng, dtype, length)
    s = s + np.arange(_ROWS, dtype=dtype)[:, None]
    return v, s, lam[:1], _complex(rng, dtype, _ROWS, length)


def scan(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """Complex gains in the closed unit disk, the same for every sample."""
    gains = np.exp(_log_poles(rng, (_ROWS, 1))).astype(_pair(dtype))
    return gains, _complex(rng, dtype, _ROWS, length), _complex(rng, dtype, _ROWS)


def scan_backward(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """Real gains that change with the sample, states and a gradient."""
    gains = rng.uniform(-1, 1, (_ROWS, length)).astype(dtype)
    rows = (_real(rng, dtype, *shape) for shape in [(_ROWS, length), (_ROWS,)])
    return gains, *rows, _real(rng, dtype, _ROWS, length)


def scaled_scan(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """Two records, from the first sample on if the length is even."""
    lam = np.exp(2 * rng.standard_normal(_MODES)) + 20j * rng.standard_normal(_MODES)
    start = _complex(rng, dtype, 2, _MODES)
    u = _real(rng, dtype, 2, length)
    return lam, _normal(rng, _MODES), u, start, length % 2 * 1000


def convolve(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """More taps than samples if the length is even, else fewer."""
    taps = length + 5 if length % 2 == 0 else length // 2 + 1
    return _real(rng, dtype, 2, _ROWS, length), _real(rng, dtype, _ROWS, taps)


def convolve_backward(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """The same and a gradient."""
    u, K = convolve(rng, dtype, length)
    return u, K, _real(rng, dtype, *u.shape)


def multires(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """Two taps, and as many levels as reach the end of the row, or two more."""
    depth = (length - 1).bit_length() + length % 2 * 2
    h0, h1 = (_real(rng, dtype, _ROWS, 2) / 2 for _ in range(2))
    return (
        _real(rng, dtype, 2, _ROWS, length),
        h0,
        h1,
        _real(rng, dtype, _ROWS, depth + 2),
    )


def multires_backward(rng: np.random.Generator, dtype: Any, length: int) -> Arguments:
    """The same and a gradient."""
    x, *filters = multires(rng, dtype, length)
    return x, *filters, _real(rng, dtype, *x.shape)


def _real(rng: np.random.Generator, dtype: Any, *shape: int) -> Array:
    return rng.standard_normal(shape).astype(dtype)


def _normal(rng: np.random.Generator, *shape: int) -> Complex128[np.ndarray, "..."]:
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def _complex(rng: np.random.Generator, dtype: Any, *shape: int) -> Array:
    return _normal(rng, *shape).astype(_pair(dtype))


def _pair(dtype: Any) -> Any:
    return np.result_type(dtype, np.complex64)


def _log_poles(
    rng: np.random.Generator, shape: tuple[int, ...]
) -> Complex128[np.ndarray, "..."]:
    """Rates from 0 to a few, and any angle."""
    rates: Float64[np.ndarray, "..."] = 10 ** rng.uniform(-6, 0.5, shape)
    rates[..., 0] = 0
    return -rates + 1j * rng.uniform(-np.pi, np.pi, shape)
