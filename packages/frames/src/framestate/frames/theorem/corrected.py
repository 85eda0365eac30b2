"""The corrected theorem (register: T-reduction .. T-truncation), clause by clause."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from framestate.frames.operators import translated
from framestate.frames.theorem import statements
from framestate.frames.theorem.certificate import Clause, Verdict
from framestate.frames.theorem.spectrum import EPS, Spectrum

IN_SPAN = 1e-9  # a unit-norm function nearer to V than this lies in it
IDENTITY = 1e-12  # times r: the promise of the library for every frame it offers


def lyapunov(spectrum: Spectrum) -> Clause:
    """A_r + A_r^T = I + b b^T."""
    A, b = spectrum.operator.reduced_A, spectrum.operator.reduced_B
    residual = float(
        np.abs(A + A.conj().T - np.eye(len(b)) - np.outer(b, b.conj())).max()
    )
    return Clause(
        id="T-lyapunov",
        statement=statements.LYAPUNOV,
        verdict="holds" if residual <= IDENTITY * len(b) else "fails",
        evidence=f"largest residual {residual:.1e}, allowed {IDENTITY * len(b):.1e}",
        numbers={"residual": residual},
    )


def redundant_ones(spectrum: Spectrum, *, limit: int) -> Clause:
    """(a) The other N - r eigenvalues of the definition's A are 1."""
    frame = spectrum.frame
    statement = statements.REDUCTION
    if frame.size > limit:
        found = f"N = {frame.size} > spectrum_limit = {limit}: not computed"
        return Clause("T-reduction", statement, "undecided", found, {})
    if not spectrum.trusted:
        found = f"cond(V) = {spectrum.cond:.1e}: float64 cannot compare spectra"
        return Clause("T-reduction", statement, "undecided", found, {})
    computed = np.linalg.eigvals(spectrum.definition())
    redundant = frame.size - frame.rank
    distance = _match(computed, np.append(spectrum.eigenvalues, np.ones(redundant)))
    # Bauer-Fike for the eigenvectors T V of the full matrix
    allowed = spectrum.uncertainty * frame.cond * frame.size / frame.rank
    return Clause(
        id="T-reduction",
        statement=statement,
        verdict="holds" if distance <= allowed else "fails",
        evidence=f"{redundant} redundant eigenvalues; the {frame.size} eigenvalues of "
        f"the full A match within {distance:.1e} (allowed {allowed:.1e})",
        numbers={"redundant": redundant, "distance": distance, "allowed": allowed},
    )


