"""Theorem 1 of W4S4, clause by clause: as printed, and as it is true."""

from framestate.frames.theorem.certificate import Certificate, Clause, Verdict
from framestate.frames.theorem.check import check_theorem1

__all__ = ["Certificate", "Clause", "Verdict", "check_theorem1"]
