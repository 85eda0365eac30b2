"""A certificate as JSON, and what it says in one word."""

import json
import math
from typing import Any

import numpy as np

from framestate.frames.theorem.certificate import Certificate, Clause, Verdict
from framestate.frames.versions import versions

SCHEMA = 1
THEOREM = "Theorem 1 of W4S4 (arXiv 2506.07920)"


def printed(certificate: Certificate) -> tuple[Clause, ...]:
    """Clauses of the theorem as the paper prints it."""
    return tuple(c for c in certificate.clauses if c.id.startswith("printed"))


def corrected(certificate: Certificate) -> tuple[Clause, ...]:
    """Clauses of the corrected theorem."""
    return tuple(c for c in certificate.clauses if not c.id.startswith("printed"))


def outcome(clauses: tuple[Clause, ...]) -> Verdict:
    """Verdict on some clauses together: the worst, a failure before a doubt."""
    verdicts = {clause.verdict for clause in clauses}
    order: tuple[Verdict, ...] = ("fails", "undecided", "holds", "not applicable")
    return next(verdict for verdict in order if verdict in verdicts)


def as_record(certificate: Certificate) -> dict[str, Any]:
    """Values for JSON; a complex number is [re, im], a number that is not finite null.

    The clauses stand in their order; ``printed`` and ``corrected`` are the verdicts on
    all clauses of the one and the other text together. ``digits`` and ``radii`` are
    null for a check in float64.
    """
    radii = certificate.radii
    return {
        "schema": SCHEMA,
        "theorem": THEOREM,
        "frame": certificate.frame,
        "size": certificate.size,
        "rank": certificate.rank,
        "multiplicity_of_one": certificate.multiplicity_of_one,
        "digits": certificate.digits,
        "printed": outcome(printed(certificate)),
        "corrected": outcome(corrected(certificate)),
        "clauses": [_clause(clause) for clause in certificate.clauses],
        "eigenvalues": _pairs(certificate.eigenvalues),
        "radii": None if radii is None else [_finite(x) for x in radii.tolist()],
        "counter_examples": _pairs(certificate.counter_examples),
        "versions": versions(),
    }


def certificate_json(certificate: Certificate) -> str:
    """Text of ``as_record``."""
    return json.dumps(as_record(certificate), indent=1, allow_nan=False) + "\n"


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "statement": clause.statement,
        "verdict": clause.verdict,
        "evidence": clause.evidence,
        "numbers": {name: _finite(x) for name, x in clause.numbers.items()},
    }


def _finite(x: float | int) -> float | int | None:
    return x if math.isfinite(x) else None


def _pairs(values: np.ndarray) -> list[list[float | int | None]]:
    return [[_finite(float(z.real)), _finite(float(z.imag))] for z in values]
