"""Refinable functions: their values, and their integrals without quadrature."""

from framestate.frames.refinement.line import Line, connect
from framestate.frames.refinement.pointwise import Refinable, Translates
from framestate.frames.refinement.tables import Tables, solve_tables
from framestate.frames.refinement.window import Window

__all__ = [
    "Line",
    "Refinable",
    "Tables",
    "Translates",
    "Window",
    "connect",
    "solve_tables",
]
