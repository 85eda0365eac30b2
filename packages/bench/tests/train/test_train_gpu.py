"""On a GPU: every precision trains and resumes, memory is the GPU's."""

import pytest
import torch
from train_toys import classes, network, settings

from framestate.bench.errors import ExperimentError
from framestate.bench.train import Stepped, train
from framestate.bench.train.checkpoints import Checkpoints

pytestmark = pytest.mark.gpu
ROWS = 4


def stop(event):
    if isinstance(event, Stepped) and event.step == 7:
        raise KeyError


@pytest.mark.parametrize("precision", ["32", "bf16", "16"])
def test_every_precision_trains_and_resumes(tmp_path, precision):
    pytest.importorskip("lightning")
    task, plan = classes(), settings(device="auto", precision=precision)
    with pytest.raises(KeyError):
        train(network(task), task, plan, tmp_path, on_event=stop)
    trained = train(network(task), task, plan, tmp_path)
    assert (trained.resumed_from, trained.steps) == (6, 12)
    assert 0 < trained.peak_memory < torch.cuda.get_device_properties(0).total_memory
    assert Checkpoints(tmp_path).newest().step == 12


class Hungry(torch.nn.Module):
    """A model that needs an eighth of all memory for each row."""

    def __init__(self, task):
        super().__init__()
        self.model = network(task, norm=False)

    def forward(self, u, *, lengths=None):
        share = torch.cuda.get_device_properties(0).total_memory // 8
        held = [torch.empty(share, dtype=torch.uint8, device=u.device) for _ in u]
        answer = self.model(u, lengths=lengths)
        del held
        return answer


def test_the_batch_that_would_fit_is_found(tmp_path):
    pytest.importorskip("lightning")
    task, plan = classes(), settings(device="cuda", batch=16)
    with pytest.raises(ExperimentError, match=f"batch = {ROWS} went through"):
        train(Hungry(task), task, plan, tmp_path)
