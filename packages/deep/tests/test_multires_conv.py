"""All ways through the tree are one convolution: the weighted levels, as defined."""

from collections.abc import Callable
from functools import partial
from math import log2

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.functional.causal_dwt import causal_dwt
from framestate.deep.functional.multires_conv import multires_conv
from framestate.deep.functional.multires_kernel import impulse_response
from framestate.deep.functional.multires_tree import Tree, covering_depth, tree

LENGTHS = (1, 2, 3, 17, 255, 256, 257)
BATCH, CHANNELS = 2, 3
WAYS = ("direct", "fft", "fused")


def drawn(*shape: int, seed: int, dtype=torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


def arguments(shape: Tree, length: int, dtype=torch.float64) -> tuple[Tensor, ...]:
    """x, h0, h1 and w; filters whose levels neither vanish nor explode."""
    taps, columns = shape.taps, shape.memory_size + 1
    filters = drawn(2, CHANNELS, taps, seed=2, dtype=dtype) / taps**0.5
    x = drawn(BATCH, CHANNELS, length, seed=1, dtype=dtype)
    return x, *filters, drawn(CHANNELS, columns, seed=3, dtype=dtype)


def definition(shape: Tree, x: Tensor, h0: Tensor, h1: Tensor, w: Tensor) -> Tensor:
    """Coefficient k of node i at t is the node's at t - k 2^i; x has the last weight."""
    y, column = w[:, -1:] * x, 0
    nodes = causal_dwt(x, h0, h1, shape.depth).unbind(2)
    for n, (node, kept) in enumerate(zip(nodes, shape.kept, strict=True)):
        level = shape.depth + 1 - max(n, 1)
        for k in range(kept):
            lag = k * 2**level
            late = torch.zeros_like(node)
            late[..., lag:] = node[..., : max(0, x.shape[2] - lag)]
            y = y + w[:, column, None] * late
            column += 1
    return y


def rounding(shape: Tree, given: tuple[Tensor, ...]) -> Tensor:
    """Sums level by level err by eps of magnitudes, transforms by eps of norms."""
    eps, (x, *_) = torch.finfo(given[0].dtype).eps, given
    magnitudes = tuple(v.double().abs() for v in given)
    size = definition(shape, *magnitudes)
    operations = shape.depth * (shape.taps + 2) + shape.memory_size + 4
    response = impulse_response(shape, *magnitudes[1:], length=x.shape[2])
    norms = magnitudes[0].norm(dim=2) * (2 * response.norm(dim=1) + response.sum(1))
    transforms = 4 * log2(4 * x.shape[2]) * norms[..., None]
    return eps * (operations * size + transforms)


TREES = [
    tree("fading", taps=2, depth=0),
    tree("fading", taps=2, depth=9),
    tree("fading", taps=3, depth=4),
    tree("fading", taps=5, depth=3),
    tree("fading", taps=6, depth=2),
    tree("uniform", taps=2, depth=5, memory_size=7),
    tree("uniform", taps=3, depth=3),
    tree("uniform", taps=4, depth=4, memory_size=38),
    tree("uniform", taps=5, depth=3, memory_size=1),
]


WAYS_OF = [
    (shape, way) for shape in TREES for way in WAYS if way != "fused" or shape.fading
]


def call(shape: Tree, given: tuple[Tensor, ...], way: str) -> Tensor:
    select = "fading" if shape.fading else "uniform"
    return multires_conv(*given, select=select, depth=shape.depth, algorithm=way)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("shape", "way"), WAYS_OF, ids=str)
def test_every_way_is_the_definition(shape, way, length, dtype):
    values = arguments(shape, length, dtype)
    wanted = definition(shape, *(v.double() for v in values))
    found = call(shape, values, way)
    assert found.dtype == dtype
    assert bool(((found - wanted).abs() <= rounding(shape, values)).all())


@pytest.mark.parametrize(("shape", "way"), WAYS_OF, ids=str)
def test_the_gradient_is_the_derivative(shape, way):
    varied = tuple(v.requires_grad_() for v in arguments(shape, 9))
    if shape.depth == 0:  # the filters have nothing to filter
        varied = (varied[0], varied[1].detach(), varied[2].detach(), varied[3])
    way_of = partial(call, shape, way=way)
    assert torch.autograd.gradcheck(lambda *v: way_of(v), varied, fast_mode=True)


@pytest.mark.parametrize("way", ["direct", "fft"])
def test_the_gradient_of_the_gradient_is_its_derivative(way):
    shape = tree("fading", taps=3, depth=2)
    varied = tuple(v.requires_grad_() for v in arguments(shape, 3))
    assert torch.autograd.gradgradcheck(lambda *v: call(shape, v, way), varied)


@pytest.mark.theorem("T-tree-response")
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("shape", TREES, ids=str)
def test_the_response_is_that_to_an_impulse(shape, length):
    _, *filters = arguments(shape, length)
    impulse = torch.zeros(1, CHANNELS, length, dtype=torch.float64)
    impulse[..., 0] = 1
    wanted = definition(shape, impulse, *filters)[0]
    found = impulse_response(shape, *filters, length=length)
    lags = found.shape[1]
    reach = (shape.taps - 1) * (2**shape.depth - 1)
    assert lags <= min(length, reach + 1)
    assert not wanted[:, lags:].any()
    size = definition(shape, impulse, *(v.abs() for v in filters))[0, :, :lags]
    operations = shape.depth * (shape.taps + 2) + shape.memory_size
    eps = torch.finfo(torch.float64).eps
    assert bool(((found - wanted[:, :lags]).abs() <= operations * eps * size).all())


