"""Another sampling rate, one of its own for a sequence, and samples at uneven times."""

import numpy as np
import pytest
import torch
from torch import Tensor

from framestate import ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import DiagonalSSM, SSMState, irregular
from framestate.deep.layers.intervals import checked_interval

EPS = torch.finfo(torch.float64).eps
BATCH, CHANNELS = 2, 3
METHODS = ["zoh", "foh", "bilinear", "gbt(0.7)", "backward_euler"]
EVERYTHING = ("A", "B", "C", "D", "dt")


def layer_of(method="zoh", **options) -> DiagonalSSM:
    generator = torch.Generator().manual_seed(0)
    modes = ssm.inits.s4d_lin(8)
    options = {"dt_min": 0.02, "dt_max": 0.2, "generator": generator, **options}
    return DiagonalSSM(modes, CHANNELS, method=method, **options).double()


def uneven(length: int, seed: int = 3) -> Tensor:
    """Intervals from a tenth to three times the layer's own."""
    generator = torch.Generator().manual_seed(seed)
    draws = torch.rand(BATCH, length, dtype=torch.float64, generator=generator)
    return 0.1 + 2.9 * draws


def stepped(layer, u, interval) -> tuple[Tensor, SSMState]:
    """Sample by sample; an interval of (batch, length) gives each its own."""
    state, outputs = layer.initial_state(len(u)), []
    for n, u_t in enumerate(u.unbind(1)):
        every = interval[:, n] if getattr(interval, "ndim", 0) == 2 else interval
        y_t, state = layer.step(u_t, state, interval=every)
        outputs.append(y_t)
    return torch.stack(outputs, 1), state


def same(found: Tensor, expected: Tensor, length: int) -> None:
    """Three transforms of 2 L, and a recurrence that rounds at each of L samples."""
    bound = (100 + 8 * length) * EPS * float(expected.detach().norm())
    assert float((found - expected).detach().abs().max()) <= bound


INTERVALS = {
    "none": lambda _: None,
    "number": lambda _: 0.7,
    "a sequence": lambda _: torch.tensor([0.5, 2.0], dtype=torch.float64),
    "float32": lambda _: torch.tensor([0.5, 2.0]),
    "a sample": uneven,
}


