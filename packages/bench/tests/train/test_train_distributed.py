"""Several processes do what one does."""

import os
import signal
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from lightning.fabric.plugins.environments import (
    LightningEnvironment,
    SLURMEnvironment,
    TorchElasticEnvironment,
)
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor
from train_toys import settings, state_space_network, tokens

from framestate.bench.errors import InvalidInputError
from framestate.bench.train import TrainSettings, train
from framestate.bench.train.distributed import (
    Placement,
    agree,
    from_first,
    gathered_optimizer,
    gathered_weights,
    placement,
    shard,
    spread_optimizer,
    spread_weights,
)
from framestate.bench.train.lightning_trainer import make_trainer

WORKER = Path(__file__).parent / "train_worker.py"
TORCHRUN = {"TORCHELASTIC_RUN_ID": "1", "LOCAL_WORLD_SIZE": "2", "WORLD_SIZE": "8"}
SLURM = {"SLURM_NTASKS": "8", "SLURM_PROCID": "5", "SLURM_NNODES": "4"}


JOBS = (
    "ddp:ddp:0",
    "auto:auto:5",
    "auto:auto:0",
    "fsdp:fsdp:5",
    "fsdp:fsdp:0",
    "hungry:ddp:0",
)


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """A folder in which two processes have done all jobs."""
    if not hasattr(os, "fork"):
        pytest.skip("processes are forked")
    folder = tmp_path_factory.mktemp("together")
    jobs = [str(folder / job) for job in JOBS]
    done = subprocess.run(
        [sys.executable, "-W", "error", str(WORKER), *jobs],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("alone"))


def trained(folder, **changes):
    """What one process makes of the same; only read where two have done it."""
    task, plan = tokens(), settings(batch=8, clip_norm=None, **changes)
    return train(state_space_network(task), task, plan, folder)


def said(folder, name):
    return [folder.joinpath(f"{name}.{rank}").read_text() for rank in range(2)]


def assert_alike(one, other):
    metrics = ("accuracy", "macro_f1")
    names = ("training loss", "validation loss", *(f"validation {m}" for m in metrics))
    for name, a, b in zip(names, one.curves, other.curves, strict=True):
        assert a.name == b.name == name
        # the same sums in another order, in float32: losses near 1 differ by roundings
        assert b.values == pytest.approx(a.values, rel=0, abs=1e-6)
    assert (one.test, one.best_step) == (other.test, other.best_step)


def test_two_processes_have_the_losses_of_one(alone, together):
    assert said(together, "ddp.0") == [f"done {alone.test!r}"] * 2
    assert_alike(alone, trained(together / "ddp"))


def test_two_processes_stop_alike_and_go_on(alone, together):
    assert said(together, "auto.5") == ["stopped 5"] * 2
    assert said(together, "auto.0") == [f"done {alone.test!r}"] * 2
    other = trained(together / "auto")
    assert other.resumed_from == 5
    assert other.curves == trained(together / "ddp").curves
    assert_alike(alone, other)


def test_weights_cut_over_two_processes_have_the_losses_of_one(alone, together):
    assert said(together, "fsdp.5") == ["stopped 5"] * 2
    assert said(together, "fsdp.0") == [f"done {alone.test!r}"] * 2
    other = trained(together / "fsdp")
    assert other.resumed_from == 5
    assert_alike(alone, other)


def test_two_processes_that_run_out_of_memory_say_which_batch_would_fit(together):
    for said_so in said(together, "hungry.0"):
        assert "batch = 8, 4 on each of 2 processes: memory ran out" in said_so
        assert "batch = 4 went through: use batch=4 and accumulate=4" in said_so


@pytest.mark.parametrize(
    ("environment", "place", "expected"),
    [
        ({}, Placement("cpu"), LightningEnvironment),
        (SLURM | {"SLURM_NTASKS": "1"}, Placement("cpu"), LightningEnvironment),
        (SLURM | TORCHRUN, Placement("cpu", 2, 4, 5), TorchElasticEnvironment),
        (SLURM, Placement("cpu", 2, 4, 5), SLURMEnvironment),
    ],
)
def test_lightning_queues_no_job_again(
    tmp_path, monkeypatch, environment, place, expected
):
    names = dict.fromkeys(("LOCAL_RANK", "SLURM_LOCALID", "GROUP_RANK"), "1")
    names |= {"SLURM_NODEID": "2", "SLURM_JOB_ID": "7", "RANK": "5"}
    names |= {"SLURM_NTASKS_PER_NODE": "2"}
    names |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}
    for name, value in (names | environment).items():
        monkeypatch.setenv(name, value)
    if "TORCHELASTIC_RUN_ID" not in environment:
        monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    trainer = make_trainer(settings(), place, tmp_path)
    found = trainer._accelerator_connector.cluster_environment
    assert type(found) is expected
    assert not getattr(found, "auto_requeue", False)


