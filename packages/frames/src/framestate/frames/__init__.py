"""framestate.frames: from a frame of functions to a state space model, exactly.

>>> from framestate import frames
>>> op = frames.scaled(frames.legendre(4))
>>> op.rank
4
"""

__version__ = "0.1.0"  # before the imports: modules below record it

from framestate.frames.build import fourier, legendre, wavelet_frame
from framestate.frames.dyadic import dyadic_frame
from framestate.frames.errors import (
    DamagedStoreError,
    DigitsError,
    FilterIdentityError,
    FramesError,
    InvalidInputError,
    MissingExtraError,
    NotDifferentiableError,
    OutputError,
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
from framestate.frames.span import Span
from framestate.frames.store import Store, user_cache_folder
from framestate.frames.theorem import Certificate, Clause, check_theorem1

__all__ = [
    "Certificate",
    "Clause",
    "DamagedStoreError",
    "DigitsError",
    "FilterIdentityError",
    "Frame",
    "FrameOperator",
    "FramesError",
    "InvalidInputError",
    "MissingExtraError",
    "NotDifferentiableError",
    "OutputError",
    "RankError",
    "Span",
    "Store",
    "UnknownWaveletError",
    "check_theorem1",
    "dyadic_frame",
    "fourier",
    "fout",
    "legendre",
    "legs",
    "legt",
    "scaled",
    "translated",
    "user_cache_folder",
    "wavelet_frame",
]
