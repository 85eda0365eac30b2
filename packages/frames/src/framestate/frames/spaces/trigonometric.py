r"""Real trigonometric polynomials: 1, sqrt2 cos 2 pi s, sqrt2 sin 2 pi s, ...

The forms come from the exponentials e_n = exp(2 pi i n s), for which

    <e_n', e_m> = 2 pi i n delta_nm
    <s e_n', e_m> = pi i n  if n = m,  else  n / (n - m)

and from the unitary matrix that turns exponentials into cosines and sines.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Complex128, Float64

from framestate.frames.spaces.base import Coordinates, Points, Values


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
    def _real_from_exponentials(self) -> Complex128[np.ndarray, "real exponentials"]:
        top = self.dimension // 2
        rows = np.zeros((2 * top + 1, 2 * top + 1), dtype=np.complex128)
        rows[0, top] = 1.0
        for n in range(1, top + 1):
            rows[2 * n - 1, [top + n, top - n]] = np.sqrt(0.5)
            rows[2 * n, [top + n, top - n]] = [-1j * np.sqrt(0.5), 1j * np.sqrt(0.5)]
        return rows[: self.dimension]

    def _real_form(
        self, form: Complex128[np.ndarray, "exponentials exponentials"]
    ) -> Float64[np.ndarray, "real real"]:
        change = self._real_from_exponentials
        return np.ascontiguousarray(np.real(change @ form @ change.conj().T))

    @cached_property
    def _derivative(self) -> Float64[np.ndarray, "real real"]:
        n = np.arange(-(self.dimension // 2), self.dimension // 2 + 1)
        return self._real_form(np.diag(2j * np.pi * n))

    @cached_property
    def _dilation(self) -> Float64[np.ndarray, "real real"]:
        n = np.arange(-(self.dimension // 2), self.dimension // 2 + 1)
        gap = n[:, None] - n[None, :]
        off = np.where(gap == 0, 0.0, n[:, None] / np.where(gap == 0, 1, gap))
        return self._real_form(off + np.diag(1j * np.pi * n))

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
