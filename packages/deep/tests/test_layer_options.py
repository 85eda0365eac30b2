"""What a diagonal layer is made of, and how its parameters start."""

from math import exp, log
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from framestate import ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import DiagonalSSM

EPS = np.finfo(np.float64).eps
LIN = ssm.inits.s4d_lin(6)


def layer_of(modes=LIN, channels=4, **options) -> DiagonalSSM:
    generator = torch.Generator().manual_seed(0)
    return DiagonalSSM(modes, channels, generator=generator, **options).double()


def kernels(modes, layer, method, length=65):
    """Channel by channel what framestate.ssm gives for what the layer holds."""
    C = torch.view_as_complex(layer.C.detach()).numpy()
    steps = layer.log_dt.detach().exp().expand(len(C)).tolist()
    return np.stack(
        [
            ssm.kernel(ssm.discretize(modes, dt=dt, method=method), row, length)
            for row, dt in zip(C, steps, strict=True)
        ]
    )


METHODS = ["zoh", "foh", "bilinear", "backward_euler", "euler", ssm.gbt(0.7)]


@pytest.mark.parametrize("modes", [LIN, ssm.inits.s4d_real(3)], ids=["pairs", "real"])
@pytest.mark.parametrize("method", METHODS, ids=str)
def test_every_method_gives_the_kernel_of_its_rule(method, modes):
    # Euler's rule needs |1 - lam dt| <= 1: dt <= 2 Re(lam) / |lam|^2 = .025.
    layer = layer_of(modes, method=method, dt_max=2e-2)
    assert layer.method == (method if isinstance(method, str) else method.name)
    K, expected = layer.kernel(65).detach().numpy(), kernels(modes, layer, method)
    # The poles agree to eps; lag l takes l times that, and three modes are summed.
    assert np.abs(K - expected).max() <= 65 * 16 * EPS * np.abs(expected).max()
    assert np.abs(layer.kernel(1).detach().numpy() - expected[:, :1]).max() <= 1e-15


def test_a_rule_has_two_names():
    weighted = layer_of(method="gbt(0.7)")
    assert weighted.rule == ssm.gbt(0.7)
    with pytest.raises(ssm.InvalidInputError, match=r"alpha = 1\.5"):
        layer_of(method="gbt(1.5)")


def test_an_explicit_rule_is_refused_where_it_grows():
    with pytest.raises(InvalidInputError, match=r"max \|z_bar\| = 1 \+ .*e-0"):
        layer_of(method="euler", dt_min=0.1, dt_max=0.1)


def test_discrete_poles_are_taken_as_they_are():
    """S4D-DFouT: K_l = 2 Re sum C z^l, and nothing is multiplied by a dt."""
    modes = ssm.inits.s4d_dfout(6, heads=4, damping=0.02)
    layer = layer_of(modes, method="dfout")
    assert layer.n_ssm == 4
    assert layer.log_dt is None
    z = np.exp(-np.stack([m.lam for m in modes]))
    C = torch.view_as_complex(layer.C.detach()).numpy()
    lags = np.arange(20)
    expected = 2 * np.einsum("hm,hml->hl", C, z[..., None] ** lags).real
    error = np.abs(layer.kernel(20).detach().numpy() - expected).max()
    assert error <= 20 * 16 * EPS * np.abs(expected).max()
    with pytest.raises(InvalidInputError, match="has no dt"):
        layer(torch.zeros(1, 3, 4).double(), interval=2.0)


def test_channel_h_takes_copy_h_mod_n_ssm():
    pair = [ssm.inits.s4d_lin(6), ssm.inits.s4d_inv(6)]
    layer = layer_of(pair, readout="constant", dt_tied=True)
    assert layer.n_ssm == 2
    assert np.array_equal(layer.lam.numpy(), np.stack([m.lam for m in pair]))
    K = layer.kernel(30)
    assert torch.equal(K[:2], K[2:])
    for row, modes in enumerate(pair):
        alone = layer_of(modes, 1, readout="constant", dt_tied=True)
        alone.load_state_dict(
            {**alone.state_dict(), "log_dt": layer.log_dt.detach()}, strict=True
        )
        assert torch.equal(alone.kernel(30)[0], K[row])


