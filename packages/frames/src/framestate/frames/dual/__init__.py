"""Dual frames: canonical with a named regularization, given, and truncated."""

from framestate.frames.dual.canonical import (
    Cut,
    Keep,
    Regularization,
    Tikhonov,
    canonical_dual,
)
from framestate.frames.dual.given import given_dual
from framestate.frames.dual.pair import DualPair
from framestate.frames.dual.truncation import truncate

__all__ = [
    "Cut",
    "DualPair",
    "Keep",
    "Regularization",
    "Tikhonov",
    "canonical_dual",
    "given_dual",
    "truncate",
]
