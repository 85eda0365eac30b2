"""A model of causal parts answers alike: whole, in chunks, sample by sample."""

from itertools import pairwise
from math import log2

import pytest
import torch
from torch import nn

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.baselines import (
    AttentionLayer,
    RecurrentLayer,
    WaveNetLayer,
)
from framestate.deep.models import (
    LearnedPositions,
    ModelState,
    PatchEncoder,
    PooledHead,
    SequenceModel,
    SinusoidalPositions,
    TokenEncoder,
    WindowHead,
)

CUTS = (0, 1, 3, 20, 40)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Leak(nn.Module):
    """y_n = 2^(-interval) y_{n-1} + u_n: a layer that knows of time."""

    causal = True

    def __init__(self, d_model: int):
        super().__init__()
        self.d_model = d_model

    def forward(self, u, *, interval=None, lengths=None):
        return self.prefill(u, self.initial_state(len(u)), interval=interval)[0]

    def initial_state(self, batch_size, *, device=None):
        return (torch.zeros(batch_size, self.d_model, device=device),)

    def step(self, u_t, state, *, interval=None):
        rate = torch.as_tensor(1.0 if interval is None else interval)
        y = u_t + state[0] * (0.5**rate if rate.ndim == 0 else 0.5 ** rate[:, None])
        return y, (y,)

    def prefill(self, u, state, *, interval=None):
        rates = torch.as_tensor(1.0 if interval is None else interval)
        rates = rates.expand(u.shape[:2]) if rates.ndim != 1 else rates[:, None]
        outputs = []
        for u_t, rate in zip(
            u.unbind(1), rates.expand(u.shape[:2]).unbind(1), strict=True
        ):
            y, state = self.step(u_t, state, interval=rate)
            outputs.append(y)
        return torch.stack(outputs, 1), state


def make_model(*, encoder=3, head=2, layer=None, **options) -> SequenceModel:
    generator = seeded()
    make = layer or (lambda: RecurrentLayer(8, "gru", generator=generator))
    layers = [make() for _ in range(2)]
    return SequenceModel(encoder, head, layers, generator=generator, **options).eval()


def answers(model, u, cuts=CUTS, **options):
    """What the model says of the whole, of chunks, and of single samples."""
    with torch.no_grad():
        whole = model(u)
        chunk, pieces = model.initial_state(len(u)), []
        for start, stop in pairwise(cuts):
            y, chunk = model.prefill(u[:, start:stop], chunk)
            pieces.append(y)
        state, steps = model.initial_state(len(u)), []
        for u_t in u.unbind(1):
            y, state = model.step(u_t, state)
            steps.append(y)
    if model.head.per_sample:
        return whole, torch.cat(pieces, 1), torch.stack(steps, 1)
    return whole, pieces[-1], steps[-1]


def assert_same(model, u, cuts=CUTS):
    whole, chunked, stepped = answers(model, u, cuts)
    # two layers over 40 samples; norms and gates amplify by less than 10
    eps = torch.finfo(whole.dtype).eps
    bound = 10 * 2 * eps * log2(2 * u.shape[1]) * float(whole.abs().max())
    assert whole.shape == chunked.shape == stepped.shape
    assert float((whole - chunked).abs().max()) <= bound
    assert float((whole - stepped).abs().max()) <= bound


