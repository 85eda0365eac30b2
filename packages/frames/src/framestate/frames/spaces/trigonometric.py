r"""Trigonometric polynomials on [0, 1], complex and real.

    complex   e_n = exp(2 pi i n s),   n = 0, 1, -1, 2, -2, ...
    real      1, sqrt2 cos 2 pi s, sqrt2 sin 2 pi s, sqrt2 cos 4 pi s, ...

Both kinds of forms come from the exponentials, for which

    <e_n', e_m> = 2 pi i n delta_nm
    <s e_n', e_m> = pi i n  if n = m,  else  n / (n - m)

and the real ones from the unitary matrix that turns exponentials into cosines and
sines. A space of smaller dimension is the beginning of a larger one.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Complex128, Float64, Int64

from framestate.frames.spaces.base import Coordinates, Points, Values

Square = Complex128[np.ndarray, "exponentials exponentials"]


def orders(count: int) -> Int64[np.ndarray, "count"]:
    """Return 0, 1, -1, 2, -2, ...: the orders n of the exponentials as they come."""
    index = np.arange(count)
    return np.where(index % 2 == 1, 1, -1) * ((index + 1) // 2)


def _dilation_form(n: Int64[np.ndarray, "exponentials"]) -> Square:
    gap = n[:, None] - n[None, :]
    off = np.where(gap == 0, 0.0, n[:, None] / np.where(gap == 0, 1, gap))
    return off + np.diag(1j * np.pi * n)


@final
@dataclass(frozen=True)
class ComplexExponentials:
    """The first ``dimension`` exponentials in the order 0, 1, -1, 2, -2, ...

    Parameters
    ----------
    dimension : int
        Number of functions; an even number leaves out the last negative order.
    """

    dimension: int

    @cached_property
    def _dilation(self) -> Square:
        return _dilation_form(orders(self.dimension))

    def derivative(self, x: Coordinates) -> Coordinates:
        """Coordinates of x' (exact: the space is closed under d/ds)."""
        return x * (2j * np.pi * orders(self.dimension))

    def dilation(self, x: Coordinates) -> Coordinates:
        """Coordinates of the projection of s x' (s x' itself is not periodic)."""
        return x @ self._dilation

    def evaluate(self, x: Coordinates, s: Points) -> Values:
        """Values at s."""
        return x @ np.exp(2j * np.pi * orders(self.dimension)[:, None] * s[None, :])


@final
@dataclass(frozen=True)
class TrigonometricPolynomials:
    """The first ``dimension`` functions of the real Fourier basis of [0, 1].

    Parameters
    ----------
    dimension : int
        Number of functions; an even number leaves out the last sine.
    """

    dimension: int

    @cached_property
    def _orders(self) -> Int64[np.ndarray, "exponentials"]:
        return orders(2 * (self.dimension // 2) + 1)

    @cached_property
    def exponentials(self) -> Complex128[np.ndarray, "real exponentials"]:
        """The real functions as rows of coordinates in the exponentials."""
        top = self.dimension // 2
        rows = np.zeros((2 * top + 1, 2 * top + 1), dtype=np.complex128)
        rows[0, 0] = 1.0
        for n in range(1, top + 1):
            pair = slice(2 * n - 1, 2 * n + 1)
            rows[pair, pair] = np.sqrt(0.5) * np.array([[1.0, 1.0], [-1j, 1j]])
        return rows[: self.dimension]

    def _real_form(self, form: Square) -> Float64[np.ndarray, "real real"]:
        change = self.exponentials
        return np.ascontiguousarray(np.real(change @ form @ change.conj().T))

    @cached_property
    def _derivative(self) -> Float64[np.ndarray, "real real"]:
        return self._real_form(np.diag(2j * np.pi * self._orders))

    @cached_property
    def _dilation(self) -> Float64[np.ndarray, "real real"]:
        return self._real_form(_dilation_form(self._orders))

    def derivative(self, x: Coordinates) -> Coordinates:
        """Coordinates of the projection of x'."""
        return x @ self._derivative

    def dilation(self, x: Coordinates) -> Coordinates:
        """Coordinates of the projection of s x' (s x' itself is not periodic)."""
        return x @ self._dilation

    def evaluate(self, x: Coordinates, s: Points) -> Values:
        """Values at s."""
        index = np.arange(self.dimension)[:, None]
        phase = 2.0 * np.pi * ((index + 1) // 2) * s[None, :]
        waves = np.sqrt(2.0) * np.where(index % 2 == 1, np.cos(phase), np.sin(phase))
        waves[0] = 1.0
        return x @ waves
