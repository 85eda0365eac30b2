"""Layers: sequences (batch, length, d_model) in, the same shape out."""

from framestate.deep.layers.exact import ExactArray
from framestate.deep.layers.modes import ModesLike
from framestate.deep.layers.ssm import DiagonalSSM
from framestate.deep.layers.state import Recurrence, SSMState

__all__ = ["DiagonalSSM", "ExactArray", "ModesLike", "Recurrence", "SSMState"]
