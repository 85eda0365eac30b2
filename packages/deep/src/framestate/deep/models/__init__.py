"""Models of sequences: encoders, blocks around layers, heads, and what they answer.

SequenceModel(d_input, d_output, layers, pooling="mean", norm="post", dropout=0.1)
SequenceModel(TokenEncoder(256, 128), PooledHead(128, 2), layers)
"""

from framestate.deep.models.blocks import Block, BlockOptions
from framestate.deep.models.density import (
    DensityHead,
    bits_per_dimension,
    density_input,
    generate,
)
from framestate.deep.models.encoders import (
    Encoder,
    LinearEncoder,
    PatchEncoder,
    TokenEncoder,
)
from framestate.deep.models.heads import (
    Head,
    PooledHead,
    StepHead,
    WindowHead,
    forecast_input,
)
from framestate.deep.models.model import SequenceModel
from framestate.deep.models.positions import (
    LearnedPositions,
    Positions,
    SinusoidalPositions,
)
from framestate.deep.models.state import ModelState

__all__ = [
    "Block",
    "BlockOptions",
    "DensityHead",
    "Encoder",
    "Head",
    "LearnedPositions",
    "LinearEncoder",
    "ModelState",
    "PatchEncoder",
    "PooledHead",
    "Positions",
    "SequenceModel",
    "SinusoidalPositions",
    "StepHead",
    "TokenEncoder",
    "WindowHead",
    "bits_per_dimension",
    "density_input",
    "forecast_input",
    "generate",
]
