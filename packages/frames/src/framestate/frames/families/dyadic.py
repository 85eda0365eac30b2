r"""Wavelets and scaling functions at dyadic places, as sparse combinations.

By the two-scale equation every atom is a finite combination of the finest translates
phi(M s - m): for a scale ``octaves`` above the finest and a start m_0 in finest units,

    phi(2^-a (M s - m_0)) 2^(-a/2) = sum_m c_a[m - m_0] phi(M s - m),
    c_0 = (1),  c_a[m] = sum_i h_i c_(a-1)[m - 2^(a-1) i],

and the same for psi with g in the last step. All starts that meet [0, 1] are taken.
The restricted decimated pyramid has the frame operator of the finest translates,
whatever its coarsest scale (T-pyramid), because the two-scale transform is orthogonal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Float64
from scipy.sparse import coo_array, csr_array

from framestate.frames.filters import Filter

Kind = Literal["scaling", "wavelet"]


@final
@dataclass(frozen=True)
class Group:
    """Equally spaced atoms of one kind and scale.

    Parameters
    ----------
    kind : {"scaling", "wavelet"}
        phi or psi.
    octaves : int
        How many octaves above the finest translates; at least 1 for a wavelet.
    step : int
        Distance of neighbors, in units of the finest translates.
    """

    kind: Kind
    octaves: int
    step: int

    def starts(self, support: int, cells: int) -> range:
        """Starts, multiples of the step, of the atoms that meet (0, cells)."""
        reach = support << self.octaves
        first = -((reach - 1) // self.step) * self.step
        return range(first, cells, self.step)


def synthesis(wavelet: Filter, cells: int, groups: Sequence[Group]) -> csr_array:
    """Coefficients of the groups' atoms in the finest translates.

    Returns
    -------
    csr_array, shape (atoms, cells + K - 1)
        Column j belongs to the translate j - (K - 1).
    """
    rows = [_group_rows(wavelet, cells, group) for group in groups]
    first = np.cumsum([0, *(size for size, *_ in rows)])
    i, j, values = (
        np.concatenate(parts)
        for parts in zip(
            *(
                (r + start, c, v)
                for start, (_, r, c, v) in zip(first, rows, strict=False)
            ),
            strict=True,
        )
    )
    shape = (int(first[-1]), cells + wavelet.support - 1)
    return coo_array((values, (i, j)), shape=shape).tocsr()


def _group_rows(
    wavelet: Filter, cells: int, group: Group
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    taps = refined(wavelet, group)
    starts = np.array(group.starts(wavelet.support, cells), dtype=np.int64)
    cut = wavelet.support - 1
    row, offset = np.indices((len(starts), len(taps)))
    column = starts[:, None] + offset + cut
    keep = (column >= 0) & (column < cells + cut)
    values = np.broadcast_to(taps, row.shape)
    return len(starts), row[keep], column[keep], values[keep]


def refined(wavelet: Filter, group: Group) -> Float64[np.ndarray, "taps"]:
    """c_a: one atom of the group in the finest translates."""
    taps = np.ones(1)
    for octave in range(group.octaves):
        top = octave == group.octaves - 1 and group.kind == "wavelet"
        step = wavelet.highpass if top else wavelet.lowpass
        spread = np.zeros((len(step) - 1) * 2**octave + 1)
        spread[:: 2**octave] = step
        taps = np.convolve(taps, spread)
    return taps


def pyramid(level: int, coarsest: int, *, oversample: int = 0) -> list[Group]:
    """Scaling functions of the coarsest level, then wavelets up to the level.

    ``oversample`` halves the distance of neighbors that many times.
    """
    finest = level - 1 + max(1, oversample) if coarsest < level else level + oversample
    octaves = finest - coarsest
    groups = [Group("scaling", octaves, 1 << (octaves - oversample))]
    for j in range(coarsest, level):
        octaves = finest - j
        groups.append(Group("wavelet", octaves, 1 << (octaves - oversample)))
    return groups
