"""The networks of the training experiments: settings, layers by name, and models."""

from framestate.bench.networks.build import build
from framestate.bench.networks.layers import LAYERS
from framestate.bench.networks.settings import NetSettings

__all__ = ["LAYERS", "NetSettings", "build"]
