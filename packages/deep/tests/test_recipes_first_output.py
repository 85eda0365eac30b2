"""What a layer says before training: its size, and the unit of its modes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from framestate import frames, ssm
from framestate.deep import recipes
from framestate.deep.recipes import operators

DB11 = {"wavelet": "db11", "order": 64}
SMALL = {"wavelet": "db4", "order": 12, "scales": (0, 3), "shift": 0.05}
S4D = ("s4d_legs", "s4d_lin", "s4d_inv", "s4d_real", "s4d_rand", "s4d_quad")
CASES = {
    "w4s4": DB11,
    "translated_walrus": DB11,
    "w4s4_dplr": DB11,
    "legs": {"order": 8},
    "s4": {"order": 64},
    "s5": {"order": 64},
    "lru": {"d_state": 64},
    "lmu": {"order": 64, "theta": 64.0},
    "hippo": {"order": 64},
    "hippo_clock": {"order": 16},
    "multires": {"wavelet": "db4", "length": 512},
    "dss": {"order": 64},
    **{name: {"order": 64} for name in S4D},
}
# As their papers have them: an undamped one, one of modulus e^-.005, small gates.
OTHERS = {"s4d_fout", "s4d_dfout", "selective"}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(name: str, channels: int = 32, **options) -> torch.nn.Module:
    return getattr(recipes, name)(d_model=channels, generator=seeded(), **options)


def energy(layer) -> float:
    """Mean over channels of sum_l K_l^2, the variance that white noise leaves with."""
    return float(layer.double().kernel(4096).detach().square().sum(1).mean())


def test_no_layer_is_left_out():
    others = {"LayerOptions", "from_operator", "multiresnet", "wavelet_taps"}
    assert CASES.keys() | OTHERS == set(recipes.__all__) - others


@pytest.mark.parametrize("name", CASES)
def test_white_noise_first_leaves_with_a_variance_of_order_one(name):
    layer = made(name, **CASES[name])
    u = torch.randn(2, 768, 32, generator=seeded(1))
    with torch.no_grad():
        y = layer(u)
        if (D := getattr(layer, "D", None)) is not None and D.ndim == 1:
            y = y - D * u  # which alone has variance 1
    assert 1 / 128 <= float(y[:, 384:].var((0, 1)).mean()) <= 8


@pytest.mark.parametrize(
    ("name", "build", "method"),
    [
        ("w4s4", frames.scaled, "zoh"),
        ("translated_walrus", frames.translated, "zoh"),
        ("w4s4_dplr", frames.scaled, "bilinear"),
    ],
)
def test_the_first_variance_is_that_of_the_orthonormal_state(name, build, method):
    """E |x|^2 = sum_l |x_l|^2, x_l the state's response to a sample l samples ago."""
    layer = made(name, 512, dt_min=0.02, dt_max=0.02, **SMALL)
    frame = frames.wavelet_frame("db4", scales=(0, 3), shift=0.05, rank=12)
    step = ssm.discretize(ssm.reduce(build(frame)), dt=0.02, method=method)
    expected = float(np.square(ssm.kernel(step, np.eye(12), 4096)).sum())
    # sum_l K_l^2 = |sqrt(G) c|^2 has a deviation of at most sqrt(2) tr(G).
    assert abs(energy(layer) / expected - 1) <= 4 * (2 / 512) ** 0.5


@pytest.mark.parametrize(
    ("name", "size"), [("s4d_lin", 1.0), ("s4d_real", 1.0), ("dss", 1.0)]
)
def test_the_first_variance_of_s4d_is_its_closed_form(name, size):
    """C is complex normal of variance 1 and B = 1: w^2 / 2 sum |b_bar|^2 / (1 - |z|^2)."""
    layer = made(name, 512, order=8, dt_min=0.05, dt_max=0.05)
    assert bool((layer.inputs().complex().abs() == size).all())
    lam, w = layer.lam.detach().reshape(-1, layer.state_size)[0], layer.weight
    z = torch.exp(-lam * 0.05)
    b = (1 - z) / lam
    expected = float((w**2 / 2 * b.abs() ** 2 / (1 - z.abs() ** 2)).sum())
    assert abs(energy(layer) / expected - 1) <= 4 * (2 / 512) ** 0.5


def test_the_first_variance_on_the_discrete_circle_is_its_closed_form():
    layer = made("s4d_dfout", 512, order=8)
    expected = 8 / -np.expm1(-0.01)
    assert abs(energy(layer) / expected - 1) <= 4 * (2 / 512) ** 0.5


@pytest.mark.parametrize("name", ["w4s4", "translated_walrus", "legs", "s4d_lin"])
def test_white_noise_drives_the_modes_as_it_does_those_of_s4d(name):
    """mean E|z|^2 / dt = 1 to first order in dt, which is 1e-6 of the window."""
    layer = made(name, 1, **CASES[name], dt_min=1e-6, dt_max=1e-6)
    B, lam, w = layer.inputs().complex()[0], layer.lam, layer.weight
    b, z = B * torch.expm1(-lam * 1e-6) / lam, torch.exp(-lam * 1e-6)
    states = b.abs().square() / (1 - z.abs().square()) / 1e-6
    assert float(w @ states / w.sum()) == pytest.approx(1, rel=1e-4)


def test_slow_modes_of_another_operator_are_scaled_by_their_inputs_alone():
    """An undamped mode has no stationary variance: it counts as S4D's slowest."""
    modes = ssm.inits.s4d_lin(4)
    slow = replace(modes, lam=np.array([0.0, 3j]), B=np.array([6.0, 8j]))
    assert np.allclose(operators.unit_states(slow).B, slow.B / 50**0.5, rtol=1e-14)


def test_the_unit_of_the_modes_leaves_the_readout_of_the_state_alone():
    system = ssm.reduce(frames.legs(6))
    given = ssm.diagonalize(system)
    scaled = operators.unit_states(given)
    assert np.array_equal(scaled.lam, given.lam)
    C = np.ones(6)
    for modes in (given, scaled):
        found = modes.weights @ np.real(modes.readout(C) * modes.B)
        assert found == pytest.approx(C @ system.B, rel=1e-10)
    unit = given.B[0] / scaled.B[0]
    for before, after in [(given.vectors, scaled.vectors), (given.lift, scaled.lift)]:
        assert np.abs(after - before * unit).max() <= 1e-12 * np.abs(after).max()


def test_the_papers_inputs_are_kept():
    """HiPPO's norm(B)^2: the sum of 2 n + 1 of LegS; 1, and 2 a cosine, of FouT."""
    for name, square in [("s4d_legs", 16.0**2), ("s4d_fout", 1.0 + 2 * 8)]:
        layer = made(name, 2, order=16)
        B = layer.inputs().complex()[0].abs().square()
        assert float(layer.weight @ B) == pytest.approx(square, rel=1e-10)


@pytest.mark.parametrize("name", ["normal", "constant"])
def test_an_input_by_name_has_an_independent_readout(name):
    layer = made("translated_walrus", 512, B_init=name, **SMALL)
    C = torch.view_as_complex(layer.C.detach())
    mean = float(C.abs().square().mean())
    assert mean == pytest.approx(1, abs=4 / (512 * C.shape[1]) ** 0.5)
