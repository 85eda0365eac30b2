"""Truncation by an error that the caller measures."""

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.testing import core, legs
from framestate.ssm.truncate import Truncated, TruncatedModes, balanced, by_error, modal
from framestate.ssm.truncate.modal import rank


def free(_):
    return 0.0


def delay_error(small):
    return ssm.delay_error(ssm.discretize(small, dt=0.02, method="bilinear"), 60)


def test_the_smallest_balanced_system_within_a_delay_error():
    system = legs(20)
    errors = [
        delay_error(balanced(system, order=order).system) for order in range(1, 21)
    ]
    for tolerance in (0.99, 0.97, 0.95, max(errors[-1], 0.9)):
        found = by_error(system, delay_error, tolerance)
        assert isinstance(found, Truncated)
        order = found.system.size
        assert errors[order - 1] <= tolerance
        assert order == 1 or errors[order - 2] > tolerance
        assert found.bound == balanced(system, order=order).bound


def test_modes_are_dropped_whole_until_the_error_allows():
    modes = ssm.diagonalize(core(np.random.default_rng(0), 9))
    orders = rank("test", modes, None).orders
    errors = [delay_error(modal(modes, order=order).modes) for order in orders]
    for tolerance in (*errors[1:-1], max(errors[-1], 0.96)):
        found = by_error(modes, delay_error, tolerance)
        assert isinstance(found, TruncatedModes)
        at = orders.index(int(found.modes.weights.sum()))
        assert errors[at] <= tolerance
        assert at == 0 or errors[at - 1] > tolerance


@pytest.mark.parametrize("size", [1, 2, 3, 17])
def test_a_falling_error_is_solved_exactly_in_few_measurements(size):
    system = core(np.random.default_rng(1), size)
    for wanted in range(1, size + 1):
        seen = []

        def error(small, seen=seen):
            seen.append(small.size)
            return 1 / small.size

        assert by_error(system, error, 1 / wanted).system.size == wanted
        assert len(seen) == len(set(seen)) <= 2 * np.log2(size) + 2


def test_an_error_that_grows_again_still_gives_a_measured_answer():
    system = core(np.random.default_rng(2), 17)
    table = np.random.default_rng(3).uniform(0, 1, 18)
    for tolerance in (0.2, 0.5, 0.8):
        seen = {}

        def error(small, seen=seen):
            seen[small.size] = float(table[small.size])
            return seen[small.size]

        order = by_error(system, error, tolerance).system.size
        assert seen[order] <= tolerance
        assert order == 1 or seen[order - 1] > tolerance


def test_the_readout_decides_what_is_dropped_first():
    system = ssm.System(
        A=np.diag([1.0, 2.0]), B=np.ones(2), measure="scaled", lift=np.eye(2)
    )
    modes = ssm.diagonalize(system)
    kept = [
        by_error(modes, free, 0.0, C=row).modes.lam[0].real
        for row in ([1.0, 0.1], [0.1, 1.0])
    ]
    assert kept == [1.0, 2.0]
    first = by_error(system, free, 0.0, C=[1.0, 0.0]).readout
    assert first.shape == (1,)


def test_an_error_that_no_order_meets_is_refused_with_the_best():
    system = core(np.random.default_rng(4), 5)
    table = {1: 0.9, 2: 0.5, 4: 0.6, 5: 0.7}
    with pytest.raises(ssm.InvalidInputError) as caught:
        by_error(system, lambda small: table[small.size], 0.25)
    assert caught.value.request == "by_error with tolerance = 0.25"
    assert caught.value.finding == (
        "even order 5, the largest, has the error 0.7; "
        "the smallest of 4 measured is 0.5, at order 2"
    )
    assert "larger tolerance" in caught.value.remedy
