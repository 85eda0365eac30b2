"""One line that says how a long training goes."""

import sys
import time
from typing import final

PATIENCE = 3.0  # seconds of silence before the first line
PAUSE = 10.0  # seconds between lines where a line cannot be written over


@final
class Progress:
    """Writes to stderr once a training takes longer than a few seconds.

    On a terminal one line is written over and over; elsewhere, such as in a log, a
    line comes every ten seconds.

    Parameters
    ----------
    name : str
        What is being trained.
    epochs : int
        How many epochs it may take.
    quiet : bool
        Whether to write nothing at all.
    """

    def __init__(self, name: str, epochs: int, *, quiet: bool) -> None:
        self.name, self.epochs, self.quiet = name, epochs, quiet
        self.start = time.monotonic()
        self.next = self.start + PATIENCE
        self.written = False

    def epoch(self, count: int, loss: float, validation: float | None) -> None:
        """Say that an epoch is over, if it is time to."""
        now = time.monotonic()
        if self.quiet or now < self.next:
            return
        over = sys.stderr.isatty()
        self.next = now if over else now + PAUSE
        left = (now - self.start) / count * (self.epochs - count)
        losses = f"loss {loss:.4g}"
        if validation is not None:
            losses += f", validation {validation:.4g}"
        text = (
            f"{self.name}: epoch {count} of {self.epochs}, {losses}, {left:.0f} s left"
        )
        sys.stderr.write(f"\r{text:<79}" if over else f"{text}\n")
        sys.stderr.flush()
        self.written = True

    def close(self, summary: str) -> None:
        """Say how it ended, if anything was said before."""
        if self.written:
            seconds = time.monotonic() - self.start
            line = f"{self.name}: {summary} in {seconds:.0f} s"
            sys.stderr.write(f"\r{line:<79}\n" if sys.stderr.isatty() else f"{line}\n")
            sys.stderr.flush()
