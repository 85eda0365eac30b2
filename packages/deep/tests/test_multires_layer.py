"""The layer of MultiresNet: whole, in chunks and by samples; first values; refusals."""

import copy
from math import log2, sqrt

import numpy as np
import pytest
import pywt
import torch
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.functional.multires_conv import multires_conv
from framestate.deep.functional.multires_kernel import impulse_response
from framestate.deep.layers.contract import SequenceLayer
from framestate.deep.layers.multires import MultiresLayer
from framestate.frames import filters

BATCH, CHANNELS = 2, 3
SHAPES = [
    {"kernel_size": 2, "depth": 1},
    {"kernel_size": 2, "depth": 8},
    {"kernel_size": 4, "depth": 4},
    {"kernel_size": 5, "depth": 3},
    {"kernel_size": 2, "depth": 5, "tree_select": "uniform", "memory_size": 7},
    {"kernel_size": 4, "depth": 4, "tree_select": "uniform", "memory_size": 38},
    {"kernel_size": 3, "depth": 3, "tree_select": "uniform"},
    {"kernel_size": 2, "depth": 3, "tree_select": "uniform", "memory_size": 1},
]


def build(shape: dict, dtype=torch.float64, **options) -> MultiresLayer:
    generator = torch.Generator().manual_seed(0)
    layer = MultiresLayer(CHANNELS, generator=generator, **shape, **options)
    return layer.to(dtype)