def test_processes_that_srun_does_not_count_a_machine_are_refused(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    for name, value in SLURM.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInputError, match="srun --ntasks-per-node=2"):
        make_trainer(settings(), Placement("cpu", 2, 4, 5), tmp_path)


def test_a_checkpoint_of_lightning_in_the_folder_is_not_resumed_from(
    tmp_path, monkeypatch
):
    for name, value in (("NTASKS", "1"), ("PROCID", "0"), ("JOB_ID", "7")):
        monkeypatch.setenv(f"SLURM_{name}", value)
    handlers = []

    class Looking(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = state_space_network(tokens())

        def forward(self, u, *, lengths=None):
            handlers.append(signal.getsignal(signal.SIGUSR1))
            return self.model(u, lengths=lengths)

    before = signal.getsignal(signal.SIGUSR1)
    (tmp_path / "hpc_ckpt_1.ckpt").write_bytes(b"not to be read")
    plan = settings(steps=1, warmup=0, batch=8)
    assert train(Looking(), tokens(), plan, tmp_path).resumed_from is None
    assert set(handlers) == {before}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Placement("cpu")),
        (TORCHRUN | {"RANK": "3"}, Placement("cpu", 2, 4, 3)),
        (SLURM, Placement("cpu", 2, 4, 5)),
        (SLURM | TORCHRUN | {"RANK": "7"}, Placement("cpu", 2, 4, 7)),
        # inside an allocation, but not started by srun
        ({"SLURM_NTASKS": "8"}, Placement("cpu")),
        ({"SLURM_NTASKS": "1", "SLURM_PROCID": "0"}, Placement("cpu")),
        ({"SLURM_NTASKS": "2", "SLURM_PROCID": "1"}, Placement("cpu", 2, 1, 1)),
    ],
)
def test_the_environment_says_how_many_processes_there_are(environment, expected):
    plan = TrainSettings(steps=1, batch=16, device="cpu")
    found = placement(plan, environment)
    assert found == expected
    assert found.world == found.local * found.nodes


@pytest.mark.parametrize(
    ("changes", "environment", "words"),
    [
        ({"batch": 12}, SLURM, r"batch = 12 for 8 processes.*Use a multiple of 8"),
        ({"precision": "16"}, {}, "float16 is for GPUs"),
        ({"device": "cuda"}, {}, "PyTorch sees no GPU"),
    ],
)
def test_what_does_not_fit_the_machine_is_refused(
    monkeypatch, changes, environment, words
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    plan = TrainSettings(**({"steps": 1, "device": "cpu"} | changes))
    with pytest.raises(InvalidInputError, match=words):
        placement(plan, environment)


@pytest.mark.parametrize("there", [False, True])
def test_auto_takes_a_gpu_where_there_is_one(monkeypatch, there):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    found = placement(TrainSettings(steps=1, precision="bf16"), {})
    assert found.accelerator == ("cuda" if there else "cpu")


def test_one_process_agrees_with_itself():
    values = torch.tensor([1.0, 2.0])
    assert torch.equal(agree(values), torch.tensor([1.0, 2.0]))
    assert from_first(7, torch.device("cpu")) == 7


@pytest.fixture
def group(tmp_path):
    """A group of this process alone."""
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1
    )
    yield torch.distributed.init_device_mesh("cpu", (1,))
    torch.distributed.destroy_process_group()


def test_what_is_cut_is_gathered_whole_and_put_back(group):
    model = state_space_network(tokens())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    shard(model, group)
    assert isinstance(next(model.parameters()), DTensor)
    assert isinstance(model.blocks[0], FSDPModule)
    optimizer = torch.optim.Adam(model.parameters())
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    weights = deepcopy(gathered_weights(model))  # one process gathers its own
    assert weights.keys() == before.keys()
    assert all(torch.equal(weights[name], before[name]) for name in before)
    optimizer.step()
    kept = deepcopy(gathered_optimizer(model, optimizer))
    spread_weights(model, weights)
    optimizer.step()
    spread_optimizer(model, optimizer, kept)
    spread_weights(model, weights)
    again = gathered_weights(model)
    assert all(torch.equal(again[name], before[name]) for name in before)
    (name, first), *_ = gathered_optimizer(model, optimizer)["state"].items()
    assert float(first["step"]) == 1.0
    assert torch.equal(first["exp_avg"], kept["state"][name]["exp_avg"])


def test_a_group_of_one_agrees_with_itself(group):
    values = torch.tensor([1.0, 2.0])
    assert torch.equal(agree(values.clone()), values)
    assert from_first(7, torch.device("cpu")) == 7
