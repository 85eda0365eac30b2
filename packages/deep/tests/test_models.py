"""A model is its encoder, blocks and head, one after the other."""

import pytest
import torch
from torch import nn

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.baselines import AttentionLayer, RecurrentLayer
from framestate.deep.models import (
    Block,
    LinearEncoder,
    PatchEncoder,
    PooledHead,
    SequenceModel,
    SinusoidalPositions,
    StepHead,
    TokenEncoder,
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make_model(norm="pre", seed=0, **options) -> SequenceModel:
    generator = seeded(seed)
    both_ways = options.get("pooling") == "cls"
    layers = [
        AttentionLayer(8, generator=generator)
        if both_ways
        else RecurrentLayer(8, "gru", generator=generator)
        for _ in range(2)
    ]
    return SequenceModel(3, 2, layers, norm=norm, generator=generator, **options)


@pytest.mark.parametrize("norm", ["pre", "post", "none"])
@pytest.mark.parametrize("kind", ["layer", "batch"])
def test_a_model_is_its_parts_in_order(normal, norm, kind):
    """With the norm before the layer, one more stands before the head."""
    positions = SinusoidalPositions(8)
    model = make_model(norm, norm_kind=kind, pooling="mean", positions=positions).eval()
    u = normal(2, 20, 3)
    x = positions(model.encoder.linear(u), torch.zeros(2, dtype=torch.int64))
    for block in model.blocks:
        before = block.norm(x) if norm == "pre" else x
        x = x + block.mixing(nn.functional.gelu(block.layer(before)))
        x = block.norm(x) if norm == "post" else x
    x = model.norm(x) if norm == "pre" else x
    assert torch.equal(model(u), model.head.linear(x.mean(1)))
    assert (model.norm is None) == (norm != "pre")


def test_a_number_is_a_linear_encoder_or_head(normal):
    model = make_model()
    assert isinstance(model.encoder, LinearEncoder)
    assert isinstance(model.head, StepHead)
    assert isinstance(make_model(pooling="max").head, PooledHead)
    assert model(normal(4, 7, 3)).shape == (4, 7, 2)
    assert make_model(pooling="max")(normal(4, 7, 3)).shape == (4, 2)


def test_parts_of_one_s_own_are_taken_as_they_are():
    encoder, head = TokenEncoder(5, 8), PooledHead(8, 2)
    block = Block(RecurrentLayer(8), norm="post", norm_kind="batch")
    model = SequenceModel(encoder, head, [block, RecurrentLayer(8)], generator=seeded())
    assert model.encoder is encoder
    assert model.head is head
    assert model.blocks[0] is block
    assert model.blocks[1].norm_place == "pre"
    assert model.norm.kind == "layer"


def test_dropout_acts_in_training_only(normal):
    model, u = make_model(dropout=0.5), normal(1, 20, 3)
    assert not torch.equal(model(u), model(u))
    model.eval()
    assert torch.equal(model(u), model(u))


@pytest.mark.parametrize("pooling", [None, "cls"])
def test_a_seed_gives_a_model_and_leaves_the_global_source_alone(pooling):
    before = torch.get_rng_state()
    first, second = (
        make_model(seed=3, pooling=pooling),
        make_model(seed=3, pooling=pooling),
    )
    other = make_model(seed=4, pooling=pooling)
    assert torch.equal(torch.get_rng_state(), before)
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(first.head.linear.weight, other.head.linear.weight)


def test_parts_of_one_seed_are_drawn_one_after_the_other():
    model = make_model()
    first, second = (block.layer.rnn.weight_hh_l0 for block in model.blocks)
    assert not torch.equal(first, second)
    first, second = (block.mixing[0].weight for block in model.blocks)
    assert not torch.equal(first, second)


@pytest.mark.parametrize("pooling", [None, "mean", "max", "last", "cls"])
def test_every_parameter_of_a_model_gets_a_gradient(normal, pooling):
    model = make_model(pooling=pooling)
    model(normal(1, 20, 3)).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in model.parameters())


@pytest.mark.parametrize("pooling", ["mean", "max", "last", "cls"])
@pytest.mark.parametrize("kind", ["layer", "batch"])
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_padding_changes_no_pooled_answer(normal, pooling, kind, norm):
    """In training too: batch norm takes its statistics over true samples."""
    model = make_model(norm, pooling=pooling, norm_kind=kind)
    u, lengths = normal(3, 20, 3), torch.tensor([20, 7, 1])
    answers = []
    for rubbish in (0.0, 1e3, float("nan")):
        padded = u.clone()
        for row, length in enumerate(lengths):
            padded[row, length:] = rubbish
        answers.append(model(padded, lengths=lengths))
    assert torch.equal(answers[0], answers[1])
    assert torch.equal(answers[0], answers[2])
    model.eval()
    model.requires_grad_(False)
    alone = [model(u[row : row + 1, :n]) for row, n in enumerate(lengths)]
    error = (torch.cat(alone) - model(u, lengths=lengths)).abs().max()
    assert float(error) <= 100 * torch.finfo(torch.float32).eps