@pytest.mark.parametrize("pooling", [None, "mean", "max", "last"])
@pytest.mark.parametrize("kind", ["layer", "batch"])
@pytest.mark.parametrize("norm", ["pre", "post", "none"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_chunked_equals_whole_equals_step(normal, pooling, kind, norm, dtype):
    model = make_model(pooling=pooling, norm=norm, norm_kind=kind).to(dtype)
    assert_same(model, normal(2, 40, 3, dtype=dtype))


@pytest.mark.parametrize("length", [1, 2, 3, 17, 255, 256, 257])
def test_a_stream_of_any_length_is_its_whole(normal, length):
    model = make_model(pooling="mean")
    assert_same(model, normal(1, length, 3), sorted({0, length // 2, length}))


@pytest.mark.parametrize(
    "layer",
    [
        lambda: AttentionLayer(8, 2, causal=True, generator=seeded()),
        lambda: RecurrentLayer(8, generator=seeded()),
        lambda: WaveNetLayer(8, 3, generator=seeded()),
        lambda: Leak(8),
    ],
)
@pytest.mark.parametrize("mixing", ["glu", "glu_linear", "linear", "ff", "none"])
def test_every_causal_layer_and_mixing_streams(normal, layer, mixing):
    model = make_model(layer=layer, mixing=mixing, pooling="mean")
    assert_same(model, normal(2, 40, 3))


@pytest.mark.parametrize("pooling", [None, "mean"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_state_space_model_streams(make_layer, normal, pooling, dtype):
    layers = [make_layer(8, seed=i) for i in range(2)]
    model = SequenceModel(3, 2, layers, pooling=pooling, generator=seeded())
    assert_same(model.eval().to(dtype), normal(2, 40, 3, dtype=dtype))


def test_a_state_space_model_streams_at_its_own_intervals(make_layer, normal):
    model = SequenceModel(3, 2, [make_layer(8)], pooling="mean", generator=seeded())
    u, interval = normal(2, 20, 3), normal(2, 20, seed=2).abs() + 0.1
    with torch.no_grad():
        whole, state = model(u, interval=interval), model.initial_state(2)
        for n in range(20):
            y, state = model.step(u[:, n], state, interval=interval[:, n])
    assert not torch.allclose(whole, model(u))
    assert float((y - whole).abs().max()) <= 1e2 * torch.finfo(u.dtype).eps


@pytest.mark.parametrize(
    "positions", [SinusoidalPositions(8), LearnedPositions(8, 40, generator=seeded())]
)
def test_positions_go_on_in_a_stream(normal, positions):
    assert_same(make_model(positions=positions), normal(2, 40, 3))


@pytest.mark.parametrize(
    "head",
    [
        WindowHead(8, 2, 5, generator=seeded()),
        WindowHead(8, 2, 30, generator=seeded()),
        PooledHead(8, (7, 3), pooling="last", generator=seeded()),
        PooledHead(8, 2, pairs=True, generator=seeded()),
    ],
)
def test_every_head_answers_for_what_came_so_far(normal, head):
    assert_same(make_model(head=head), normal(4, 40, 3))


def test_tokens_stream():
    tokens = torch.randint(0, 9, (2, 40), generator=seeded(1))
    assert_same(make_model(encoder=TokenEncoder(9, 8, generator=seeded())), tokens)


def test_patches_stream_one_by_one(normal):
    encoder = PatchEncoder(3, 8, 5, generator=seeded())
    model, u = make_model(encoder=encoder, pooling="mean"), normal(2, 40, 3)
    with torch.no_grad():
        whole = model(u)
        _, state = model.prefill(u[:, :15], model.initial_state(2))
        for patch in u[:, 15:].unflatten(1, (-1, 5)).unbind(1):
            answer, state = model.step(patch, state)
    assert int(state.position[0]) == 8
    assert float((answer - whole).abs().max()) <= 1e2 * torch.finfo(whole.dtype).eps


@pytest.mark.parametrize("interval", [0.5, "batch", "samples"])
def test_intervals_reach_the_layers(normal, interval):
    model, u = make_model(layer=lambda: Leak(8)), normal(2, 40, 3)
    given = {"batch": normal(2).abs(), "samples": normal(2, 40).abs()}
    value = given.get(interval, interval)
    of = lambda part: value[:, part] if interval == "samples" else value
    with torch.no_grad():
        whole = model(u, interval=value)
        first, state = model.prefill(
            u[:, :17], model.initial_state(2), interval=of(slice(0, 17))
        )
        parts = [first]
        for n in range(17, 40):
            y, state = model.step(u[:, n], state, interval=of(n))
            parts.append(y[:, None])
    assert not torch.allclose(whole, model(u))
    error = (torch.cat(parts, 1) - whole).abs().max() / whole.abs().max()
    assert float(error) <= 1e2 * torch.finfo(whole.dtype).eps


def test_a_patch_lasts_the_mean_of_its_samples(normal):
    """In units of the layer, whose dt is that of a patch."""
    model = make_model(layer=lambda: Leak(8), encoder=PatchEncoder(3, 8, 4))
    u, interval = normal(2, 8, 3), normal(2, 8).abs()
    patches = interval.unflatten(1, (2, 4)).mean(2)
    assert not torch.equal(model(u, interval=interval), model(u))
    inner = SequenceModel(model.encoder, model.head, list(model.blocks)).eval()
    x = model.encoder(u)
    for block in inner.blocks:
        x = block(x, interval=patches)
    expected = model.head(model.norm(x))
    assert torch.equal(model(u, interval=interval), expected)


def test_a_state_takes_the_same_memory_for_ever(normal):
    """All zeros at rest, so that a program in another language can start too."""
    model = make_model(pooling="mean", layer=lambda: WaveNetLayer(8, 3))
    state = model.initial_state(2)
    sizes = [part.shape for part in tensors(state)]
    assert not any(part.any() for part in tensors(state))
    _, state = model.prefill(normal(2, 100, 3), state)
    assert [part.shape for part in tensors(state)] == sizes


def tensors(state):
    if isinstance(state, torch.Tensor):
        return [state]
    if isinstance(state, ModelState):
        state = (state.position, state.blocks, state.head)
    return [tensor for part in state for tensor in tensors(part)]


def test_a_detached_state_has_no_graph(normal):
    model = make_model(pooling="mean")
    _, state = model.prefill(normal(2, 5, 3), model.initial_state(2))
    assert any(part.requires_grad for part in tensors(state))
    cut = state.detach()
    assert not any(part.requires_grad for part in tensors(cut))
    assert all(
        torch.equal(a, b) for a, b in zip(tensors(cut), tensors(state), strict=True)
    )


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_model_that_looks_ahead_does_not_stream(pooling):
    layers = [RecurrentLayer(8), AttentionLayer(8)]
    model = SequenceModel(3, 1, layers, pooling=pooling)
    assert not model.causal
    state = ModelState(torch.zeros(2, dtype=torch.int64), (), ())
    for call in (
        lambda: model.initial_state(2),
        lambda: model.step(torch.zeros(2, 3), state),
        lambda: model.prefill(torch.zeros(2, 4, 3), state),
    ):
        with pytest.raises(InvalidInputError, match="layer 1 is AttentionLayer"):
            call()


def test_a_step_through_batch_norm_in_training_is_refused(normal):
    model = make_model(norm_kind="batch").train()
    with pytest.raises(InvalidInputError, match=r"model\.eval\(\)"):
        model.step(normal(2, 3), model.initial_state(2))
    model.prefill(normal(2, 5, 3), model.initial_state(2))  # a chunk has statistics


def test_a_state_of_another_model_or_batch_is_refused(normal):
    model = make_model()
    state = model.initial_state(2)
    few = ModelState(state.position, state.blocks[:1], state.head)
    for u, bad in ((normal(2, 3), few), (normal(3, 3), state)):
        with pytest.raises(InvalidInputError, match="the model has 2 blocks"):
            model.step(u, bad)
        with pytest.raises(InvalidInputError, match="the model has 2 blocks"):
            model.prefill(u[:, None], bad)
    with pytest.raises(InvalidInputError, match="batch_size=0"):
        model.initial_state(0)
