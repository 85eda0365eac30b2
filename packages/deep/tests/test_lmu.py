"""The LMU's memory is the Legendre window of its paper, and reads like it."""

import numpy as np
import pytest
import torch

from framestate import frames, ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import LMU

LEGT = frames.legt(8)
WIDTH = 3


def layer_of(*, seed: int = 0, operator=LEGT, width: int = WIDTH, **options) -> LMU:
    generator = torch.Generator().manual_seed(seed)
    options = {"theta": 30.0} | options
    return LMU(operator, width, generator=generator, **options)


def test_the_operator_is_the_papers_in_orthonormal_coordinates():
    """theta m' = A m + B u with A_ij = (2i+1) (-1 if i < j else (-1)^(i-j+1)),
    B_i = (2i+1) (-1)^i, reads the window from now on backwards: m_i there are
    (-1)^i sqrt(2i+1) times the coefficients here."""
    i, j = np.indices((8, 8))
    A = (2 * i + 1) * np.where(i < j, -1.0, (-1.0) ** (i - j + 1))
    B = (2 * np.arange(8) + 1) * (-1.0) ** np.arange(8)
    to_paper = (-1.0) ** np.arange(8) * np.sqrt(2 * np.arange(8) + 1)
    ours = -np.diag(to_paper) @ LEGT.A @ np.diag(1 / to_paper)
    assert np.abs(ours - A).max() <= 1e-13 * np.abs(A).max()
    assert np.abs(to_paper * LEGT.B - B).max() <= 1e-13 * np.abs(B).max()


def test_the_memory_is_the_hold_of_the_operator():
    layer = layer_of(theta=50.0)
    step = ssm.discretize(ssm.as_system(LEGT), dt=1 / 50, method="zoh")
    assert np.array_equal(layer.memory.A.numpy(), step.A_bar)
    assert np.array_equal(layer.memory.B.numpy(), step.B_bar)


@pytest.mark.parametrize("activation", ["tanh", "relu", "none"])
@pytest.mark.parametrize("d_memory", [1, 2])
def test_the_layer_is_the_papers_cell(normal, d_memory, activation):
    layer = layer_of(d_memory=d_memory, activation=activation).double()
    x = normal(2, 25, WIDTH, dtype=torch.float64)
    f = {"tanh": torch.tanh, "relu": torch.relu, "none": lambda v: v}[activation]
    memory, outputs = torch.zeros(2, d_memory, 8).double(), []
    with torch.no_grad():
        for x_t in x.unbind(1):
            u = x_t @ layer.W_u.T + layer.b_u
            memory = memory @ layer.memory.A.T + u[..., None] * layer.memory.B
            m = memory.reshape(2, -1)
            outputs.append(f(m @ layer.W_m.T + x_t @ layer.W_x.T + layer.b))
        wanted = torch.stack(outputs, 1)
        error = (layer(x) - wanted).abs().max()
    assert float(error) <= 1e-13 * float(wanted.abs().max())


def test_the_memory_holds_the_last_theta_samples(normal):
    """A slow signal comes back from the state: sum_i m_i phi_i over the window."""
    theta = 100
    layer = layer_of(operator=frames.legt(16), width=1, theta=float(theta)).double()
    with torch.no_grad():
        layer.W_u.fill_(1.0)
        layer.b_u.fill_(0.0)
    time = torch.arange(300).double()
    x = torch.sin(2 * torch.pi * time / 90)[None, :, None]
    _, state = layer.prefill(x, layer.initial_state(1))
    s = torch.linspace(0.05, 0.95, 50).double()
    powers = [
        np.polynomial.legendre.Legendre.basis(i)(2 * s.numpy() - 1) for i in range(16)
    ]
    phi = np.sqrt(2 * np.arange(16) + 1)[:, None] * np.array(powers)
    found = state.z[0, 0].detach().numpy() @ phi
    # s = 1 is now; a held sample is half an interval late.
    past = 300 - theta * (1 - s.numpy()) - 0.5
    wanted = np.sin(2 * np.pi * past / 90)
    assert np.abs(found - wanted).max() <= 0.02


def test_a_response_is_computed_once_a_length(normal):
    layer, x = layer_of(), normal(1, 20, WIDTH)
    layer(x).sum().backward()
    kept = layer.memory._responses.kept
    layer(x)
    assert layer.memory._responses.kept is kept
    layer(x[:, :7])
    assert layer.memory._responses.kept is not kept
    y = layer(x)
    layer.double()
    assert layer.memory(20).dtype == torch.float64
    assert float((layer(x.double()) - y).detach().abs().max()) <= 1e-6


def test_weights_start_within_the_usual_bounds():
    """Uniform up to 1 / sqrt(inputs), as torch's Linear."""
    layer = layer_of(width=50, d_memory=4)
    bounds = {"W_u": 50, "b_u": 50, "W_m": 82, "W_x": 82, "b": 82}
    for name, inputs in bounds.items():
        values = getattr(layer, name).detach().abs()
        assert float(values.max()) <= inputs**-0.5
        assert values.numel() < 100 or float(values.max()) > 0.95 * inputs**-0.5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"theta": 0.0}, "theta=0.0"),
        ({"theta": float("inf")}, "theta=inf"),
        ({"d_memory": 0}, "d_memory=0"),
        ({"activation": "gelu"}, "activation 'gelu'"),
    ],
)
def test_a_layer_is_not_built_from(options, words):
    with pytest.raises(InvalidInputError, match=words):
        layer_of(**options)


def test_a_memory_is_an_operator():
    with pytest.raises(ssm.InvalidInputError):
        layer_of(
            operator=ssm.System(
                A=np.eye(2), B=np.full(2, np.nan), measure="translated", lift=np.eye(2)
            )
        )