class Listener(nn.Module):
    """A layer that looks both ways and remembers what it was given."""

    d_model, causal = 8, False

    def forward(self, u, *, interval=None, lengths=None):
        self.heard = (u, interval, lengths)
        return u

    initial_state = step = prefill = forward


def test_a_token_before_the_sequence_is_a_sample_of_its_own(normal):
    """With interval 1, and one more in the true lengths."""
    layer = Listener()
    model = SequenceModel(3, 2, [layer], pooling="cls", norm="none")
    u, interval = normal(2, 5, 3), normal(2, 5, seed=2)
    y = model(u, lengths=torch.tensor([5, 3]), interval=interval)
    x, intervals, lengths = layer.heard
    assert torch.equal(x[:, 0], model.head.token.expand(2, -1))
    assert torch.equal(x[0, 1:], model.encoder(u)[0])
    assert torch.equal(intervals, torch.cat((torch.ones(2, 1), interval), 1))
    assert lengths.tolist() == [6, 4]
    first = model.blocks[0](x[:, :1])[:, 0]
    assert torch.allclose(y, model.head.linear(first), atol=1e-6)
    model(u, interval=normal(2))
    assert layer.heard[1].shape == (2,)


def test_lengths_count_patches_and_a_broken_one_counts(normal):
    layer = Listener()
    model = SequenceModel(PatchEncoder(3, 8, 4), 2, [layer], norm="none")
    model(normal(3, 12, 3), lengths=torch.tensor([12, 5, 4]))
    assert layer.heard[2].tolist() == [3, 2, 1]


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: SequenceModel(1, 1, []), "0 layers"),
        (
            lambda: SequenceModel(1, 1, [RecurrentLayer(5), Block(RecurrentLayer(4))]),
            r"widths \[4, 5\]",
        ),
        (lambda: SequenceModel(0, 1, [RecurrentLayer(4)]), "d_input=0"),
        (lambda: SequenceModel(1, 0, [RecurrentLayer(4)]), "d_output=0"),
        (
            lambda: SequenceModel(LinearEncoder(1, 5), 1, [RecurrentLayer(4)]),
            "encoder of d_model = 5: its layers have d_model = 4",
        ),
        (
            lambda: SequenceModel(1, StepHead(5, 1), [RecurrentLayer(4)]),
            "head of d_model = 5",
        ),
        (
            lambda: SequenceModel(
                1, 1, [RecurrentLayer(4)], positions=SinusoidalPositions(3)
            ),
            "positions of d_model = 3",
        ),
        (
            lambda: SequenceModel(1, 1, [Block(RecurrentLayer(4))], norm="post"),
            "norm for a model of blocks",
        ),
        (
            lambda: SequenceModel(1, 1, [RecurrentLayer(4)], pooling="cls"),
            "would never see it",
        ),
        (
            lambda: SequenceModel(
                1, PooledHead(4, 1), [RecurrentLayer(4)], pooling="mean"
            ),
            "pooling='mean' with a PooledHead",
        ),
    ],
)
def test_a_model_is_not_built_from(build, words):
    with pytest.raises(InvalidInputError, match=words):
        build()


@pytest.mark.parametrize(
    ("u", "words"),
    [
        (torch.zeros(1, 5, 4), "d_input = 3"),
        (torch.zeros(1, 5, 3).double(), r"model\.double\(\)"),
        (torch.zeros(1, 0, 3), "length 0"),
        (torch.zeros(1, 5, 3, dtype=torch.int64), "int64"),
        (torch.zeros(1, 5, 3, dtype=torch.bfloat16), r"u\.float\(\)"),
        (torch.zeros(5, 3), "non-empty tensor"),
    ],
)
def test_a_model_refuses_an_input(u, words):
    with pytest.raises(InvalidInputError, match=words):
        make_model()(u)


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        (torch.tensor([5]), "one integer per sequence"),
        (torch.tensor([5.0, 5.0]), "torch.float32"),
        (torch.tensor([0, 5]), "lengths from 0 to 5"),
        (torch.tensor([5, 6]), "lengths from 5 to 6"),
    ],
)
def test_lengths_are_refused(lengths, words):
    with pytest.raises(InvalidInputError, match=words):
        make_model()(torch.zeros(2, 5, 3), lengths=lengths)
