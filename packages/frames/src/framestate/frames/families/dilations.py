r"""Wavelets by shifts and dilations of one smooth function, with a Gaussian father.

    psi_{j,k}(s) = a_j^(-1/2) psi(s / a_j - k shift),   a_j = 2^(scale_j) / 16,

for the scales from the coarsest to the finest in steps of 1/voices, and all centers
within ``REACH`` dilations of [0, 1]; the father pi^(-1/4) exp(-x^2/2) at the coarsest
scale carries the mean and the slow waves. At scale 0 the effective support [-8, 8] of
psi is the window. The step of the centers is b_0 in Daubechies, Ten lectures on
wavelets (1992), section 3.3.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from framestate.frames.families.represent import check_memory
from framestate.frames.rings import Element, Ring

REACH = 3.0
SUPPORT = 16
BAND = 1.37  # cycles a dilation, where exp(-(2 pi f)^2 / 2) is rounding

Mother = Callable[[Element, Ring], list[Element]]


@final
@dataclass(frozen=True)
class Dilations:
    """Scales and centers.

    Parameters
    ----------
    coarsest, finest : int
        Scales, as powers of two; smaller is finer.
    voices : int
        Scales in an octave.
    shift : float
        Distance of neighbors, in dilations.
    """

    coarsest: int
    finest: int
    voices: int
    shift: float

    def __str__(self) -> str:
        """Text for the names of families."""
        return (
            f"scales=({self.finest}, {self.coarsest}), shift={self.shift:g}, "
            f"voices={self.voices}"
        )

    @property
    def scales(self) -> list[float]:
        """Scales, the coarsest first."""
        steps = (self.coarsest - self.finest) * self.voices
        return [self.coarsest - k / self.voices for k in range(steps + 1)]

    def centers(self, scale: float) -> list[int]:
        """The indices k of a scale."""
        return indices(self.shift, REACH, SUPPORT / 2.0**scale)

    def check_memory(self, name: str, *, mothers: int) -> None:
        """Refuse layouts that are too large, before their atoms are made."""
        sizes = [len(self.centers(scale)) for scale in self.scales]
        # twice the band, to the frequency where the father's spectrum is rounding
        band = BAND * SUPPORT / 2.0**self.finest
        atoms = sizes[0] + mothers * sum(sizes)
        check_memory(name, atoms=atoms, dimension=round(2 * band))

    def values(self, mother: Mother, s: Element, ring: Ring) -> list[Element]:
        """Values at s of all atoms; a mother may be several functions."""
        values = self._scale(father, self.scales[0], s, ring)
        for scale in self.scales:
            values += self._scale(mother, scale, s, ring)
        return values

    def _scale(
        self, mother: Mother, scale: float, s: Element, ring: Ring
    ) -> list[Element]:
        # a dilation between octaves is a float: exact in every ring
        stretch = ring.number(SUPPORT / 2.0**scale)
        height, shift = ring.sqrt(stretch), ring.number(self.shift)
        return [
            height * value
            for k in self.centers(scale)
            for value in mother(stretch * s - k * shift, ring)
        ]


def indices(step: float, reach: float, length: float) -> list[int]:
    """All k with -reach <= k step <= length + reach."""
    # 1e-9: a quotient such as 1.2/0.2 may round to just below the integer
    first = math.ceil(-reach / step - 1e-9)
    return list(range(first, math.floor((length + reach) / step + 1e-9) + 1))


def father(x: Element, ring: Ring) -> list[Element]:
    """The Gaussian of norm one on the line."""
    return [ring.exp(-(x**2) / 2) / ring.sqrt(ring.sqrt(ring.pi()))]
