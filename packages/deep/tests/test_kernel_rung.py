"""A tensor goes to the kernels of its device, if they can be had."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import torch

from framestate.deep.functional.fft_conv import _blocks
from framestate.deep.functional.kernels import rung


class OnDevice(torch.Tensor):
    """A tensor that says it is on a CUDA device."""

    is_cuda = True


@pytest.fixture(params=[1, 2])
def cupy(request, monkeypatch):
    """A CuPy that writes down what it is asked for; one or two results."""
    seen = []

    @contextmanager
    def using(index, stream):
        seen.append((index, stream))
        yield

    def scan(a, x, start):
        seen.append((a, x, start))
        results = (x.numpy() + 1, x.numpy() + 2)[: request.param]
        return results if request.param > 1 else results[0]

    monkeypatch.setattr(rung, "cuda", SimpleNamespace(using=using, scan=scan))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: f"of {device}")
    monkeypatch.setattr(rung.importlib.util, "find_spec", lambda name: name)
    rung._has_cupy.cache_clear()
    yield seen, request.param
    rung._has_cupy.cache_clear()


def inputs():
    a = torch.full((1, 1), 0.5)
    x = torch.arange(3.0)[None]
    return a, x, torch.zeros(1)


def test_a_device_tensor_goes_to_the_device_on_the_stream_of_torch(cupy):
    seen, count = cupy
    a, x, start = inputs()
    found = rung.run("scan", a.as_subclass(OnDevice), x, start)
    assert [y.tolist() for y in found] == [[[1, 2, 3]], [[2, 3, 4]]][:count]
    assert seen[0] == (None, "of cpu")  # of the first tensor
    assert seen[1][1].data_ptr() == x.data_ptr()  # no copy
    assert not seen[1][0].requires_grad


def test_a_tensor_of_the_processor_stays_there(cupy):
    seen, _ = cupy
    (found,) = rung.run("scan", *inputs())
    assert found.tolist() == [[0, 1, 2.5]]
    assert not seen


@pytest.mark.parametrize("cupy", [1], indirect=True)
def test_without_cupy_a_device_scans_by_the_operations_of_torch(cupy, monkeypatch):
    seen, _ = cupy
    monkeypatch.setattr(rung.importlib.util, "find_spec", lambda name: None)
    rung._has_cupy.cache_clear()
    a, x, start = inputs()
    (found,) = rung.run("scan", a.as_subclass(OnDevice), x, start)
    assert found.tolist() == [[0, 1, 2.5]]
    assert not seen


def test_a_device_convolves_all_channels_at_once_and_a_processor_those_that_fit():
    u = torch.empty(2, 1 << 12, 1000, device="meta")
    assert _blocks(u, 1 << 13) == [slice(0, 1000)]
    parts = _blocks(torch.empty(1).expand(u.shape), 1 << 13)
    assert len(parts) > 1
    assert [part.start for part in parts[1:]] == [part.stop for part in parts[:-1]]
    assert parts[-1].stop >= 1000
