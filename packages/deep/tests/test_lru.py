"""The LRU is the recurrence of its paper, and starts on a ring."""

from math import pi, sqrt

import pytest
import torch

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import LRU

WIDTH = 3


def layer_of(*, states: int = 16, seed: int = 0, width: int = WIDTH, **options) -> LRU:
    generator = torch.Generator().manual_seed(seed)
    return LRU(width, states, generator=generator, **options)


def complex_of(pairs):
    return torch.view_as_complex(pairs.detach().double())


def test_the_layer_is_the_papers_recurrence(normal):
    layer, u = layer_of().double(), normal(2, 40, WIDTH, dtype=torch.float64)
    nu, theta = layer.nu_log.detach().exp(), layer.theta_log.detach().exp()
    lam = torch.exp(torch.complex(-nu, theta))
    B = layer.gamma_log.detach().exp()[:, None] * complex_of(layer.B)
    x, outputs = torch.zeros(2, 16, dtype=lam.dtype), []
    for u_t in u.unbind(1):
        x = lam * x + u_t.to(lam.dtype) @ B.T
        outputs.append((x @ complex_of(layer.C).T).real + layer.D * u_t)
    wanted = torch.stack(outputs, 1).detach()
    error = (layer(u) - wanted).detach().abs().max()
    assert float(error) <= 1e-13 * float(wanted.abs().max())


@pytest.mark.parametrize("ring", [(0.0, 0.99), (0.5, 0.6), (0.9, 0.999)])
def test_poles_start_uniformly_on_the_ring(ring):
    """|lam|^2 is uniform between the squares of the radii, the phase in its range."""
    low, high = ring
    layer = layer_of(states=4000, r_min=low, r_max=high, max_phase=pi / 10).double()
    lam = layer.lam.complex().detach()
    square, phase = lam.abs().square(), lam.angle()
    share = (square - low**2) / (high**2 - low**2)
    # Parameters are rounded to float32, whose eps is 1.2e-7.
    assert -1e-4 <= float(share.min()) < 0.01 < 0.99 < float(share.max()) <= 1 + 1e-4
    assert abs(float(share.mean()) - 0.5) <= 4 / sqrt(12 * 4000)
    assert 0 <= float(phase.min()) < 0.01 * pi / 10
    assert 0.99 * pi / 10 < float(phase.max()) <= pi / 10 * (1 + 1e-6)
    gamma = layer.gamma_log.detach().exp()
    assert float((gamma.square() + square - 1).abs().max()) <= 1e-6


def test_b_and_c_start_with_the_papers_variances():
    """Parts of B of variance 1 / (2 H), parts of C of 1 / N, D normal."""
    layer = layer_of(states=300, width=200)
    for values, variance in ((layer.B, 1 / 400), (layer.C, 1 / 300), (layer.D, 1.0)):
        size = float(values.detach().square().mean()) / variance
        assert abs(size - 1) <= 8 / sqrt(values.numel())


def test_a_white_input_makes_states_of_its_own_size(normal):
    """What gamma is for: E |x|^2 = E |B u|^2, here 1."""
    layer = layer_of(states=64, width=64, r_min=0.9, r_max=0.95)
    _, state = layer.prefill(normal(64, 200, 64), layer.initial_state(64))
    size = float(state.z.detach().square().sum(-1).mean()) / 64
    assert abs(size - 1) <= 0.1


@pytest.mark.parametrize(
    ("trained", "names"),
    [
        ("A", {"nu_log", "theta_log", "gamma_log"}),
        (("B", "D"), {"B", "D"}),
        ("C", {"C"}),
    ],
)
def test_gradients_reach_what_is_trained_and_nothing_else(normal, trained, names):
    layer = layer_of(trainable=trained)
    layer(normal(1, 9, WIDTH)).square().sum().backward()
    found = {name for name, p in layer.named_parameters() if p.grad is not None}
    assert found == names


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"states": 0}, "d_state=0"),
        ({"r_min": 0.5, "r_max": 0.5}, "the ring is empty"),
        ({"r_min": -0.1}, "the ring is empty"),
        ({"r_max": 1.0}, "the ring is empty"),
        ({"max_phase": 7.0}, "the ring is empty"),
        ({"max_phase": 0.0}, "the ring is empty"),
        ({"trainable": "dt"}, "'dt'"),
    ],
)
def test_a_layer_is_not_built_from(options, words):
    with pytest.raises(InvalidInputError, match=words):
        layer_of(**options)
