"""What a recurrent layer refuses: shapes, precisions, states and intervals."""

import pytest
import torch

from framestate import frames, ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import (
    DPLRSSM,
    LMU,
    LRU,
    S5,
    DenseSSM,
    ScaledSSM,
    SelectiveSSM,
)

LEGS, LEGT = frames.legs(8), frames.legt(8)
FORM = ssm.dplr(ssm.reduce(LEGS))
BLOCK = ssm.inits.normal_part(ssm.reduce(LEGS))
TIMED = {
    "S4": lambda d_model: DPLRSSM(FORM, d_model),
    "S5": lambda d_model: S5(BLOCK, d_model),
    "HiPPO": lambda d_model: DenseSSM(LEGT, d_model),
    "Mamba": SelectiveSSM,
}
TIMELESS = {
    "LRU": lambda d_model: LRU(d_model, 8),
    "LMU": lambda d_model: LMU(LEGT, d_model, theta=40.0),
    "clock": lambda d_model: ScaledSSM(LEGS, d_model),
}
LAYERS = TIMED | TIMELESS


@pytest.mark.parametrize("name", TIMELESS)
def test_a_layer_without_dt_refuses_an_interval(name):
    layer, u = LAYERS[name](4), torch.zeros(1, 5, 4)
    state = layer.initial_state(1)
    for call in (
        lambda: layer(u, interval=2.0),
        lambda: layer.prefill(u, state, interval=2.0),
        lambda: layer.step(u[:, 0], state, interval=2.0),
    ):
        with pytest.raises(InvalidInputError, match="counts samples"):
            call()


STATE = r"Start from layer.initial_state\(2\)|together"
BAD_CALLS = [
    (lambda f: f(torch.zeros(1, 5, 3)), "d_model = 4"),
    (lambda f: f(torch.zeros(5, 4)), "non-empty tensor"),
    (lambda f: f(torch.zeros(1, 5, 4).double()), "float32"),
    (lambda f: f(torch.zeros(1, 5, 4).half()), "only float32 and float64"),
    (lambda f: f(torch.zeros(1, 0, 4)), "non-empty"),
    (lambda f: f.prefill(torch.zeros(1, 5, 3), f.initial_state(1)), "d_model = 4"),
    (lambda f: f.step(torch.zeros(1, 3), f.initial_state(1)), "d_model = 4"),
    (lambda f: f.initial_state(0), "batch_size=0"),
    (lambda f: f.step(torch.zeros(2, 4), f.initial_state(1)), STATE),
    (lambda f: f.prefill(torch.zeros(2, 5, 4), f.initial_state(1)), STATE),
]


@pytest.mark.parametrize(("call", "words"), BAD_CALLS)
@pytest.mark.parametrize("name", LAYERS)
def test_a_call_is_refused(name, call, words):
    with pytest.raises(InvalidInputError, match=words):
        call(LAYERS[name](4))


@pytest.mark.parametrize("name", TIMED)
def test_an_interval_that_is_none_is_refused(name):
    layer, u = LAYERS[name](4), torch.zeros(2, 5, 4)
    for interval in (0.0, -1.0, float("nan"), torch.ones(3), torch.ones(2, 4)):
        with pytest.raises(InvalidInputError, match="interval"):
            layer(u, interval=interval)
    with pytest.raises(InvalidInputError, match="interval"):
        layer.step(u[:, 0], layer.initial_state(2), interval=torch.ones(2, 1))


@pytest.mark.parametrize("name", LAYERS)
def test_a_width_is_at_least_one(name):
    with pytest.raises(InvalidInputError, match="d_model=0"):
        LAYERS[name](0)
