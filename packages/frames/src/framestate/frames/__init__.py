"""framestate.frames: from a frame of functions to a state space model, exactly.

>>> from framestate import frames
>>> op = frames.scaled(frames.legendre(4))
>>> op.rank
4
"""

from framestate.frames.build import fourier, legendre, wavelet_frame
from framestate.frames.errors import (
    FilterIdentityError,
    FramesError,
    InvalidInputError,
    NotDifferentiableError,
    RankError,
    UnknownWaveletError,
)
from framestate.frames.frame import Frame
from framestate.frames.operators import (
    FrameOperator,
    fout,
    legs,
    legt,
    scaled,
    translated,
)
from framestate.frames.theorem import Certificate, Clause, check_theorem1

__all__ = [
    "Certificate",
    "Clause",
    "FilterIdentityError",
    "Frame",
    "FrameOperator",
    "FramesError",
    "InvalidInputError",
    "NotDifferentiableError",
    "RankError",
    "UnknownWaveletError",
    "check_theorem1",
    "fourier",
    "fout",
    "legendre",
    "legs",
    "legt",
    "scaled",
    "translated",
    "wavelet_frame",
]

__version__ = "0.1.0"
