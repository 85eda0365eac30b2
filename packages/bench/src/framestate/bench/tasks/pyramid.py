"""The wavelet pyramid of a whole signal, by PyWavelets: a reference, not a memory.

Periodic orthonormal transform of 2^k samples (the last sample is followed by the first),
so that what is left out is exactly the error. Bands are ordered from the coarsest: a_J,
d_J, .., d_1; within a band later coefficients are more recent.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pywt
from jaxtyping import Float64

Batch = Float64[np.ndarray, "length trials"]
Rule = Literal["coarse", "recent"]
_MODE = "periodization"


def bands(batch: Batch, wavelet: str, levels: int) -> list[Float64[np.ndarray, "_ _"]]:
    """Coefficients (in a band, trials) of each column."""
    return list(pywt.wavedec(batch, wavelet, mode=_MODE, level=levels, axis=0))


def restored(coefficients: Sequence[Float64[np.ndarray, "_ _"]], wavelet: str) -> Batch:
    """The signals of coefficients as `bands` gives them."""
    return np.asarray(pywt.waverec(coefficients, wavelet, mode=_MODE, axis=0))


def counts(sizes: Sequence[int], numbers: int, rule: Rule) -> list[int]:
    """How many coefficients of each band are kept, the most recent ones of it.

    Parameters
    ----------
    sizes : sequence of int
        Of the bands, from the coarsest.
    numbers : int
        Kept in all.
    rule : {"coarse", "recent"}
        Whole bands from the coarsest on (uniform over time), or equally many of each
        (resolution fading).
    """
    if rule == "coarse":
        before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        return [
            int(min(s, max(0, numbers - b))) for s, b in zip(sizes, before, strict=True)
        ]
    each = max(
        k for k in range(max(sizes) + 1) if sum(min(s, k) for s in sizes) <= numbers
    )
    kept = [min(size, each) for size in sizes]
    for band in [b for b, size in enumerate(sizes) if size > each]:
        kept[band] += sum(kept) < numbers
    return kept


def kept(batch: Batch, wavelet: str, levels: int, numbers: int, rule: Rule) -> Batch:
    """The signals from `numbers` coefficients whose places are fixed beforehand."""
    every = bands(batch, wavelet, levels)
    chosen = counts([len(band) for band in every], numbers, rule)
    # the first coefficients reach around to the last samples: they are recent
    ahead = pywt.Wavelet(wavelet).dec_len // 2 - 1
    for band, count in zip(every, chosen, strict=True):
        band[(np.arange(len(band) - count) + ahead) % len(band)] = 0.0
    return restored(every, wavelet)


def largest(batch: Batch, wavelet: str, levels: int, numbers: int) -> Batch:
    """The signals from the `numbers` largest coefficients of each column."""
    every = bands(batch, wavelet, levels)
    values = np.abs(np.concatenate(every))
    least = np.sort(values, axis=0)[-numbers]
    return restored([np.where(np.abs(b) >= least, b, 0.0) for b in every], wavelet)


def shrunk(batch: Batch, wavelet: str, levels: int) -> Batch:
    """Denoised by soft thresholds (VisuShrink, Donoho and Johnstone 1994).

    The threshold is s sqrt(2 log L), with s the median of the finest details of a column
    over .6745; the coarsest band stays.
    """
    first, *details = bands(batch, wavelet, levels)
    noise = np.median(np.abs(details[-1]), axis=0) / 0.6745
    threshold = noise * np.sqrt(2 * np.log(len(batch)))
    soft = [np.sign(d) * np.maximum(np.abs(d) - threshold, 0.0) for d in details]
    return restored([first, *soft], wavelet)
