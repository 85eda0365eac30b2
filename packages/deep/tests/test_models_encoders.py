"""Encoders turn inputs into samples; positions say where a sample stands."""

from math import cos, sin

import pytest
import torch

from framestate.deep.errors import InvalidInputError
from framestate.deep.models import (
    LearnedPositions,
    LinearEncoder,
    PatchEncoder,
    SinusoidalPositions,
    TokenEncoder,
)


def test_a_linear_encoder_is_a_matrix_at_each_sample(normal):
    encoder, u = LinearEncoder(3, 5), normal(2, 7, 3)
    expected = u @ encoder.linear.weight.T + encoder.linear.bias
    assert (encoder(u) - expected).abs().max().item() <= 1e-6
    assert torch.allclose(encoder.step(u[:, 2]), encoder(u)[:, 2], atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
def test_a_token_encoder_looks_vectors_up(dtype):
    encoder = TokenEncoder(9, 5, padding_index=2)
    tokens = torch.tensor([[0, 2, 8], [2, 1, 1]], dtype=dtype)
    x = encoder(tokens)
    assert torch.equal(x[0, 2], encoder.table.weight[8])
    assert not x[tokens == 2].any()
    assert torch.equal(encoder.step(tokens[:, 2]), x[:, 2])
    x.sum().backward()
    assert not encoder.table.weight.grad[2].any()
    assert encoder.table.weight.grad[1].any()


def test_patches_of_a_sequence_are_cut_one_after_the_other(normal):
    encoder, u = PatchEncoder(3, 5, 4), normal(2, 12, 3)
    x = encoder(u)
    assert x.shape == (2, 3, 5)
    for i in range(3):
        patch = u[:, 4 * i : 4 * i + 4]
        assert torch.allclose(x[:, i], encoder.linear(patch.flatten(1)), atol=1e-6)
        assert torch.allclose(x[:, i], encoder.step(patch), atol=1e-6)


@pytest.mark.parametrize("size", [(2, 3), [2, 3]])
def test_patches_of_an_image_are_cut_row_by_row(normal, size):
    encoder, u = PatchEncoder(3, 5, size), normal(2, 4, 9, 3)
    x = encoder(u)
    assert x.shape == (2, 6, 5)
    for row in range(2):
        for column in range(3):
            patch = u[:, 2 * row : 2 * row + 2, 3 * column : 3 * column + 3]
            found = x[:, 3 * row + column]
            assert torch.allclose(found, encoder.step(patch), atol=1e-6)


def test_sines_have_the_wavelengths_of_the_paper():
    """And their phases keep their digits a million samples on."""
    x, start = torch.zeros(1, 3, 5), torch.tensor([10**6])
    found = SinusoidalPositions(5)(x, start)[0]
    for n in range(3):
        for i in range(5):
            phase = (10**6 + n) * 10000 ** (-2 * (i // 2) / 5)
            wanted = cos(phase) if i % 2 else sin(phase)
            assert abs(float(found[n, i]) - wanted) <= 1e-7


def test_positions_are_added_from_where_each_sequence_stands(normal):
    positions = LearnedPositions(5, 8)
    x = normal(2, 3, 5)
    found = positions(x, torch.tensor([0, 5]))
    assert torch.equal(found[0], x[0] + positions.vectors[:3])
    assert torch.equal(found[1], x[1] + positions.vectors[5:])
    assert abs(float(LearnedPositions(64, 64).vectors.detach().std()) / 0.02 - 1) < 0.1


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: LinearEncoder(0, 4), "d_input=0"),
        (lambda: LinearEncoder(4, 0), "d_model=0"),
        (lambda: TokenEncoder(0, 4), "vocabulary=0"),
        (lambda: TokenEncoder(4, 0), "d_model=0"),
        (lambda: TokenEncoder(4, 4, padding_index=4), "padding_index=4"),
        (lambda: TokenEncoder(4, 4, padding_index=-1), r"tokens are 0 \.\. 3"),
        (lambda: PatchEncoder(0, 4, 2), "d_input=0"),
        (lambda: PatchEncoder(4, 0, 2), "d_model=0"),
        (lambda: PatchEncoder(4, 4, 0), "size=0"),
        (lambda: PatchEncoder(4, 4, (2, 0)), "size=0"),
        (lambda: PatchEncoder(4, 4, (2, 2, 2)), "one or two axes"),
        (lambda: PatchEncoder(4, 4, []), "one or two axes"),
        (lambda: SinusoidalPositions(0), "d_model=0"),
        (lambda: LearnedPositions(0, 4), "d_model=0"),
        (lambda: LearnedPositions(4, 0), "max_length=0"),
    ],
)
def test_a_part_is_not_built_from(build, words):
    with pytest.raises(InvalidInputError, match=words):
        build()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: LinearEncoder(3, 4).step(torch.zeros(2, 5)), "d_input = 3"),
        (lambda: LinearEncoder(3, 4).step(torch.zeros(2, 1, 3)), r"\(batch, d_input\)"),
        (lambda: TokenEncoder(3, 4)(torch.zeros(2, 5)), "int64"),
        (lambda: TokenEncoder(3, 4)(torch.zeros(2, 0, dtype=torch.int64)), "non-empty"),
        (lambda: TokenEncoder(3, 4)(torch.tensor([1])), r"\(batch, length\)"),
        (lambda: TokenEncoder(3, 4).step(torch.tensor([[1]])), r"numbers \(batch,\)"),
        (lambda: TokenEncoder(3, 4)(torch.tensor([[0, 3]])), "tokens from 0 to 3"),
        (lambda: TokenEncoder(3, 4)(torch.tensor([[-1, 0]])), "tokens from -1 to 0"),
        (lambda: PatchEncoder(3, 4, 2)(torch.zeros(1, 5, 3)), "no multiple"),
        (lambda: PatchEncoder(3, 4, (2, 2))(torch.zeros(1, 4, 5, 3)), "no multiple"),
        (lambda: PatchEncoder(3, 4, (2, 2))(torch.zeros(1, 4, 3)), "height, width"),
        (lambda: PatchEncoder(3, 4, 2).step(torch.zeros(1, 3, 3)), r"\(batch, 2, 3\)"),
        (
            lambda: LearnedPositions(4, 5)(torch.zeros(1, 3, 4), torch.tensor([3])),
            "position 5: 5 positions were learned",
        ),
    ],
)
def test_an_input_is_refused(call, words):
    with pytest.raises(InvalidInputError, match=words):
        call()
