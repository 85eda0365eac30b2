"""Curves on the disk, and the line on a terminal."""

import errno
import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from framestate.bench.errors import DataError, OutputError
from framestate.bench.train import (
    Evaluated,
    Saved,
    Started,
    Stepped,
    Warned,
    progress_bar,
)
from framestate.bench.train.bar import duration
from framestate.bench.train.logs import Logs, Table, curves, read_rows
from framestate.bench.train.trained import Series

events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")


def write(folder, *, after, last):
    logs = Logs(folder, after=after)
    for step in range(after + 1, last + 1):
        logs.step(step, {"loss": 1 / step, "lr": 0.5})
        if step % 2 == 0:
            logs.evaluation(step, {"loss": 2 / step, "accuracy": 0.25})
    logs.sync()
    logs.close()


def test_a_resumed_log_has_every_step_once(tmp_path):
    write(tmp_path / "straight", after=0, last=7)
    write(tmp_path / "broken", after=0, last=5)
    write(tmp_path / "broken", after=3, last=7)
    assert curves(tmp_path / "broken") == curves(tmp_path / "straight")
    for name in ("training.csv", "validation.csv"):
        one, other = (tmp_path / f / name for f in ("straight", "broken"))
        assert one.read_bytes() == other.read_bytes()


def test_tensorboard_shows_every_step_once(tmp_path, monkeypatch):
    write(tmp_path, after=0, last=5)
    # its files are read in the order of the second in their names
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 2)
    write(tmp_path, after=3, last=7)
    board = events.EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    points = board.Scalars("training/loss")
    assert [p.step for p in points] == list(range(1, 8))
    assert points[1].value == 0.5
    assert [p.step for p in board.Scalars("validation/accuracy")] == [2, 4, 6]


def test_curves_are_losses_and_all_of_the_validation(tmp_path):
    write(tmp_path, after=0, last=4)
    assert curves(tmp_path) == (
        Series("training loss", (1, 2, 3, 4), (1.0, 0.5, 1 / 3, 0.25)),
        Series("validation loss", (2, 4), (1.0, 0.5)),
        Series("validation accuracy", (2, 4), (0.25, 0.25)),
    )


def test_numbers_are_kept_to_the_bit(tmp_path):
    table = Table(tmp_path / "t.csv", after=0)
    value = 0.1 + 0.2
    table.add(1, {"loss": value})
    table.close()
    assert read_rows(tmp_path / "t.csv") == [{"step": 1.0, "loss": value}]


def test_a_torn_last_row_is_dropped(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("step,loss\n1.0,0.5\n2.0,0.2\n3.0,0.")
    table = Table(path, after=3)
    table.add(3, {"loss": 0.125})
    table.sync()
    table.close()
    assert path.read_text() == "step,loss\n1.0,0.5\n2.0,0.2\n3.0,0.125\n"


def test_a_table_that_lost_all_rows_gets_its_head_again(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("step,loss\n5.0,0.5\n")
    table = Table(path, after=2)
    assert path.read_text() == ""
    table.sync()
    table.add(3, {"loss": 1.0})
    table.close()
    assert path.read_text() == "step,loss\n3.0,1.0\n"


@pytest.mark.parametrize("text", ["step,loss\n1.0,x\n", "step,loss\n1.0\n", "a\n\n"])
def test_what_is_no_table_is_refused(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError, match="not a table of numbers"):
        Table(tmp_path / "t.csv", after=3)


def test_an_empty_folder_has_no_curves(tmp_path):
    assert curves(tmp_path) == ()


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("place", ["open", "sync", "board"])
def test_a_full_disk_is_one_error(tmp_path, monkeypatch, place):
    logs = Logs(tmp_path, after=0)
    if place == "open":
        monkeypatch.setattr(Path, "open", full)
    elif place == "board":
        monkeypatch.setattr(logs._board, "add_scalar", full)
    else:
        logs.step(1, {"loss": 1.0})
        monkeypatch.setattr("os.fsync", full)
    act = logs.sync if place == "sync" else lambda: logs.step(2, {"loss": 1.0})
    with pytest.raises(OutputError, match="No space left on device"):
        act()
    monkeypatch.undo()
    logs.close()


EVENTS = (
    Started("toy", 2, 8, "cpu", 1234, 2),
    Evaluated(3, {"loss": 1.0, "accuracy": 0.5}, "accuracy", best=False),
    Stepped(4, 8, 0.25, 1e-3, 512.0, 75.0),
    Saved(4, Path("x")),
    Evaluated(4, {"loss": 1.0, "accuracy": 0.75}, "accuracy", best=True),
    Warned("a [file] is damaged"),
    Stepped(5, 8, 0.125, 1e-3, 512.0, 60.0),
)


def shown(*, terminal, quiet=False):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=120)
    with progress_bar(console, quiet=quiet) as listen:
        for event in EVENTS:
            listen(event)
    return stream.getvalue()


def test_a_log_file_gets_a_line_for_each_evaluation():
    assert shown(terminal=False).splitlines() == [
        "toy: 8 steps on cpu, 1,234 parameters, resumed from step 2",
        "step 3: accuracy 0.5",
        "step 4: accuracy 0.75 (best), loss 0.25, 512 samples/s, 1 min 15 s left",
        "warning: a [file] is damaged",
    ]


def test_a_terminal_gets_a_bar_with_loss_metric_speed_and_time_left():
    text = shown(terminal=True)
    assert "5/8" in text
    assert "accuracy 0.75 (best), loss 0.125, 512 samples/s, 1 min 0 s left" in text
    assert "warning: a [file] is damaged" in text


def test_quiet_is_quiet_but_for_warnings():
    text = shown(terminal=False, quiet=True)
    assert text.splitlines() == ["warning: a [file] is damaged"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599.0, "59 min 59 s"),
        (3600.0, "1 h 0 min"),
        (9000.0, "2 h 30 min"),
    ],
)
def test_durations_are_read_at_a_glance(seconds, words):
    assert duration(seconds) == words
