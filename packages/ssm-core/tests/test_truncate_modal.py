"""T-modal: what dropped modes could have contributed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import core, cores
from framestate.ssm.truncate import modal
from framestate.ssm.truncate.modal import rank

EPS = np.finfo(np.float64).eps
OMEGA = np.concatenate((-np.geomspace(1e-3, 1e3, 300), np.geomspace(1e-3, 1e3, 300)))
TIMES = np.concatenate(([0.0], np.geomspace(1e-3, 20, 100)))


def gain(modes, C):
    """C (i omega + A)^-1 B as a sum over modes and conjugates, (outputs, frequencies)."""
    half = modes.weights / 2
    for_mode = (C * modes.B * half) @ (1 / (1j * OMEGA + modes.lam[:, None]))
    return for_mode + np.conj(C * modes.B * half) @ (
        1 / (1j * OMEGA + modes.lam.conj()[:, None])
    )


def impulse(modes, C):
    """C e^(-A t) B, (outputs, times)."""
    parts = np.exp(-TIMES * modes.lam[:, None])
    return np.real((C * modes.B * modes.weights) @ parts)


@pytest.mark.theorem("T-modal")
@given(system=cores(max_size=9), seed=st.integers(0, 99))
def test_gain_and_kernel_are_off_by_no_more_than_their_bounds(system, seed):
    modes = ssm.diagonalize(system)
    C = modes.readout(np.random.default_rng(seed).standard_normal((2, system.size)))
    ranking = rank("test", modes, C)
    rounding = 64 * EPS * system.size * np.sum(ranking.peaks)
    for order in ranking.orders:
        small = ranking.cut(order)
        off = gain(modes, C) - gain(small.modes, small.readout)
        # Every damping is at least 1/2.
        assert np.linalg.norm(off, axis=0).max() <= small.bound + 2 * rounding
        late = impulse(modes, C) - impulse(small.modes, small.readout)
        allowed = small.kernel_bound(TIMES) + rounding
        assert np.all(np.linalg.norm(late, axis=0) <= allowed)
        assert small.modes.weights.sum() == order


def test_one_dropped_decay_reaches_both_bounds():
    system = ssm.System(
        A=np.diag([1.0, 4.0]),
        B=[3.0, 2.0] @ np.eye(2),
        measure="scaled",
        lift=np.eye(2),
    )
    modes = ssm.diagonalize(system)
    small = modal(modes, order=1, C=modes.readout([[1.0, -5.0], [0.0, 12.0]]))
    # Gains 3 * 1 / 1 = 3 and 2 * 13 / 4 = 6.5.
    assert small.modes.lam.tolist() == [4.0]
    assert small.bound == pytest.approx(3.0, rel=8 * EPS)
    assert small.norm == "H-infinity"
    assert small.kernel_bound([0.0, 2.0]) == pytest.approx(
        [3.0, 3 * np.exp(-2.0)], rel=8 * EPS
    )
    assert small.kernel_bound(np.zeros((2, 3))).shape == (2, 3)
    assert small.kernel_bound(0.0) == pytest.approx(3.0, rel=8 * EPS)
    assert small.readout.shape == (2, 1)
    assert modal(modes, order=1, C=[1.0, 0.0]).modes.lam.tolist() == [1.0]


def test_pairs_count_twice_and_stay_whole():
    modes = ssm.diagonalize(core(np.random.default_rng(0), 7))
    ranking = rank("test", modes, None)
    assert np.array_equal(ranking.readout, modes.lift)
    gains = modes.weights * np.linalg.norm(modes.lift, axis=0) * np.abs(modes.B)
    gains /= modes.lam.real
    ranks = np.argsort(-gains)
    assert ranking.orders == np.cumsum(modes.weights[ranks]).tolist()
    for count, order in enumerate(ranking.orders, start=1):
        small = modal(modes, order=order)
        kept = np.sort(ranks[:count])
        for name in ("lam", "B", "paired"):
            assert np.array_equal(
                getattr(small.modes, name), getattr(modes, name)[kept]
            )
        for name in ("vectors", "lift"):
            wanted = getattr(modes, name)[:, kept]
            assert np.array_equal(getattr(small.modes, name), wanted)
        assert np.array_equal(small.readout, modes.lift[:, kept])
        assert (small.modes.cond, small.modes.measure) == (modes.cond, "scaled")
        assert small.bound == pytest.approx(gains[ranks[count:]].sum(), abs=64 * EPS)
        assert small.bound == pytest.approx(
            np.sum(small.peaks / small.rates), abs=64 * EPS
        )
    half = next(k for k in range(1, 8) if k not in ranking.orders)
    with pytest.raises(ssm.InvalidInputError, match="conjugate pairs whole"):
        modal(modes, order=half)


def test_a_tolerance_takes_the_fewest_modes_within_it():
    modes = ssm.diagonalize(core(np.random.default_rng(1), 8))
    ranking = rank("test", modes, None)
    for order, bound in zip(ranking.orders, ranking.bounds, strict=True):
        found = modal(modes, tolerance=float(bound))
        assert found.modes.weights.sum() == order
        assert found.bound == bound
    assert modal(modes).bound == 0.0
    assert modal(modes).peaks.size == 0
    assert np.array_equal(modal(modes).kernel_bound([0.0, 1.0]), [0.0, 0.0])


def test_equal_gains_are_ranked_as_they_are_stored():
    modes = ssm.inits.s4d_lin(8)
    ranking = rank("test", modes, np.ones(4))
    assert ranking.orders == [2, 4, 6, 8]
    assert modal(modes, order=4, C=np.ones(4)).modes.lam.tolist() == (
        modes.lam[:2].tolist()
    )


def test_a_mode_that_does_not_decay_is_named():
    system = ssm.System(
        A=np.diag([2.0, 0.0, -1.0]), B=np.ones(3), measure="scaled", lift=np.eye(3)
    )
    with pytest.raises(ssm.UnstableError) as caught:
        modal(ssm.diagonalize(system))
    assert caught.value.request == "modal"
    assert caught.value.finding == "2 modes do not decay, the first -1+0j"
    assert "Re(lam) > 0" in caught.value.remedy
