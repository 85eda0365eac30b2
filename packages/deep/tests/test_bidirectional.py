"""Two directions see every sample once, and padding never."""

import pytest
import torch

from framestate import frames, ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import DPLRSSM, LRU, Bidirectional, DenseSSM
from framestate.deep.layers.contract import SequenceLayer
from framestate.deep.layers.reversal import Reversal, reversal, until_next

WIDTH = 3


def lru(seed: int, width: int = WIDTH) -> LRU:
    return LRU(width, 4, generator=torch.Generator().manual_seed(seed)).double()


@pytest.fixture
def both() -> Bidirectional:
    return Bidirectional(lru(0), lru(1))


@pytest.mark.parametrize("length", [1, 2, 3, 17])
def test_the_output_is_the_past_and_now_plus_the_strict_future(normal, both, length):
    u = normal(2, length, WIDTH, dtype=torch.float64)
    found, ahead = both(u), both.forward_layer(u)
    for n in range(length):
        wanted = ahead[:, n]
        if n + 1 < length:
            wanted = wanted + both.backward_layer(u[:, n + 1 :].flip(1))[:, -1]
        assert float((found[:, n] - wanted).detach().abs().max()) <= 1e-13


def test_every_sample_reaches_every_output(normal, both):
    u = normal(1, 6, WIDTH, dtype=torch.float64)
    slope = torch.autograd.functional.jacobian(lambda x: both(x)[0, 2].sum(), u)
    assert bool((slope[0].abs().sum(-1) > 0).all())


@pytest.mark.parametrize("lengths", [[9, 4], [1, 9]])
def test_padding_reaches_no_output_before_it(normal, both, lengths):
    u = normal(2, 9, WIDTH, dtype=torch.float64)
    other, given = u.clone(), torch.tensor(lengths)
    for row, length in enumerate(lengths):
        other[row, length:] = 100.0
    found, changed = both(u, lengths=given), both(other, lengths=given)
    for row, length in enumerate(lengths):
        alone = both(u[row : row + 1, :length])[0]
        assert torch.equal(found[row, :length], changed[row, :length])
        assert float((found[row, :length] - alone).detach().abs().max()) <= 1e-13


def test_uneven_times_are_seen_from_the_other_side(normal):
    """u_{n+1} lies interval_{n+1} after u_n, whichever way one looks."""
    operator = ssm.dplr(ssm.reduce(frames.legs(4)))
    source = torch.Generator().manual_seed(0)
    layers = [DPLRSSM(operator, WIDTH, generator=source).double() for _ in range(2)]
    u = normal(1, 5, WIDTH, dtype=torch.float64)
    every = torch.tensor([[1.0, 0.5, 2.0, 0.25, 3.0]]).double()
    found = Bidirectional(*layers)(u, interval=every)
    assert until_next(every, Reversal(None)).tolist() == [[1.0, 3.0, 0.25, 2.0, 0.5]]
    back = torch.tensor([[1.0, 3.0, 0.25]]).double()
    wanted = layers[0](u, interval=every)[:, 1]
    wanted = wanted + layers[1](u[:, 2:].flip(1), interval=back)[:, -1]
    assert float((found[:, 1] - wanted).detach().abs().max()) <= 1e-13


def test_one_interval_serves_both_directions(normal):
    source = torch.Generator().manual_seed(0)
    layers = [DenseSSM(frames.legt(4), WIDTH, generator=source).double() for _ in "ab"]
    u = normal(2, 8, WIDTH, dtype=torch.float64)
    found = Bidirectional(*layers)(u, interval=2.0)
    each = Bidirectional(*layers)(u, interval=torch.full((2,), 2.0))
    assert float((found - each).detach().abs().max()) <= 1e-12


def test_it_keeps_the_contract_but_does_not_stream(both):
    assert isinstance(both, SequenceLayer)
    assert not both.causal
    assert both.d_model == WIDTH
    u, state = torch.zeros(1, 4, WIDTH).double(), lru(0).initial_state(1)
    for call in (
        lambda: both.initial_state(1),
        lambda: both.step(u[:, 0], state),
        lambda: both.prefill(u, state),
    ):
        with pytest.raises(InvalidInputError, match="a bidirectional layer"):
            call()


def test_reversing_twice_is_nothing(normal):
    back, u = reversal(torch.tensor([3, 5]), 2, 5), normal(2, 5, WIDTH)
    assert torch.equal(back(back(u)), u)
    assert back(torch.arange(10).view(2, 5)).tolist() == [
        [2, 1, 0, 3, 4],
        [9, 8, 7, 6, 5],
    ]


@pytest.mark.parametrize(
    "layers",
    [
        lambda: (lru(0), lru(0, width=4)),
        lambda: (lru(0), Bidirectional(lru(0), lru(1))),
    ],
)
def test_directions_are_causal_layers_of_one_width(layers):
    with pytest.raises(InvalidInputError, match="causal layers of one width"):
        Bidirectional(*layers())


@pytest.mark.parametrize(
    "lengths",
    [
        torch.tensor([0, 4]),
        torch.tensor([4, 5]),
        torch.tensor([4]),
        torch.tensor([4.0, 4.0]),
        torch.ones(2) + 0j,
    ],
)
def test_lengths_are_integers_within_the_sequence(both, lengths):
    with pytest.raises(InvalidInputError, match="expected 2 integers from 1 to 4"):
        both(torch.zeros(2, 4, WIDTH).double(), lengths=lengths)
