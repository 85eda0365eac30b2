"""Progress on a terminal as a bar, elsewhere as plain lines."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars

from framestate.bench.train.bar import duration
from framestate.bench.train.events import Evaluated, Event, Started, Stepped, Warned


@final
@dataclass(eq=False)
class Progress:
    """Says what runs, what is done and how long it took.

    Attributes
    ----------
    console : rich.console.Console
        Where to say it; a bar is drawn if it is a terminal.
    """

    console: Console
    _done: int = field(default=0, init=False)

    @contextmanager
    def over(self, total: int) -> Generator["Steps"]:
        """Progress over `total` experiments."""
        if not self.console.is_terminal:
            yield Steps(self.console, total, None)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Bars(*columns, console=self.console, transient=True) as bars:
            yield Steps(self.console, total, bars)


@final
class Steps:
    """The experiments of one run, one after the other."""

    def __init__(self, console: Console, total: int, bars: Bars | None) -> None:
        self._console = console
        self._total = total
        self._bars = bars
        self._task = None if bars is None else bars.add_task("", total=total)
        self._count = 0

    def start(self, about: str) -> None:
        """An experiment begins."""
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, description=about)

    def hear(self, name: str, event: Event) -> None:
        """An event of a training: shown in the bar, elsewhere as a line."""
        match event:
            case Stepped():
                left = duration(event.seconds_left)
                place = f"step {event.step} of {event.steps}"
                self.start(f"{name}: {place}, loss {event.loss:.3g}, {left} left")
            case Evaluated() if self._bars is None:
                score = event.metrics[event.metric]
                self._say(f"    {name}: step {event.step}, {event.metric} {score:.4g}")
            case Started() if event.resumed_from is not None:
                self._say(f"    {name}: goes on from step {event.resumed_from}")
            case Warned():
                self._say(f"    {name}: {event.text}")
            case _:
                pass

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def done(self, name: str, outcome: str) -> None:
        """An experiment ended; `outcome` is "12.3 s" or "already done"."""
        self._count += 1
        width = len(str(self._total))
        line = f"[{self._count:>{width}}/{self._total}] {name}: {outcome}"
        self._say(line)
        if self._bars is not None and self._task is not None:
            self._bars.advance(self._task)
