"""The loop lowers a loss, touches what it may, repeats itself, and stops in time."""

import pytest
import torch
from torch import nn

from framestate import ssm
from framestate.deep.errors import InvalidInputError, TrainingError
from framestate.deep.layers import DiagonalSSM
from framestate.deep.models import SequenceModel
from framestate.deep.train import fit, parameter_groups

LAG = 5


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def delay_batches(seed: int, count: int = 60):
    """White input, and the same input LAG samples ago."""
    generator = seeded(seed)
    for _ in range(count):
        u = torch.randn(8, 64, 1, generator=generator)
        yield u, torch.nn.functional.pad(u, (0, 0, LAG, 0))[:, :64]


def small_model(seed: int = 0, dropout: float = 0.0) -> SequenceModel:
    generator = seeded(seed)
    modes = ssm.inits.s4d_lin(16)
    layer = DiagonalSSM(modes, 8, dt_min=0.05, dt_max=0.2, generator=generator)
    return SequenceModel(
        1, 1, [layer], dropout=dropout, norm="none", generator=generator
    )


def test_a_short_fit_learns_a_delay():
    curve = fit(small_model(), delay_batches(1), steps=60, lr=1e-2, ssm_lr=1e-2)
    assert curve.steps == len(curve.grad_norms) == 60
    # White input of variance 1: predicting nothing costs 1.
    assert curve.losses[0] > 0.9
    assert sum(curve.losses[-5:]) / 5 < 0.5


def test_what_is_frozen_stays_and_what_is_trained_moves():
    model = small_model()
    layer = model.blocks[0].layer
    frozen = {name: tensor.clone() for name, tensor in layer.named_buffers()}
    before = {name: p.detach().clone() for name, p in layer.named_parameters()}
    fit(model, delay_batches(1), steps=3)
    assert frozen
    for name, tensor in layer.named_buffers():
        assert torch.equal(tensor, frozen[name])
    assert set(before) == {"C", "D", "log_dt"}
    for name, parameter in layer.named_parameters():
        assert not torch.equal(parameter, before[name])


def test_a_frozen_parameter_is_in_no_group():
    modes = ssm.inits.s4d_lin(4)
    layer = DiagonalSSM(modes, 2, trainable=("C",), generator=seeded(0))
    D = layer.D.detach().clone()
    batches = [(torch.ones(1, 4, 2), torch.zeros(1, 4, 2))]
    fit(layer, batches, steps=2, weight_decay=0.5)
    groups = parameter_groups(layer, lr=1.0, ssm_lr=1.0, weight_decay=0.0)
    assert [group["name"] for group in groups] == ["readout"]
    assert torch.equal(layer.D, D)


def test_the_dynamics_have_their_own_rate_and_no_decay():
    model = small_model()
    groups = parameter_groups(model, lr=0.1, ssm_lr=0.01, weight_decay=0.5)
    rates = {g["name"]: (g["lr"], g["weight_decay"]) for g in groups}
    assert rates == {
        "dynamics": (0.01, 0.0),
        "readout": (0.1, 0.0),
        "rest": (0.1, 0.5),
    }
    layer = model.blocks[0].layer
    assert groups[0]["params"][0] is layer.log_dt
    assert {id(p) for p in groups[1]["params"]} == {id(layer.C), id(layer.D)}
    total = sum(len(g["params"]) for g in groups)
    assert total == len(list(model.parameters()))


class Oscillator(nn.Module):
    """A layer that says which of its parameters are which."""

    dynamics = ("rate", "frozen")
    readout = ("gain",)

    def __init__(self):
        super().__init__()
        self.rate, self.gain = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(3))
        self.other = nn.Parameter(torch.ones(4))
        self.frozen = nn.Parameter(torch.ones(5), requires_grad=False)
        self.inner = nn.Module()
        self.inner.rate = nn.Parameter(torch.ones(6))


def test_a_module_names_its_own_dynamics_and_readout():
    """Not those of a part inside, which speaks for itself."""
    model = nn.Sequential(Oscillator(), nn.Linear(1, 1), Oscillator())
    groups = parameter_groups(model, lr=0.1, ssm_lr=0.01, weight_decay=0.5)
    sizes = {g["name"]: [p.numel() for p in g["params"]] for g in groups}
    assert sizes == {"dynamics": [2, 2], "readout": [3, 3], "rest": [4, 6, 1, 1, 4, 6]}


def test_a_seed_repeats_a_training_bit_for_bit():
    def run(seed):
        model = small_model(dropout=0.3)
        curve = fit(model, delay_batches(1), steps=4, generator=seeded(seed))
        return curve, model.state_dict()

    (first, weights), (second, again), (other, _) = run(5), run(5), run(6)
    assert first == second
    assert all(torch.equal(weights[key], again[key]) for key in weights)
    assert first.losses != other.losses


def test_training_leaves_the_global_source_as_it_was():
    before = torch.get_rng_state()
    fit(small_model(dropout=0.3), delay_batches(1), steps=2, generator=seeded(5))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_list_of_batches_is_gone_through_again():
    batches = list(delay_batches(1, count=2))
    seen = []
    curve = fit(
        small_model(),
        batches,
        steps=5,
        on_step=lambda step, loss: seen.append((step, loss)),
    )
    assert seen == list(enumerate(curve.losses, start=1))


def test_a_clipped_gradient_moves_no_further_than_its_limit():
    """With no adaptive step the norms show it: they are of the raw gradient."""
    free = fit(small_model(), delay_batches(1), steps=1)
    tight = small_model()
    clipped = fit(tight, delay_batches(1), steps=1, clip_norm=1e-3)
    assert clipped.grad_norms == free.grad_norms
    norms = [p.grad.norm() for p in tight.parameters()]
    total = float(torch.stack(norms).norm())
    assert abs(total - 1e-3) <= 1e-3 * 1e-4


def test_batches_that_run_out_are_named_by_the_step():
    with pytest.raises(TrainingError, match="step 3 of 4: the batches ran out"):
        fit(small_model(), delay_batches(1, count=2), steps=4)
    with pytest.raises(TrainingError, match="step 1 of 4"):
        fit(small_model(), [], steps=4)


def test_a_loss_that_is_not_a_number_is_named_by_the_step():
    good = list(delay_batches(1, count=3))
    bad = good[2][0].clone()
    bad[0, 0] = float("nan")
    model, reference = small_model(), small_model()
    with pytest.raises(TrainingError, match="training step 3: the loss is nan"):
        fit(model, [*good[:2], (bad, good[2][1])], steps=3)
    fit(reference, good[:2], steps=2)
    pairs = zip(model.parameters(), reference.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_gradient_that_is_not_finite_is_named_by_the_step():
    def infinite_slope(prediction, target):
        return (prediction - prediction.detach()).sum().abs().sqrt()

    with pytest.raises(TrainingError, match="step 1: the gradient norm is"):
        fit(small_model(), delay_batches(1), steps=1, loss=infinite_slope)


@pytest.mark.parametrize(
    "options",
    [
        {"steps": 0},
        {"lr": 0.0},
        {"ssm_lr": float("inf")},
        {"weight_decay": -1.0},
        {"clip_norm": 0.0},
    ],
)
def test_a_setting_out_of_range_is_refused(options):
    with pytest.raises(InvalidInputError):
        fit(nn.Linear(1, 1), delay_batches(1), **{"steps": 1, **options})
