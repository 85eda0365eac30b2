"""A block is its equation; its norms, dropouts and mixings are what they are called."""

import pytest
import torch
from torch import nn

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.baselines import RecurrentLayer
from framestate.deep.models import Block, BlockOptions
from framestate.deep.models.dropouts import SharedDropout
from framestate.deep.models.norms import ChannelNorm


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make_block(**options) -> Block:
    layer = RecurrentLayer(6, "gru", generator=seeded())
    return Block(layer, generator=seeded(), **options).eval()


def affine(linear: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    return x @ linear.weight.T + linear.bias


def gated(linear: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    value, gate = affine(linear, x).chunk(2, -1)
    return value * gate.sigmoid()


MIXINGS = {
    "glu": lambda mix, y, act: gated(mix[0], y),
    "glu_linear": lambda mix, y, act: affine(mix[3], gated(mix[0], y)),
    "linear": lambda mix, y, act: affine(mix[0], y),
    "ff": lambda mix, y, act: affine(mix[3], act(affine(mix[0], y))),
    "none": lambda mix, y, act: y,
}
ACTIVATIONS = {
    "gelu": lambda y: y * (1 + torch.erf(y / 2**0.5)) / 2,
    "relu": lambda y: y.clamp(min=0),
    "silu": lambda y: y * y.sigmoid(),
    "none": lambda y: y,
}


@pytest.mark.parametrize("mixing", MIXINGS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("norm", ["pre", "post", "none"])
@pytest.mark.parametrize("residual", [True, False])
def test_a_block_is_its_equation(normal, mixing, activation, norm, residual):
    block = make_block(
        mixing=mixing, activation=activation, norm=norm, residual=residual
    ).double()
    x = normal(2, 9, 6, dtype=torch.float64)
    act = ACTIVATIONS[activation]
    before = block.norm(x) if norm == "pre" else x
    y = MIXINGS[mixing](block.mixing, act(block.layer(before)), act)
    y = x + y if residual else y
    expected = block.norm(y) if norm == "post" else y
    # a dozen products of six numbers, norms included
    bound = 100 * torch.finfo(torch.float64).eps
    assert float((block(x) - expected).detach().abs().max()) <= bound


def test_the_hidden_layer_of_a_feed_forward_net_has_its_expansion():
    assert make_block(mixing="ff", expansion=3).mixing[0].out_features == 18


def test_dropout_stands_after_the_activation_and_in_the_mixing():
    """MultiresNet: layer, GELU, dropout, linear, GLU, dropout, residual, norm."""
    mask = SharedDropout
    for mixing, kinds in {
        "glu": [nn.Linear, nn.GLU, mask],
        "glu_linear": [nn.Linear, nn.GLU, mask, nn.Linear],
        "linear": [nn.Linear, mask],
        "ff": [nn.Linear, nn.GELU, mask, nn.Linear, mask],
    }.items():
        block = make_block(mixing=mixing, dropout=0.5)
        assert [type(part) for part in block.mixing] == kinds
    # with certain dropout nothing of the branch is left but the biases
    block = make_block(mixing="linear", dropout=1 - 1e-9, norm="none").train()
    x = torch.ones(1, 4, 6)
    assert torch.equal(block(x), x)
    block = make_block(mixing="none", dropout=1 - 1e-9, norm="none").train()
    assert torch.equal(block(x), x)


def test_tied_dropout_has_one_mask_for_all_samples():
    x = torch.ones(50, 7, 40)
    tied = SharedDropout(0.25, over_time=True)(x)
    assert (tied == tied[:, :1]).all()
    free = SharedDropout(0.25, over_time=False)(x)
    assert not (free == free[:, :1]).all()
    path = SharedDropout(0.25, over_time=True, over_channels=True)(x)
    assert (path == path[:, :1, :1]).all()
    assert not (path == path[:1]).all()
    for y, draws in ((tied, 2000), (free, 14000), (path, 50)):
        assert set(y.unique().tolist()) == {0.0, float(torch.tensor(1) / 0.75)}
        kept = float((y > 0).float().mean())
        assert abs(kept - 0.75) <= 4 * (0.75 * 0.25 / draws) ** 0.5


def test_a_mask_of_single_samples_is_one_per_channel():
    x = torch.ones(30, 40)
    assert SharedDropout(0.5, over_time=True)(x).unique().numel() == 2
    rows = SharedDropout(0.5, over_time=True, over_channels=True)(x)
    assert (rows == rows[:, :1]).all()


@pytest.mark.parametrize("tie", [True, False])
def test_the_options_reach_the_dropouts(tie):
    block = make_block(dropout=0.3, tie_dropout=tie, drop_path=0.2)
    assert (block.dropout.probability, block.dropout.over_time) == (0.3, tie)
    assert block.mixing[2] is block.dropout
    assert block.drop_path.probability == 0.2
    assert "0.3" in repr(block.dropout)


def test_an_option_that_is_not_given_is_its_default():
    options = make_block().options
    assert options == BlockOptions(
        norm="pre",
        norm_kind="layer",
        activation="gelu",
        mixing="glu",
        expansion=2,
        dropout=0.0,
        tie_dropout=False,
        drop_path=0.0,
        residual=True,
    )


def test_a_dropped_path_leaves_the_input(normal):
    block = make_block(drop_path=1 - 1e-9, norm="none").train()
    x = normal(2, 5, 6)
    assert torch.equal(block(x), x)
    assert not torch.equal(block.eval()(x), x)


def test_batch_norm_without_lengths_is_torch_s(normal):
    ours, theirs = ChannelNorm("batch", 6), nn.BatchNorm1d(6)
    x = normal(3, 8, 6) * 3 + 2
    assert torch.equal(ours(x), theirs(x.flatten(0, 1)).view_as(x))
    assert torch.equal(ours.norm.running_var, theirs.running_var)


@pytest.mark.parametrize("lengths", [[8, 8, 8], [8, 3, 1]])
def test_batch_norm_takes_its_statistics_over_true_samples(normal, lengths):
    """As torch's on a batch of those samples alone: outputs, statistics, gradients."""
    ours, theirs = ChannelNorm("batch", 6).double(), nn.BatchNorm1d(6).double()
    x = (normal(3, 8, 6, dtype=torch.float64) * 3 + 2).requires_grad_()
    true = torch.arange(8) < torch.tensor(lengths)[:, None]
    found, expected = ours(x, torch.tensor(lengths))[true], theirs(x[true])
    weight = normal(*found.shape, dtype=torch.float64, seed=5)
    slopes = [torch.autograd.grad((y * weight).sum(), x)[0] for y in (found, expected)]
    pairs = (
        (found, expected),
        (ours.norm.running_mean, theirs.running_mean),
        (ours.norm.running_var, theirs.running_var),
        slopes,
    )
    for a, b in pairs:
        bound = 50 * torch.finfo(torch.float64).eps
        assert (a - b).detach().abs().max().item() <= bound


def test_one_true_sample_has_a_finite_batch_norm(normal):
    norm = ChannelNorm("batch", 6)
    assert norm(normal(1, 4, 6), torch.tensor([1])).isfinite().all()
    assert norm.norm.running_var.isfinite().all()


def test_running_statistics_may_be_off(normal):
    norm = ChannelNorm("batch", 6)
    norm.norm = nn.BatchNorm1d(6, track_running_stats=False)
    assert norm(normal(2, 4, 6), torch.tensor([4, 2])).isfinite().all()


def test_padding_moves_no_layer_norm(normal):
    norm, x = ChannelNorm("layer", 6), normal(2, 4, 6)
    assert torch.equal(norm(x, torch.tensor([4, 2])), norm(x))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dropout": 1.0}, "dropout=1.0"),
        ({"dropout": -0.1}, "dropout=-0.1"),
        ({"drop_path": 1.0}, "drop_path=1.0"),
        ({"norm": "prenorm"}, "Did you mean 'pre'"),
        ({"norm_kind": "btach"}, "Did you mean 'batch'"),
        ({"activation": "glu"}, "activation 'glu'"),
        ({"mixing": "gl"}, "Did you mean 'glu'"),
        ({"expansion": 0}, "expansion=0"),
    ],
)
def test_a_block_is_not_built_from(options, words):
    with pytest.raises(InvalidInputError, match=words):
        make_block(**options)
