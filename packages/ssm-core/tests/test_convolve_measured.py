"""The method is chosen by its time, once for each size."""

import numpy as np
import pytest

from framestate.ssm.runtime import convolve as module
from framestate.ssm.runtime.convolve import Convolution, convolve
from framestate.ssm.runtime.measure import fastest


class Clock:
    """Seconds that pass only where a candidate spends them."""

    def __init__(self):
        self.now = 0.0

    def spend(self, *costs):
        costs = list(costs)

        def call():
            self.now += costs.pop(0)

        return call


def test_the_best_of_three_runs_counts_and_not_the_first():
    clock = Clock()
    candidates = {
        "slow": clock.spend(0, 5, 5, 5),
        "late": clock.spend(99, 9, 9, 1),
        "even": clock.spend(0, 2, 2, 2),
    }
    assert fastest(candidates, clock=lambda: clock.now) == "late"


def test_a_single_candidate_is_not_run():
    assert fastest({"only": lambda: pytest.fail("was run")}) == "only"


@pytest.fixture
def asked(monkeypatch):
    """What is measured, answered by the last candidate."""
    sizes = []

    def note(candidates, **_):
        plan = next(iter(candidates.values())).func
        u = next(iter(candidates.values())).args[0]
        sizes.append((sorted(candidates), plan.K.shape, u.shape))
        for call in candidates.values():
            assert call().shape == u.shape
        return sorted(candidates)[-1]

    monkeypatch.setattr(module, "fastest", note)
    module._measured.cache_clear()
    yield sizes
    module._measured.cache_clear()


def test_only_methods_that_differ_and_may_win_are_timed(asked):
    convolve(np.ones(8), np.ones(40))
    convolve(np.ones(40), np.ones(40))
    convolve(np.ones(2049), np.ones(4096))
    assert asked == [
        (["chunked", "direct", "fft"], (8,), (64, 1)),
        (["direct", "fft"], (64,), (64, 1)),
        (["fft"], (4096,), (4096, 1)),
    ]


def test_a_size_is_timed_once(asked):
    for length in (33, 40, 64):
        convolve(np.ones(5), np.ones((length, 3)))
    assert len(asked) == 1
    convolve(np.ones(5, np.float32), np.ones((40, 3), np.float32))
    convolve(np.ones((3, 5)), np.ones((40, 3)))
    assert len(asked) == 3
    assert asked[2][1:] == ((3, 8), (64, 1, 3))


def test_a_measurement_has_at_most_a_quarter_million_numbers(asked):
    assert Convolution.measure(np.ones(4), 2**30, batch=(7,)).method == "fft"
    assert Convolution.measure(np.ones((2, 4)), 2**10, batch=(9999, 2)).length == 2**10
    assert asked[0][1:] == ((4,), (2**18, 1))
    assert asked[1][1:] == ((2, 4), (2**10, 2**7, 2))


def test_nothing_is_timed_on_a_device(asked):
    strict = pytest.importorskip("array_api_strict")
    device = strict.Device("device1")
    for count, method in ((128, "direct"), (129, "fft")):
        K = strict.ones(count, device=device)
        assert Convolution.measure(K, 1000).method == method
    assert asked == []