def test_copies_are_one_a_channel_where_they_are_trained():
    everything = ("A", "B", "C", "D", "dt")
    shapes = {None: 4, 1: 1, 2: 2, 4: 4}
    for asked, copies in shapes.items():
        layer = layer_of(trainable=everything, n_ssm=asked)
        assert layer.A_real.shape == layer.A_imag.shape == (copies, 3)
        assert layer.B.shape == (copies, 3, 2)
        assert layer.n_ssm == copies
    assert layer_of().n_ssm == 1
    assert layer_of(trainable=("B",)).B.shape == (4, 3, 2)
    assert layer_of(trainable=("B",)).lam.shape == (3,)


def test_tied_parameters_gather_the_gradients_of_their_channels():
    everything = ("A", "B", "C", "D", "dt")
    tied = layer_of(trainable=everything, n_ssm=1, dt_tied=True)
    free = layer_of(trainable=everything)
    assert tied.log_dt.shape == (1,)
    with torch.no_grad():
        free.log_dt.copy_(tied.log_dt.expand(4))
        free.C.copy_(tied.C)
    for layer in (tied, free):
        layer.kernel(40).square().sum().backward()
    for name in ("A_real", "A_imag", "B", "log_dt"):
        found, parts = getattr(tied, name).grad, getattr(free, name).grad
        error = (found - parts.sum(0, keepdim=True)).abs().max()
        # Four channels are summed in another order.
        assert float(error) <= 64 * EPS * float(parts.abs().max())


@pytest.mark.parametrize("name", ["exp", "softplus", "relu"])
def test_a_transform_starts_at_the_given_rates_and_stays_damped(name):
    layer = layer_of(trainable=("A",), real_transform=name)
    # The parameter is rounded to float32, a softplus of -.4 amplifies that by 2.
    bound = 4 * torch.finfo(torch.float32).eps
    assert np.abs(layer.lam.detach().numpy().real - 0.5).max() <= bound
    layer.lam.real.sum().backward()
    slope = {"exp": 0.5, "softplus": 1 - exp(-0.5), "relu": 1.0}[name]
    assert float((layer.A_real.grad - slope).abs().max()) <= bound
    with torch.no_grad():
        layer.A_real.fill_(-30)
    assert float(layer.lam.real.detach().min()) == pytest.approx(
        {"exp": exp(-30), "softplus": exp(-30), "relu": 0.0}[name], rel=8 * EPS
    )


def test_an_undamped_mode_is_trained_by_relu_alone(make_modes):
    modes = make_modes(3, 0)
    modes.lam[0] = 2j
    assert layer_of(modes, trainable=("A",), real_transform="relu").lam[0, 0] == 2j
    with pytest.raises(InvalidInputError, match="has no logarithm"):
        layer_of(modes, trainable=("A",), real_transform="softplus")


def test_input_vectors_are_given_drawn_or_one():
    assert bool((layer_of(B_init="constant").inputs().complex() == 1).all())
    real, imag = layer_of(readout="constant").C.unbind(-1)
    assert bool(((real == 1) & (imag == 0)).all())
    layer = layer_of(channels=600, n_ssm=600, B_init="normal", trainable=("B",))
    B = torch.view_as_complex(layer.B.detach())
    assert B.shape == (600, 3)
    # 1800 draws of variance 1: the mean square lies within 4 standard deviations.
    assert abs(float(B.abs().square().mean()) - 1) <= 4 / 1800**0.5
    assert not torch.equal(B[0], B[1])


