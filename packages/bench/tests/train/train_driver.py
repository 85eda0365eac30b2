"""Kills trainings; run as a process of its own, which imports everything once.

    python train_driver.py FOLDER TRIALS SEED

Writes, as JSON, what each trial left: where it was killed, and what differs from a
training that was not.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
from train_toys import classes, network, settings

import framestate.bench.train.fit  # noqa: F401 - imported before the processes part
from framestate.bench.train import read_trained, train
from framestate.bench.train.checkpoints import Checkpoints


def start(folder):
    """A process of its own that trains into a folder."""
    process = os.fork()
    if process == 0:
        task = classes(count=120)
        code = 1
        try:
            train(
                network(task),
                task,
                settings(steps=60, evaluate_every=7, checkpoint_every_steps=2),
                folder,
            )
            code = 0
        finally:
            os._exit(code)
    return process


def finish(folder):
    _, status = os.waitpid(start(folder), 0)
    assert os.waitstatus_to_exitcode(status) == 0, status


def kill(folder, seconds):
    process = start(folder)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    found = Checkpoints(folder).newest() if folder.exists() else None
    return None if found is None else found.step


def weights(folder):
    checkpoints = Checkpoints(folder)
    state = checkpoints.load(checkpoints.newest().step)
    return [v.double() for v in state["model"].values()], state["loader"]["position"]


def difference(folder, straight):
    (one, position), (other, end) = weights(folder), weights(straight)
    changed = max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))
    a, b = read_trained(folder), read_trained(straight)
    return {
        "weights": changed,
        "position": position - end,
        "curves": a.curves == b.curves,
        "test": a.test_metrics == b.test_metrics and a.best_step == b.best_step,
        "stale": len(list(folder.glob(".*.tmp"))),
    }


def main(folder, trials, seed):
    torch.set_num_threads(1)
    straight, draws = folder / "straight", random.Random(seed)
    start = time.perf_counter()
    finish(straight)
    whole = time.perf_counter() - start
    answers = []
    for trial in range(trials):
        place = folder / f"trial-{trial}"
        killed = kill(place, whole * draws.uniform(0.1, 0.95))
        finish(place)
        answers.append({"killed": killed} | difference(place, straight))
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
