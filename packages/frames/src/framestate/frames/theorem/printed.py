"""Theorem 1 as the W4S4 paper prints it; no proof of it exists."""

import numpy as np
import scipy.linalg

from framestate.frames.theorem import statements
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
        statement=statements.PRINTED_I,
        verdict=verdict,
        evidence=found,
        numbers={"above": above, "rank": rank, "least": float(np.abs(lam).min())},
    )


def state_elements_contribute(spectrum: Spectrum) -> Clause:
    """Printed (ii): what is lost when modes are chosen by modulus above 1."""
    lam, V = spectrum.eigenvalues, spectrum.vectors
    kept = np.abs(lam) > 1.0 + spectrum.uncertainty
    constant = _state_of_one(spectrum)
    shares = np.linalg.solve(V, constant.astype(np.complex128))
    dropped = V[:, ~kept] @ shares[~kept]
    lost = float(np.linalg.norm(dropped) / np.linalg.norm(constant))
    mean = spectrum.polynomial(0)[0]
    moved = float(abs(np.vdot(mean, dropped)) / abs(np.vdot(mean, constant)))
    statement = statements.PRINTED_II
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
        f"|lambda| > 1 drops {int((~kept).sum())} genuine mode(s); of a constant "
        f"signal the mean moves by {100 * moved:.3g} % and the reconstruction by "
        f"{lost:.3g} times its norm",
        numbers={
            "dropped": float((~kept).sum()),
            "moved_mean": moved,
            "moved_reconstruction": lost,
        },
    )


def kernel_from_rows(spectrum: Spectrum) -> Clause:
    """Printed (iii): rows of V, where columns are meant."""
    frame, operator = spectrum.frame, spectrum.operator
    readout = frame.duals(0.5)[:, 0]
    step = scipy.linalg.expm(-TIMES[1] * operator.reduced_A)  # no eigenvectors needed
    trajectory = [operator.reduced_B]
    for _ in TIMES[1:]:
        trajectory.append(step @ trajectory[-1])
    states = frame.analysis @ np.array(trajectory).T
    exact = readout @ states
    top = frame.rank
    rows = readout[:top] @ states[:top]
    error = float(np.linalg.norm(rows - exact) / np.linalg.norm(exact))
    same = error <= 1e-9
    return Clause(
        id="printed iii",
        statement=statements.PRINTED_III,
        verdict="holds" if same else "fails",
        evidence="nothing is redundant: the first N_eff rows are all there"
        if same
        else f"columns are meant: with the first N_eff rows of V the kernel is off by "
        f"{error:.2g} of its size",
        numbers={"relative_error_of_rows": error},
    )


def name(value: complex) -> str:
    """Print an eigenvalue; a pair as a +- bi."""
    if abs(value.imag) < 1e-12:
        return f"{value.real:.5g}"
    return f"{value.real:.5g} +- {abs(value.imag):.5g}i"


def _state_of_one(spectrum: Spectrum) -> np.ndarray:
    """The scaled state of the signal f = 1: it rests where A z = b."""
    operator = spectrum.operator
    return np.linalg.solve(operator.reduced_A, operator.reduced_B)
