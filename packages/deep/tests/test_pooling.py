"""Every pooling is its definition over the true samples, whole and as a stream."""

import pytest
import torch

from framestate.deep.errors import InvalidInputError
from framestate.deep.models.lengths import last_samples, without_padding
from framestate.deep.models.pooling import POOLINGS

DEFINITIONS = {
    "mean": lambda rows: rows.mean(0),
    "max": lambda rows: rows.amax(0),
    "last": lambda rows: rows[-1],
    "cls": lambda rows: rows[0],
}


@pytest.mark.parametrize("name", POOLINGS)
@pytest.mark.parametrize("lengths", [None, [7, 1, 4]])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_pooling_is_its_definition(normal, name, lengths, dtype):
    x = normal(3, 7, 5, dtype=dtype) - 3  # all negative: zeros would be seen
    true = [7, 7, 7] if lengths is None else lengths
    given = None if lengths is None else torch.tensor(lengths)
    found = POOLINGS[name].whole(x, given)
    expected = [DEFINITIONS[name](x[i, :n]) for i, n in enumerate(true)]
    assert found.dtype == dtype
    bound = 7 * torch.finfo(dtype).eps * float(x.abs().max())
    assert float((found - torch.stack(expected)).abs().max()) <= bound


@pytest.mark.parametrize("name", ["mean", "max", "last"])
def test_a_stream_has_the_pooling_of_everything_so_far(normal, name):
    pooling, x = POOLINGS[name], normal(3, 9, 5) - 3
    state = pooling.rest(x[:, 0])
    for start, stop in ((0, 1), (1, 4), (4, 9)):
        found, state = pooling.absorb(x[:, start:stop], state)
        expected = pooling.whole(x[:, :stop], None)
        bound = 9 * torch.finfo(torch.float32).eps * float(x.abs().max())
        assert float((found - expected).abs().max()) <= bound


def test_a_long_stream_keeps_its_mean():
    """A float32 sum of ten million ones would stop at 2^24."""
    pooling = POOLINGS["mean"]
    state = pooling.rest(torch.zeros(1, 1))
    chunk = torch.ones(1, 1 << 18, 1)
    for _ in range(80):
        found, state = pooling.absorb(chunk, state)
    assert int(state[1]) == 80 << 18
    assert float(found) == 1.0


def test_the_last_samples_are_those_before_the_padding(normal):
    x = normal(2, 6, 3)
    assert torch.equal(last_samples(x, 2, None), x[:, 4:])
    for dtype in (torch.int32, torch.int64):
        found = last_samples(x, 2, torch.tensor([6, 3], dtype=dtype))
        assert torch.equal(found, torch.stack((x[0, 4:6], x[1, 1:3])))


def test_more_samples_than_there_are_have_no_last_ones(normal):
    x = normal(2, 6, 3)
    with pytest.raises(InvalidInputError, match="the last 7 of 6 samples"):
        last_samples(x, 7, None)
    with pytest.raises(InvalidInputError, match=r"lengths \[6, 1\]"):
        last_samples(x, 2, torch.tensor([6, 1]))
    assert last_samples(x, 6, None).shape == (2, 6, 3)
    assert last_samples(x, 2, torch.tensor([6, 2])).shape == (2, 2, 3)


def test_a_compiler_looks_at_no_value_of_a_length(monkeypatch):
    u, lengths = torch.ones(2, 3, 1), torch.tensor([0, 4])
    with pytest.raises(InvalidInputError, match="lengths from 0 to 4"):
        without_padding(u, lengths)
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    assert without_padding(u, lengths)[..., 0].tolist() == [[0, 0, 0], [1, 1, 1]]
