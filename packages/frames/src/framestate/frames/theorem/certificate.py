"""What a check of the theorem returns: clauses, verdicts, numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Complex128, Float64

Verdict = Literal["holds", "fails", "undecided", "not applicable"]


@final
@dataclass(frozen=True)
class Clause:
    """One statement about one frame.

    Parameters
    ----------
    id : str
        "printed i" .. "printed iii" for the papers' text, else the register's id.
    statement : str
        What is claimed.
    verdict : {"holds", "fails", "undecided", "not applicable"}
        What was found.
    evidence : str
        The finding in one sentence, with its numbers.
    numbers : mapping of str to float
        The same numbers, by name.
    """

    id: str
    statement: str
    verdict: Verdict
    evidence: str
    numbers: Mapping[str, float | int]


@final
@dataclass(frozen=True, eq=False)
class Certificate:
    """The verdicts on Theorem 1 for one frame.

    Parameters
    ----------
    frame : str
        Name of the frame.
    size, rank : int
        Number N of atoms and dimension r (the papers' N_eff).
    clauses : tuple of Clause
        The printed clauses, then the corrected ones.
    eigenvalues : ndarray, shape (r,)
        Eigenvalues of the scaled operator on V, by imaginary then real part.
    multiplicity_of_one : int
        Copies of the eigenvalue 1 that redundancy adds: N - r.
    counter_examples : ndarray, shape (k,)
        Eigenvalues of modulus below 1, which the printed clause (i) forbids.
    digits : int, optional
        Digits of the balls in which the clauses were proved; None for a check in
        float64.
    radii : ndarray, shape (r,), optional
        With balls: the true eigenvalues lie within these distances, one in each.
    """

    frame: str
    size: int
    rank: int
    clauses: tuple[Clause, ...]
    eigenvalues: Complex128[np.ndarray, "r"]
    multiplicity_of_one: int
    counter_examples: Complex128[np.ndarray, "k"]
    digits: int | None = None
    radii: Float64[np.ndarray, "r"] | None = None

    def clause(self, id: str) -> Clause:  # noqa: A002 - the field's name
        """Return the clause with this id; KeyError when there is none."""
        found = {clause.id: clause for clause in self.clauses}
        return found[id]

    def __str__(self) -> str:
        """Render one line a clause."""
        how = "float64" if self.digits is None else f"balls of {self.digits} digits"
        lines = [
            f"Theorem 1 for {self.frame}: N = {self.size}, r = {self.rank} ({how})"
        ]
        lines += [
            f"  {clause.id:12} {clause.verdict:15} {clause.evidence}"
            for clause in self.clauses
        ]
        return "\n".join(lines)
