"""Theorem 1 of W4S4, clause by clause: as printed, and as it is true."""

from framestate.frames.theorem.certificate import Certificate, Clause, Verdict
from framestate.frames.theorem.check import check_theorem1
from framestate.frames.theorem.page import certificate_page
from framestate.frames.theorem.record import certificate_json

__all__ = [
    "Certificate",
    "Clause",
    "Verdict",
    "certificate_json",
    "certificate_page",
    "check_theorem1",
]
