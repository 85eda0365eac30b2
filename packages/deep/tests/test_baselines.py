"""Baselines are torch's layers behind the contract of every layer."""

import pytest
import torch
from torch import nn

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.baselines import (
    AttentionLayer,
    RecurrentLayer,
    WaveNetLayer,
)
from framestate.deep.layers.contract import SequenceLayer


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


CAUSAL = {
    "lstm": lambda: RecurrentLayer(6, "lstm", generator=seeded()),
    "gru": lambda: RecurrentLayer(6, "gru", generator=seeded()),
    "wavenet": lambda: WaveNetLayer(6, 3, generator=seeded()),
    "wavenet of 3 taps": lambda: WaveNetLayer(6, 2, kernel_size=3, generator=seeded()),
    "wavenet of 1 tap": lambda: WaveNetLayer(6, 2, kernel_size=1, generator=seeded()),
    "attention": lambda: AttentionLayer(6, 2, causal=True, generator=seeded()),
    "attention, norm first": lambda: AttentionLayer(
        6, 3, d_hidden=5, causal=True, norm_first=True, generator=seeded()
    ),
}
LENGTHS = [1, 2, 3, 17, 255, 256, 257]


@pytest.fixture(params=CAUSAL)
def layer(request):
    return CAUSAL[request.param]().eval().requires_grad_(False)


def error(found, expected) -> float:
    return float((found - expected).abs().max() / expected.abs().max())


