"""framestate.bench: every experiment with its number, beside the paper's.

Command line: `framestate-bench list | run [TASK...] | report`, the same as
`python -m framestate.bench`.
"""

from framestate.bench.errors import BenchError

__all__ = ["BenchError", "__version__"]

__version__ = "0.1.0"
