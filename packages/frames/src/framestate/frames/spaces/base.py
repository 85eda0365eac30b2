"""What a space of functions on [0, 1] must offer.

With rows x of coordinates in an orthonormal basis of the space, <x, y> = x y^H is
the Euclidean product of the rows, and the derivations of the state space models need
only the two maps x -> P x' and x -> P (s x'), P the projector on the space: for x
and y in the space, <s x', y> = <P (s x'), y>.
"""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, Inexact
from scipy.sparse import csr_array

# real or complex; a large space may keep its coordinates as sparse rows
Matrix = Inexact[np.ndarray, "_ _"] | csr_array
Coordinates = Inexact[np.ndarray, "rows _"] | csr_array
Points = Float64[np.ndarray, "points"]
Values = Inexact[np.ndarray, "rows points"]


@runtime_checkable
class Space(Protocol):
    """Functions on [0, 1] by their coordinates in an orthonormal basis."""

    @property
    def dimension(self) -> int:
        """Number of coordinates of a function."""
        ...

    def evaluate(self, x: Coordinates, s: Points) -> Values:
        """Values at the points s in [0, 1] of the functions with coordinates x."""
        ...

    def derivative(self, x: Coordinates) -> Coordinates:
        """Coordinates of the projection of x' on the space."""
        ...

    def dilation(self, x: Coordinates) -> Coordinates:
        """Coordinates of the projection of s x' on the space."""
        ...


def dense(x: Matrix) -> Inexact[np.ndarray, "rows columns"]:
    """The same matrix as a dense array."""
    return x if isinstance(x, np.ndarray) else x.toarray()
