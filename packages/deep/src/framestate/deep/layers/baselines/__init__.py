"""What a state space layer is compared with, behind the same contract."""

from framestate.deep.layers.baselines.attention import AttentionLayer
from framestate.deep.layers.baselines.recurrent import RecurrentLayer
from framestate.deep.layers.baselines.tcn import WaveNetLayer

__all__ = ["AttentionLayer", "RecurrentLayer", "WaveNetLayer"]
