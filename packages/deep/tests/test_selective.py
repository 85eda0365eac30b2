"""The selective layer is Mamba's equations, within bounded memory."""

from math import log, sqrt

import pytest
import torch
from torch.nn.functional import silu, softplus

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import SelectiveSSM, selective
from framestate.deep.layers.selective import SelectiveState

WIDTH = 5


def layer_of(*, seed: int = 0, width: int = WIDTH, **options) -> SelectiveSSM:
    generator = torch.Generator().manual_seed(seed)
    return SelectiveSSM(width, generator=generator, **options)


def looped(layer: SelectiveSSM, u, interval: float = 1.0):
    """The paper's equations, sample by sample."""
    taps, inner = layer.W_conv.shape
    window = torch.zeros(len(u), taps, inner, dtype=u.dtype)
    h, outputs = torch.zeros(len(u), inner, layer.d_state, dtype=u.dtype), []
    for u_t in u.unbind(1):
        x, z = (u_t @ layer.W_in.T).chunk(2, -1)
        window = torch.cat((window[:, 1:], x[:, None]), 1)
        x = silu((window * layer.W_conv).sum(1) + layer.b_conv)
        seen = x @ layer.W_x.T
        r, B, C = seen.split([layer.dt_rank, layer.d_state, layer.d_state], -1)
        dt = softplus(r @ layer.W_dt.T + layer.b_dt) * interval
        gain = torch.exp(dt[..., None] * -torch.exp(layer.A_log))
        h = gain * h + (dt * x)[..., None] * B[:, None]
        y = (h * C[:, None]).sum(-1) + layer.D * x
        outputs.append((y * silu(z)) @ layer.W_out.T)
    return torch.stack(outputs, 1)


@pytest.mark.parametrize("options", [{}, {"d_conv": 1, "expand": 1, "dt_rank": 3}])
@pytest.mark.parametrize("interval", [None, 0.4])
def test_the_layer_is_the_papers_equations(normal, options, interval):
    layer = layer_of(d_state=4, **options).double()
    u = normal(2, 30, WIDTH, dtype=torch.float64)
    with torch.no_grad():
        wanted = looped(layer, u, interval or 1.0)
        error = (layer(u, interval=interval) - wanted).abs().max()
    assert float(error) <= 1e-13 * float(wanted.abs().max())


def test_the_first_values_are_the_papers():
    layer = layer_of(width=128)
    assert layer.dt_rank == 8
    assert layer.d_state == 16
    assert layer.W_conv.shape == (4, 256)
    rates = layer.A_log.detach().exp()
    assert float((rates - torch.arange(1, 17)).abs().max()) <= 1e-5
    assert bool((layer.D == 1).all())
    dt = softplus(layer.b_dt.detach().double())
    spread = (dt.log() - log(1e-3)) / log(100)
    assert -1e-4 <= float(spread.min()) < 0.05 < 0.95 < float(spread.max()) <= 1 + 1e-4
    assert abs(float(spread.mean()) - 0.5) <= 4 / sqrt(12 * 256)
    bounds = {
        "W_in": 128,
        "W_conv": 4,
        "b_conv": 4,
        "W_x": 256,
        "W_dt": 8,
        "W_out": 256,
    }
    for name, inputs in bounds.items():
        largest = float(getattr(layer, name).detach().abs().max())
        assert 0.95 * inputs**-0.5 < largest <= inputs**-0.5


def test_a_tiny_dt_starts_at_the_papers_floor():
    layer = layer_of(dt_min=1e-7, dt_max=1e-6)
    assert softplus(layer.b_dt.detach().double()).tolist() == pytest.approx([1e-4] * 10)


def test_the_width_that_dt_is_made_of_is_rounded_up():
    assert [layer_of(width=w).dt_rank for w in (1, 16, 17)] == [1, 1, 2]


def test_stretches_are_the_whole_and_so_are_their_gradients(normal, monkeypatch):
    layer, u = layer_of().double(), normal(2, 50, WIDTH, dtype=torch.float64)
    inputs = [u.requires_grad_(), *layer.parameters()]
    whole = layer(u)
    slopes = torch.autograd.grad(whole.square().sum(), inputs)
    monkeypatch.setattr(selective, "_STRETCH_ELEMENTS", 2 * 10 * 16 * 7)
    pieces = layer(u)
    others = torch.autograd.grad(pieces.square().sum(), inputs)
    assert float((pieces - whole).detach().abs().max()) <= 1e-13
    for slope, other in zip(slopes, others, strict=True):
        allowed = 1e-11 * max(1.0, float(slope.abs().max()))
        assert float((slope - other).abs().max()) <= allowed
    with torch.no_grad():
        assert float((layer(u) - whole).abs().max()) <= 1e-13


def test_only_one_stretch_of_states_is_kept(normal, monkeypatch):
    """Of 300 samples and 4 states a channel, nothing of that size."""
    monkeypatch.setattr(selective, "_STRETCH_ELEMENTS", 10 * 4 * 30)
    layer, u, sizes = layer_of(d_state=4), normal(1, 300, WIDTH), []

    def pack(value):
        sizes.append(value.numel())
        return value

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
        layer(u)
    assert max(sizes) < 300 * 10 * 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"d_state": 0}, "d_state=0"),
        ({"d_conv": 0}, "d_conv=0"),
        ({"expand": 0}, "expand=0"),
        ({"dt_rank": 0}, "dt_rank=0"),
        ({"dt_min": 0.0}, "dt_min=0.0"),
    ],
)
def test_a_layer_is_not_built_from(options, words):
    with pytest.raises(InvalidInputError, match=words):
        layer_of(**options)


def test_a_state_is_of_the_layer_s_precision():
    layer = layer_of()
    state = layer.initial_state(1)
    double = SelectiveState(state.window.double(), state.h.double())
    with pytest.raises(InvalidInputError, match="float64"):
        layer.step(torch.zeros(1, WIDTH), double)
