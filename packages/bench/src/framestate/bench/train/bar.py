"""A live line for a terminal: loss, metric, speed, time left."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from framestate.bench.train.events import (
    Evaluated,
    Event,
    Listener,
    Saved,
    Started,
    Stepped,
    Warned,
)

_COLUMNS = "[bold]{task.description}", "{task.completed}/{task.total}"


@contextmanager
def progress_bar(console: Console, *, quiet: bool = False) -> Generator[Listener]:
    """A listener for `train` that draws a bar, or plain lines where no terminal is.

    Parameters
    ----------
    console : rich.console.Console
        Where to write.
    quiet : bool
        Whether to write nothing but warnings.
    """
    if quiet:
        yield _Warnings(console)
        return
    if not console.is_terminal:
        yield _Lines(console)
        return
    bars = Progress(
        TextColumn(_COLUMNS[0]),
        BarColumn(),
        TextColumn(_COLUMNS[1]),
        TextColumn("{task.fields[words]}"),
        console=console,
    )
    with bars:
        yield _Bar(bars)


@final
class _Warnings:
    """Warnings alone."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, event: Event) -> None:
        if isinstance(event, Warned):
            text = f"warning: {event.text}"
            self._console.print(text, markup=False, highlight=False)


@final
class _Lines:
    """A line for each evaluation."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: Stepped | None = None

    def __call__(self, event: Event) -> None:
        text = ""
        if isinstance(event, Started):
            text = _start(event)
        elif isinstance(event, Stepped):
            self._last = event
        elif isinstance(event, Evaluated):
            loss = "" if self._last is None else _words(self._last)
            text = f"step {event.step}: {_score(event)}, {loss}".rstrip(", ")
        elif isinstance(event, Warned):
            text = f"warning: {event.text}"
        if text:
            self._console.print(text, markup=False, highlight=False)


@final
class _Bar:
    """One bar."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None
        self._score = ""

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            about, step = event.task, event.step
            self._task = self._bars.add_task(
                about, total=event.steps, completed=step, words=""
            )
            self._bars.console.print(_start(event), markup=False, highlight=False)
        elif isinstance(event, Evaluated):
            self._score = _score(event)
        elif isinstance(event, Stepped) and self._task is not None:
            words = ", ".join(filter(None, (self._score, _words(event))))
            self._bars.update(self._task, completed=event.step, words=words)
        elif isinstance(event, Warned):
            text = f"warning: {event.text}"
            self._bars.console.print(text, markup=False, highlight=False)
        elif isinstance(event, Saved):
            self._bars.refresh()


def _start(event: Started) -> str:
    resumed = event.resumed_from
    origin = "" if resumed is None else f", resumed from step {resumed}"
    return (
        f"{event.task}: {event.steps} steps on {event.device}, "
        f"{event.parameters:,} parameters{origin}"
    )


def _score(event: Evaluated) -> str:
    best = " (best)" if event.best else ""
    return f"{event.metric} {event.metrics[event.metric]:.4g}{best}"


def _words(event: Stepped) -> str:
    return (
        f"loss {event.loss:.4g}, {event.samples_per_second:.3g} samples/s, "
        f"{duration(event.seconds_left)} left"
    )


def duration(seconds: float) -> str:
    """Seconds as "42 s", "3 min 20 s" or "5 h 12 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
