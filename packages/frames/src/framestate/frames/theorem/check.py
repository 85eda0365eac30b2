"""Check Theorem 1 on a frame and find its counter-examples."""

import numpy as np

from framestate.frames.frame import Frame
from framestate.frames.theorem.certificate import Certificate
from framestate.frames.theorem.corrected import (
    diagonalizable,
    half_plane,
    lyapunov,
    polynomials,
    redundant_ones,
    translated_clause,
    truncation,
)
from framestate.frames.theorem.printed import (
    eigenvalues_exceed_one,
    kernel_from_rows,
    state_elements_contribute,
)
from framestate.frames.theorem.spectrum import Spectrum


def check_theorem1(frame: Frame, *, spectrum_limit: int = 1200) -> Certificate:
    """Give the verdict on every clause of Theorem 1 for one frame, in float64.

    Parameters
    ----------
    frame : Frame
        The frame to examine.
    spectrum_limit : int
        The spectrum of the full N x N operator, which the clause on redundant
        eigenvalues needs, is computed up to this N (time grows as N^3).

    Returns
    -------
    Certificate
        Clauses as printed and as corrected (``docs/theorems.md``), eigenvalues, and
        the eigenvalues that contradict the printed text.
    """
    spectrum = Spectrum(frame)
    lam = spectrum.eigenvalues
    clauses = (
        eigenvalues_exceed_one(spectrum),
        state_elements_contribute(spectrum),
        kernel_from_rows(spectrum),
        lyapunov(spectrum),
        redundant_ones(spectrum, limit=spectrum_limit),
        half_plane(spectrum),
        diagonalizable(spectrum),
        polynomials(spectrum),
        truncation(spectrum),
        translated_clause(spectrum),
    )
    return Certificate(
        frame=frame.name,
        size=frame.size,
        rank=frame.rank,
        clauses=clauses,
        eigenvalues=lam,
        multiplicity_of_one=frame.size - frame.rank,
        counter_examples=lam[np.abs(lam) < 1.0 - spectrum.uncertainty],
    )
