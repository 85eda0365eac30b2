r"""Values of a refinable function at arbitrary points, exact to rounding.

With the vector v(y) = [phi(y), phi(y+1), ..., phi(y+K-1)] for y in [0, 1), the
two-scale equation reads v(y) = T_d v(frac(2y)), d = floor(2y), where
T_d[n, m] = sqrt2 h[2n + d - m]. Following the binary digits of y (Daubechies and
Lagarias) gives v(y) as a product of matrices, and 53 digits are all that a
float64 has: no cascade, no interpolation (T-refinement).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float64, Int64

from framestate.frames.filters import Filter

Points = Float64[np.ndarray, "points"]
Translates = Float64[np.ndarray, "points support"]

CHUNK = 6  # binary digits taken at once: 64 precomputed products
DIGITS = 54  # float64 has 53; a multiple of CHUNK
BLOCK = 8192  # points taken at once: their vectors stay in the cache


@final
@dataclass(frozen=True, eq=False)
class Refinable:
    """The scaling function and the wavelet of a filter, as functions of x.

    Parameters
    ----------
    filter : Filter
        Two-scale taps; both functions live on [0, filter.support].
    """

    filter: Filter

    def scaling(self, x: Points) -> Points:
        """Return phi(x)."""
        return _pick(self.scaling_translates, x)

    def wavelet(self, x: Points) -> Points:
        """Return psi(x) = sqrt2 sum_k g_k phi(2x - k)."""
        return _pick(self.wavelet_translates, x)

    def wavelet_translates(self, y: Points) -> Translates:
        """Return psi(y), psi(y + 1), .., psi(y + K - 1) for y in [0, 1)."""
        digit = np.floor(2.0 * y)
        vectors = self.scaling_translates(2.0 * y - digit)
        taps = self.filter.highpass
        even, odd = (self._digit_matrix(taps, d) for d in (0, 1))
        return np.where(digit[:, None] == 0, vectors @ even.T, vectors @ odd.T)

    @cached_property
    def _start(self) -> Float64[np.ndarray, "support"]:
        """v(0): phi at the integers, the eigenvector of T_0 to the eigenvalue 1."""
        t0 = self._digit_matrix(self.filter.lowpass, 0)
        system = np.vstack([t0 - np.eye(len(t0)), np.ones(len(t0))])
        right = np.zeros(len(t0) + 1)
        right[-1] = 1.0  # sum phi(n) = 1
        return np.linalg.lstsq(system, right, rcond=None)[0]

    def _digit_matrix(
        self, taps: Float64[np.ndarray, "taps"], digit: int
    ) -> Float64[np.ndarray, "support support"]:
        """sqrt2 taps[2n + digit - m]: from v(frac(2y)) to the translates at y."""
        size = self.filter.support
        n, m = np.arange(size)[:, None], np.arange(size)[None, :]
        k = 2 * n + digit - m
        inside = (k >= 0) & (k <= size)
        return np.sqrt(2.0) * np.where(inside, taps[np.clip(k, 0, size)], 0.0)

    @cached_property
    def _chunk_matrices(self) -> Float64[np.ndarray, "chunks support support"]:
        """T_{d1} T_{d2} .. T_{d6} for the 64 words of six digits, d1 first."""
        lowpass = self.filter.lowpass
        pair = np.stack([self._digit_matrix(lowpass, d) for d in (0, 1)])
        product = pair
        for _ in range(CHUNK - 1):
            size = pair.shape[-1]
            product = (product[:, None] @ pair[None]).reshape(-1, size, size)
        return product

    def scaling_translates(self, y: Points) -> Translates:
        """Return v(y) = [phi(y), phi(y + 1), .., phi(y + K - 1)], y in [0, 1)."""
        blocks = [self._block(y[i : i + BLOCK]) for i in range(0, len(y), BLOCK)]
        return np.vstack([np.empty((0, self.filter.support)), *blocks])

    def _block(self, y: Points) -> Translates:
        words: list[np.ndarray] = []
        rest = y
        for _ in range(DIGITS // CHUNK):
            rest = rest * 2.0**CHUNK
            word = np.floor(rest)
            rest = rest - word
            words.append(word.astype(np.int64))
        # the last digits act on v(0), so their products are a table of vectors
        vectors = (self._chunk_matrices @ self._start)[words.pop()]
        for word in reversed(words):
            vectors = self._apply(word, vectors)
        return vectors

    def _apply(
        self, word: Int64[np.ndarray, "points"], vectors: Translates
    ) -> Translates:
        """Multiply each row by the matrix of its word, one product per word."""
        order = np.argsort(word, kind="stable")
        edges = np.searchsorted(word[order], np.arange(2**CHUNK + 1))
        out = np.empty_like(vectors)
        for matrix, low, high in zip(
            self._chunk_matrices, edges[:-1], edges[1:], strict=True
        ):
            rows = order[low:high]
            out[rows] = vectors[rows] @ matrix.T
        return out


def _pick(translates: Callable[[Points], Translates], x: Points) -> Points:
    """f(x) from the translates of f at the fractional part of x."""
    cell = np.floor(x)
    vectors = translates(x - cell)
    inside = (cell >= 0) & (cell < vectors.shape[1])
    column = np.clip(cell, 0, vectors.shape[1] - 1).astype(np.int64)
    return np.where(inside, vectors[np.arange(len(vectors)), column], 0.0)