def test_a_baseline_keeps_the_contract(layer, normal):
    assert isinstance(layer, SequenceLayer)
    assert layer.causal
    assert layer(normal(2, 5, 6), lengths=torch.tensor([5, 3])).shape == (2, 5, 6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("length", LENGTHS)
def test_chunked_equals_whole_equals_step(layer, normal, dtype, length):
    layer, u = layer.to(dtype), normal(2, length, 6, dtype=dtype)
    whole, cut = layer(u), length // 3
    state, parts = layer.initial_state(2), []
    if cut:
        y, state = layer.prefill(u[:, :cut], state)
        parts.append(y)
    for n in range(cut, min(cut + 5, length)):
        y, state = layer.step(u[:, n], state)
        parts.append(y[:, None])
    if cut + 5 < length:
        parts.append(layer.prefill(u[:, cut + 5 :], state)[0])
    # sums of at most 257 x 6 products; the nets contract
    assert error(torch.cat(parts, 1), whole) <= 100 * torch.finfo(dtype).eps


def test_a_causal_layer_hears_nothing_after_a_sample(layer, normal):
    u = normal(1, 12, 6)
    other = u.clone()
    other[:, 7:] += 1
    change = (layer(other) - layer(u)).abs().amax(-1)[0]
    assert float(change[:7].max()) <= 1e-5
    assert float(change[7:].min()) > 1e-3


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("norm_first", [True, False])
def test_attention_is_its_definition(normal, causal, norm_first):
    layer = AttentionLayer(6, 2, causal=causal, norm_first=norm_first).double()
    x, inner = normal(2, 5, 6, dtype=torch.float64), layer.layer
    given = inner.norm1(x) if norm_first else x
    weight, bias = inner.self_attn.in_proj_weight, inner.self_attn.in_proj_bias
    q, k, v = (given @ weight.T + bias).chunk(3, -1)
    heads = []
    for part in (slice(0, 3), slice(3, 6)):
        scores = q[..., part] @ k[..., part].transpose(1, 2) / 3**0.5
        if causal:
            later = torch.ones(5, 5, dtype=torch.bool).triu(1)
            scores = scores.masked_fill(later, -torch.inf)
        heads.append(scores.softmax(-1) @ v[..., part])
    heard = inner.self_attn.out_proj(torch.cat(heads, -1))
    if norm_first:
        y = x + heard
        y = y + inner.linear2(nn.functional.gelu(inner.linear1(inner.norm2(y))))
    else:
        y = inner.norm1(x + heard)
        y = inner.norm2(y + inner.linear2(nn.functional.gelu(inner.linear1(y))))
    assert error(layer(x).detach(), y.detach()) <= 100 * torch.finfo(x.dtype).eps


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_attention_hears_no_padding(normal, causal, training):
    layer = AttentionLayer(6, 2, causal=causal).train(training).requires_grad_(False)
    u = normal(2, 8, 6)
    found = layer(u, lengths=torch.tensor([8, 3]))
    alone = layer(u[1:, :3])
    assert error(found[1:, :3], alone) <= 100 * torch.finfo(u.dtype).eps
    assert error(found[:1], layer(u[:1])) <= 100 * torch.finfo(u.dtype).eps


def test_attention_that_looks_both_ways_does_not_stream(normal):
    layer = AttentionLayer(6, 2)
    assert not layer.causal
    state = torch.zeros(1, 0, 6)
    for call in (
        lambda: layer.initial_state(1),
        lambda: layer.step(normal(1, 6), state),
        lambda: layer.prefill(normal(1, 2, 6), state),
    ):
        with pytest.raises(InvalidInputError, match="it is not causal"):
            call()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_recurrent_layer_is_its_definition(normal, cell):
    layer = RecurrentLayer(3, cell).double().requires_grad_(False)
    rnn, u = layer.rnn, normal(2, 7, 3, dtype=torch.float64)
    h = c = torch.zeros(2, 3, dtype=torch.float64)
    outputs = []
    for u_t in u.unbind(1):
        heard = u_t @ rnn.weight_ih_l0.T + rnn.bias_ih_l0
        said = h @ rnn.weight_hh_l0.T + rnn.bias_hh_l0
        if cell == "lstm":
            i, f, g, o = (heard + said).chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        else:
            (a, b, m), (r, z, n) = heard.chunk(3, -1), said.chunk(3, -1)
            z = (b + z).sigmoid()
            h = (1 - z) * (m + (a + r).sigmoid() * n).tanh() + z * h
        outputs.append(h)
    assert error(layer(u), torch.stack(outputs, 1)) <= 100 * torch.finfo(u.dtype).eps


def test_a_wavenet_is_its_definition(normal):
    layer = WaveNetLayer(2, 3, kernel_size=3).double().requires_grad_(False)
    u = normal(1, 20, 2, dtype=torch.float64)
    x, y = u, torch.zeros_like(u)
    for i, (gate, mixing) in enumerate(zip(layer.gates, layer.mixings, strict=True)):
        heard = gate.bias.expand(1, 20, -1).clone()
        for tap in range(3):
            lag = (2 - tap) * 2**i
            heard[:, lag:] += x[:, : 20 - lag] @ gate.weight[..., tap].T
        z = heard[..., :2].tanh() * heard[..., 2:].sigmoid()
        mixed = z @ mixing.weight.T + mixing.bias
        x, y = x + mixed[..., :2], y + mixed[..., 2:]
    assert error(layer(u), y) <= 100 * torch.finfo(u.dtype).eps
    assert layer.receptive_field == 1 + 2 * 7


def test_an_output_hears_its_receptive_field_and_no_more(normal):
    layer, u = WaveNetLayer(2, 3).double(), normal(1, 20, 2, dtype=torch.float64)
    u.requires_grad_()
    layer(u)[0, -1].sum().backward()
    heard = u.grad[0].any(-1)
    assert heard.tolist() == [False] * 12 + [True] * 8
    assert layer.receptive_field == 8


@pytest.mark.parametrize(
    "make",
    [
        lambda g: RecurrentLayer(6, generator=g),
        lambda g: WaveNetLayer(6, 3, generator=g),
        lambda g: AttentionLayer(6, 2, generator=g),
    ],
)
def test_a_seed_gives_a_baseline_and_leaves_the_global_source_alone(make):
    before = torch.get_rng_state()
    first, second, other = make(seeded(1)), make(seeded(1)), make(seeded(2))
    assert torch.equal(torch.get_rng_state(), before)
    pairs = list(zip(first.parameters(), second.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    others = zip(first.parameters(), other.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in others)


def test_slopes_are_those_of_finite_differences(layer, normal):
    layer, u = layer.double(), normal(1, 3, 6, dtype=torch.float64).requires_grad_()

    def stream(u):
        y, state = layer.prefill(u[:, :2], layer.initial_state(1))
        return layer(u), y, layer.step(u[:, 2], state)[0]

    assert torch.autograd.gradcheck(stream, u)


def test_dropout_acts_in_training_in_a_stream_too(normal):
    layer = AttentionLayer(6, 2, causal=True, dropout=0.5)
    u, state = normal(1, 4, 6), layer.initial_state(1)
    assert not torch.equal(layer.prefill(u, state)[0], layer.prefill(u, state)[0])
    layer.eval()
    assert torch.equal(layer.prefill(u, state)[0], layer.prefill(u, state)[0])


def test_what_does_not_fit_is_refused(layer, normal):
    state = layer.initial_state(2)
    for call in (
        lambda: layer(normal(2, 3, 5)),
        lambda: layer(normal(2, 6)),
        lambda: layer(normal(2, 3, 6).double()),
        lambda: layer(normal(2, 3, 6).bfloat16()),
        lambda: layer(torch.zeros(2, 0, 6)),
        lambda: layer.step(normal(2, 1, 6), state),
        lambda: layer.prefill(normal(2, 6), state),
        lambda: layer(normal(2, 3, 6), interval=0.5),
        lambda: layer.step(normal(2, 6), state, interval=0.5),
        lambda: layer.prefill(normal(2, 3, 6), state, interval=torch.ones(2)),
        lambda: layer.initial_state(0),
    ):
        with pytest.raises(InvalidInputError):
            call()


@pytest.mark.parametrize("name", ["lstm", "gru", "wavenet", "attention"])
def test_a_state_of_another_batch_is_refused(normal, name):
    layer = CAUSAL[name]()
    with pytest.raises(InvalidInputError, match=r"initial_state\(3\)"):
        layer.step(normal(3, 6), layer.initial_state(2))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: RecurrentLayer(0), "d_model=0"),
        (lambda: RecurrentLayer(4, "lsmt"), "Did you mean 'lstm'"),
        (lambda: WaveNetLayer(0), "d_model=0"),
        (lambda: WaveNetLayer(4, 0), "depth=0"),
        (lambda: WaveNetLayer(4, 2, kernel_size=0), "kernel_size=0"),
        (lambda: AttentionLayer(0), "d_model=0"),
        (lambda: AttentionLayer(4, 0), "n_heads=0"),
        (lambda: AttentionLayer(4, 3), "share the channels evenly"),
        (lambda: AttentionLayer(4, 2, d_hidden=0), "d_hidden=0"),
        (lambda: AttentionLayer(4, 2, dropout=1.0), "dropout=1.0"),
    ],
)
def test_a_baseline_is_not_built_from(build, words):
    with pytest.raises(InvalidInputError, match=words):
        build()


@pytest.mark.parametrize("make", [*CAUSAL.values(), lambda: AttentionLayer(6, 2)])
def test_a_baseline_says_how_it_was_made(make):
    layer = make()
    again = type(layer)(**layer.spec.arguments)
    assert layer.spec.name == type(layer).__name__
    assert again.spec == layer.spec
    shapes = [p.shape for p in layer.parameters()]
    assert [p.shape for p in again.parameters()] == shapes
