"""Which memory suits my signal: exact errors of every species on its spectrum."""

from framestate.bench.advise.ask import Advice, Question, Verdict, advise
from framestate.bench.advise.candidates import CANDIDATES
from framestate.bench.advise.picture import draw
from framestate.bench.advise.read import read_signal

__all__ = [
    "CANDIDATES",
    "Advice",
    "Question",
    "Verdict",
    "advise",
    "draw",
    "read_signal",
]
