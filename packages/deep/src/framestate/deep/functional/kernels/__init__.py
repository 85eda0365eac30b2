"""The kernels of `framestate.ssm` as operators of PyTorch, ``torch.ops.framestate``.

Each is a functional custom operator with a backward that is one itself, so that
``torch.compile`` and ``torch.export`` see one node. Gradients are taken once.
"""

from framestate.deep.functional.kernels.cauchy import cauchy
from framestate.deep.functional.kernels.convolve import convolve
from framestate.deep.functional.kernels.multires import multires
from framestate.deep.functional.kernels.scan import scan
from framestate.deep.functional.kernels.vandermonde import vandermonde_rows

__all__ = ["cauchy", "convolve", "multires", "scan", "vandermonde_rows"]
