"""A head is its map of the samples that it says it reads."""

import pytest
import torch

from framestate.deep.errors import InvalidInputError
from framestate.deep.models import PooledHead, StepHead, WindowHead, forecast_input


def affine(linear, x):
    return x @ linear.weight.T + linear.bias


def close(found, expected) -> bool:
    """A few products of a dozen numbers of size 1."""
    bound = 100 * torch.finfo(torch.float32).eps
    return float((found - expected).detach().abs().max()) <= bound


def test_a_step_head_answers_at_every_sample(normal):
    head, x = StepHead(6, 2), normal(3, 5, 6)
    assert close(head(x, torch.tensor([5, 1, 2])), affine(head.linear, x))


def test_a_pooled_head_answers_once(normal):
    head, x = PooledHead(6, 2), normal(3, 5, 6)
    assert close(head(x), affine(head.linear, x.mean(1)))
    short = head(x, torch.tensor([2, 2, 2]))
    assert close(short, affine(head.linear, x[:, :2].mean(1)))


@pytest.mark.parametrize("shape", [(4, 3), [4, 3]])
def test_a_shape_of_outputs_reconstructs_a_window(normal, shape):
    head, x = PooledHead(6, shape, pooling="last"), normal(2, 5, 6)
    assert head(x).shape == (2, 4, 3)
    assert close(head(x).flatten(1), affine(head.linear, x[:, -1]))


def test_pairs_are_compared_row_by_row(normal):
    head, x = PooledHead(6, 2, pairs=True), normal(4, 5, 6)
    a, b = x.mean(1)[0::2], x.mean(1)[1::2]
    features = torch.cat((a, b, a - b, a * b), -1)
    hidden = torch.nn.functional.gelu(affine(head.comparison, features))
    assert close(head(x), affine(head.linear, hidden))
    assert head.comparison.out_features == 6
    with pytest.raises(InvalidInputError, match="pairs out of 3 sequences"):
        head(x[:3])


def test_a_window_head_answers_at_the_last_samples(normal):
    head, x = WindowHead(6, 2, 3), normal(2, 5, 6)
    assert close(head(x), affine(head.steps.linear, x[:, 2:]))
    found = head(x, torch.tensor([5, 3]))
    rows = torch.stack((x[0, 2:5], x[1, 0:3]))
    assert close(found, affine(head.steps.linear, rows))
    with pytest.raises(InvalidInputError, match="the last 3 of 2 samples"):
        head(x[:, :2])


def test_a_horizon_is_zeros_with_a_mark(normal):
    past, known = normal(2, 4, 3), normal(2, 6, 2, seed=2)
    u = forecast_input(past, 2, covariates=known)
    assert u.shape == (2, 6, 6)
    assert torch.equal(u[:, :4, :3], past)
    assert not u[:, 4:, :3].any()
    assert torch.equal(u[0, :, 3], torch.tensor([0, 0, 0, 0, 1.0, 1]))
    assert torch.equal(u[..., 4:], known)
    assert torch.equal(forecast_input(past, 2), u[..., :4])


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: StepHead(0, 1), "d_model=0"),
        (lambda: StepHead(1, 0), "d_output=0"),
        (lambda: PooledHead(0, 1), "d_model=0"),
        (lambda: PooledHead(1, (2, 0)), "d_output=0"),
        (lambda: PooledHead(1, 1, pooling="men"), "Did you mean 'mean'"),
        (lambda: WindowHead(1, 1, 0), "window=0"),
        (lambda: forecast_input(torch.zeros(1, 2, 3), 0), "horizon=0"),
        (lambda: forecast_input(torch.zeros(2, 3), 1), "covariates None"),
        (
            lambda: forecast_input(
                torch.zeros(1, 2, 3), 2, covariates=torch.zeros(1, 4)
            ),
            r"covariates \(1, 4\)",
        ),
        (
            lambda: forecast_input(
                torch.zeros(1, 2, 3), 2, covariates=torch.zeros(1, 2, 1)
            ),
            r"length \+ 2",
        ),
    ],
)
def test_a_head_is_not_built_from(build, words):
    with pytest.raises(InvalidInputError, match=words):
        build()
