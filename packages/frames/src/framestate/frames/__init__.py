"""framestate.frames: from a frame of functions to a state space model, exactly.

>>> from framestate import frames
>>> op = frames.scaled(frames.legendre(4))
>>> op.rank
4
"""

from framestate.frames.build import (
    bernstein,
    bspline,
    chebyshev,
    dyadic_frame,
    fourier,
    gabor,
    gaussian_derivative,
    interval_wavelets,
    laguerre,
    legendre,
    mexican_hat,
    morlet,
    random_frame,
    sampled,
    slepian,
    symbolic,
    union,
    wavelet_frame,
)
from framestate.frames.dual import (
    Cut,
    DualPair,
    Keep,
    Regularization,
    Tikhonov,
    canonical_dual,
    given_dual,
    truncate,
)
from framestate.frames.enclosed import Enclosed
from framestate.frames.errors import (
    DamagedStoreError,
    DigitsError,
    DualError,
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
from framestate.frames.mixing import (
    Mixing,
    ReconstructionError,
    leakage,
    mixing,
    reconstruction_error,
)
from framestate.frames.operators import (
    FrameOperator,
    fout,
    lagt,
    legs,
    legt,
    scaled,
    time_invariant,
    translated,
)
from framestate.frames.span import Span
from framestate.frames.store import Store, user_cache_folder
from framestate.frames.theorem import (
    Certificate,
    Clause,
    certificate_json,
    certificate_page,
    check_theorem1,
)
from framestate.frames.weights import (
    Weight,
    WeightedFrame,
    exponential_weight,
    power_weight,
)

__all__ = [
    "Certificate",
    "Clause",
    "Cut",
    "DamagedStoreError",
    "DigitsError",
    "DualError",
    "DualPair",
    "Enclosed",
    "FilterIdentityError",
    "Frame",
    "FrameOperator",
    "FramesError",
    "InvalidInputError",
    "Keep",
    "MissingExtraError",
    "Mixing",
    "NotDifferentiableError",
    "OutputError",
    "RankError",
    "ReconstructionError",
    "Regularization",
    "Span",
    "Store",
    "Tikhonov",
    "UnknownWaveletError",
    "Weight",
    "WeightedFrame",
    "bernstein",
    "bspline",
    "canonical_dual",
    "certificate_json",
    "certificate_page",
    "chebyshev",
    "check_theorem1",
    "dyadic_frame",
    "exponential_weight",
    "fourier",
    "fout",
    "gabor",
    "gaussian_derivative",
    "given_dual",
    "interval_wavelets",
    "lagt",
    "laguerre",
    "leakage",
    "legendre",
    "legs",
    "legt",
    "mexican_hat",
    "mixing",
    "morlet",
    "power_weight",
    "random_frame",
    "reconstruction_error",
    "sampled",
    "scaled",
    "slepian",
    "symbolic",
    "time_invariant",
    "translated",
    "truncate",
    "union",
    "user_cache_folder",
    "wavelet_frame",
]

__version__ = "0.1.0"
