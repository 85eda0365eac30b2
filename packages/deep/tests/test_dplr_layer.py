"""S4: one convolution, chunks and samples are one system, the one of its paper."""

from dataclasses import dataclass, replace
from math import log2

import numpy as np
import pytest
import torch
from torch import Tensor

from framestate import frames, ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.carried import Carried
from framestate.deep.layers.contract import SequenceLayer
from framestate.deep.layers.dplr import DPLRSSM

OPERATORS = {
    "legs": frames.legs(16),
    "legt": frames.legt(16),
    "fout": frames.fout(15, closure="strong"),
}
ALL = ("A", "B", "C", "D", "dt")
LENGTHS = (1, 2, 3, 17, 255, 256, 257)
BATCH, CHANNELS = 2, 4
DTYPES = (torch.float32, torch.float64)


def form_of(name: str = "legs") -> ssm.DPLR:
    return ssm.dplr(ssm.reduce(OPERATORS[name]))


def layer_of(
    name: str = "legs", channels: int = CHANNELS, seed: int = 0, **options
) -> DPLRSSM:
    generator = torch.Generator().manual_seed(seed)
    return DPLRSSM(form_of(name), channels, generator=generator, **options)


def stepped(layer: DPLRSSM, u: Tensor, **options) -> tuple[Tensor, Carried]:
    state, outputs = layer.initial_state(len(u)), []
    for u_t in u.unbind(1):
        y_t, state = layer.step(u_t, state, **options)
        outputs.append(y_t)
    return torch.stack(outputs, 1), state


def relative(found: Tensor, expected: Tensor) -> float:
    """The largest error, of the largest value."""
    error = (found - expected).detach().abs().max()
    return float(error / expected.detach().abs().max())


def tolerance(dtype: torch.dtype, length: int) -> float:
    """Three transforms, a kernel of the circle's precision, a recurrence in double."""
    eps, double = torch.finfo(dtype).eps, torch.finfo(torch.float64).eps
    circle = 32 * double ** (2 / 3 if dtype == torch.float32 else 4 / 5)
    return 2 * eps * log2(2 * length + 1) + circle + 100 * length * double


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", OPERATORS)
def test_the_convolution_is_the_recurrence(normal, name, length, dtype):
    layer = layer_of(name, trainable=ALL, n_ssm=2).to(dtype)
    u = normal(BATCH, length, CHANNELS, dtype=dtype)
    with torch.no_grad():
        wanted, end = stepped(layer, u)
        found = layer(u)
        y, state = layer.prefill(u, layer.initial_state(BATCH))
    assert found.dtype == y.dtype == dtype
    assert relative(found, wanted) <= tolerance(dtype, length)
    assert relative(y, wanted) <= tolerance(dtype, length)
    assert relative(state.z, end.z) <= tolerance(torch.float64, length)


@pytest.mark.parametrize("name", OPERATORS)
def test_single_precision_at_length_512_beats_the_peers(normal, name):
    """S4's own code: 1e-5 .. 5e-5 (LegS), 6e-5 (LegT), 2e-4 (FouT)."""
    layer = layer_of(name, channels=16)
    u = normal(BATCH, 512, 16)
    with torch.no_grad():
        assert relative(layer(u), stepped(layer, u)[0]) <= 1e-6


@pytest.mark.parametrize("cut", [1, 2, 50, 99])
@pytest.mark.parametrize("interval", [None, 0.5, "sequence", "sample"])
def test_two_chunks_are_the_whole(normal, cut, interval):
    layer, u = layer_of().double(), normal(BATCH, 100, CHANNELS, dtype=torch.float64)
    every = {
        "sequence": torch.tensor([0.5, 2.0]),
        "sample": torch.rand(BATCH, 100, generator=torch.Generator().manual_seed(0)),
    }.get(interval, interval)
    early, late = every, every
    if interval == "sample":
        early, late = every[:, :cut], every[:, cut:]
    with torch.no_grad():
        rest = layer.initial_state(BATCH)
        first, state = layer.prefill(u[:, :cut], rest, interval=early)
        second, state = layer.prefill(u[:, cut:], state, interval=late)
        whole, end = layer.prefill(u, rest, interval=every)
        expected = layer(u, interval=every)
    allowed = tolerance(torch.float64, 100)
    assert relative(torch.cat((first, second), 1), expected) <= allowed
    assert relative(whole, expected) <= allowed
    assert relative(state.z, end.z) <= allowed