def drawn(length: int, dtype=torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    u = torch.randn(BATCH, length, CHANNELS, generator=generator, dtype=torch.float64)
    return u.to(dtype)


def rounding(layer: MultiresLayer, u: Tensor) -> Tensor:
    """Sums level by level err by eps of magnitudes, transforms by eps of norms."""
    h0, h1, w = (v.detach().double().abs() for v in (layer.h0, layer.h1, layer.w))
    x, tree = u.double().abs().transpose(1, 2), layer.tree
    options = {"select": layer.tree_select, "depth": layer.depth}
    size = multires_conv(x, h0, h1, w, algorithm="direct", **options)
    response = impulse_response(tree, h0, h1, w, length=x.shape[2])
    norms = x.norm(dim=2) * (2 * response.norm(dim=1) + response.sum(1))
    operations = tree.depth * (tree.taps + 2) + tree.memory_size + 4
    transforms = 4 * log2(4 * x.shape[2]) * norms[..., None]
    eps = torch.finfo(u.dtype).eps
    return eps * (2 * operations * size + transforms).transpose(1, 2)


def stepped(layer: MultiresLayer, u: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    state, outputs = layer.initial_state(len(u)), []
    for u_t in u.unbind(1):
        y_t, state = layer.step(u_t, state)
        outputs.append(y_t)
    return torch.stack(outputs, 1), state


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("length", [1, 2, 3, 17, 255, 256, 257])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_samples_and_chunks_are_the_whole(shape, length, dtype):
    layer, u = build(shape, dtype), drawn(length, dtype)
    with torch.no_grad():
        whole, (by_samples, after) = layer(u), stepped(layer, u)
        state, chunks = layer.initial_state(BATCH), []
        for chunk in u.tensor_split((1, 2, 50, 51), dim=1):
            if chunk.shape[1]:
                y, state = layer.prefill(chunk, state)
                chunks.append(y)
    bound = rounding(layer, u)
    assert whole.dtype == by_samples.dtype == dtype
    assert bool(((by_samples - whole).abs() <= bound).all())
    assert bool(((torch.cat(chunks, 1) - whole).abs() <= bound).all())
    for one, other in zip(after, state, strict=True):
        assert one.shape == other.shape
        assert torch.allclose(one, other, rtol=0, atol=float(bound.max()))


def test_a_long_sequence_is_its_samples():
    layer = build({"kernel_size": 2, "length": 4096}, torch.float32)
    u = drawn(4096, torch.float32)
    with torch.no_grad():
        error = (stepped(layer, u)[0] - layer(u)).abs()
    assert bool((error <= rounding(layer, u)).all())


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_state_is_what_the_tree_looks_back(shape):
    layer = build(shape)
    lows, highs = layer.initial_state(BATCH)
    reach = (layer.kernel_size - 1) * (2**layer.depth - 1)
    assert lows.shape == (BATCH, reach, CHANNELS)
    levels = range(1, layer.depth + 1)
    kept = reversed(layer.tree.kept[1:])
    older = sum(max(0, n - 1) * 2**i for i, n in zip(levels, kept, strict=True))
    assert highs.shape == (BATCH, older, CHANNELS)
    assert not lows.any()
    assert not highs.any()
    assert layer.initial_state(1, device="meta")[0].device.type == "meta"


@pytest.mark.parametrize("shape", [SHAPES[1], SHAPES[5]], ids=str)
def test_a_state_goes_on_twice(shape):
    """Neither a step nor a chunk writes into the state it starts from."""
    layer, u = build(shape), drawn(60)
    _, state = layer.prefill(u[:, :50], layer.initial_state(BATCH))
    first = layer.step(u[:, 50], state)[0]
    layer.prefill(u[:, 51:], state)
    assert torch.equal(layer.step(u[:, 50], state)[0], first)


@pytest.mark.parametrize("shape", [SHAPES[2], SHAPES[5]], ids=str)
def test_gradients_through_samples_are_those_through_the_whole(shape):
    layer, u = build(shape), drawn(40)
    named = [layer.h0, layer.h1, layer.w]
    whole = torch.autograd.grad(layer(u).square().sum(), named)
    samples = torch.autograd.grad(stepped(layer, u)[0].square().sum(), named)
    for one, other in zip(whole, samples, strict=True):
        assert bool(((one - other).abs() <= 1e-12 * one.abs().max()).all())


@pytest.mark.parametrize("name", ["db1", "db4", "sym5", "coif1"])
def test_fixed_filters_read_off_the_stationary_transform(name):
    """A weight of one for a node: that node, K/2 (2^i - 1) samples round the circle."""
    wavelet, depth, length = filters.load(name), 3, 256
    layer = build({"depth": depth}, filters=(wavelet.lowpass, wavelet.highpass))
    layer.h0.data[:] = torch.from_numpy(wavelet.lowpass)  # all digits
    layer.h1.data[:] = torch.from_numpy(wavelet.highpass)
    u = drawn(length)
    levels = pywt.swt(u.numpy(), name, level=depth, trim_approx=True, axis=1)
    for node, wanted in enumerate(levels):
        layer.w.data[:] = 0
        layer.w.data[:, node] = 1
        reach = 2 ** (depth + 1 - max(node, 1)) - 1
        taps = layer.kernel_size
        shifted = torch.from_numpy(np.roll(wanted, taps // 2 * reach, axis=1))
        whole = slice((taps - 1) * reach, None)
        error = (layer(u) - shifted).abs()[:, whole]
        tables = depth * taps * 1e-11  # PyWavelets' digits of the taps
        assert bool((error <= rounding(layer, u)[:, whole] + tables).all())


@pytest.mark.parametrize(
    ("options", "depth"),
    [
        ({"length": 1024}, 10),
        ({"length": 2048, "kernel_size": 4}, 10),
        ({"length": 1025}, 11),
        ({"length": 1}, 1),
        ({"depth": 3}, 3),
    ],
)
def test_the_depth_is_given_or_covers_the_length(options, depth):
    assert build(options).depth == depth


@pytest.mark.parametrize("indep_res_init", [False, True])
@pytest.mark.parametrize("shape", [SHAPES[1], SHAPES[5]], ids=str)
def test_first_values_are_the_papers(shape, indep_res_init):
    generator = torch.Generator().manual_seed(3)
    options = {"indep_res_init": indep_res_init, "generator": generator}
    layer = MultiresLayer(512, **shape, **options)
    K, m = layer.kernel_size, layer.tree.memory_size
    bounds = [(layer.h0, sqrt(2 / (2 * K))), (layer.h1, sqrt(2 / (2 * K)))]
    bounds += [(layer.w[:, :-1], sqrt(2 / (2 * m + 2)))]
    bounds += [(layer.w[:, -1], 1.0 if indep_res_init else sqrt(2 / (2 * m + 2)))]
    for drawn_values, bound in bounds:
        values, eps = drawn_values.detach(), torch.finfo(torch.float32).eps
        assert 0.98 < float(values.abs().max()) / bound <= 1 + eps
        spread = bound / sqrt(3 * values.numel())  # of the mean of uniform numbers
        assert abs(float(values.mean())) < 5 * spread
    again = MultiresLayer(
        512, **shape, **options | {"generator": generator.manual_seed(3)}
    )
    assert all(map(torch.equal, layer.parameters(), again.parameters()))
    assert not torch.equal(layer.h0, layer.h1)


def test_filters_are_learned_or_fixed():
    learned = build({"length": 1024}, trainable_filters=True)
    fixed = build({"length": 1024}, trainable_filters=False)
    assert {name for name, _ in learned.named_parameters()} == {"h0", "h1", "w"}
    assert [name for name, _ in fixed.named_parameters()] == ["w"]
    assert set(learned.state_dict()) == set(fixed.state_dict()) == {"h0", "h1", "w"}
    assert sum(p.numel() for p in learned.parameters()) == CHANNELS * (2 + 2 + 12)
    assert (learned.dynamics, learned.readout) == ((), ())


def test_given_filters_are_copied_for_every_channel():
    one, rows = np.array([0.5, 0.25, 1.0]), np.arange(9.0).reshape(3, 3)
    layer = build({"depth": 2}, filters=(one, one[::-1].copy()))
    assert torch.equal(layer.h0, torch.from_numpy(one).expand(3, 3))
    assert torch.equal(layer.h1, torch.from_numpy(one[::-1].copy()).expand(3, 3))
    layer = build({"depth": 2, "kernel_size": 3}, filters=(rows, rows + 1))
    rows[:] = 0
    assert torch.equal(layer.h1 - layer.h0, torch.ones(3, 3).double())
    assert layer.h0.is_contiguous()


def test_the_layer_keeps_the_contract_of_layers():
    layer = build({"depth": 3})
    assert isinstance(layer, SequenceLayer)
    assert layer.causal
    assert torch.equal(layer(drawn(5), lengths=torch.tensor([2, 5])), layer(drawn(5)))
    assert torch.equal(copy.deepcopy(layer)(drawn(5)), layer(drawn(5)))
    assert "kernel_size=2, depth=3, tree_select='fading', memory_size=4" in str(layer)


@pytest.mark.parametrize("low", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("shape", [SHAPES[3], SHAPES[5]], ids=str)
def test_autocast_leaves_the_tree_in_single_precision(shape, low):
    layer, u = build(shape, torch.float32), drawn(20, torch.float32)
    state = layer.initial_state(BATCH)
    with torch.autocast("cpu", dtype=low):
        found = layer(u.to(low)), *layer.prefill(u.to(low), state)
        step = layer.step(u[:, 0].to(low), state)
    same = u.to(low).float()
    assert torch.equal(found[0], layer(same))
    assert torch.equal(found[1], layer.prefill(same, state)[0])
    assert torch.equal(step[0], layer.step(same[:, 0], state)[0])
    assert step[1][0].dtype == torch.float32


TAPS = np.ones(2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"d_model": 0}, "d_model=0"),
        ({"depth": None}, "depth=None, length=None: one of the two"),
        ({"depth": 3, "length": 9}, "depth=3, length=9: one of the two"),
        ({"depth": 0}, "depth=0"),
        ({"depth": 25}, "depth=25"),
        ({"depth": None, "length": 0}, "length=0"),
        ({"kernel_size": 1}, "filters of 1 tap"),
        ({"kernel_size": 0}, "taps=0"),
        ({"tree_select": "fadding"}, "Did you mean 'fading'"),
        ({"memory_size": 4}, "Leave memory_size out"),
        ({"tree_select": "uniform", "memory_size": 9}, "has 4 coefficients"),
        ({"filters": (TAPS, np.ones(3))}, "2 and 3 taps: these are not one size"),
        ({"filters": (TAPS, TAPS), "kernel_size": 3}, "leave kernel_size out"),
        ({"filters": (TAPS[:1], TAPS[:1])}, "filters of 1 tap"),
        ({"filters": (np.ones((2, 2)), TAPS)}, r"h0 of shape \(2, 2\): .* \(3, K\)"),
        ({"filters": (TAPS, np.ones((1, 3, 2)))}, "h1 of shape"),
        ({"filters": (TAPS, TAPS * np.inf)}, "h1 .* expected finite taps"),
    ],
)
def test_no_layer_is_built_from(options, words):
    given = {"d_model": CHANNELS, "depth": 2} | options
    with pytest.raises(InvalidInputError, match=words):
        MultiresLayer(given.pop("d_model"), **given)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda layer, _: layer(torch.ones(2, 4, 2)), "d_model = 3"),
        (lambda layer, _: layer(torch.ones(2, 0, 3)), "non-empty"),
        (lambda layer, _: layer(torch.ones(2, 3)), r"\(batch, length, d_model\)"),
        (lambda layer, _: layer(torch.ones(2, 4, 3).double()), "torch.float32"),
        (lambda layer, _: layer(torch.ones(2, 4, 3).half()), "float32 and float64"),
        (lambda layer, _: layer(torch.ones(2, 4, 3).long()), "float32 and float64"),
        (lambda layer, _: layer(torch.ones(2, 4, 3), interval=1.0), "has no dt"),
        (lambda layer, s: layer.step(torch.ones(2, 3), s, interval=1.0), "no dt"),
        (lambda layer, s: layer.prefill(torch.ones(2, 4, 3), s, interval=2.0), "no dt"),
        (lambda layer, s: layer.step(torch.ones(2, 1, 3), s), r"\(batch, d_model\)"),
        (lambda layer, s: layer.step(torch.ones(5, 3), s), r"initial_state\(5\)"),
        (lambda layer, s: layer.prefill(torch.ones(2, 3), s), "length"),
        (lambda layer, s: layer.step(torch.ones(2, 3), s[:1] * 2), "need"),
        (
            lambda layer, s: layer.prefill(torch.ones(2, 4, 3), (s[0], s[1].double())),
            "need",
        ),
        (lambda layer, _: layer.initial_state(0), "batch_size=0"),
    ],
)
def test_a_layer_refuses(call, words):
    layer = build({"depth": 2}, torch.float32)
    with pytest.raises(InvalidInputError, match=words):
        call(layer, layer.initial_state(2))
