"""Plain HiPPO runs the operator that it is given, on either clock, as ssm does."""

import numpy as np
import pytest
import torch

from framestate import frames, ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import DenseSSM, ScaledSSM
from framestate.deep.layers.scaled import ClockState

LEGS, LEGT = frames.legs(9), frames.legt(8)
WAVELET = ssm.reduce(frames.scaled(frames.dyadic_frame("db2", level=2)))
OPERATORS = {"legs": LEGS, "legt": LEGT, "db2": WAVELET}
WIDTH = 3


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def in_double(build):
    """First values in double precision, as the equations have them."""
    torch.set_default_dtype(torch.float64)
    try:
        return build()
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("trainable", [("C",), ("dt",)])
@pytest.mark.parametrize("method", ["zoh", "bilinear", "backward_euler", "gbt(0.7)"])
@pytest.mark.parametrize("name", OPERATORS)
def test_the_kernel_is_the_system_s_own(name, method, trainable):
    system = ssm.as_system(OPERATORS[name])
    layer = in_double(
        lambda: DenseSSM(
            system, WIDTH, method=method, trainable=trainable, generator=source()
        )
    )
    K, C = layer.kernel(300).detach().numpy(), layer.C.detach().numpy()
    rule = ssm.gbt(0.7) if method == "gbt(0.7)" else method
    for row, dt in enumerate(layer.log_dt.detach().exp().tolist()):
        step = ssm.discretize(system, dt=dt, method=rule)
        wanted = ssm.kernel(step, C[row], 300)
        assert np.abs(K[row] - wanted).max() <= 1e-11 * np.abs(wanted).max()


def test_the_state_is_the_operator_s_own_coefficients(normal):
    """Of a readout that is a coefficient, the output is that coefficient."""
    C = np.zeros((WIDTH, 8))
    C[0, 2] = C[1, 5] = C[2, 7] = 1
    layer = DenseSSM(LEGT, WIDTH, readout=C, generator=source()).double()
    u = normal(1, 50, WIDTH, dtype=torch.float64)
    y, state = layer.prefill(u, layer.initial_state(1))
    past = y[0, -1] - layer.D * u[0, -1]
    wanted = state.z[0, [0, 1, 2], [2, 5, 7]]
    assert float((past - wanted).detach().abs().max()) <= 1e-13 * float(
        y.detach().abs().max()
    )


def test_a_frozen_dt_is_discretized_once_and_a_trained_one_learns(normal):
    frozen, trained = (
        DenseSSM(LEGT, WIDTH, trainable=names, generator=source())
        for names in (("C", "D"), ("C", "D", "dt"))
    )
    u = normal(1, 30, WIDTH)
    assert frozen.fixed is not None
    assert trained.fixed is None
    error = (frozen(u) - trained(u)).detach().abs().max()
    assert float(error) <= 1e-6
    trained(u).square().sum().backward()
    assert float(trained.log_dt.grad.abs().max()) > 0
    frozen(u).square().sum().backward()
    assert frozen.log_dt.grad is None


@pytest.mark.parametrize("method", ["exact", "bilinear", "backward_euler"])
@pytest.mark.parametrize("name", ["legs", "db2"])
def test_the_scaled_clock_is_ssm_s(normal, name, method):
    system = ssm.as_system(OPERATORS[name])
    layer = ScaledSSM(system, 1, method=method, generator=source()).double()
    u = normal(2, 130, 1, dtype=torch.float64)  # three blocks of steps
    _, state = layer.prefill(u, layer.initial_state(2))
    clock = ssm.discretize(system, method=method)
    for row in range(2):
        wanted = ssm.final_state(clock, u[row, :, 0].numpy()).x
        found = state.z[row, 0].detach().numpy()
        assert np.abs(found - wanted.reshape(-1)).max() <= 1e-12 * np.abs(wanted).max()
    assert state.samples.tolist() == [130, 130]


def test_on_the_scaled_clock_the_sampling_rate_does_not_matter():
    """Every sample twice: the same function of time, and the same coefficients."""
    layer = ScaledSSM(LEGS, 1, generator=source()).double()
    u = torch.randn(1, 40, 1, generator=source(1), dtype=torch.float64)
    once, twice = (
        layer.prefill(x, layer.initial_state(1))[1].z
        for x in (u, u.repeat_interleave(2, 1))
    )
    assert float((once - twice).abs().max()) <= 1e-12 * float(once.abs().max())


def test_a_constant_is_remembered_as_one():
    """LegS: its first coefficient is the mean of all of the past."""
    layer = ScaledSSM(LEGS, 1, generator=source()).double()
    _, state = layer.prefill(
        torch.full((1, 30, 1), 3.0).double(), layer.initial_state(1)
    )
    wanted = torch.zeros(9).double()
    wanted[0] = 3.0
    assert float((state.z[0, 0] - wanted).abs().max()) <= 1e-12


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"trainable": "A"}, "'A'"),
        ({"method": "foh"}, "a step of this rule may grow"),
        ({"method": "euler"}, "a step of this rule may grow"),
        ({"method": "hold"}, "method 'hold'"),
        ({"dt_max": 0.0}, "dt_max=0.0"),
        ({"readout": np.ones((WIDTH, 3))}, "expected finite real values"),
        ({"readout": np.full((WIDTH, 8), np.inf)}, "expected finite real values"),
        ({"readout": np.ones((WIDTH, 8)) + 0j}, "expected finite real values"),
    ],
)
def test_a_layer_is_not_built_from(options, words):
    with pytest.raises(InvalidInputError, match=words):
        DenseSSM(LEGT, WIDTH, **options)


def test_an_operator_that_grows_is_refused():
    growing = ssm.System(
        A=-np.eye(2), B=np.ones(2), measure="translated", lift=np.eye(2)
    )
    with pytest.raises(InvalidInputError, match="grows without bound"):
        DenseSSM(growing, WIDTH)


@pytest.mark.parametrize("kind", [DenseSSM, ScaledSSM])
def test_the_feedthrough_is_d_times_the_sample(normal, kind):
    layer = kind(LEGS, WIDTH, generator=source()).double()
    u, D = normal(2, 9, WIDTH, dtype=torch.float64), layer.D.detach().clone()
    with torch.no_grad():
        y = layer(u)
        layer.D.zero_()
        error = (y - layer(u) - D * u).abs().max()
    assert float(error) <= 8 * torch.finfo(torch.float64).eps * float(y.abs().max())


def test_the_scaled_clock_is_for_scaled_operators_and_its_own_rules():
    with pytest.raises(ssm.InvalidInputError, match="scaled"):
        ScaledSSM(LEGT, WIDTH)
    with pytest.raises(ssm.InvalidInputError, match="'zoh' belongs to the fixed clock"):
        ScaledSSM(LEGS, WIDTH, method="zoh")
    with pytest.raises(InvalidInputError, match="'dt'"):
        ScaledSSM(LEGS, WIDTH, trainable="dt")


@pytest.mark.parametrize(
    "samples",
    [torch.tensor([3, 4]), torch.tensor([-1, -1]), torch.ones(2), torch.ones(1)],
)
def test_sequences_that_began_apart_do_not_stream_together(samples):
    layer = ScaledSSM(LEGS, WIDTH)
    state = ClockState(layer.initial_state(2).z, samples)
    with pytest.raises(InvalidInputError, match="Stream together what began together"):
        layer.step(torch.zeros(2, WIDTH), state)


def test_a_kernel_has_a_sample():
    with pytest.raises(InvalidInputError, match="length=0"):
        DenseSSM(LEGT, WIDTH).kernel(0)
