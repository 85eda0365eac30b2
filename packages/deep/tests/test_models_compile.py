"""Compilers see one graph; half precision around a model leaves it as it is."""

import subprocess
import sys

import jaxtyping
import pytest
import torch

from framestate.deep.layers.baselines import (
    AttentionLayer,
    RecurrentLayer,
    WaveNetLayer,
)
from framestate.deep.models import (
    LearnedPositions,
    ModelState,
    PooledHead,
    SequenceModel,
    TokenEncoder,
)


@pytest.fixture(autouse=True)
def _unchecked(monkeypatch):
    """A compiler does not see through the checks of shapes in signatures."""
    jaxtyping.config.update("jaxtyping_disable", True)
    checked = ModelState.__init__
    unchecked = getattr(checked, "__wrapped__", checked)
    monkeypatch.setattr(ModelState, "__init__", unchecked)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


LAYERS = {
    "attention": lambda: AttentionLayer(8, 2, causal=True, generator=seeded()),
    "wavenet": lambda: WaveNetLayer(8, 2, generator=seeded()),
}


def make_model(kind="wavenet", **options) -> SequenceModel:
    layers = [LAYERS[kind]() for _ in range(2)]
    return SequenceModel(3, 2, layers, generator=seeded(), **options)


def compiled(call):
    torch.compiler.reset()
    return torch.compile(call, fullgraph=True, backend="aot_eager")


@pytest.mark.parametrize(
    ("kind", "options"),
    [("wavenet", {}), ("attention", {"norm_kind": "batch", "pooling": "mean"})],
)
def test_a_compiled_model_is_the_model(normal, kind, options):
    model = make_model(kind, **options).eval()
    u, lengths = normal(2, 9, 3), torch.tensor([9, 4])
    graph = compiled(model)
    assert torch.allclose(graph(u), model(u), atol=1e-6)
    found = graph(u, lengths=lengths)
    assert torch.allclose(found, model(u, lengths=lengths), atol=1e-6)


def test_a_compiled_training_step_has_the_same_slopes(normal):
    """With batch norm over true samples in it."""
    model = make_model(norm_kind="batch", pooling="mean")
    u, lengths = normal(2, 9, 3), torch.tensor([9, 4])
    slopes = []
    for call in (model, compiled(model)):
        loss = call(u, lengths=lengths).square().sum()
        slopes.append(torch.autograd.grad(loss, list(model.parameters())))
    for a, b in zip(*slopes, strict=True):
        assert torch.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("pooling", [None, "mean"])
def test_a_compiled_step_is_the_step(normal, pooling):
    model = make_model(pooling=pooling).eval().requires_grad_(False)
    step, state = compiled(model.step), model.initial_state(2)
    other = state
    for u_t in normal(2, 4, 3).unbind(1):
        y, state = model.step(u_t, state)
        found, other = step(u_t, other)
        assert torch.allclose(found, y, atol=1e-6)
    assert torch.equal(other.position, state.position)


def test_tokens_and_learned_positions_compile():
    encoder = TokenEncoder(9, 8, generator=seeded())
    head = PooledHead(8, 2, pairs=True, pooling="last", generator=seeded())
    positions = LearnedPositions(8, 20, generator=seeded())
    layers = [WaveNetLayer(8, 2, generator=seeded())]
    model = SequenceModel(encoder, head, layers, positions=positions).eval()
    u = torch.randint(0, 9, (4, 9), generator=seeded())
    lengths = torch.tensor([9, 4, 3, 2])
    found = compiled(model)(u, lengths=lengths)
    assert torch.allclose(found, model(u, lengths=lengths), atol=1e-6)


STATE_SPACE = """
import torch
from framestate import ssm
from framestate.deep.layers import DiagonalSSM
from framestate.deep.models import SequenceModel

generator = torch.Generator().manual_seed(0)
layer = DiagonalSSM(ssm.inits.s4d_lin(8), 4, generator=generator)
model = SequenceModel(3, 2, [layer], pooling="mean", generator=generator).eval()
u, options = torch.randn(2, 30, 3), {"fullgraph": True, "backend": "aot_eager"}
with torch.no_grad():
    whole, step = torch.compile(model, **options), torch.compile(model.step, **options)
    assert torch.allclose(whole(u), model(u), atol=1e-6)
    state = other = model.initial_state(2)
    for u_t in u[:, :3].unbind(1):
        y, state = model.step(u_t, state)
        found, other = step(u_t, other)
        assert torch.allclose(found, y, atol=1e-6)
"""


def test_a_state_space_model_compiles():
    """In a process of its own: nothing there checks the shapes in its signatures."""
    subprocess.run([sys.executable, "-c", STATE_SPACE], check=True, timeout=280)


@pytest.mark.parametrize("layer", [*LAYERS, "lstm", "gru"])
@pytest.mark.parametrize("kind", ["layer", "batch"])
def test_half_precision_around_a_model_costs_its_digits_alone(normal, layer, kind):
    """bfloat16 has 8 bits; the residual stream stays in float32."""
    make = LAYERS.get(layer, lambda: RecurrentLayer(8, layer, generator=seeded()))
    layers = [make(), make()]
    model = SequenceModel(
        3, 2, layers, norm_kind=kind, pooling="mean", generator=seeded()
    )
    u = normal(2, 30, 3)
    expected = model(u)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, narrow = model(u), model(u.bfloat16())
        found.float().square().sum().backward()
    error = (found - expected).detach().abs().max() / expected.detach().abs().max()
    assert error.item() <= 4 * 2 * torch.finfo(torch.bfloat16).eps
    assert narrow.isfinite().all()
    assert all(p.grad.dtype == torch.float32 for p in model.parameters())
    model.eval()
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.no_grad():
        state = model.initial_state(2)
        for u_t in u.unbind(1):
            y, state = model.step(u_t, state)
        error = (y - model(u)).abs().max() / model(u).abs().max()
    assert error.item() <= 4 * 2 * torch.finfo(torch.bfloat16).eps