def test_an_interval_is_a_factor_of_dt(normal):
    layer, u = layer_of().double(), normal(BATCH, 60, CHANNELS, dtype=torch.float64)
    twice = layer_of(dt_min=2e-3, dt_max=2e-1).double()
    twice.load_state_dict(layer.state_dict())
    with torch.no_grad():
        twice.log_dt += torch.log(torch.tensor(2.0, dtype=torch.float64))
        wanted = twice(u)
        ways = (2.0, torch.full((BATCH,), 2.0), torch.full((BATCH, 60), 2.0))
        for interval in ways:
            found = layer(u, interval=interval)
            assert relative(found, wanted) <= tolerance(torch.float64, 60)
        for interval in ways[:2]:
            found, _ = stepped(layer, u, interval=interval)
            assert relative(found, wanted) <= tolerance(torch.float64, 60)


def test_every_sequence_has_the_interval_that_is_given_for_it(normal):
    layer, u = layer_of().double(), normal(BATCH, 60, CHANNELS, dtype=torch.float64)
    apart = [layer(u[i : i + 1], interval=x) for i, x in enumerate((0.5, 3.0))]
    found = layer(u, interval=torch.tensor([0.5, 3.0]))
    assert relative(found, torch.cat(apart)) <= tolerance(torch.float64, 60)


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


def test_frozen_parts_come_back_exactly_from_single_precision():
    layer = layer_of().double()
    before = layer.kernel(50)
    again = layer.float().double()
    with torch.no_grad():
        for name in ("C", "D", "log_dt"):
            getattr(again, name).copy_(getattr(layer, name))
    assert torch.equal(again.kernel(50), before)


def test_an_undamped_mode_stays_so_and_a_damped_one_learns():
    for name, damped in (("legt", False), ("legs", True)):
        layer = layer_of(name, trainable="A").double()
        layer.kernel(20).sum().backward()
        moved = layer.A_real.grad.abs().max() > 0
        assert bool(moved) == damped
        assert bool((layer.system().lam.real > 0).all()) == damped
        assert float(layer.P.grad.abs().max()) > 0


def test_gradients_reach_what_is_trained_and_nothing_else(normal):
    u = normal(1, 20, CHANNELS)
    parts = {"A": ("A_real", "A_imag", "P"), "B": ("B",), "C": ("C",), "D": ("D",)}
    for trained, names in (parts | {"dt": ("log_dt",)}).items():
        layer = layer_of(trainable=trained)
        layer(u).square().sum().backward()
        with_gradient = {n for n, p in layer.named_parameters() if p.grad is not None}
        assert with_gradient == set(names)
    groups = {*DPLRSSM.dynamics, *DPLRSSM.readout}
    assert groups == {n for n, _ in layer_of(trainable=ALL).named_parameters()}


@pytest.mark.parametrize("way", ["forward", "prefill", "steps"])
def test_the_gradient_is_the_derivative_by_every_way(normal, way):
    layer = layer_of("legt", channels=2, trainable=ALL, n_ssm=1).double()
    names = [name for name, _ in layer.named_parameters()]
    values = [p.detach().clone().requires_grad_() for p in layer.parameters()]
    u = normal(1, 3, 2, dtype=torch.float64).requires_grad_()

    def run(u: Tensor, *parameters: Tensor) -> Tensor:
        state = layer.initial_state(1)
        found = dict(zip(names, parameters, strict=True))
        call = torch.func.functional_call
        if way == "forward":
            return call(layer, found, (u,))
        wrapped = Way(layer, way)
        inner = {f"layer.{name}": value for name, value in found.items()}
        return call(wrapped, inner, (u, state))

    # Double precision all through, so that the perturbation's 1e-6 is seen.
    assert torch.autograd.gradcheck(run, (u, *values), atol=1e-6, rtol=1e-4)


class Way(torch.nn.Module):
    """Another way through a layer, as a module of its own."""

    def __init__(self, layer: DPLRSSM, way: str) -> None:
        super().__init__()
        self.layer, self.way = layer, way

    def forward(self, u: Tensor, state: Carried) -> Tensor:
        if self.way == "prefill":
            return self.layer.prefill(u, state)[0]
        outputs = []
        for u_t in u.unbind(1):
            y_t, state = self.layer.step(u_t, state)
            outputs.append(y_t)
        return torch.stack(outputs, 1)


