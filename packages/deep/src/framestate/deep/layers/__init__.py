"""Layers: sequences (batch, length, d_model) in, the same shape out.

All keep the contract of `SequenceLayer`; a causal one gives the same numbers for a
sequence at once, in chunks (`prefill`) and sample by sample (`step`).
"""

from framestate.deep.layers.baselines import (
    AttentionLayer,
    RecurrentLayer,
    WaveNetLayer,
)
from framestate.deep.layers.bidirectional import Bidirectional
from framestate.deep.layers.contract import Interval, SequenceLayer
from framestate.deep.layers.dense import DenseSSM
from framestate.deep.layers.diagonal import DiagonalSSM
from framestate.deep.layers.dplr import DPLRSSM
from framestate.deep.layers.exact import ExactArray
from framestate.deep.layers.lmu import LMU
from framestate.deep.layers.lru import LRU
from framestate.deep.layers.mimo import S5
from framestate.deep.layers.modes import ModesLike
from framestate.deep.layers.multires import MultiresLayer
from framestate.deep.layers.recurrence import Recurrence
from framestate.deep.layers.scaled import ScaledSSM
from framestate.deep.layers.selective import SelectiveSSM
from framestate.deep.layers.state import SSMState

__all__ = [
    "DPLRSSM",
    "LMU",
    "LRU",
    "S5",
    "AttentionLayer",
    "Bidirectional",
    "DenseSSM",
    "DiagonalSSM",
    "ExactArray",
    "Interval",
    "ModesLike",
    "MultiresLayer",
    "Recurrence",
    "RecurrentLayer",
    "SSMState",
    "ScaledSSM",
    "SelectiveSSM",
    "SequenceLayer",
    "WaveNetLayer",
]