@given(length=st.integers(1, 300), taps=st.integers(2, 9), depth=st.integers(0, 7))
def test_a_longer_response_begins_as_a_shorter_one(length, taps, depth):
    shape = tree("fading", taps=taps, depth=depth)
    _, *filters = arguments(shape, 1)
    long = impulse_response(shape, *filters, length=300)
    short = impulse_response(shape, *filters, length=length)
    assert torch.equal(short, long[:, :length])


def test_the_layer_is_time_invariant():
    shape = tree("fading", taps=4, depth=4)
    x, *filters = arguments(shape, 80)
    late = torch.nn.functional.pad(x, (7, 0))
    found = call(shape, (late, *filters), "direct")[..., 7:]
    assert torch.equal(found, call(shape, (x, *filters), "direct"))


@pytest.mark.parametrize("way", ["auto", *WAYS])
def test_a_transposed_view_is_taken_as_its_copy(way):
    shape = tree("fading", taps=2, depth=6)
    x, *filters = arguments(shape, 64)
    view = x.transpose(1, 2).contiguous().transpose(1, 2)
    assert not view.is_contiguous()
    bound = rounding(shape, (x, *filters))
    found = call(shape, (view, *filters), way)
    assert bool(((found - call(shape, (x, *filters), way)).abs() <= bound).all())


@pytest.mark.gpu
@pytest.mark.parametrize("length", [17, 4096, 16384])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_device_gives_what_a_processor_gives(length, dtype):
    shape = tree("fading", taps=2, depth=covering_depth(length, 2))
    values = arguments(shape, length, dtype)
    found = multires_conv(*(v.cuda() for v in values)).cpu()
    wanted = definition(shape, *(v.double() for v in values))
    assert bool(((found - wanted).abs() <= rounding(shape, values)).all())


X, H = torch.ones(1, 2, 4), torch.ones(2, 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"algorithm": "shift"}, "algorithm 'shift': it is not one of auto, direct"),
        ({"select": "Fading"}, "Did you mean 'fading'"),
        ({"x": X[0]}, r"\(batch, channels, length\)"),
        ({"x": X.half()}, "float32 and float64"),
        ({"w": torch.ones(2)}, r"\(channels, memory [+] 1\)"),
        ({"w": torch.ones(2, 1)}, r"w \(2, 1\) .* at least 2"),
        ({"w": torch.ones(3, 4)}, r"expected \(2 channels"),
        ({"w": torch.ones(2, 4).double()}, "in x's dtype"),
        ({"depth": 3}, "one coefficient of each node makes 4"),
        ({"depth": 1}, "one coefficient of each node makes 2"),
        ({"w": torch.ones(2, 40)}, "depth=38"),
        ({"select": "uniform"}, "Give depth"),
        ({"select": "uniform", "depth": 1}, r"whole tree has 2 .* memory_size <= 2"),
        (
            {"w": torch.ones(2, 5), "select": "uniform", "depth": 2}
            | {"algorithm": "fused"},
            "keeps one of each. Take algorithm='fft'",
        ),
    ],
)
def test_nothing_is_made_of(change, words):
    values = {"x": X, "h0": H, "h1": H, "w": torch.ones(2, 4)} | change
    with pytest.raises(InvalidInputError, match=words):
        multires_conv(**values)


@pytest.mark.theorem("T-uniform-count")
def test_uniform_keeps_what_lies_within_the_last_samples():
    taps, depth = 3, 4
    window = (taps - 1) * (2**depth - 1)
    within = [
        sum(k * 2**i + (taps - 1) * (2**i - 1) <= window for k in range(window + 1))
        for i in (depth, *range(depth, 0, -1))
    ]
    whole = sum(within)
    assert tree("uniform", taps=taps, depth=depth, memory_size=whole).kept == (*within,)
    first = tree("uniform", taps=taps, depth=depth, memory_size=6).kept
    assert first == (1, 1, 3, 1, 0)
    assert sum(tree("uniform", taps=taps, depth=depth).kept) == depth + 1
    with pytest.raises(InvalidInputError, match=f"has {whole} coefficients"):
        tree("uniform", taps=taps, depth=depth, memory_size=whole + 1)


@given(length=st.integers(1, 10**6), taps=st.integers(2, 40))
def test_the_depth_is_the_least_that_sees_a_whole_record(length, taps):
    depth = covering_depth(length, taps)
    assert (taps - 1) * (2**depth - 1) >= length - 1
    assert depth == 0 or (taps - 1) * (2 ** (depth - 1) - 1) < length - 1


@pytest.mark.parametrize(
    ("length", "taps", "depth"),
    [(1024, 2, 10), (2048, 4, 10), (1000, 2, 10), (1, 2, 0)],
)
def test_the_depth_of_the_papers_tasks(length, taps, depth):
    assert covering_depth(length, taps) == depth


def test_the_deepest_tree_has_24_levels():
    assert tree("fading", taps=2, depth=24).depth == 24


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: covering_depth(0, 2), "length=0"),
        (lambda: covering_depth(5, 1), "filters of 1 tap"),
        (lambda: tree("fading", taps=0, depth=1), "taps=0"),
        (lambda: tree("uniform", taps=2, depth=1, memory_size=0), "memory_size=0"),
    ],
)
def test_no_tree_is_built_of(build: Callable[[], object], words):
    with pytest.raises(InvalidInputError, match=words):
        build()
