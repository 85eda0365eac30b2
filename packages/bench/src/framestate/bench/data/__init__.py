"""Signals to run experiments on: made, carried by PyWavelets, or read from a folder."""

from framestate.bench.data.signal import Signal, stretch, windows

__all__ = ["Signal", "stretch", "windows"]