def test_time_steps_are_spaced_evenly_in_the_logarithm():
    found = layer_of(dt_init="geometric", dt_min=1e-3, dt_max=1e-1).log_dt.detach()
    expected = np.linspace(log(1e-3), log(1e-1), 4)
    assert np.abs(found.numpy() - expected).max() <= 4 * torch.finfo(torch.float32).eps


def test_without_feedthrough_the_response_is_the_kernel():
    layer = layer_of(feedthrough=False)
    assert layer.D is None
    u = torch.zeros(1, 20, 4).double()
    u[:, 0] = 1
    error = (layer(u)[0].T - layer.kernel(20)).detach().abs().max()
    # Three transforms of 40 samples.
    bound = 64 * EPS * float(layer.kernel(20).detach().norm())
    assert float(error) <= bound
    y_t, state = layer.step(u[:, 0], layer.initial_state(1))
    late, _ = layer.step(u[:, 1], state)
    response = torch.stack((y_t[0], late[0]), 1)
    assert float((response - layer.kernel(2)).detach().abs().max()) <= bound


def test_an_integrator_does_not_decay_and_is_taken(normal):
    modes = SimpleNamespace(lam=[0.0], B=[1.0], paired=[False])
    layer = DiagonalSSM(modes, 1, readout="constant", feedthrough=False).double()
    u, dt = normal(1, 50, 1, dtype=torch.float64), layer.log_dt.detach().exp()
    error = (layer(u) - dt * u.cumsum(1)).detach().abs().max()
    assert float(error) <= 64 * EPS * float(dt * u.norm())


def test_dss_softmax_is_a_row_softmax_over_its_length():
    """DSS, proposition 1: K = Re(w / Lambda softmax(Lambda dt [0 .. L-1]))."""
    length = 50
    layer = layer_of(softmax_length=length, trainable=("C", "dt"))
    dt = layer.log_dt.detach().exp().numpy()
    C = torch.view_as_complex(layer.C.detach()).numpy()
    powers = np.exp(-LIN.lam[:, None] * dt[:, None, None] * np.arange(length))
    rows = powers / powers.sum(-1, keepdims=True)
    expected = 2 * np.einsum("hm,hml->hl", C / LIN.lam, rows).real
    K = layer.kernel(length).detach().numpy()
    assert np.abs(K - expected).max() <= 1e3 * EPS * np.abs(expected).max()
    longer = layer.kernel(2 * length).detach().numpy()
    assert np.abs(longer[:, :length] - K).max() <= 1e3 * EPS * np.abs(K).max()


def test_a_layer_names_its_dynamics_and_its_readout():
    layer = layer_of(trainable=("A", "B", "C", "D", "dt"))
    names = {name for name, _ in layer.named_parameters()}
    assert set(layer.dynamics) | set(layer.readout) == names
    assert set(layer.dynamics).isdisjoint(layer.readout)
    assert layer.causal


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_ssm": 3}, "n_ssm=3 for d_model=4, 1 given"),
        ({"n_ssm": 0}, "n_ssm=0"),
        ({"modes": [LIN] * 2, "n_ssm": 1}, "a multiple of 2"),
        ({"modes": [LIN] * 3}, "n_ssm=3"),
        ({"modes": []}, "0 systems"),
        ({"modes": [LIN, ssm.inits.s4d_lin(8)]}, "as many modes"),
        ({"modes": [LIN, ssm.inits.s4d_real(3)]}, "paired alike"),
        ({"real_transform": "Exp"}, "Did you mean 'exp'"),
        ({"B_init": "ones"}, "B_init 'ones'"),
        ({"readout": "constnat"}, "Did you mean 'constant'"),
        ({"dt_init": "geo"}, "dt_init 'geo'"),
        ({"method": "tustin"}, "method 'tustin'"),
        ({"softmax_length": 0}, "softmax_length=0"),
    ],
)
def test_a_layer_is_not_built_from(options, words):
    with pytest.raises(InvalidInputError, match=words):
        layer_of(**options)
