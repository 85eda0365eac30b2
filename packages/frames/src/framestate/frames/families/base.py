"""A family of atoms: functions phi_1 .. phi_N on [0, 1] in a space."""

from dataclasses import dataclass
from typing import final

import numpy as np

from framestate.frames.errors import InvalidInputError
from framestate.frames.spaces import Coordinates, Points, Space, Values


@final
@dataclass(frozen=True, eq=False)
class Atoms:
    """Functions on [0, 1], by name and by coordinates in a space.

    Parameters
    ----------
    name : str
        What the family is, with its parameters; used in errors and reports.
    space : Space
        Where the coordinates live.
    coordinates : ndarray or csr_array, shape (N, space.dimension)
        One atom a row; at least one row, finite.
    representation_error : float
        Largest L2 distance between an atom and its representation in the space,
        relative to its norm before [0, 1] cuts it: a bound for wavelets, measured
        between the nodes for functions given by their values, 0 where exact.

    Raises
    ------
    InvalidInputError
        When there is no atom, an entry is not finite, or all atoms vanish.
    """

    name: str
    space: Space
    coordinates: Coordinates
    representation_error: float = 0.0

    def __post_init__(self) -> None:
        shape = self.coordinates.shape
        if 0 in shape or shape[1] != self.space.dimension:
            raise self._refused(
                f"the coordinates have shape {shape}, needed (N >= 1, "
                f"{self.space.dimension})"
            )
        x = self.coordinates
        entries = x if isinstance(x, np.ndarray) else x.data
        if not np.isfinite(entries).all():
            raise self._refused("the coordinates hold NaN or infinity")
        if not entries.any():
            raise self._refused("every atom is zero")

    def _refused(self, finding: str) -> InvalidInputError:
        return InvalidInputError(
            request=f"frame of {self.name}",
            finding=finding,
            remedy="Give at least one finite function that does not vanish",
        )

    @property
    def size(self) -> int:
        """Number N of atoms."""
        return int(self.coordinates.shape[0])

    def __call__(self, s: Points) -> Values:
        """Values of all atoms at the points s in [0, 1], shape (N, len(s))."""
        return self.space.evaluate(self.coordinates, s)
