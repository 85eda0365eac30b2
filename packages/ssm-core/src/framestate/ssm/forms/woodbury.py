"""Products and solves with a diagonal plus low-rank matrix (Woodbury), by modes.

For the A = diag(lam) + P diag(signs) P^H of a real system, stored by halves of its
pairs, y(z) = P^H z over both halves is real, and with D = (start + end lam)^-1

    (start I + end A)^-1 r = D (r - end P signs K^-1 y(D r)),
    K = I + end y(D P) signs,

so that a solve costs O(m k) and K is a real matrix of size k.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Complex128, Float64

from framestate.ssm.forms.dplr import DPLR

_Modal: TypeAlias = Complex128[np.ndarray, "m batch"]


@final
@dataclass(frozen=True, eq=False)
class Woodbury:
    """The matrix A of a form, with what its products share computed once.

    Parameters
    ----------
    form : DPLR
        m modes, rank k.
    """

    form: DPLR

    @cached_property
    def read(self) -> Complex128[np.ndarray, "k m"]:
        """Rows E of y(z) = Re(E z): weights times conj(P)."""
        return np.ascontiguousarray((self.form.P.conj() * self.form.weights[:, None]).T)

    @cached_property
    def low(self) -> Complex128[np.ndarray, "m k"]:
        """P diag(signs)."""
        return self.form.P * self.form.signs

    def product(self, z: _Modal) -> _Modal:
        """A z for modes z of a real state."""
        return self.form.lam[:, None] * z + self.low @ np.real(self.read @ z)

    def capacitance(
        self, D: Complex128[np.ndarray, "*h m"], end: Float64[np.ndarray, "*h"] | float
    ) -> Float64[np.ndarray, "*h k k"]:
        """The small matrix K, one for each end."""
        small = np.real((self.read * D[..., None, :]) @ self.low)
        return np.eye(len(self.read)) + np.asarray(end)[..., None, None] * small

    def solve(self, start: float, end: float, right: _Modal) -> _Modal:
        """(start I + end A)^-1 r for modes r of a real state.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the small matrix is singular to the last bit.
        """
        D = 1 / (start + end * self.form.lam)
        quotient = D[:, None] * right
        K = self.capacitance(D, end)
        y = np.linalg.solve(K, np.real(self.read @ quotient))
        return quotient - end * D[:, None] * (self.low @ y)
