"""S5 is the system of its paper: blocks of HiPPO, ZOH, one scan, two directions."""

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
import torch

from framestate import frames, ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import S5

LEGS = frames.legs(8)
BLOCK = ssm.inits.normal_part(ssm.reduce(LEGS))
WIDTH = 3


def layer_of(*, seed: int = 0, dtype=torch.float64, **options) -> S5:
    generator = torch.Generator().manual_seed(seed)
    return S5(BLOCK, WIDTH, generator=generator, **options).to(dtype)


def relative(found, expected) -> float:
    error = (found - expected).detach().abs().max()
    return float(error / expected.detach().abs().max())


def complex_of(pairs):
    return torch.view_as_complex(pairs.detach().double())


def looped(layer: S5, u, *, interval=1.0, side: int = 0):
    """The paper's equations, sample by sample: Lambda = -lam, its complex numbers."""
    lam, dt = (
        layer.lam.complex().detach(),
        layer.log_dt.detach().double().exp() * interval,
    )
    B, C = complex_of(layer.B), complex_of(layer.C)[side]
    if layer.method == "zoh":
        step, share = torch.exp(-lam * dt), (1 - torch.exp(-lam * dt)) / lam
    else:
        end = 1 / (1 + lam * dt / 2)
        step, share = end * (1 - lam * dt / 2), end * dt
    x, outputs = torch.zeros(len(u), len(lam), dtype=lam.dtype), []
    for u_t in u.unbind(1):
        x = step * x + share * (u_t.to(lam.dtype) @ B.T)
        outputs.append(2 * (x @ C.T).real)
    return torch.stack(outputs, 1)


@pytest.mark.parametrize("method", ["zoh", "bilinear"])
@pytest.mark.parametrize("interval", [1.0, 0.3])
def test_the_layer_is_the_papers_recurrence(normal, method, interval):
    layer, u = (
        layer_of(blocks=2, method=method),
        normal(2, 30, WIDTH, dtype=torch.float64),
    )
    wanted = looped(layer, u, interval=interval) + layer.D * u
    assert relative(layer(u, interval=interval), wanted) <= 1e-13


def test_a_frozen_a_is_the_same_system(normal):
    layer, u = layer_of(trainable=("B", "C"), blocks=2), normal(1, 20, WIDTH).double()
    assert not hasattr(layer, "A_real")
    assert relative(layer(u), looped(layer, u) + layer.D * u) <= 1e-13


def test_a_block_is_the_normal_part_of_hippo():
    """lam of J blocks: the eigenvalues of A - B B^T / 2, Im >= 0, J times over."""
    A, B = np.asarray(LEGS.A), np.asarray(LEGS.B)
    wanted = np.linalg.eigvals(A - np.outer(B, B) / 2)
    wanted = np.sort_complex(wanted[wanted.imag > 0].conj()).conj()
    layer = layer_of(blocks=3, trainable=())
    found = layer.lam.complex().numpy().reshape(3, -1)
    assert layer.state_size == 12
    for block in found:
        order = np.argsort(block.imag)
        expected = wanted[np.argsort(wanted.imag)]
        assert np.abs(block[order] - expected).max() <= 1e-12 * np.abs(wanted).max()
        assert np.abs(block.real - 0.5).max() <= 1e-12


def test_b_and_c_are_real_matrices_in_the_modes_coordinates():
    """V V^-1 B = B: real, LeCun normal cut at two deviations; C V likewise."""
    generator = torch.Generator().manual_seed(0)
    layer = S5(BLOCK, 2000, blocks=2, generator=generator).double()
    V = torch.block_diag(*[torch.as_tensor(BLOCK.vectors)] * 2)
    B = 2 * (V @ complex_of(layer.B)).real
    states = 16
    deviation = 1 / sqrt(states * B.numel() / 2)
    assert abs(float(B.mean())) <= 4 * deviation
    assert abs(float(B.square().mean()) * states - 1) <= 8 / sqrt(B.numel())
    assert float(B.abs().max()) <= 2.2739 / sqrt(states)
    C = complex_of(layer.C)[0]
    # The real and the imaginary part of C are drawn alike, each seen through V.
    assert abs(float((C.abs().square().sum(1)).mean()) - 1) <= 8 / sqrt(C.numel())