def test_copies_are_taken_in_turn():
    forms = [form_of("legs"), replace(form_of("legs"), B=2 * form_of("legs").B)]
    generator = torch.Generator().manual_seed(0)
    C = np.ones((4, 8))
    layer = DPLRSSM(forms, 4, readout=C, dt_min=0.01, dt_max=0.01, generator=generator)
    assert layer.n_ssm == 2
    K = layer.kernel(30)
    assert torch.equal(K[0], K[2])
    assert torch.equal(K[1], K[3])
    assert relative(K[1], 2 * K[0]) <= 1e-6


def test_streaming_discretizes_once_until_a_parameter_changes(normal):
    layer, u = layer_of(), normal(BATCH, 3, CHANNELS)
    with torch.no_grad():
        stepped(layer, u)
        kept = layer._remembered.kept
        stepped(layer, u)
        assert layer._remembered.kept is kept
        layer.log_dt += 1
        y, _ = stepped(layer, u)
        assert layer._remembered.kept is not kept
        assert relative(y, layer(u)) <= tolerance(torch.float32, 3)
        stepped(layer, u, interval=2.0)
        found, _ = stepped(layer, u)
    assert relative(found, y) == 0
    twin = __import__("copy").deepcopy(layer)
    assert twin._remembered.kept is None


def test_a_state_forgets_its_graph_when_asked(normal):
    layer = layer_of()
    _, state = layer.step(normal(BATCH, CHANNELS), layer.initial_state(BATCH))
    assert state.z.requires_grad
    assert not state.detach().z.requires_grad


def test_lengths_change_nothing_and_the_layer_keeps_the_contract(normal):
    layer, u = layer_of(), normal(BATCH, 20, CHANNELS)
    assert isinstance(layer, SequenceLayer)
    assert layer.causal
    assert torch.equal(layer(u, lengths=torch.tensor([3, 20])), layer(u))
    assert "n_ssm=1" in repr(layer)


def test_under_autocast_the_core_stays_in_single_precision(normal):
    layer, u = layer_of(), normal(BATCH, 20, CHANNELS)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(layer(u), layer(u.float()))
        low = layer(u.bfloat16())
        y, _ = layer.step(u[:, 0].bfloat16(), layer.initial_state(BATCH))
    assert low.dtype == y.dtype == torch.float32
    assert torch.equal(low, layer(u.bfloat16().float()))


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
        ({"lam": np.full(3, -1)}, "a negative direction"),
        ({"signs": -np.ones(1)}, "a negative direction"),
    ],
)
def test_a_form_is_refused_when(change, words):
    assert DPLRSSM(GOOD, 2).state_size == 3
    with pytest.raises(InvalidInputError, match=words):
        DPLRSSM(replace(GOOD, **change), 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"channels": 0}, "d_model=0"),
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


def test_copies_of_two_sizes_are_refused():
    for other in ([form_of("legt")], []):
        with pytest.raises(InvalidInputError, match="copies have as many modes"):
            DPLRSSM([form_of("legs")] * len(other) + other, 4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: f(torch.zeros(1, 5, 3)), "d_model = 4"),
        (lambda f: f(torch.zeros(1, 5, 4).double()), "float32"),
        (lambda f: f(torch.zeros(1, 5, 4).half()), "only float32 and float64"),
        (lambda f: f(torch.zeros(1, 0, 4)), "non-empty"),
        (lambda f: f(torch.zeros(1, 5, 4), interval=-1.0), "interval=-1.0"),
        (lambda f: f(torch.zeros(1, 5, 4), interval=torch.ones(2)), "an interval of"),
        (lambda f: f.kernel(0), "length=0"),
        (lambda f: f.initial_state(0), "batch_size=0"),
        (
            lambda f: f.step(torch.zeros(2, 4), f.initial_state(1)),
            r"need float64 \(2, 4, 16\)",
        ),
        (
            lambda f: f.prefill(torch.zeros(2, 5, 4), f.initial_state(1)),
            r"need float64 \(2, 4, 16\)",
        ),
    ],
)
def test_a_call_is_refused(call, words):
    with pytest.raises(InvalidInputError, match=words):
        call(layer_of())
