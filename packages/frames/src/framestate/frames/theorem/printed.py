"""Theorem 1 as the W4S4 paper prints it; no proof of it exists."""

import numpy as np

from framestate.frames.theorem.certificate import Clause
from framestate.frames.theorem.spectrum import Spectrum

TIMES = np.linspace(0.0, 4.0, 33)


def eigenvalues_exceed_one(spectrum: Spectrum) -> Clause:
    """Printed (i)."""
    lam = spectrum.eigenvalues
    above = int((np.abs(lam) > 1.0 + spectrum.uncertainty).sum())
    low = lam[np.abs(lam) < 1.0 - spectrum.uncertainty]
    named = ", ".join(name(value) for value in low[np.imag(low) >= 0][:3])
    rank = spectrum.frame.rank
    if not spectrum.trusted:
        verdict = "undecided"
        found = f"cond(V) = {spectrum.cond:.1e}: float64 cannot place the eigenvalues"
    elif low.size:
        verdict, found = "fails", f"{above} of {rank} exceed 1; {named} below 1"
    elif above == rank:
        verdict, found = "holds", f"all {rank} exceed 1"
    else:
        verdict = "fails"
        found = f"{above} of {rank} exceed 1; the others equal 1 but carry signal"
    return Clause(
        id="printed i",
        statement="Only the first N_eff eigenvalues of A exceed 1; "
        "the rest are exactly 1.",
        verdict=verdict,
        evidence=found,
        numbers={"above": above, "rank": rank, "least": float(np.abs(lam).min())},
    )


def state_elements_contribute(spectrum: Spectrum) -> Clause:
    """Printed (ii): what is lost when modes are chosen by modulus above 1."""
    lam, V = spectrum.eigenvalues, spectrum.vectors
    kept = np.abs(lam) > 1.0 + spectrum.uncertainty
    constant = _constant(spectrum)
    shares = np.linalg.solve(V, constant.astype(np.complex128))
    lost = float(np.linalg.norm(V[:, ~kept] @ shares[~kept]) / np.linalg.norm(constant))
    statement = (
        "Only the first N_eff elements of the diagonal state contribute to the "
        "reconstruction."
    )
    if not spectrum.trusted:
        found = f"cond(V) = {spectrum.cond:.1e}: float64 cannot separate the modes"
        return Clause("printed ii", statement, "undecided", found, {})
    return Clause(
        id="printed ii",
        statement=statement,
        verdict="holds" if kept.all() else "fails",
        evidence="no genuine mode has modulus 1 or less"
        if kept.all()
        else f"true of the N - r redundant directions only: choosing modes by "
        f"|lambda| > 1 drops {int((~kept).sum())} genuine mode(s), which moves the "
        f"running mean by {lost:.3g} times its size",
        numbers={"dropped": float((~kept).sum()), "moved_mean": lost},
    )


def kernel_from_rows(spectrum: Spectrum) -> Clause:
    """Printed (iii): rows of V, where columns are meant."""
    frame, lam = spectrum.frame, spectrum.eigenvalues
    readout = frame.duals(0.5)[:, 0]
    modal = np.linalg.solve(
        spectrum.vectors, spectrum.operator.reduced_B.astype(np.complex128)
    )
    decay = np.exp(-lam[:, None] * TIMES) * modal[:, None]
    states = frame.analysis @ spectrum.vectors @ decay
    exact = readout @ states
    top = frame.rank
    rows = readout[:top] @ states[:top]
    error = float(np.linalg.norm(rows - exact) / np.linalg.norm(exact))
    same = frame.size == frame.rank
    return Clause(
        id="printed iii",
        statement="The kernel follows from the top N_eff rows of the diagonal kernel "
        "and the corresponding rows of V.",
        verdict="holds" if same else "fails",
        evidence="V is square of order N_eff: rows and columns are all there"
        if same
        else f"columns are meant: with the first N_eff rows of V the kernel is off by "
        f"{error:.2g} of its size",
        numbers={"relative_error_of_rows": 0.0 if same else error},
    )


def name(value: complex) -> str:
    """Print an eigenvalue; a pair as a +- bi."""
    if abs(value.imag) < 1e-12:
        return f"{value.real:.5g}"
    return f"{value.real:.5g} +- {abs(value.imag):.5g}i"


def _constant(spectrum: Spectrum) -> np.ndarray:
    """Coordinates in V of the projection of the constant function 1.

    s d/ds annihilates constants, so A^T fixes them: <1, e> follows from the fact
    that the scaled state of f = 1 solves A z = b.
    """
    operator = spectrum.operator
    return np.linalg.solve(operator.reduced_A, operator.reduced_B)
