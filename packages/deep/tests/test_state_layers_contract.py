"""What every recurrent layer keeps: three ways through, one set of numbers.

The laws of `framestate.deep.layers.contract` on S4, S5, LRU, LMU, HiPPO on both clocks,
and the selective layer; what is special to one of them has a file of its own.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from math import log2

import pytest
import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from framestate import frames, ssm
from framestate.deep.layers.contract import SequenceLayer
from framestate.deep.layers.dense import DenseSSM
from framestate.deep.layers.dplr import DPLRSSM
from framestate.deep.layers.lmu import LMU
from framestate.deep.layers.lru import LRU
from framestate.deep.layers.mimo import S5
from framestate.deep.layers.scaled import ScaledSSM
from framestate.deep.layers.selective import SelectiveSSM

ALL = ("A", "B", "C", "D", "dt")
LENGTHS = (1, 2, 3, 17, 255, 256, 257)
BATCH, WIDTH = 2, 4
DTYPES = (torch.float32, torch.float64)


@dataclass(frozen=True)
class Case:
    """A layer of width 4: what it is made of, and whether it knows time.

    `memory` is what its float32 arithmetic may add to one transform's error, in eps.
    """

    layer: Callable[..., nn.Module]
    arguments: tuple = ()
    options: dict = field(default_factory=dict)
    timed: bool = True
    memory: int = 16

    def build(self, seed: int = 0, dtype: torch.dtype = torch.float32) -> nn.Module:
        generator = torch.Generator().manual_seed(seed)
        return self.layer(*self.arguments, **self.options, generator=generator).to(
            dtype
        )


def s4(operator: frames.FrameOperator) -> Case:
    form = ssm.dplr(ssm.reduce(operator))
    return Case(DPLRSSM, (form, WIDTH), {"trainable": ALL, "n_ssm": 2})


LEGS, LEGT = frames.legs(8), frames.legt(8)
BLOCK = ssm.inits.normal_part(ssm.reduce(LEGS))
CASES = {
    "S4-LegS": s4(LEGS),
    "S4-LegT": s4(LEGT),
    "S4-FouT": s4(frames.fout(9, closure="strong")),
    "S5": Case(S5, (BLOCK, WIDTH), {"blocks": 2}),
    "S5-bilinear": Case(S5, (BLOCK, WIDTH), {"method": "bilinear"}),
    "LRU": Case(LRU, (WIDTH, 8), {"r_min": 0.5, "r_max": 0.999}, timed=False),
    "LMU": Case(LMU, (LEGT, WIDTH), {"theta": 40, "d_memory": 2}, timed=False),
    "HiPPO": Case(DenseSSM, (LEGT, WIDTH)),
    "HiPPO-dt": Case(DenseSSM, (LEGS, WIDTH), {"trainable": ("C", "D", "dt")}),
    "HiPPO-bilinear": Case(DenseSSM, (LEGS, WIDTH), {"method": "bilinear"}),
    "LegS-clock": Case(ScaledSSM, (LEGS, WIDTH), timed=False),
    "LegS-bilinear": Case(
        ScaledSSM, (LEGS, WIDTH), {"method": "bilinear"}, timed=False
    ),
    # Its states are in the layer's own precision: up to 1000 samples of memory.
    "Mamba": Case(SelectiveSSM, (WIDTH,), {"d_state": 3}, memory=64),
}
TIMED = [name for name, case in CASES.items() if case.timed]


def stepped(layer, u: Tensor, interval=None):
    """The outputs and the last state, sample by sample."""
    state, outputs = layer.initial_state(len(u)), []
    for n, u_t in enumerate(u.unbind(1)):
        every = interval
        if isinstance(interval, Tensor) and interval.ndim == 2:
            every = interval[:, n]
        y_t, state = layer.step(u_t, state, interval=every)
        outputs.append(y_t)
    return torch.stack(outputs, 1), state


def relative(found: Tensor, expected: Tensor) -> float:
    """The largest error, of the largest value."""
    error = (found - expected).detach().abs().max()
    return float(error / expected.detach().abs().max().clamp(min=1e-300))


def apart(found, expected) -> float:
    """The largest relative error of the tensors of a state."""
    pairs = zip(pytree.tree_leaves(found), pytree.tree_leaves(expected), strict=True)
    return max(relative(a.double(), b.double()) for a, b in pairs)


def tolerance(name: str, dtype: torch.dtype, length: int) -> float:
    """Three transforms, products in the layer's precision, a recurrence in double.

    The kernel of S4 may come from a circle, with an error of eps^(2/3) or eps^(4/5).
    """
    eps, double = torch.finfo(dtype).eps, torch.finfo(torch.float64).eps
    circle = 32 * double ** (2 / 3 if dtype == torch.float32 else 4 / 5)
    own = (2 * log2(2 * length + 1) + CASES[name].memory) * eps
    return own + 100 * length * double + (circle if name.startswith("S4") else 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_at_once_in_a_chunk_and_by_steps_are_the_same(normal, name, dtype):
    layer = CASES[name].build(dtype=dtype)
    u = normal(BATCH, max(LENGTHS), WIDTH, dtype=dtype)
    with torch.no_grad():
        wanted, end = stepped(layer, u)
        for length in LENGTHS:
            allowed = tolerance(name, dtype, length)
            part, expected = u[:, :length], wanted[:, :length]
            found = layer(part)
            y, state = layer.prefill(part, layer.initial_state(BATCH))
            assert found.dtype == y.dtype == dtype
            assert relative(found, expected) <= allowed
            assert relative(y, expected) <= allowed
        assert apart(state, end) <= tolerance(name, dtype, length)


@pytest.mark.parametrize("cut", [1, 20, 39])
@pytest.mark.parametrize("name", CASES)
def test_two_chunks_are_the_whole(normal, name, cut):
    layer, u = CASES[name].build(), normal(BATCH, 40, WIDTH)
    rest = layer.initial_state(BATCH)
    with torch.no_grad():
        first, state = layer.prefill(u[:, :cut], rest)
        second, state = layer.prefill(u[:, cut:], state)
        whole, end = layer.prefill(u, rest)
    allowed = 2 * tolerance(name, torch.float32, 40)
    assert relative(torch.cat((first, second), 1), whole) <= allowed
    assert apart(state, end) <= allowed


INTERVALS = {
    "number": 0.5,
    "one a sequence": torch.tensor([0.5, 2.0]),
    "one a sample": torch.rand(BATCH, 30, generator=torch.Generator().manual_seed(0)),
}


@pytest.mark.parametrize("interval", INTERVALS.values(), ids=INTERVALS)
@pytest.mark.parametrize("name", TIMED)
def test_time_is_the_same_by_every_way(normal, name, interval):
    dtype = torch.float64
    layer, u = CASES[name].build(dtype=dtype), normal(BATCH, 30, WIDTH, dtype=dtype)
    early = late = interval
    if isinstance(interval, Tensor) and interval.ndim == 2:
        early, late = interval[:, :13], interval[:, 13:]
    with torch.no_grad():
        wanted, end = stepped(layer, u, interval)
        found = layer(u, interval=interval)
        rest = layer.initial_state(BATCH)
        first, state = layer.prefill(u[:, :13], rest, interval=early)
        second, state = layer.prefill(u[:, 13:], state, interval=late)
        plain = layer(u)
    allowed = 2 * tolerance(name, dtype, 30)
    assert relative(found, wanted) <= allowed
    assert relative(torch.cat((first, second), 1), wanted) <= allowed
    assert apart(state, end) <= allowed
    assert relative(found, plain) > 1e-3


@pytest.mark.parametrize("name", TIMED)
def test_an_interval_of_one_is_none(normal, name):
    dtype = torch.float64
    layer, u = CASES[name].build(dtype=dtype), normal(BATCH, 20, WIDTH, dtype=dtype)
    wanted = layer(u)
    for interval in (1.0, torch.ones(BATCH), torch.ones(BATCH, 20)):
        found = layer(u, interval=interval)
        assert relative(found, wanted) <= 2 * tolerance(name, dtype, 20)


@pytest.mark.parametrize("name", CASES)
def test_a_layer_keeps_the_contract(normal, name):
    layer, u = CASES[name].build(), normal(BATCH, 20, WIDTH)
    assert isinstance(layer, SequenceLayer)
    assert layer.causal
    assert f"d_model={WIDTH}" in repr(layer)
    assert torch.equal(layer(u, lengths=torch.tensor([3, 20])), layer(u))
    named = {key for key, _ in layer.named_parameters()}
    assert {*layer.dynamics, *layer.readout} <= named
    assert not {*layer.dynamics} & {*layer.readout}
    later = u.clone()
    later[:, 10] += 1
    with torch.no_grad():
        change = (layer(later) - layer(u)).abs()
        allowed = tolerance(name, torch.float32, 20) * float(layer(u).abs().max())
    assert float(change[:, :10].max()) <= allowed < float(change[:, 10].max())


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_the_same_by_every_way(normal, name):
    """And reach what is trained, and nothing else."""
    layer = CASES[name].build(dtype=torch.float64)
    u = normal(BATCH, 12, WIDTH, dtype=torch.float64).requires_grad_()
    trained = _trained(layer)
    ways = (
        lambda: layer(u),
        lambda: layer.prefill(u, layer.initial_state(BATCH))[0],
        lambda: stepped(layer, u)[0],
    )
    grads = [torch.autograd.grad(way().square().sum(), [u, *trained]) for way in ways]
    assert all(float(g.abs().max()) > 0 for g in grads[0])
    for other in grads[1:]:
        assert max(map(relative, other, grads[0])) <= 1e-9


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_is_the_derivative(normal, name):
    """Along one random direction of all that is trained."""
    layer = CASES[name].build(dtype=torch.float64)
    u, trained = normal(1, 3, WIDTH, dtype=torch.float64), _trained(layer)
    first = torch.nn.utils.parameters_to_vector(trained).detach()
    way = normal(*first.shape, dtype=torch.float64, seed=2)

    def loss(step: float) -> Tensor:
        torch.nn.utils.vector_to_parameters(first + step * way, trained)
        return layer(u).square().sum()

    found = torch.autograd.grad(loss(0.0), trained)
    slope = float(torch.nn.utils.parameters_to_vector(found) @ way)
    with torch.no_grad():
        # Richardson: the error of the difference is of order 1e-3^4.
        rough, fine = (float(loss(h) - loss(-h)) / (2 * h) for h in (2e-3, 1e-3))
    assert abs((4 * fine - rough) / 3 - slope) <= 1e-6 * max(1.0, abs(slope))


def _trained(layer: nn.Module) -> list[Tensor]:
    """What moves: an undamped normal part (LegT, FouT) stays undamped."""
    still = "A_real" if not bool(getattr(layer, "damped", torch.ones(1)).any()) else ""
    named = layer.named_parameters()
    return [p for name, p in named if p.requires_grad and name != still]


@pytest.mark.parametrize("name", CASES)
def test_a_seed_is_a_layer_and_a_state_dict_too(normal, name):
    u, case = normal(BATCH, 20, WIDTH), CASES[name]
    before = torch.get_rng_state()
    layer, other = case.build(), case.build(seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    wanted = layer(u)
    assert torch.equal(case.build()(u), wanted)
    assert torch.equal(copy.deepcopy(layer)(u), wanted)
    assert not torch.equal(other(u), wanted)
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other(u), wanted)
    before = {k: v.clone() for k, v in layer.double().named_buffers()}
    after = dict(layer.float().double().named_buffers())  # exact, not rounded
    assert all(torch.equal(after[key], value) for key, value in before.items())


@pytest.mark.parametrize("name", CASES)
def test_under_autocast_the_layer_stays_in_its_own_precision(normal, name):
    layer, low = CASES[name].build(), normal(BATCH, 20, WIDTH).bfloat16()
    wanted = layer(low.float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = layer(low)
        y, state = layer.prefill(low, layer.initial_state(BATCH))
        y_t, _ = layer.step(low[:, 0], state)
    assert found.dtype == y.dtype == y_t.dtype == torch.float32
    assert torch.equal(found, wanted)
    assert relative(y, wanted) <= tolerance(name, torch.float32, 20)


@pytest.mark.parametrize("name", CASES)
def test_a_state_forgets_its_graph_when_asked(normal, name):
    layer = CASES[name].build()
    u = normal(BATCH, WIDTH).requires_grad_()
    _, state = layer.step(u, layer.initial_state(BATCH))
    assert any(x.requires_grad for x in pytree.tree_leaves(state))
    assert not any(x.requires_grad for x in pytree.tree_leaves(state.detach()))
    assert apart(state.detach(), state) == 0
