"""S4 is the system of its paper, better than it is computed elsewhere."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from framestate import frames, ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import DPLRSSM
from framestate.deep.layers.forms import stacked

OPERATORS = {
    "legs": frames.legs(16),
    "legt": frames.legt(16),
    "fout": frames.fout(15, closure="strong"),
}
ALL = ("A", "B", "C", "D", "dt")
BATCH, CHANNELS = 2, 4
EPS = torch.finfo(torch.float64).eps


def form_of(name: str = "legs") -> ssm.DPLR:
    return ssm.dplr(ssm.reduce(OPERATORS[name]))


def layer_of(name="legs", channels=CHANNELS, seed=0, **options) -> DPLRSSM:
    generator = torch.Generator().manual_seed(seed)
    return DPLRSSM(form_of(name), channels, generator=generator, **options)


def stepped(layer: DPLRSSM, u: Tensor) -> Tensor:
    state, outputs = layer.initial_state(len(u)), []
    for u_t in u.unbind(1):
        y_t, state = layer.step(u_t, state)
        outputs.append(y_t)
    return torch.stack(outputs, 1)


def relative(found: Tensor, expected: Tensor) -> float:
    """The largest error, of the largest value."""
    error = (found - expected).detach().abs().max()
    return float(error / expected.detach().abs().max())


@pytest.mark.parametrize(
    ("name", "length", "channels"),
    [("legs", 512, 16), ("legt", 512, 16), ("fout", 512, 16), ("legt", 4096, 1)],
)
def test_single_precision_beats_the_peers(normal, name, length, channels):
    """S4's own code at length 512: 1e-5 .. 5e-5 (LegS), 6e-5 (LegT), 2e-4 (FouT)."""
    layer = layer_of(name, channels=channels)
    u = normal(BATCH, length, channels)
    with torch.no_grad():
        assert relative(layer(u), stepped(layer, u)) <= 1e-6


@pytest.mark.parametrize("method", ["bilinear", "backward_euler", "gbt(0.8)"])
@pytest.mark.parametrize("trainable", [(), ALL])
@pytest.mark.parametrize("name", OPERATORS)
def test_the_first_kernel_is_the_system_s_own(name, trainable, method):
    form, rng = form_of(name), np.random.default_rng(0)
    C = form.readout(rng.standard_normal((CHANNELS, len(form.vectors))))
    torch.set_default_dtype(torch.float64)
    try:
        layer = layer_of(name, trainable=trainable, readout=C, method=method)
    finally:
        torch.set_default_dtype(torch.float32)
    K = layer.kernel(300).detach().numpy()
    for row, dt in enumerate(layer.log_dt.detach().exp().tolist()):
        rule = ssm.gbt(0.8) if method == "gbt(0.8)" else method
        step = ssm.discretize(form, dt=dt, method=rule)
        expected = ssm.kernel(step, C[row], 300)
        assert np.abs(K[row] - expected).max() <= 1e-10 * np.abs(expected).max()


def test_a_kernel_is_as_long_as_asked_and_the_start_of_a_longer_one():
    """C is the true C: no length is built in."""
    layer = layer_of().double()
    long = layer.kernel(1000)
    for length in (1, 2, 31, 300):
        found = layer.kernel(length)
        assert found.shape == (CHANNELS, length)
        assert relative(found, long[:, :length]) <= 32 * EPS**0.8


def test_the_first_values_are_those_of_s4():
    """C complex normal of variance 1, D normal, log dt uniform, rank 1 or 2."""
    layer = DPLRSSM(form_of(), 4096, generator=torch.Generator().manual_seed(0))
    deviations = 4 / (2 * 8 * 4096) ** 0.5
    C = layer.C.detach()
    assert abs(float(C.square().sum(-1).mean()) - 1) <= 2 * deviations
    assert abs(float(C.mean())) <= deviations
    spread = (layer.log_dt.detach().double() - np.log(1e-3)) / np.log(100)
    assert 0 <= float(spread.min()) < 0.01
    assert 0.99 < float(spread.max()) <= 1 + 1e-6
    assert abs(float(spread.mean()) - 0.5) <= 4 / (12 * 4096) ** 0.5
    ranks = {name: form_of(name).P.shape[1] for name in OPERATORS}
    assert ranks == {"legs": 1, "legt": 2, "fout": 1}
    assert form_of("legs").lam.real.tolist() == [0.5] * 8


def test_an_undamped_mode_stays_so_and_a_damped_one_learns():
    for name, damped in (("legt", False), ("legs", True)):
        layer = layer_of(name, trainable="A").double()
        layer.kernel(20).sum().backward()
        assert bool(layer.A_real.grad.abs().max() > 0) == damped
        assert bool((layer.system().lam.real > 0).all()) == damped
        assert float(layer.P.grad.abs().max()) > 0


