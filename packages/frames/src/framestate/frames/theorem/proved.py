"""The clauses that balls decide, for the span as it is stored."""

from collections import Counter

from framestate.frames.spaces import RefinableSpace
from framestate.frames.theorem import statements
from framestate.frames.theorem.certificate import Clause, Verdict
from framestate.frames.theorem.corrected import IDENTITY
from framestate.frames.theorem.enclosed_spectrum import EnclosedSpectrum
from framestate.frames.theorem.printed import name


def eigenvalues_exceed_one(spectrum: EnclosedSpectrum) -> Clause:
    """Printed (i): count the eigenvalues above, at and below 1 in modulus."""
    if spectrum.balls is None:
        return _open("printed i", statements.PRINTED_I, spectrum)
    counts = Counter(spectrum.places())
    low = [
        value
        for value, place in zip(spectrum.eigenvalues, spectrum.places(), strict=True)
        if place == "below" and value.imag >= 0
    ]
    found = f"{counts['above']} of {len(spectrum.balls)} exceed 1"
    if low:
        found += f"; {', '.join(name(value) for value in low[:3])} below 1"
    if counts["one"]:
        found += "; 1 itself is an eigenvalue on V and carries the running mean"
    if counts["open"]:
        found += f"; {counts['open']} cannot be told from 1"
    fails = bool(low or counts["one"])
    verdict: Verdict = "undecided" if counts["open"] else "holds"
    numbers = {**counts, "rank": len(spectrum.balls)}
    return Clause(
        "printed i", statements.PRINTED_I, "fails" if fails else verdict, found, numbers
    )


def state_elements_contribute(spectrum: EnclosedSpectrum) -> Clause:
    """Printed (ii): every genuine mode that the rule |lambda| > 1 would drop."""
    if spectrum.balls is None:
        return _open("printed ii", statements.PRINTED_II, spectrum)
    counts = Counter(spectrum.places())
    lost = counts["below"] + counts["one"]
    if lost:
        found = (
            f"true of the N - r redundant directions only: choosing modes by |lambda| "
            f"> 1 drops {lost} genuine mode(s)"
        )
        if counts["one"]:
            found += ", the running mean among them"
    else:
        found = f"{counts['above']} genuine modes have modulus above 1"
    verdict: Verdict = "undecided" if counts["open"] else "holds"
    return Clause(
        "printed ii",
        statements.PRINTED_II,
        "fails" if lost else verdict,
        found,
        {"dropped": lost, "open": counts["open"]},
    )


def lyapunov(spectrum: EnclosedSpectrum) -> Clause:
    """The identity, with what the jumps of stored functions leave of it."""
    left, rank = spectrum.forms.lyapunov(), spectrum.frame.rank
    largest = float(left.upper())
    exact = "within the radius" if left.contains(0) else "for the functions as stored"
    return Clause(
        id="T-lyapunov",
        statement=statements.LYAPUNOV,
        verdict="holds" if largest <= IDENTITY * rank else "fails",
        evidence=f"S + S^H + G - v v^H is at most {largest:.1e}, {exact}",
        numbers={"residual": largest},
    )


def redundant_ones(spectrum: EnclosedSpectrum) -> Clause | None:
    """(a) R T = I in balls, where the span is exact; None where it is not."""
    frame, space = spectrum.frame, spectrum.frame.atoms.space
    if frame.exact is None or not isinstance(space, RefinableSpace):
        return None
    left = space.window.residual()
    return Clause(
        id="T-reduction",
        statement=statements.REDUCTION,
        verdict="holds" if left <= IDENTITY else "undecided",
        evidence=f"R T = I within {left:.1e} in balls, and the two-scale transform is "
        f"orthogonal: {frame.size - frame.rank} redundant eigenvalues are 1",
        numbers={"redundant": frame.size - frame.rank, "residual": left},
    )


def half_plane(spectrum: EnclosedSpectrum) -> Clause:
    """Re lambda >= 1/2, and where each real part lies."""
    if spectrum.balls is None:
        return _open("T-half-plane", statements.HALF_PLANE, spectrum)
    least = min(float(ball.real.lower()) for ball in spectrum.balls)
    touching = sum(not ball.real > 0.5 for ball in spectrum.balls)
    broken = any(ball.real < 0.5 for ball in spectrum.balls)
    counts = Counter(spectrum.real_places())
    return Clause(
        id="T-half-plane",
        statement=statements.HALF_PLANE,
        verdict="fails" if broken else "holds",
        evidence=f"{len(spectrum.balls) - touching} real parts exceed 1/2, "
        f"{touching} touch it; the least is {least:.6g}; {counts['above']} exceed 1, "
        f"{counts['one']} is 1, {counts['below']} below 1, {counts['open']} open",
        numbers={
            "least_real_part": least,
            "touching": touching,
            "real_above_one": counts["above"],
            "real_one": counts["one"],
            "real_below_one": counts["below"],
        },
    )


def diagonalizable(spectrum: EnclosedSpectrum) -> Clause:
    """Isolated balls hold one simple eigenvalue each."""
    if spectrum.balls is None:
        return _open("T-simple", statements.SIMPLE, spectrum)
    radius = float(spectrum.radii.max())
    return Clause(
        id="T-simple",
        statement=statements.SIMPLE,
        verdict="holds",
        evidence=f"all {len(spectrum.balls)} eigenvalues are isolated, so simple: A_r "
        f"is diagonalizable (largest radius {radius:.1e} in float64)"
        + ("; of V as stored in float64" if spectrum.stored else ""),
        numbers={"isolated": len(spectrum.balls), "largest_radius": radius},
    )


def polynomials(spectrum: EnclosedSpectrum) -> Clause:
    """1 .. p + 1, each in one ball."""
    top, statement = spectrum.degree, statements.INTEGERS
    if top < 0:
        found = "it is not known exactly whether polynomials lie in the stored V"
        return Clause("T-integers", statement, "not applicable", found, {})
    if spectrum.balls is None:
        return _open("T-integers", statement, spectrum)
    held = [spectrum.integer(k) for k in range(1, top + 2)]
    missing = [k + 1 for k, index in enumerate(held) if index is None]
    return Clause(
        id="T-integers",
        statement=statement,
        verdict="fails" if missing else "holds",
        evidence=f"degrees up to {top} lie in V; "
        + (
            f"no one ball holds {missing}"
            if missing
            else f"each of 1 .. {top + 1} lies in just one ball"
        ),
        numbers={"top_degree": top, "held": len(held) - len(missing)},
    )


def _open(clause: str, statement: str, spectrum: EnclosedSpectrum) -> Clause:
    digits = spectrum.forms.precision.digits
    return Clause(
        id=clause,
        statement=statement,
        verdict="undecided",
        evidence=f"{digits} digits do not isolate the eigenvalues: ask for more; if no "
        "number of digits does, some eigenvalue is multiple",
        numbers={"digits": digits},
    )