def test_a_readout_may_be_drawn_for_the_modes():
    generator = torch.Generator().manual_seed(0)
    layer = S5(BLOCK, 4000, readout="complex_normal", generator=generator)
    size = complex_of(layer.C).abs().square().mean()
    assert abs(float(size) - 1) <= 8 / sqrt(layer.C.numel())


def test_every_mode_has_a_dt_of_its_own():
    layer = S5(BLOCK, 2, blocks=500, generator=torch.Generator().manual_seed(0))
    spread = (layer.log_dt.detach().double() - log(1e-3)) / log(100)
    assert spread.shape == (2000,)
    assert abs(float(spread.mean()) - 0.5) <= 4 / sqrt(12 * 2000)
    assert -1e-6 <= float(spread.min()) < 0.01 < 0.99 < float(spread.max()) <= 1 + 1e-6


def test_clipped_eigenvalues_stay_damped():
    layer = layer_of(clip_eigs=True)
    with torch.no_grad():
        assert torch.equal(layer.lam.real, layer_of().lam.real)
        layer.A_real.fill_(-30.0)
        assert float(layer.lam.real.min()) == 1e-4


@pytest.mark.parametrize("lengths", [None, [12, 7]])
def test_two_directions_are_one_system_read_twice(normal, lengths):
    layer = layer_of(bidirectional=True, blocks=2)
    u = normal(2, 12, WIDTH, dtype=torch.float64)
    given = None if lengths is None else torch.tensor(lengths)
    found = layer(u, lengths=given)
    for row, length in enumerate(lengths or [12, 12]):
        part = u[row : row + 1, :length]
        ahead = looped(layer, part) + layer.D * part
        wanted = ahead + looped(layer, part.flip(1), side=1).flip(1)
        assert relative(found[row, :length], wanted[0]) <= 1e-13


def test_going_back_a_sample_is_held_until_the_next(normal):
    """Uneven times: the way back over t is the way ahead over -t."""
    layer = layer_of(bidirectional=True)
    u = normal(1, 10, WIDTH, dtype=torch.float64)
    every = torch.rand(1, 10, generator=torch.Generator().manual_seed(0)).double() + 0.1
    back = torch.cat((every[:, :1], every.flip(1)[:, :-1]), 1)
    turned = layer_of(bidirectional=True)
    with torch.no_grad():
        turned.load_state_dict(layer.state_dict())
        turned.C.copy_(layer.C.flip(0))
        layer.D.zero_()
        turned.D.zero_()
        # Only one direction of each is heard.
        layer.C[0].zero_()
        turned.C[1].zero_()
        found = layer(u, interval=every)
        wanted = turned(u.flip(1), interval=back).flip(1)
    assert relative(found, wanted) <= 1e-13


def test_a_bidirectional_layer_does_not_stream():
    layer, u = layer_of(bidirectional=True), torch.zeros(1, 5, WIDTH).double()
    assert not layer.causal
    state = layer_of().initial_state(1)
    for call in (
        lambda: layer.initial_state(1),
        lambda: layer.step(u[:, 0], state),
        lambda: layer.prefill(u, state),
    ):
        with pytest.raises(InvalidInputError, match="a bidirectional S5"):
            call()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"blocks": 0}, "blocks=0"),
        ({"trainable": "lam"}, "'lam'"),
        ({"method": "foh"}, "method 'foh'"),
        ({"readout": "normal"}, "Did you mean 'complex_normal'"),
        ({"dt_min": -1.0}, "dt_min=-1.0"),
    ],
)
def test_a_layer_is_not_built_from(options, words):
    with pytest.raises(InvalidInputError, match=words):
        layer_of(**options)


@pytest.mark.parametrize(
    "change",
    [
        {"paired": np.array([True, True, True, False])},
        {"vectors": np.eye(4) + 0j},
    ],
)
def test_a_block_is_of_pairs_and_knows_its_coordinates(change):
    with pytest.raises(InvalidInputError, match="block of even order"):
        S5(replace(BLOCK, **change), WIDTH)


def test_an_undamped_block_may_not_be_trained():
    still = replace(BLOCK, lam=1j * BLOCK.lam.imag)
    assert S5(still, WIDTH, trainable="B").state_size == 4
    with pytest.raises(InvalidInputError, match="has no logarithm"):
        S5(still, WIDTH)
