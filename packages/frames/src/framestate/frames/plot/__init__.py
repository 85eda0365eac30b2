"""Pictures of frames, operators and certificates, as Matplotlib figures.

Needs the extra ``plot``: ``pip install "framestate-frames[plot]"``. Every function
returns a new ``matplotlib.figure.Figure`` and touches nothing else; save it with
``figure.savefig("name.png")``.
"""

from importlib.util import find_spec

from framestate.frames.errors import MissingExtraError

if find_spec("matplotlib") is None:
    raise MissingExtraError(
        request="import of framestate.frames.plot",
        finding="Matplotlib is not installed",
        remedy='Install it: pip install "framestate-frames[plot]"',
    )

from framestate.frames.plot.functions import atoms, duals, reconstruction
from framestate.frames.plot.matrices import gram, singular_values
from framestate.frames.plot.spectra import spectrum

__all__ = ["atoms", "duals", "gram", "reconstruction", "singular_values", "spectrum"]
