"""Half precision around the layer leaves what it computes as it is."""

import pytest
import torch

from framestate.deep.errors import InvalidInputError

HALVES = [torch.bfloat16, torch.float16]


@pytest.mark.parametrize("half", HALVES)
def test_autocast_changes_no_bit_of_the_core(make_layer, normal, half):
    layer, u = make_layer(trainable=("A", "B", "C", "D", "dt")), normal(2, 50, 4)
    interval = 0.5 + torch.rand(2, 50, generator=torch.Generator().manual_seed(0))

    def outputs():
        y, state = layer.prefill(u, layer.initial_state(2))
        y_t, state = layer.step(u[:, 0], state)
        uneven = layer(u, interval=interval)
        return layer(u), y, y_t, uneven, state.z.real, layer.kernel(50)

    expected = outputs()
    with torch.autocast("cpu", dtype=half):
        found = outputs()
    for value, wanted in zip(found, expected, strict=True):
        assert value.dtype == wanted.dtype
        assert torch.equal(value, wanted)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_under_autocast_half_precision_comes_in_and_the_layer_s_goes_out(
    make_layer, normal, half, precision
):
    layer = make_layer().to(precision)
    u = normal(2, 50, 4).to(half).requires_grad_()
    expected = layer(u.to(precision))
    with torch.autocast("cpu", dtype=half):
        y = layer(u)
        y_t, _ = layer.step(u[:, 0], layer.initial_state(2))
    assert y.dtype == y_t.dtype == precision
    assert torch.equal(y, expected)
    y.sum().backward()
    assert u.grad is not None
    assert u.grad.dtype == half


@pytest.mark.parametrize("half", HALVES)
def test_outside_autocast_half_precision_is_refused(make_layer, normal, half):
    layer, u = make_layer(), normal(2, 5, 4).to(half)
    with pytest.raises(InvalidInputError, match=r"u\.float\(\)"):
        layer(u)
    with pytest.raises(InvalidInputError, match=r"u_t\.float\(\)"):
        layer.step(u[:, 0], layer.initial_state(2))
