"""SIGTERM and Ctrl-C: the step is finished, a checkpoint written, the caller told."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any, final

from framestate.bench.errors import BenchError

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@final
class InterruptedTrainingError(BenchError):
    """A training that was asked to stop, and has kept everything.

    Attributes
    ----------
    signal : int
        What asked; a shell expects the exit status 128 + signal.
    step : int
        The step it goes on from.
    """

    def __init__(self, *, signum: int, step: int, folder: str) -> None:
        self.signal, self.step, self._folder = signum, step, folder
        super().__init__(
            request=f"training into {folder}",
            finding=f"{signal.Signals(signum).name} asked it to stop after step {step}",
            remedy="A checkpoint is written; the same call goes on from there.",
        )

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Keep signal and step on the way out of another process."""
        return _rebuilt, (self.signal, self.step, self._folder)


def _rebuilt(signum: int, step: int, folder: str) -> InterruptedTrainingError:
    return InterruptedTrainingError(signum=signum, step=step, folder=folder)


@final
class StopRequest:
    """Whether a signal has come.

    Attributes
    ----------
    signum : int
        Which; 0 if none has.
    """

    def __init__(self) -> None:
        self.signum = 0
        self._before: dict[int, Any] = {}

    def listen(self) -> None:
        """Take the signals over, if this is the thread that may."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                before = signal.signal(number, self._note)
                self._before.setdefault(number, before)

    def release(self) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            # None: it was set by something that is not Python, and stays so
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._before = {}

    def _note(self, signum: int, frame: FrameType | None) -> None:
        del frame
        if self.signum and signum == signal.SIGINT:
            raise KeyboardInterrupt  # asked twice: at once, without a checkpoint
        self.signum = signum


@contextmanager
def stoppable() -> Generator[StopRequest]:
    """Listen to the signals within a block."""
    request = StopRequest()
    request.listen()
    try:
        yield request
    finally:
        request.release()
