"""Check Theorem 1 on a frame and find its counter-examples."""

import numpy as np

from framestate.frames.frame import Frame
from framestate.frames.precision import Precision
from framestate.frames.spaces import RefinableSpace
from framestate.frames.theorem import corrected, printed, proved
from framestate.frames.theorem.certificate import Certificate, Clause
from framestate.frames.theorem.enclosed_spectrum import EnclosedSpectrum
from framestate.frames.theorem.spectrum import Spectrum


def check_theorem1(
    frame: Frame, *, digits: int | None = None, spectrum_limit: int = 1200
) -> Certificate:
    """Give the verdict on every clause of Theorem 1 for one frame.

    Parameters
    ----------
    frame : Frame
        The frame to examine.
    digits : int, optional
        Prove the clauses on the spectrum in balls of that many digits. A frame that
        was derived in balls (``dyadic_frame``) keeps its own digits, and is examined
        with them when this is left out; any other is then examined in float64.
    spectrum_limit : int
        The spectrum of the full N x N operator, which the clause on redundant
        eigenvalues needs, is computed in float64 up to this N (time grows as N^3).

    Returns
    -------
    Certificate
        Clauses as printed and as corrected (``docs/theorems.md``), eigenvalues, and
        the eigenvalues that contradict the printed text.

    Raises
    ------
    InvalidInputError
        When digits are no positive whole number, or the space has no exact forms.
    """
    spectrum = Spectrum(frame)
    space = frame.atoms.space
    if digits is None and frame.exact and isinstance(space, RefinableSpace):
        digits = space.window.tables.precision.digits
    if digits is None:
        return _in_float64(spectrum, limit=spectrum_limit)
    return _in_balls(
        spectrum, EnclosedSpectrum(frame, Precision(digits)), limit=spectrum_limit
    )


def _in_float64(spectrum: Spectrum, *, limit: int) -> Certificate:
    lam = spectrum.eigenvalues
    clauses = (
        printed.eigenvalues_exceed_one(spectrum),
        printed.state_elements_contribute(spectrum),
        printed.kernel_from_rows(spectrum),
        corrected.lyapunov(spectrum),
        corrected.redundant_ones(spectrum, limit=limit),
        corrected.half_plane(spectrum),
        corrected.diagonalizable(spectrum),
        corrected.polynomials(spectrum),
        corrected.truncation(spectrum),
        corrected.translated_clause(spectrum),
    )
    return _certificate(
        spectrum.frame, clauses, lam, lam[np.abs(lam) < 1.0 - spectrum.uncertainty]
    )


def _in_balls(
    spectrum: Spectrum, enclosed: EnclosedSpectrum, *, limit: int
) -> Certificate:
    clauses = (
        proved.eigenvalues_exceed_one(enclosed),
        proved.state_elements_contribute(enclosed),
        printed.kernel_from_rows(spectrum),
        proved.lyapunov(enclosed),
        proved.redundant_ones(enclosed)
        or corrected.redundant_ones(spectrum, limit=limit),
        proved.half_plane(enclosed),
        proved.diagonalizable(enclosed),
        proved.polynomials(enclosed),
        corrected.truncation(spectrum),
        corrected.translated_clause(spectrum),
    )
    lam = enclosed.eigenvalues
    below = np.array([place == "below" for place in enclosed.places()], dtype=bool)
    return _certificate(
        spectrum.frame,
        clauses,
        lam,
        lam[below],
        digits=enclosed.forms.precision.digits,
        radii=enclosed.radii,
    )


def _certificate(
    frame: Frame,
    clauses: tuple[Clause, ...],
    eigenvalues: np.ndarray,
    counter_examples: np.ndarray,
    *,
    digits: int | None = None,
    radii: np.ndarray | None = None,
) -> Certificate:
    return Certificate(
        frame=frame.name,
        size=frame.size,
        rank=frame.rank,
        clauses=clauses,
        eigenvalues=eigenvalues,
        multiplicity_of_one=frame.size - frame.rank,
        counter_examples=counter_examples,
        digits=digits,
        radii=radii,
    )