@pytest.mark.parametrize(
    ("trained", "names"),
    [
        ("A", {"A_real", "A_imag", "P"}),
        ("B", {"B"}),
        ("C", {"C"}),
        ("D", {"D"}),
        ("dt", {"log_dt"}),
        (ALL, {*DPLRSSM.dynamics, *DPLRSSM.readout}),
    ],
)
def test_gradients_reach_what_is_trained_and_nothing_else(normal, trained, names):
    layer = layer_of(trainable=trained)
    layer(normal(1, 20, CHANNELS)).square().sum().backward()
    found = {name for name, p in layer.named_parameters() if p.grad is not None}
    assert found == names


def test_copies_are_taken_in_turn():
    forms = [form_of(), replace(form_of(), B=2 * form_of().B)]
    layer = DPLRSSM(forms, 4, readout=np.ones((4, 8)), dt_min=0.01, dt_max=0.01)
    assert layer.n_ssm == 2
    K = layer.kernel(30)
    assert torch.equal(K[0], K[2])
    assert torch.equal(K[1], K[3])
    assert relative(K[1], 2 * K[0]) <= 1e-6
    assert layer_of(trainable="B").n_ssm == CHANNELS
    assert layer_of(trainable="A", n_ssm=2).P.shape == (2, 8, 1, 2)


def test_streaming_discretizes_once_until_a_parameter_changes(normal):
    layer, u = layer_of(), normal(BATCH, 3, CHANNELS)
    with torch.no_grad():
        stepped(layer, u)
        kept = layer._remembered.kept
        stepped(layer, u)
        assert layer._remembered.kept is kept
        layer.log_dt += 1
        y = stepped(layer, u)
        assert relative(y, layer(u)) <= 1e-6
        layer.step(u[:, 0], layer.initial_state(BATCH), interval=2.0)
        assert relative(stepped(layer, u), y) == 0
    stepped(layer, u)[0].sum().backward()  # with gradients nothing is kept
    stepped(layer, u)[0].sum().backward()


def test_a_saved_layer_forgets_what_it_remembers(normal, tmp_path):
    layer = layer_of()
    with torch.no_grad():
        y = stepped(layer, normal(BATCH, 3, CHANNELS))
    torch.save(layer, tmp_path / "layer.pt")
    again = torch.load(tmp_path / "layer.pt", weights_only=False)
    assert again._remembered.kept is None
    assert torch.equal(stepped(again, normal(BATCH, 3, CHANNELS)), y)


@dataclass(frozen=True, eq=False)
class Form:
    """The least that a layer needs."""

    lam: np.ndarray
    P: np.ndarray
    signs: np.ndarray
    B: np.ndarray
    paired: np.ndarray


GOOD = Form(
    lam=np.ones(3) + 1j,
    P=np.ones((3, 1)) + 0j,
    signs=np.ones(1),
    B=np.ones(3) + 0j,
    paired=np.ones(3, bool),
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lam": np.ones((3, 3))}, "do not fit"),
        ({"B": np.ones(2)}, "do not fit"),
        ({"paired": np.ones(2, bool)}, "do not fit"),
        ({"signs": np.ones(2)}, "do not fit"),
        ({"P": np.ones((3, 0)), "signs": np.ones(0)}, "without a low-rank part"),
        ({"P": np.full((3, 1), np.nan)}, "NaN or infinity"),
        ({"B": np.full(3, np.inf)}, "NaN or infinity"),
        ({"lam": np.full(3, -1)}, "a negative direction"),
        ({"signs": -np.ones(1)}, "a negative direction"),
    ],
)
def test_a_form_is_refused_when(change, words):
    assert DPLRSSM(GOOD, 2).state_size == 3
    with pytest.raises(InvalidInputError, match=words):
        DPLRSSM(replace(GOOD, **change), 2)


@pytest.mark.parametrize(
    "forms",
    [
        [],
        [GOOD, replace(GOOD, paired=np.array([True, True, False]))],
        [GOOD, replace(GOOD, P=np.ones((3, 2)), signs=np.ones(2))],
    ],
)
def test_copies_are_of_one_kind(forms):
    with pytest.raises(InvalidInputError, match="copies have as many modes"):
        stacked(forms)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"trainable": "P"}, "'P'"),
        ({"method": "zoh"}, "the exponential of normal plus low rank"),
        ({"method": "euler"}, "a step of it may grow"),
        ({"method": "bilinaer"}, "Did you mean 'bilinear'"),
        ({"n_ssm": 3}, "n_ssm=3"),
        ({"dt_min": 0.0}, "dt_min=0.0"),
        ({"readout": np.ones((4, 3))}, r"readout of shape \(4, 3\)"),
    ],
)
def test_a_layer_is_not_built_from(options, words):
    with pytest.raises(InvalidInputError, match=words):
        layer_of(**options)


def test_a_kernel_has_a_sample():
    with pytest.raises(InvalidInputError, match="length=0"):
        layer_of().kernel(0)
