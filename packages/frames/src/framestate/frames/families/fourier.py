r"""Fourier functions on [0, 1], real and complex.

    real      1, sqrt2 cos 2 pi n s, sqrt2 sin 2 pi n s, ...   n = 1, 2, ..
    complex   exp(2 pi i n s),   n = 0, 1, -1, 2, -2, ..

An odd number of them is closed under d/ds and under conjugation, so that both kinds
span the same functions and give the same state space model but for the basis.
"""

from dataclasses import dataclass
from typing import Literal, final, get_args

import numpy as np

from framestate.frames.errors import InvalidInputError
from framestate.frames.families.base import Atoms
from framestate.frames.rings import Element, Ring
from framestate.frames.spaces import ComplexExponentials, TrigonometricPolynomials

Field = Literal["real", "complex"]
FIELDS: dict[str, Field] = {"real": "real", "complex": "complex"}


def require_field(request: str, field: str) -> Field:
    """Return "real" or "complex".

    Raises
    ------
    InvalidInputError
        For anything else.
    """
    if field not in get_args(Field):  # unlike the mapping, also for what has no hash
        raise InvalidInputError(
            request=request,
            finding=f"the fields are 'real' and 'complex', not {field!r}",
            remedy="Use 'real' for cosines and sines, 'complex' for exponentials",
        )
    return FIELDS[field]


@final
@dataclass(frozen=True)
class Fourier:
    """The first ``size`` functions of the family, over a field."""

    size: int
    field: Field = "real"

    def values(self, s: Element, ring: Ring) -> list[Element]:
        """Values at s, over any ring."""
        values = [0 * s + 1]
        for n in range(1, self.size // 2 + 1):
            turn = 2 * n * ring.pi() * s
            if self.field == "complex":
                values += [ring.cis(turn), ring.cis(-turn)]
            else:
                root = ring.sqrt(ring.number(2))
                values += [root * ring.cos(turn), root * ring.sin(turn)]
        return values[: self.size]

    def atoms(self) -> Atoms:
        """Themselves the basis of their space."""
        if self.field == "real":
            space, name = TrigonometricPolynomials(self.size), f"fourier({self.size})"
        else:
            space = ComplexExponentials(self.size)
            name = f"fourier({self.size}, field='complex')"
        return Atoms(name, space, np.eye(self.size))
