"""Families of functions that frames are made of, one file each."""

from framestate.frames.families.base import Atoms
from framestate.frames.families.bernstein import Bernstein
from framestate.frames.families.bspline import BSplines
from framestate.frames.families.chebyshev import Chebyshev
from framestate.frames.families.dilations import Dilations
from framestate.frames.families.fourier import Fourier
from framestate.frames.families.gabor import Gabor
from framestate.frames.families.gaussian import GaussianDerivatives
from framestate.frames.families.laguerre import Laguerre
from framestate.frames.families.legendre import Legendre
from framestate.frames.families.morlet import Morlet
from framestate.frames.families.random import RandomFunctions
from framestate.frames.families.sampled import Samples
from framestate.frames.families.slepian import Slepian
from framestate.frames.families.symbolic import Expressions
from framestate.frames.families.union import union_atoms
from framestate.frames.families.wavelet import wavelet_atoms

__all__ = [
    "Atoms",
    "BSplines",
    "Bernstein",
    "Chebyshev",
    "Dilations",
    "Expressions",
    "Fourier",
    "Gabor",
    "GaussianDerivatives",
    "Laguerre",
    "Legendre",
    "Morlet",
    "RandomFunctions",
    "Samples",
    "Slepian",
    "union_atoms",
    "wavelet_atoms",
]
