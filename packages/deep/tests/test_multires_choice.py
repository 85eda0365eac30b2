"""Which of the equal ways through the tree is taken: the cheapest, or what exports."""

from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from framestate.deep.functional.kernels.multires import fits, serves
from framestate.deep.functional.multires_conv import multires_conv

# By name, since the packages show functions of the same names.
MODULE = import_module("framestate.deep.functional.multires_conv")
KERNELS = import_module("framestate.deep.functional.kernels.multires")


def values(length: int, depth: int = 10) -> tuple[Tensor, ...]:
    """Six rows, two taps: 12 depth operations for each sample."""
    generator = torch.Generator().manual_seed(0)
    sizes = (2, 3, length), (3, 2), (3, 2), (3, depth + 2)
    return tuple(torch.randn(size, generator=generator) for size in sizes)


@pytest.fixture
def taken(monkeypatch) -> list[str]:
    """The ways that were taken, in order; nothing is computed."""
    ways: list[str] = []
    for name, result in (
        ("advance", lambda _, x, *__: (x, [])),
        ("fft_conv", lambda u, _: u),
        ("multires", lambda x, *_: x),
    ):

        def instead(*arguments, name=name, result=result):
            ways.append(name)
            return result(*arguments)

        monkeypatch.setattr(MODULE, name, instead)
    return ways


@pytest.mark.parametrize(
    ("length", "depth", "way"),
    [
        (1, 10, "advance"),
        (2184, 10, "advance"),
        (2185, 10, "fft_conv"),
        (4369, 5, "advance"),
        (4370, 5, "fft_conv"),
        (10**5, 0, "advance"),
    ],
)
def test_a_processor_takes_transforms_above_2_to_the_18_operations(
    taken, length, depth, way
):
    multires_conv(*values(length, depth))
    assert taken == [way]


def test_an_exporter_sees_the_levels(taken, monkeypatch):
    monkeypatch.setattr(torch.compiler, "is_exporting", lambda: True)
    multires_conv(*values(4096))
    assert taken == ["advance"]


def test_a_device_takes_its_kernel_for_what_the_kernel_keeps(taken, monkeypatch):
    monkeypatch.setattr(MODULE, "serves", lambda _, taps: taps == 2)
    multires_conv(*values(4096))
    multires_conv(*values(4096), select="uniform", depth=9)
    multires_conv(*values(4096)[:1], *torch.ones(2, 3, 3), torch.ones(3, 12))
    assert taken == ["multires", "fft_conv", "fft_conv"]


def test_a_tree_that_keeps_one_of_each_is_both_fading_and_uniform(taken, monkeypatch):
    monkeypatch.setattr(MODULE, "serves", lambda *_: True)
    x, h0, h1, _ = values(9)
    multires_conv(x, h0, h1, torch.ones(3, 3), select="uniform", depth=1)
    assert taken == ["multires"]


class OnDevice(Tensor):
    """A tensor that says it is on a CUDA device."""

    is_cuda = True
    device = torch.device("cuda", 3)


@pytest.mark.parametrize(
    ("cupy", "room", "answer"),
    [(True, 32768, True), (True, 32767, False), (False, 0, False)],
)
def test_the_kernel_serves_a_device_that_has_room_and_cupy(
    monkeypatch, cupy, room, answer
):
    monkeypatch.setattr(KERNELS, "_has_cupy", lambda: cupy)
    properties = {torch.device("cuda", 3).index: room}
    monkeypatch.setattr(
        torch.cuda,
        "get_device_properties",
        lambda index: SimpleNamespace(shared_memory_per_block_optin=properties[index]),
    )
    x = torch.zeros(1, 1, 4096).as_subclass(OnDevice)
    assert serves(x, 2) is answer
    assert not serves(torch.zeros(1, 1, 4), 2)


def test_cupy_is_looked_for():
    assert KERNELS._has_cupy() is (find_spec("cupy") is not None)


@pytest.mark.parametrize(
    ("length", "taps", "number", "room", "answer"),
    [
        (4096, 2, 4, 32768, True),
        (4096, 2, 4, 32767, False),
        (4096, 2, 8, 65536, True),
        (4096, 2, 8, 65535, False),
        (4096, 16, 4, 34816, True),
        (4096, 16, 4, 34815, False),
        (4097, 2, 4, 131071, False),
        (4097, 2, 4, 131072, True),
        (16384, 2, 4, 232448, True),
        (16385, 2, 4, 10**9, False),
        (8192, 2, 8, 131072, True),
        (8193, 2, 8, 10**9, False),
        (1, 2, 4, 0, False),
    ],
)
def test_a_row_fits_a_block_of_a_device(length, taps, number, room, answer):
    """Two rows of 16 samples a thread, or two sums a tap and two more of each thread."""
    assert fits(length, taps, number=number, room=room) is answer
