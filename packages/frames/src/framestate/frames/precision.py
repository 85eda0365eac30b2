"""Working precision as an argument: balls of python-flint, never a global setting.

A ball (``arb``) is a midpoint and a radius that hold the true number between them.
FLINT keeps its working precision in one place for the whole process; ``Precision``
borrows it for the length of a ``with`` block, under a lock, and gives it back.
"""

import math
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

import flint

from framestate.frames.checks import require_count

GUARD = 10  # decimal digits beyond those asked for
_LOCK = threading.RLock()  # FLINT's precision is one per process

# python-flint's classes carry no usable types for pyright in strict mode
Ball = Any
BallMatrix = Any


@final
@dataclass(frozen=True)
class Precision:
    """Decimal digits to work with.

    Parameters
    ----------
    digits : int
        Significant decimal digits wanted, at least 1; ``GUARD`` more are carried.

    Raises
    ------
    InvalidInputError
        When ``digits`` is not a whole number of at least 1.
    """

    digits: int = 50

    def __post_init__(self) -> None:
        require_count(f"Precision({self.digits!r})", "digits", self.digits)

    @property
    def bits(self) -> int:
        """Binary digits carried."""
        return math.ceil((self.digits + GUARD) * math.log2(10.0))

    def more(self, digits: int) -> "Precision":
        """The same with that many more digits."""
        return Precision(self.digits + digits)

    @contextmanager
    def working(self) -> Generator[None]:
        """Let FLINT work with this precision inside the block, and only there."""
        with _LOCK:
            before = flint.ctx.prec
            flint.ctx.prec = self.bits
            try:
                yield
            finally:
                flint.ctx.prec = before
