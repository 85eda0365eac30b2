"""Processes that are killed, asked to stop, or meet another in the same folder."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from train_toys import classes, network, settings

from framestate.bench.errors import OutputError
from framestate.bench.train import InterruptedTrainingError, train
from framestate.bench.train.lock import locked

DRIVER = Path(__file__).parent / "train_driver.py"
LONG = """
import sys
sys.path.insert(0, {folder!r})
from pathlib import Path
from train_toys import classes, network, settings
from framestate.bench.train import InterruptedTrainingError, train
task = classes()
try:
    train(network(task), task, settings(steps=100_000), Path(sys.argv[1]))
except InterruptedTrainingError as error:
    print(error)
    sys.exit(128 + error.signal)
"""


def killed(folder, trials, seed):
    command = [sys.executable, str(DRIVER), str(folder), str(trials), str(seed)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    answers = json.loads(done.stdout)
    assert len(answers) == trials
    for answer in answers:
        assert answer["weights"] == 0.0, answer
        assert answer["position"] == 0, answer
        assert answer["curves"], answer
        assert answer["test"], answer
        assert answer["stale"] == 0, answer
    return answers


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_three_kills_change_no_bit(tmp_path):
    killed(tmp_path, 3, 0)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_twenty_kills_change_no_bit(tmp_path):
    answers = killed(tmp_path, 20, 1)
    # most kills fall into the training, not before its first checkpoint
    assert sum(a["killed"] is not None for a in answers) >= 10


def waiting(folder):
    """A process that trains for long, once it has written its first checkpoint."""
    code = LONG.format(folder=str(Path(__file__).parent))
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while not list(folder.glob("step-*.json")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    return process


def test_a_second_writer_is_refused_and_sigterm_is_answered(tmp_path):
    process = waiting(tmp_path)
    task = classes()
    with pytest.raises(OutputError, match=f"process {process.pid}"):
        train(network(task), task, settings(steps=100_000), tmp_path)
    process.send_signal(signal.SIGTERM)
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "SIGTERM asked it to stop after step" in said
    assert "A checkpoint is written" in said
    assert complained == ""


def test_the_lock_is_let_go_and_names_who_has_it(tmp_path):
    def refused(words):
        with pytest.raises(OutputError, match=words), locked(tmp_path):
            raise AssertionError

    with locked(tmp_path):
        refused(f"process {os.getpid()}, machine")
        (tmp_path / ".owner.json").write_text("[")
        refused("has not said which")
    with locked(tmp_path):
        pass


def test_the_error_of_an_interruption_comes_back_from_another_process():
    error = InterruptedTrainingError(signum=signal.SIGTERM, step=5, folder="runs/x")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is InterruptedTrainingError
    assert (str(again), again.signal, again.step) == (str(error), signal.SIGTERM, 5)
