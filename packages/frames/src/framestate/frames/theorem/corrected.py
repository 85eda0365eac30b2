"""The corrected theorem (register: T-reduction .. T-truncation), clause by clause."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from framestate.frames.operators import translated
from framestate.frames.theorem.certificate import Clause
from framestate.frames.theorem.printed import name
from framestate.frames.theorem.spectrum import EPS, Spectrum

IDENTITY = 1e-12  # times r: the promise of the library for every frame it offers


def lyapunov(spectrum: Spectrum) -> Clause:
    """A_r + A_r^T = I + b b^T."""
    A, b = spectrum.operator.reduced_A, spectrum.operator.reduced_B
    residual = float(np.abs(A + A.T - np.eye(len(b)) - np.outer(b, b)).max())
    return Clause(
        id="T-lyapunov",
        statement="A_r + A_r^T = I + b b^T: the operator is normal plus rank one.",
        verdict="holds" if residual <= IDENTITY * len(b) else "fails",
        evidence=f"largest residual {residual:.1e}, allowed {IDENTITY * len(b):.1e}",
        numbers={"residual": residual},
    )


def redundant_ones(spectrum: Spectrum, *, limit: int) -> Clause:
    """(a) The other N - r eigenvalues of the definition's A are 1."""
    frame = spectrum.frame
    statement = (
        "The spectrum of A is that of A_r and N - r times 1; "
        "state, kernel and reconstruction depend on A_r only."
    )
    if frame.size > limit:
        found = f"N = {frame.size} > spectrum_limit = {limit}: not computed"
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
    """(b) Re lambda = 1/2 + |g(1)|^2 / (2 |g|^2) >= 1/2."""
    lam, V, b = spectrum.eigenvalues, spectrum.vectors, spectrum.operator.reduced_B
    # the eigenfunction of A^T = (I + L*)^T = I + L is g = sum conj(w) e
    left = np.linalg.inv(V)
    norms = np.linalg.norm(left, axis=1)
    predicted = 0.5 + np.abs(left @ b) ** 2 / (2 * norms**2)
    gap = float(np.abs(predicted - np.real(lam)).max())
    least = float(np.real(lam).min())
    ok = least >= 0.5 - spectrum.uncertainty and gap <= spectrum.uncertainty + 1e-9
    return Clause(
        id="T-half-plane",
        statement="Re lambda = 1/2 + |g(1)|^2 / (2 |g|^2) >= 1/2 for every mode g: "
        "stability is a theorem.",
        verdict="holds" if ok else "fails",
        evidence=f"least real part {least:.4f}; formula met within {gap:.1e}; "
        f"K(1,1) = {float(b @ b):.4g} against r = {len(b)}",
        numbers={"least_real_part": least, "formula_gap": gap, "K11": float(b @ b)},
    )


def diagonalizable(spectrum: Spectrum) -> Clause:
    """(c) Diagonalizable iff the r eigenvalues are simple."""
    lam = spectrum.eigenvalues
    gaps = np.abs(lam[:, None] - lam[None, :]) + np.diag(np.full(len(lam), np.inf))
    gap = float(gaps.min()) if len(lam) > 1 else float("inf")
    trusted = spectrum.trusted
    return Clause(
        id="T-simple",
        statement="Without an eigenvalue on Re = 1/2, A_r is diagonalizable exactly "
        "when its r eigenvalues are simple.",
        verdict="holds" if trusted and gap > spectrum.uncertainty else "undecided",
        evidence=f"smallest gap {gap:.2e}, cond(V) = {spectrum.cond:.3g}"
        + ("" if trusted else ": float64 cannot tell; use the normal-plus-low-rank"),
        numbers={"smallest_gap": gap, "cond": spectrum.cond},
    )


def polynomials(spectrum: Spectrum) -> Clause:
    """(d) Polynomials of degree <= p in V give the eigenvalues 1 .. p + 1."""
    statement = "If V holds the polynomials of degree <= p, 1 .. p + 1 are eigenvalues."
    distance = distance_of_constants(spectrum)
    nearest = spectrum.eigenvalues[np.argmin(np.abs(spectrum.eigenvalues - 1.0))]
    numbers = {
        "distance_of_constants": distance,
        "nearest_to_one": float(abs(nearest - 1.0)),
    }
    if distance > 1e-9:
        found = (
            f"V misses the constants by {distance:.1e}; the eigenvalue that carries "
            f"the running mean is not 1 (nearest: {name(nearest)})"
        )
        return Clause("T-integers", statement, "not applicable", found, numbers)
    ok = abs(nearest - 1.0) <= spectrum.uncertainty + 1e-9
    found = f"the constants lie in V; nearest eigenvalue to 1 is {name(nearest)}"
    return Clause("T-integers", statement, "holds" if ok else "fails", found, numbers)


def distance_of_constants(spectrum: Spectrum) -> float:
    """Distance of the constant function 1 from V (its norm is 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(64)
    cells = max(1, spectrum.frame.atoms.space.dimension // 8)
    s = ((np.arange(cells)[:, None] + (nodes + 1) / 2) / cells).ravel()
    w = np.tile(weights / 2 / cells, cells)
    return float(np.sqrt(np.sum(w * (1.0 - _project_one(spectrum, s, w)) ** 2)))


def _project_one(spectrum: Spectrum, s: np.ndarray, w: np.ndarray) -> np.ndarray:
    basis = spectrum.frame.basis(s)
    return (basis @ w) @ basis


def truncation(spectrum: Spectrum) -> Clause:
    """(h) What the cut of the singular values did."""
    frame = spectrum.frame
    s = frame.all_singular_values
    cut = int((s > EPS * len(s) * s[0]).sum()) - frame.rank
    return Clause(
        id="T-truncation",
        statement="With a truncated pseudo-inverse all clauses hold for V_r, the span "
        "of the kept singular vectors.",
        verdict="holds" if cut > 0 else "not applicable",
        evidence=f"{cut} numerically independent directions cut; "
        f"condition of the frame {frame.cond:.3g}"
        if cut > 0
        else "nothing was cut: V is the whole span",
        numbers={"cut": float(cut), "cond": frame.cond},
    )


def translated_clause(spectrum: Spectrum) -> Clause:
    """The translated operator: skew plus rank two, Re >= 0, 0 on ker R."""
    operator = translated(spectrum.frame)
    A, near = operator.reduced_A, operator.reduced_B
    far = spectrum.frame.basis(0.0)[:, 0]
    gap = A + A.T - np.outer(far, far) - np.outer(near, near)
    residual = float(np.abs(gap).max())
    least = float(np.linalg.eigvals(A).real.min())
    ok = residual <= IDENTITY * len(near) and least >= -1e-9
    return Clause(
        id="T-lyapunov-translated",
        statement="Translated: A_r + A_r^T = k_0 k_0^T + k_1 k_1^T, so Re >= 0, and "
        "the redundant eigenvalue is 0, not 1.",
        verdict="holds" if ok else "fails",
        evidence=f"largest residual {residual:.1e}; least real part {least:.3g}",
        numbers={"residual": residual, "least_real_part": least},
    )
