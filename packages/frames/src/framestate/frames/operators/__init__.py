"""State space operators of a frame, by measure, and the closed forms."""

from framestate.frames.operators.base import FrameOperator, Measure
from framestate.frames.operators.closed_forms import fout, lagt, legs, legt
from framestate.frames.operators.reuse import time_invariant
from framestate.frames.operators.scaled import scaled
from framestate.frames.operators.translated import translated

__all__ = [
    "FrameOperator",
    "Measure",
    "fout",
    "lagt",
    "legs",
    "legt",
    "scaled",
    "time_invariant",
    "translated",
]