@pytest.mark.parametrize("length", [1, 2, 3, 17, 65])
@pytest.mark.parametrize("kind", INTERVALS)
@pytest.mark.parametrize("method", METHODS)
def test_whole_chunks_and_samples_agree(normal, method, kind, length):
    layer, interval = layer_of(method), INTERVALS[kind](length)
    u = normal(BATCH, length, CHANNELS, dtype=torch.float64)
    with torch.no_grad():
        expected, final = stepped(layer, u, interval)
        same(layer(u, interval=interval), expected, length)
        state, outputs = layer.initial_state(BATCH), []
        for part in (slice(0, length // 3), slice(length // 3, length)):
            if part.start < part.stop:
                every = interval[:, part] if kind == "a sample" else interval
                y, state = layer.prefill(u[:, part], state, interval=every)
                outputs.append(y)
        same(torch.cat(outputs, 1), expected, length)
        same(state.z.complex(), final.z.complex(), length)
        # ... and the stream goes on.
        late = layer.step(u[:, 0], state)[0]
        same(late, layer.step(u[:, 0], final)[0], length)


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_interval_is_the_same_in_every_form(normal, method):
    layer, u = layer_of(method), normal(BATCH, 40, CHANNELS, dtype=torch.float64)
    number = layer(u, interval=1.5)
    each = torch.full((BATCH,), 1.5, dtype=torch.float64)
    same(layer(u, interval=each), number, 40)
    same(layer(u, interval=each[:, None].expand(-1, 40)), number, 40)
    with torch.no_grad():
        layer.log_dt.add_(float(np.log(1.5)))
    same(layer(u), number, 40)
    assert not torch.allclose(layer(u), layer(u, interval=0.5))


@pytest.mark.parametrize("method", ["zoh", "bilinear", "gbt(0.7)", "backward_euler"])
def test_uneven_samples_move_the_system_as_its_definition_does(normal, method):
    """One sequence and channel: framestate.ssm with the same intervals."""
    layer, modes = layer_of(method), ssm.inits.s4d_lin(8)
    u, interval = normal(BATCH, 30, CHANNELS, dtype=torch.float64), uneven(30)
    y = layer(u, interval=interval).detach().numpy()
    C = torch.view_as_complex(layer.C.detach()).numpy()
    for b, h in ((0, 0), (1, 2)):
        dt = layer.log_dt[h].exp().item() * interval[b].numpy()
        step = ssm.irregular(modes, dt=dt, method=layer.rule)
        outputs, _ = ssm.outputs(step, C[h], u[b, :, h].numpy())
        expected = outputs + layer.D[h].item() * u[b, :, h].numpy()
        assert np.abs(y[b, :, h] - expected).max() <= 1e-13 * np.abs(expected).max()


def test_a_sample_at_the_same_time_leaves_a_held_state(normal):
    layer, u = layer_of(), normal(BATCH, 10, CHANNELS, dtype=torch.float64)
    interval = uneven(10)
    interval[:, 9] = 0
    _, before = layer.prefill(
        u[:, :9], layer.initial_state(BATCH), interval=interval[:, :9]
    )
    _, after = layer.prefill(u, layer.initial_state(BATCH), interval=interval)
    assert torch.equal(before.z.complex(), after.z.complex())


@pytest.mark.parametrize("method", METHODS)
def test_the_gradient_of_an_uneven_run_is_the_derivative(normal, method, monkeypatch):
    """In stretches of two samples, each computed again on the way back."""
    layer = layer_of(method, trainable=EVERYTHING, n_ssm=1)
    u = normal(BATCH, 5, CHANNELS, dtype=torch.float64).requires_grad_()
    interval = uneven(5).requires_grad_()
    keys = [name for name, _ in layer.named_parameters()]
    monkeypatch.setattr(irregular, "_STRETCH_ELEMENTS", BATCH * CHANNELS * 4 * 2)

    def run(u, interval, *values):
        weights = dict(zip(keys, values, strict=True))
        return torch.func.functional_call(layer, weights, (u,), {"interval": interval})

    assert torch.autograd.gradcheck(
        run, (u, interval, *layer.parameters()), fast_mode=True
    )


def test_stretches_are_the_whole_and_keep_no_states(normal, monkeypatch):
    layer = layer_of(trainable=EVERYTHING)
    length, states = 64, BATCH * CHANNELS * 4
    u, interval = normal(BATCH, length, CHANNELS, dtype=torch.float64), uneven(length)
    whole = layer(u, interval=interval)
    expected = torch.autograd.grad(whole.square().sum(), list(layer.parameters()))
    monkeypatch.setattr(irregular, "_STRETCH_ELEMENTS", states * 8)
    kept: list[int] = []

    def pack(value: Tensor) -> Tensor:
        kept.append(value.untyped_storage().nbytes() // 8)
        return value

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
        found = layer(u, interval=interval)
    same(found, whole, length)
    assert max(kept) < states * length
    assert sum(kept) < 8 * states * length
    grads = torch.autograd.grad(found.square().sum(), list(layer.parameters()))
    for grad, wanted in zip(grads, expected, strict=True):
        assert float((grad - wanted).abs().max()) <= 1e-12 * float(wanted.abs().max())


def test_a_stream_discretizes_once_an_interval(normal):
    layer, u = layer_of(), normal(BATCH, CHANNELS, dtype=torch.float64)
    with torch.no_grad():
        _, first = layer.step(u, layer.initial_state(BATCH), interval=0.5)
        _, same_again = layer.step(u, first, interval=0.5)
        _, other = layer.step(u, first, interval=0.25)
        _, each = layer.step(u, first, interval=torch.full((BATCH,), 0.5))
        _, back = layer.step(u, each, interval=0.5)
    assert same_again.recurrence is first.recurrence
    assert other.recurrence is not first.recurrence
    assert each.recurrence is None
    with pytest.raises(InvalidInputError, match="another layer"):
        layer_of().step(u, each)
    assert torch.equal(back.recurrence.z_bar.real, first.recurrence.z_bar.real)


def test_true_lengths_change_nothing(normal):
    layer, u = layer_of(), normal(BATCH, 9, CHANNELS, dtype=torch.float64)
    assert torch.equal(layer(u, lengths=torch.tensor([4, 9])), layer(u))


NAN = float("nan")


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (0.0, r"interval=0\.0: it is not positive"),
        (NAN, "interval=nan"),
        (float("inf"), "interval=inf"),
        (torch.ones(BATCH, 4), r"\(2, 4\) .* takes a real tensor \(2,\) or \(2, 5\)"),
        (torch.ones(3), r"an interval of shape \(3,\)"),
        (torch.ones(BATCH, dtype=torch.int64), "dtype torch.int64"),
        (torch.tensor([1.0, -1.0]), "1 values are negative or not finite"),
        (torch.tensor([[1.0, NAN, 1, -2, 1]] * BATCH), "4 values are negative"),
    ],
)
def test_an_interval_is_refused(interval, words):
    layer, u = layer_of(), torch.zeros(BATCH, 5, CHANNELS).double()
    with pytest.raises(InvalidInputError, match=words):
        layer(u, interval=interval)
    with pytest.raises(InvalidInputError, match=words):
        layer.prefill(u, layer.initial_state(BATCH), interval=interval)


def test_a_step_takes_no_interval_a_sample():
    layer, u = layer_of(), torch.zeros(BATCH, CHANNELS).double()
    with pytest.raises(InvalidInputError, match=r"takes a real tensor \(2,\)"):
        layer.step(u, layer.initial_state(BATCH), interval=torch.ones(BATCH, 1))


def test_a_straight_input_needs_its_last_sample():
    layer, u = layer_of("foh"), torch.zeros(BATCH, 4, CHANNELS).double()
    state = layer.initial_state(BATCH)
    for every in (None, torch.ones(BATCH, 4)):
        with pytest.raises(InvalidInputError, match="without its last sample"):
            layer.prefill(u, SSMState(state.z), interval=every)
    short = SSMState(state.z, state.before[:, :1])
    with pytest.raises(InvalidInputError, match="without its last sample"):
        layer.step(u[:, 0], short)
    assert not layer.prefill(u, state)[1].detach().before.requires_grad


def test_a_compiler_looks_at_no_value_of_an_interval(monkeypatch):
    values = torch.tensor([-1.0, torch.nan])
    with pytest.raises(InvalidInputError, match="2 values are negative or not finite"):
        checked_interval(values, 2)
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    assert checked_interval(-1.0, 2) == -1.0
    found = checked_interval(values, 2)
    assert found.dtype == torch.float64
    assert found[0] == -1
