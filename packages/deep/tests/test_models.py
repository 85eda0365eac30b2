"""A model streams what it computes on whole sequences."""

from math import log2

import pytest
import torch

from framestate.deep.models import SequenceModel


@pytest.fixture
def make_model(make_layer):
    def make(norm="pre", dropout=0.0, seed=0):
        layers = [make_layer(8, seed=seed + i) for i in range(2)]
        generator = torch.Generator().manual_seed(seed)
        return SequenceModel(
            3, 2, layers, norm=norm, dropout=dropout, generator=generator
        )

    return make


def bound(dtype: torch.dtype, length: int) -> float:
    """Two layers of transforms; norms and gates amplify by less than 10."""
    return 10 * 2 * 2 * torch.finfo(dtype).eps * log2(2 * length)


@pytest.mark.parametrize("norm", ["pre", "post", "none"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_model_s_steps_are_its_forward_pass(make_model, normal, norm, dtype):
    model = make_model(norm).to(dtype)
    u = normal(2, 64, 3, dtype=dtype)
    with torch.no_grad():
        whole = model(u)
        state, outputs = model.initial_state(2), []
        for u_t in u.unbind(1):
            y_t, state = model.step(u_t, state)
            outputs.append(y_t)
        error = (torch.stack(outputs, 1) - whole).abs().max() / whole.abs().max()
    assert whole.shape == (2, 64, 2)
    assert float(error) <= bound(dtype, 64)


def test_a_model_s_chunks_are_its_forward_pass(make_model, normal):
    model, u = make_model().requires_grad_(False), normal(2, 50, 3)
    first, state = model.prefill(u[:, :17], model.initial_state(2))
    second, _ = model.prefill(u[:, 17:], state)
    error = (torch.cat((first, second), 1) - model(u)).abs().max()
    assert float(error) <= bound(torch.float32, 50) * float(
        model(u).detach().abs().max()
    )


def test_the_norms_stand_where_they_are_said_to(make_model, normal):
    u = normal(1, 20, 3)
    outputs = [make_model(norm)(u) for norm in ("pre", "post", "none")]
    for i, first in enumerate(outputs):
        for second in outputs[i + 1 :]:
            assert not torch.allclose(first, second)
    block = make_model("post").blocks[0]
    y = block(normal(1, 20, 8))
    assert float(y.detach().mean(-1).abs().max()) <= 8 * torch.finfo(torch.float32).eps


def test_dropout_acts_in_training_only(make_model, normal):
    model, u = make_model(dropout=0.5), normal(1, 20, 3)
    assert not torch.equal(model(u), model(u))
    model.eval()
    assert torch.equal(model(u), model(u))


def test_a_seed_gives_a_model_and_leaves_the_global_source_alone(make_model):
    before = torch.get_rng_state()
    first, second = make_model(seed=3), make_model(seed=3)
    assert torch.equal(torch.get_rng_state(), before)
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_every_parameter_of_a_model_gets_a_gradient(make_model, normal):
    model = make_model()
    model(normal(1, 20, 3)).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in model.parameters())
