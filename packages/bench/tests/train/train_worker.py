"""Starts several processes as torchrun does, one job after another.

    python -W error train_worker.py FOLDER/NAME:STRATEGY:STEP ..

With a STEP the last process sends itself SIGTERM there; all of them are to stop alike.
What a process has to say goes to NAME.STEP.RANK beside the folder. Everything is
imported once, before the processes part.
"""

import os
import signal
import socket
import sys
from pathlib import Path

import torch
from train_toys import Hungry, settings, state_space_network, tokens

import framestate.bench.train.fit  # noqa: F401
from framestate.bench.errors import ExperimentError
from framestate.bench.train import InterruptedTrainingError, train

WORLD = 2


def work(folder, strategy, step):
    task = tokens()
    plan = settings(batch=8, strategy=strategy, clip_norm=None)
    model = state_space_network(task)
    if folder.name.startswith("hungry"):
        model = Hungry(model, 3, MemoryError())
    if step and os.environ["RANK"] == str(WORLD - 1):
        calls = []

        def count(*_):
            calls.append(0)
            if len(calls) == plan.accumulate * step:
                os.kill(os.getpid(), signal.SIGTERM)

        model.register_full_backward_hook(count)
    try:
        return f"done {train(model, task, plan, folder).test!r}"
    except InterruptedTrainingError as error:
        return f"stopped {error.step}"
    except ExperimentError as error:
        return str(error)


def start(rank, port, folder, strategy, step):
    process = os.fork()
    if process:
        return process
    names = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": WORLD}
    names |= {"LOCAL_WORLD_SIZE": WORLD, "TORCHELASTIC_RUN_ID": "test"}
    names |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in names.items()})
    code = 1
    try:
        said = work(folder, strategy, step)
        folder.with_name(f"{folder.name}.{step}.{rank}").write_text(said)
        code = 0
    finally:
        if code:
            sys.excepthook(*sys.exc_info())
        os._exit(code)


def run(folder, strategy, step):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [start(rank, port, folder, strategy, step) for rank in range(WORLD)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]) for p in processes]
    assert codes == [0] * WORLD, codes


if __name__ == "__main__":
    torch.set_num_threads(1)
    for word in sys.argv[1:]:
        path, strategy, step = word.rsplit(":", 2)
        run(Path(path), strategy, int(step))