def _match(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest distance in the best one-to-one pairing of two spectra."""
    cost = np.abs(found[:, None] - expected[None, :])
    rows, columns = linear_sum_assignment(cost)
    return float(cost[rows, columns].max())


def half_plane(spectrum: Spectrum) -> Clause:
    """(b) Re lambda = 1/2 + |g(1)|^2 / (2 |g|^2) >= 1/2.

    The bound needs no eigenvectors: the symmetric part of A_r is at least 1/2.
    """
    A, b = spectrum.operator.reduced_A, spectrum.operator.reduced_B
    least = float(np.linalg.eigvalsh((A + A.conj().T) / 2).min())
    allowed = len(b) * EPS * float(np.linalg.norm(A, 2))
    K11 = float(np.vdot(b, b).real)
    numbers = {"least_of_symmetric_part": least, "K11": K11}
    found = f"symmetric part at least {least:.6f}; K(1,1) = {K11:.4g}, r = {len(b)}"
    if spectrum.trusted:
        gap = _half_plane_gap(spectrum)
        real = float(np.real(spectrum.eigenvalues).min())
        found += f"; least real part {real:.4f}, formula met within {gap:.1e}"
        numbers |= {"least_real_part": real, "formula_gap": gap}
        ok = least >= 0.5 - allowed and gap <= spectrum.uncertainty + 1e-9
    else:
        found += "; cond(V) leaves the formula for each mode open"
        ok = least >= 0.5 - allowed
    return Clause(
        id="T-half-plane",
        statement=statements.HALF_PLANE,
        verdict="holds" if ok else "fails",
        evidence=found,
        numbers=numbers,
    )


def _half_plane_gap(spectrum: Spectrum) -> float:
    """Largest violation of the formula, over the left eigenvectors."""
    left = np.linalg.inv(spectrum.vectors)
    at_now = np.abs(left @ spectrum.operator.reduced_B) ** 2
    predicted = 0.5 + at_now / (2 * np.linalg.norm(left, axis=1) ** 2)
    return float(np.abs(predicted - np.real(spectrum.eigenvalues)).max())


def diagonalizable(spectrum: Spectrum) -> Clause:
    """(c) Diagonalizable iff the r eigenvalues are simple."""
    lam = spectrum.eigenvalues
    gaps = np.abs(lam[:, None] - lam[None, :]) + np.diag(np.full(len(lam), np.inf))
    gap = float(gaps.min()) if len(lam) > 1 else float("inf")
    verdict: Verdict = "holds"
    found = f"smallest gap {gap:.2e}, cond(V) = {spectrum.cond:.3g}"
    if not spectrum.trusted:
        verdict = "undecided"
        found += ": float64 cannot tell; use the normal-plus-low-rank form"
    elif np.real(lam).min() <= 0.5 + spectrum.uncertainty:
        verdict = "not applicable"
        found += ": an eigenvalue lies on Re = 1/2"
    elif gap <= spectrum.uncertainty:
        verdict = "undecided"
    return Clause(
        id="T-simple",
        statement=statements.SIMPLE,
        verdict=verdict,
        evidence=found,
        numbers={"smallest_gap": gap, "cond": spectrum.cond},
    )


def polynomials(spectrum: Spectrum) -> Clause:
    """(d) Polynomials of degree <= p in V give the eigenvalues 1 .. p + 1."""
    statement = statements.INTEGERS
    distance = spectrum.polynomial(0)[1]
    if distance > IN_SPAN:
        found = f"V misses the constants by {distance:.1e}"
        numbers = {"distance_of_constants": distance}
        return Clause("T-integers", statement, "not applicable", found, numbers)
    top = 0
    while top + 1 < spectrum.frame.rank and spectrum.polynomial(top + 1)[1] <= IN_SPAN:
        top += 1
    worst = max(_distance_to_singular(spectrum, k) for k in range(1, top + 2))
    return Clause(
        id="T-integers",
        statement=statement,
        verdict="holds" if worst <= IN_SPAN else "fails",
        evidence=f"degrees up to {top} lie in V; A_r - k is singular to {worst:.1e} "
        f"for k = 1 .. {top + 1}",
        numbers={"top_degree": top, "worst_singular_value": worst},
    )


def _distance_to_singular(spectrum: Spectrum, k: int) -> float:
    """Smallest singular value of A_r - k, relative to the largest."""
    A = spectrum.operator.reduced_A
    sigma = np.linalg.svd(A - k * np.eye(len(A)), compute_uv=False)
    return float(sigma[-1] / max(sigma[0], 1.0))


def truncation(spectrum: Spectrum) -> Clause:
    """(h) R A = A_r R for the papers' matrix, whose atoms are not projected."""
    frame, A = spectrum.frame, spectrum.operator.reduced_A
    s = frame.all_singular_values
    cut = int((s > EPS * len(s) * s[0]).sum()) - frame.rank
    flow = frame.atoms.space.dilation(frame.synthesis @ frame.atoms.coordinates)
    gap = (flow @ frame.basis_coordinates.conj().T).conj() + np.eye(frame.rank) - A
    residual = float(np.abs(gap).max() / np.abs(A).max())
    allowed = 100 * frame.size * EPS * frame.cond
    ok = residual <= allowed
    return Clause(
        id="T-truncation",
        statement=statements.TRUNCATION,
        verdict=("holds" if ok else "fails") if cut > 0 else "not applicable",
        evidence=f"{cut} numerically independent directions cut; R A = A_r R within "
        f"{residual:.1e} (allowed {allowed:.1e}); cond of the frame {frame.cond:.3g}"
        if cut > 0
        else "nothing was cut: V is the whole span",
        numbers={"cut": cut, "residual": residual, "cond": frame.cond},
    )


def translated_clause(spectrum: Spectrum) -> Clause:
    """The translated operator: skew plus rank two, Re >= 0, 0 on ker R."""
    operator = translated(spectrum.frame)
    A, near = operator.reduced_A, operator.reduced_B
    far = spectrum.frame.basis(0.0)[:, 0]
    ends = np.outer(far.conj(), far) + np.outer(near, near.conj())
    gap = A + A.conj().T - ends
    residual = float(np.abs(gap).max())
    least = float(np.linalg.eigvals(A).real.min())
    ok = residual <= IDENTITY * len(near) and least >= -1e-9
    return Clause(
        id="T-lyapunov-translated",
        statement=statements.TRANSLATED,
        verdict="holds" if ok else "fails",
        evidence=f"largest residual {residual:.1e}; least real part {least:.3g}",
        numbers={"residual": residual, "least_real_part": least},
    )
