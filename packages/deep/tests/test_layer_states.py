"""A state knows its layer, and follows the layer's parameters."""

import copy
import io

import pytest
import torch
from torch.utils import _pytree as pytree

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import SSMState


@pytest.fixture
def stream(make_layer, normal):
    """A layer with everything trained, its state after 20 samples, and the next."""
    layer = make_layer(trainable=("A", "B", "C", "D", "dt"))
    with torch.no_grad():
        _, state = layer.prefill(normal(2, 20, 4), layer.initial_state(2))
    return layer, state, normal(2, 4, seed=2)


def both(layer, u, state):
    """The next output by a step and by a chunk of one sample."""
    with torch.no_grad():
        y, after = layer.step(u, state)
        chunk, end = layer.prefill(u[:, None], state)
    torch.testing.assert_close(chunk[:, 0], y)
    torch.testing.assert_close(end.z.complex(), after.z.complex())
    return y


def test_a_state_of_another_layer_is_refused(stream, make_layer):
    layer, state, u = stream
    other = make_layer(seed=7, trainable=layer.trainable)
    for foreign in (state, state.detach(), copy.deepcopy(state)):
        with pytest.raises(InvalidInputError, match="its modes are not this layer's"):
            other.step(u, foreign)
        with pytest.raises(InvalidInputError, match="its modes are not this layer's"):
            other.prefill(u[:, None], foreign)
    del layer, stream
    with pytest.raises(InvalidInputError, match="another layer"):
        other.step(u, state)
    other.step(u, SSMState(state.z))


@pytest.mark.parametrize("name", ["A_real", "B", "C", "log_dt", "D"])
@pytest.mark.parametrize("way", ["mul_", "data", "load", "assign", "optimizer"])
def test_a_state_follows_changed_parameters(stream, name, way):
    layer, state, u = stream
    before = both(layer, u, state)
    parameter = getattr(layer, name)
    changed = {**layer.state_dict(), name: parameter.detach() * 0.5}
    if way == "mul_":
        with torch.no_grad():
            parameter.mul_(0.5)
    elif way == "data":
        parameter.data = parameter.data * 0.5
    elif way == "optimizer":
        parameter.grad = parameter.detach() * 0.5
        torch.optim.SGD([parameter], lr=1.0).step()
    else:
        layer.load_state_dict(changed, assign=way == "assign")
    found = both(layer, u, state)
    assert torch.equal(found, both(layer, u, SSMState(state.z)))
    assert not torch.equal(found, before)


def test_an_unchanged_layer_is_discretized_once(stream):
    layer, state, u = stream
    with torch.no_grad():
        _, after = layer.step(u, state)
    assert after.recurrence is state.recurrence
    assert after.origin is state.origin


def test_a_stream_that_starts_without_gradients_gets_them(stream):
    layer, state, u = stream
    y, _ = layer.step(u, state)
    y.sum().backward()
    assert all(p.grad is not None for p in layer.parameters())


def test_a_state_is_copied_and_saved(stream):
    layer, state, u = stream
    expected = both(layer, u, state)
    assert torch.equal(both(layer, u, copy.deepcopy(state)), expected)
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert torch.equal(both(layer, u, loaded), expected)


def test_a_stream_goes_on_in_another_precision(stream):
    layer, state, u = stream
    expected = both(layer, u, state)
    layer.double()
    torch.testing.assert_close(both(layer, u.double(), state).float(), expected)


def test_a_layer_made_for_inference_streams(make_layer, normal):
    with torch.inference_mode():
        layer = make_layer()
        _, state = layer.step(normal(2, 4), layer.initial_state(2))
        layer.C.mul_(0.5)
        found, _ = layer.step(normal(2, 4), state)
        expected, _ = layer.step(normal(2, 4), SSMState(state.z))
    assert torch.equal(found, expected)


def test_a_pinned_state_keeps_to_its_recurrence(stream):
    layer, state, u = stream
    expected = both(layer, u, state)
    pinned = state.pinned(layer.recurrence())
    assert pinned.is_pinned
    assert not state.is_pinned
    with torch.no_grad():
        layer.C.mul_(0.5)
        _, after = layer.step(u, pinned)
    assert torch.equal(both(layer, u, pinned), expected)
    assert after.recurrence is pinned.recurrence
    with pytest.raises(InvalidInputError, match="an interval for a pinned state"):
        layer.step(u, pinned, interval=2.0)
    assert not pinned.detach().is_pinned


def test_a_state_is_a_tree_of_what_a_stream_carries(stream):
    layer, state, u = stream
    expected = both(layer, u, state)
    leaves, tree = pytree.tree_flatten(state)
    assert [leaf for leaf in leaves if leaf is not None] == [state.z.real, state.z.imag]
    assert torch.equal(both(layer, u, tree.unflatten(leaves)), expected)
    pinned = state.pinned(layer.recurrence())
    kept = pytree.tree_map(lambda leaf: leaf, pinned)
    assert kept.is_pinned
    assert torch.equal(both(layer, u, kept), expected)
    paths, _ = pytree.tree_flatten_with_path(state)
    assert [str(path[0]) for path, _ in paths] == [".z", ".z", ".before", ".recurrence"]


def test_a_feedthrough_can_be_taken_away_in_a_stream(stream):
    layer, state, u = stream
    D = layer.D.detach()
    wanted = both(layer, u, state) - D * u
    layer.D = None
    error = (both(layer, u, state) - wanted).abs().max()
    assert float(error) <= 4 * torch.finfo(torch.float32).eps * float(
        wanted.abs().max()
    )


def test_the_modes_of_a_state_are_pairs_of_doubles(make_layer, normal):
    layer = make_layer()
    state = layer.initial_state(2)
    assert (state.z.real.dtype, state.z.imag.dtype) == (torch.float64,) * 2
    _, state = layer.step(normal(2, 4), state)
    assert (state.z.real.dtype, state.z.imag.dtype) == (torch.float64,) * 2
    with pytest.raises(InvalidInputError, match="float32"):
        layer.step(normal(2, 4), SSMState(state.z.map(torch.Tensor.float)))
