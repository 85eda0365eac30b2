"""Strategies for hypothesis: random frames, for tests here and across packages."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from framestate.frames.families import Atoms
from framestate.frames.frame import Frame
from framestate.frames.spaces import PiecewisePolynomials

ARBITRARY_RANK_CUT = 1e-6  # random mixtures have a gap there, not rounding


@st.composite
def random_frames(
    draw: Any,
    *,
    max_rank: int = 8,
    redundant: bool = True,
    constants: bool = False,
    complex_valued: bool = False,
) -> Frame:
    """Random redundant frames of continuous piecewise polynomials.

    Parameters
    ----------
    draw : callable
        Given by hypothesis.
    max_rank : int
        Largest dimension of V.
    redundant : bool
        Whether there are more atoms than dimensions.
    constants : bool
        Whether V holds the constant functions.
    complex_valued : bool
        Whether the atoms and V are complex.
    """
    space = PiecewisePolynomials(
        cells=draw(st.integers(1, 4)), degree=draw(st.integers(2, 5))
    )
    available = space.cells * space.degree + 1
    rank = draw(st.integers(1 + constants, min(max_rank, available)))
    size = rank + (draw(st.integers(1, 6)) if redundant else 0)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = rng.standard_normal((rank, len(space.nodes)))
    mixture = _mixture(rng, size, rank)
    if complex_valued:
        values = values + 1j * rng.standard_normal(values.shape)
        mixture = mixture * np.exp(2j * np.pi * rng.random(rank))
    if constants:
        values[0] = 1.0
    coordinates = mixture @ space.interpolate(values)
    return Frame(Atoms("random frame", space, coordinates), rcond=ARBITRARY_RANK_CUT)


def _mixture(rng: np.random.Generator, size: int, rank: int) -> np.ndarray:
    """Well-conditioned injective matrix, shape (size, rank)."""
    q = np.linalg.qr(rng.standard_normal((size, rank)))[0]
    return q * rng.uniform(0.5, 2.0, rank)
