"""Families of functions that frames are made of, one file each."""

from framestate.frames.families.base import Atoms
from framestate.frames.families.fourier import fourier_atoms
from framestate.frames.families.legendre import legendre_atoms
from framestate.frames.families.wavelet import wavelet_atoms

__all__ = ["Atoms", "fourier_atoms", "legendre_atoms", "wavelet_atoms"]
