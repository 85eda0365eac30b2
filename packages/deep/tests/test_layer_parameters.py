"""What is trained, what is kept, and in which precision."""

import copy

import numpy as np
import pytest
import torch

from framestate.deep.errors import DeepError
from framestate.deep.layers import DiagonalSSM, SSMState

EVERYTHING = ("A", "B", "C", "D", "dt")


def names(layer: DiagonalSSM) -> set[str]:
    return {name for name, p in layer.named_parameters() if p.requires_grad}


def test_only_what_is_named_is_trained(make_layer):
    assert names(make_layer()) == {"C", "D", "log_dt"}
    assert names(make_layer(trainable=("dt",))) == {"log_dt"}
    assert names(make_layer(trainable=())) == set()
    every = {"C", "D", "log_dt", "A_real", "A_imag", "B"}
    assert names(make_layer(trainable=EVERYTHING)) == every


def test_a_trainable_system_starts_as_the_frozen_one(make_layer):
    frozen, free = make_layer(), make_layer(trainable=EVERYTHING)
    K = frozen.kernel(64).detach()
    difference = (K - free.kernel(64).detach()).abs().max()
    # lam and B are rounded to float32; a lag of 64 turns by at most 64 * 0.1 * 13.
    bound = 64 * 0.1 * 13 * torch.finfo(torch.float32).eps
    size = K.abs().max() * frozen.state_size
    assert 0 < float(difference) <= bound * float(size)


@pytest.mark.parametrize("method", ["zoh", "bilinear"])
def test_every_gradient_is_the_derivative(make_layer, normal, method):
    layer = make_layer(2, 2, 1, trainable=EVERYTHING, method=method).double()
    u = normal(2, 5, 2, dtype=torch.float64).requires_grad_()
    keys = [name for name, _ in layer.named_parameters()]

    def run(u, *values):
        weights = dict(zip(keys, values, strict=True))
        return torch.func.functional_call(layer, weights, (u,))

    assert torch.autograd.gradcheck(run, (u, *layer.parameters()))


def test_a_stream_has_the_gradients_of_the_convolution(make_layer, normal):
    layer = make_layer(2, 2, 1, trainable=EVERYTHING).double()
    u = normal(1, 6, 2, dtype=torch.float64)
    layer(u).square().sum().backward()
    expected = [p.grad.clone() for p in layer.parameters()]
    layer.zero_grad()
    first, state = layer.prefill(u[:, :3], layer.initial_state(1))
    total = first.square().sum()
    for u_t in u[:, 3:].unbind(1):
        y_t, state = layer.step(u_t, state)
        total = total + y_t.square().sum()
    total.backward()
    for parameter, grad in zip(layer.parameters(), expected, strict=True):
        error = (parameter.grad - grad).abs().max()
        assert float(error) <= 1e-12 * float(grad.abs().max())


def test_poles_survive_a_passage_through_float32(make_layer):
    layer = make_layer().double()
    before, B = layer.lam.clone(), layer.inputs().complex()
    layer.float().half().to(torch.float64)
    assert torch.equal(layer.lam, before)
    assert torch.equal(layer.inputs().complex(), B)
    assert layer.lam.dtype == torch.complex128


def test_a_layer_is_made_empty_and_filled_later(make_layer):
    layer = make_layer()
    weights = copy.deepcopy(layer.state_dict())
    layer.to("meta").half().to_empty(device="cpu").float()
    assert layer.inputs().real.dtype == torch.float64
    layer.load_state_dict(weights)
    assert torch.equal(layer.kernel(9), make_layer().kernel(9))


def test_a_state_dict_carries_the_poles_bit_for_bit(make_layer, make_modes):
    first = make_layer(seed=1)
    shifted = make_modes(3, 1)
    shifted.lam[:] *= 1.5
    second = make_layer(seed=2, modes=shifted)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    assert torch.equal(second.lam, first.lam)
    assert torch.equal(second.kernel(33), first.kernel(33))


def test_a_trained_pole_cannot_become_unstable(make_layer):
    layer = make_layer(trainable=EVERYTHING)
    with torch.no_grad():
        layer.A_real.fill_(-50)
    assert bool((layer.recurrence().log_z.real < 0).all())


def test_the_step_size_is_drawn_between_its_bounds(make_layer):
    dt = make_layer(500, dt_min=2e-3, dt_max=5e-2).log_dt.detach().exp()
    # Log-uniform: half of the draws are below the geometric mean, 1e-2.
    below = float((dt < 1e-2).double().mean())
    assert abs(below - 0.5) <= 4 * 0.5 / 500**0.5
    assert float(dt.min()) >= 2e-3 * (1 - 1e-6)
    assert float(dt.max()) <= 5e-2 * (1 + 1e-6)


def test_a_seed_gives_a_layer_and_leaves_the_global_source_alone(make_layer):
    before = torch.get_rng_state()
    first, second, other = make_layer(seed=3), make_layer(seed=3), make_layer(seed=4)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(
        torch.equal(a, b)
        for a, b in zip(first.parameters(), second.parameters(), strict=True)
    )
    assert not torch.equal(first.C, other.C)


def test_a_stream_takes_the_layer_s_present_parameters(make_layer, normal):
    layer, u_t = make_layer(), normal(2, 4)
    _, state = layer.step(u_t, layer.initial_state(2))
    with torch.no_grad():
        layer.D.add_(1)
    same, _ = layer.step(u_t, state)
    renewed, _ = layer.step(u_t, state.detach())
    assert torch.equal(same, renewed)
    assert isinstance(state.detach(), SSMState)
    assert not state.detach().z.real.requires_grad


def test_the_layer_says_what_it_is(make_layer):
    text = repr(make_layer())
    assert "d_model=4, modes=4, n_ssm=1" in text
    assert "trainable=('C', 'D', 'dt')" in text


def test_every_error_is_of_one_family_and_keeps_its_parts(make_layer):
    with pytest.raises(DeepError) as caught:
        make_layer(trainable=("E",))
    error = caught.value
    assert str(error) == f"{error.request}: {error.finding}. {error.remedy}"
    assert isinstance(error, ValueError)
    assert np.all([error.request, error.finding, error.remedy])
