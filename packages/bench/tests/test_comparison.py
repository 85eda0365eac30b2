"""Whether one network beats another: against normal theory and by what must hold."""

import dataclasses

import numpy as np
import pytest

from framestate.bench import comparison, errors
from framestate.bench.record import Scores

N = 400


def scores(values, *, higher=True, root=False):
    return [
        Scores("s", "s/x", "x", "task", "m", seed, tuple(map(float, row)), higher, root)
        for seed, row in enumerate(values)
    ]


def test_a_network_does_not_beat_itself():
    rng = np.random.default_rng(0)
    one = scores(rng.normal(size=(3, N)))
    found = comparison.difference(one, one)
    assert found.value == 0.0
    assert found.low < 0.0 < found.high
    assert not found.beats


def test_the_interval_is_that_of_normal_theory_where_examples_rule():
    rng = np.random.default_rng(1)
    shared = rng.normal(size=N)
    first = np.tile(shared + rng.normal(size=N), (4, 1))
    second = np.tile(shared, (4, 1))
    found = comparison.difference(scores(first), scores(second), draws=20_000)
    apart = (first - second)[0]
    assert found.value == pytest.approx(apart.mean(), abs=1e-12)
    half = 1.96 * apart.std() / np.sqrt(N)
    # the ends are quantiles of 20,000 draws: 2 % of their distance
    assert found.high - found.value == pytest.approx(half, rel=0.05)
    assert found.value - found.low == pytest.approx(half, rel=0.05)


def test_the_spread_over_few_seeds_is_not_too_small():
    levels = np.array([0.0, 1.0, 2.0])
    first = np.repeat(levels[:, None], N, axis=1)
    second = np.zeros((3, N))
    rng = np.random.default_rng(0)
    draws = comparison._drawn(first, np.full((50_000, N), 1.0 / N), rng, root=False)
    assert draws.var() == pytest.approx(levels.var(ddof=1) / 3, rel=0.03)
    assert not comparison.difference(scores(first), scores(second)).beats


def test_less_is_better_where_it_is_said_and_roots_are_taken():
    rng = np.random.default_rng(2)
    good, bad = (rng.chisquare(1, size=(3, N)) * s for s in (1.0, 4.0))
    options = {"higher": False, "root": True}
    found = comparison.difference(scores(good, **options), scores(bad, **options))
    expected = np.sqrt(bad.mean(1)).mean() - np.sqrt(good.mean(1)).mean()
    assert found.value == pytest.approx(expected, rel=1e-12)
    assert found.beats
    other = comparison.difference(scores(bad, **options), scores(good, **options))
    assert other.value == -found.value
    assert not other.beats


def test_two_seeds_say_nothing_about_a_network():
    rng = np.random.default_rng(3)
    first, second = rng.normal(5.0, 1.0, (2, N)), rng.normal(0.0, 1.0, (2, N))
    found = comparison.difference(scores(first), scores(second))
    assert found.low > 0.0
    assert found.seeds == 2
    assert not found.beats


def test_the_same_scores_give_the_same_interval_and_blocks_do_not_matter(monkeypatch):
    rng = np.random.default_rng(4)
    first, second = scores(rng.normal(size=(3, N))), scores(rng.normal(size=(3, N)))
    one = comparison.difference(first, second, draws=1001)
    assert comparison.difference(first, second, draws=1001) == one
    monkeypatch.setattr(comparison, "_AT_ONCE", 10 * N)
    other = comparison.difference(first, second, draws=1001)
    assert other.value == one.value
    assert other.low == pytest.approx(one.low, abs=0.05)
    assert sum(comparison._blocks(1001, N)) == 1001
    wide = comparison.difference(first, second, level=0.999)
    assert wide.low < one.low < one.high < wide.high


def test_what_cannot_be_compared_is_refused():
    one = scores(np.ones((2, 5)))
    for other, finding in (
        ([], "no scores"),
        (scores(np.ones((2, 0))), "no scores"),
        (scores(np.ones((2, 6))), r"\[5, 6\] examples"),
        ([dataclasses.replace(one[0], metric="n")], "different metrics"),
    ):
        with pytest.raises(errors.InvalidInputError, match=finding):
            comparison.difference(one, other)
