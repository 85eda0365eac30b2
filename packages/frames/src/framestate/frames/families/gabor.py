r"""Gabor atoms: windowed exponentials on a grid of the time-frequency plane.

    phi_{k,m}(s) = g(s - k a) exp(2 pi i m b s),   m = -M .. M,
    g(s) = 2^(1/4) w^(-1/2) exp(-pi (s / w)^2),

of norm one on the line, at all centers k a within ``REACH`` widths of [0, 1]. Both signs
of the frequency are there, so their span is closed under conjugation. On the line they
are a frame when a b < 1 (Groechenig, Foundations of time-frequency analysis, 2001).
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from framestate.frames.families.base import Atoms
from framestate.frames.families.dilations import indices
from framestate.frames.families.represent import check_memory, represent
from framestate.frames.rings import FLOATS, Element, Ring

REACH = 1.0  # widths: the window has decayed to exp(-pi) there
BAND = 3.4  # cycles a width, where exp(-pi f^2) is rounding


@final
@dataclass(frozen=True)
class Gabor:
    """All atoms that meet the window.

    Parameters
    ----------
    time_step : float
        Distance a of the centers.
    frequency_step : float
        Distance b of the frequencies, in cycles a window.
    modulations : int
        Largest index M of a frequency; 0 for the windows alone.
    width : float
        Width w of the Gaussian.
    """

    time_step: float
    frequency_step: float
    modulations: int
    width: float

    @property
    def centers(self) -> list[int]:
        """The indices k."""
        return indices(self.time_step, REACH * self.width, 1.0)

    def values(self, s: Element, ring: Ring) -> list[Element]:
        """Values at s, over any ring."""
        width, step = ring.number(self.width), ring.number(self.time_step)
        height = ring.sqrt(ring.sqrt(ring.number(2)) / width)
        turn = 2 * ring.pi() * ring.number(self.frequency_step) * s
        waves = [
            ring.cis(m * turn) for m in range(-self.modulations, self.modulations + 1)
        ]
        windows = [
            height * ring.exp(-ring.pi() * ((s - k * step) / width) ** 2)
            for k in self.centers
        ]
        return [window * wave for window in windows for wave in waves]

    @property
    def name(self) -> str:
        """What they are, with the parameters."""
        return (
            f"gabor(time_step={self.time_step:g}, "
            f"frequency_step={self.frequency_step:g}, "
            f"modulations={self.modulations}, width={self.width:g})"
        )

    def atoms(self) -> Atoms:
        """Piecewise polynomials to rounding."""
        size = len(self.centers) * (2 * self.modulations + 1)
        # twice the band, to the frequency where the window's spectrum is rounding
        band = self.modulations * self.frequency_step + BAND / self.width
        check_memory(self.name, atoms=size, dimension=round(2 * band))
        return represent(self.name, lambda s: np.array(self.values(s, FLOATS)))
