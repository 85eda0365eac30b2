"""Random frames of continuous piecewise polynomials, for tests."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Inexact

from framestate.frames.families.base import Atoms
from framestate.frames.families.fourier import Field
from framestate.frames.spaces import ContinuousPolynomials


@final
@dataclass(frozen=True)
class RandomFunctions:
    """Mixtures, with well-conditioned weights, of random functions.

    Parameters
    ----------
    size : int
        Number N of atoms.
    rank : int
        Dimension of their span.
    space : ContinuousPolynomials
        Where they are drawn.
    field : {"real", "complex"}
        Whether coordinates are real.
    """

    size: int
    rank: int
    space: ContinuousPolynomials
    field: Field

    def atoms(self, rng: np.random.Generator) -> Atoms:
        """Draw them; singular values lie between 1/2 and 2."""
        basis = self._orthonormal(rng, self.space.dimension)
        mixture = self._orthonormal(rng, self.size).T * rng.uniform(0.5, 2.0, self.rank)
        return Atoms(
            name=f"random_frame({self.size}, rank={self.rank}, "
            f"cells={self.space.cells}, degree={self.space.degree}, "
            f"field={self.field!r})",
            space=self.space,
            coordinates=mixture @ basis,
        )

    def _orthonormal(
        self, rng: np.random.Generator, columns: int
    ) -> Inexact[np.ndarray, "rank columns"]:
        x = rng.standard_normal((columns, self.rank))
        if self.field == "complex":
            x = x + 1j * rng.standard_normal((columns, self.rank))
        return np.linalg.qr(x)[0].T
