"""T-balanced: what a smaller system gets wrong, measured and bounded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import core, cores, legs
from framestate.ssm.truncate import balanced, hankel_singular_values
from framestate.ssm.truncate.balanced import balance
from framestate.ssm.truncate.hankel import hankel

EPS = np.finfo(np.float64).eps
OMEGA = np.concatenate(([0.0], np.geomspace(1e-3, 1e3, 400)))


def system_of(A, B, lift=None):
    lift = np.eye(len(B)) if lift is None else lift
    return ssm.System(A=A, B=B, measure="translated", lift=lift)


def response(system, C):
    """C (i omega + A)^-1 B at all frequencies, (frequencies, outputs)."""
    pencil = 1j * OMEGA[:, None, None] * np.eye(system.size) + system.A
    return np.linalg.solve(pencil, system.B[:, None])[..., 0] @ np.atleast_2d(C).T


def worst_gain(system, C, small):
    """Largest gain of the error over the frequencies, and its rounding."""
    error = response(system, C) - response(small.system, small.readout)
    size = np.linalg.norm(response(system, C), axis=1).max()
    # cond(i omega + A) <= ||A|| / damping; both responses are rounded.
    cond = np.linalg.norm(system.A) / np.real(system.lam).min()
    rounding = 64 * EPS * system.size * cond * size
    return np.linalg.norm(error, axis=1).max(), rounding


@pytest.mark.theorem("T-balanced")
@pytest.mark.parametrize("measure", ["scaled", "translated"])
def test_no_frequency_is_off_by_more_than_the_bound(measure):
    @given(system=cores(max_size=9, measure=measure), seed=st.integers(0, 99))
    def law(system, seed):
        C = np.random.default_rng(seed).standard_normal((2, system.size))
        balancing = balance("test", system, C)
        for order in balancing.orders:
            small = balancing.cut(order)
            gain, rounding = worst_gain(system, C, small)
            assert gain <= small.bound + rounding
            assert np.real(small.system.lam).min() > 0
            assert (small.system.size, small.norm) == (order, "H-infinity")

    law()


@pytest.mark.theorem("T-balanced")
@given(
    system=cores(max_size=9), seed=st.integers(0, 99), dt=st.sampled_from([0.02, 0.5])
)
def test_no_record_is_off_by_more_than_the_bound(system, seed, dt):
    rng = np.random.default_rng(seed)
    C = rng.standard_normal((2, system.size))
    small = balanced(system, order=max(1, system.size // 2), C=C)
    u = rng.standard_normal(200)
    averaged = (u + np.concatenate(([0.0], u[:-1]))) / 2
    runs = [
        ssm.run(ssm.discretize(each, dt=dt, method="bilinear"), averaged).states
        for each in (system, small.system)
    ]
    error = runs[0] @ C.T - runs[1] @ small.readout.T
    rounding = 64 * EPS * 200 * np.linalg.norm(runs[0] @ C.T)
    assert np.linalg.norm(error) <= small.bound * np.linalg.norm(u) + rounding


@pytest.mark.theorem("T-balanced")
@given(system=cores(max_size=9), seed=st.integers(0, 99))
def test_no_smaller_system_is_nearer_than_the_next_value(system, seed):
    C = np.random.default_rng(seed).standard_normal((1, system.size))
    balancing = balance("test", system, C)
    for order in balancing.orders[:-1]:
        small = balancing.cut(order)
        A = np.zeros((system.size + order,) * 2)
        A[:-order, :-order], A[-order:, -order:] = system.A, small.system.A
        B = np.concatenate((system.B, small.system.B))
        difference = hankel_singular_values(
            system_of(A, B), np.concatenate((C, -small.readout), axis=1)
        )
        assert difference[0] >= small.hankel[order] - balancing.source.rounding


@given(system=cores(max_size=12), seed=st.integers(0, 99))
def test_both_gramians_of_the_small_system_are_the_leading_values(system, seed):
    C = np.random.default_rng(seed).standard_normal((3, system.size))
    small = balanced(system, order=(system.size + 1) // 2, C=C)
    n = small.system.size
    A, B, sigma = small.system.A, small.system.B[:, None], np.diag(small.hankel[:n])
    # Scaled by sigma^-1/2, rounding grows to sigma_1 / sigma_n.
    spread = small.hankel[0] / small.hankel[n - 1]
    size = np.linalg.norm(system.A) * small.hankel[0]
    allowed = 64 * EPS * system.size * spread * size
    assert np.abs(A @ sigma + sigma @ A.T - B @ B.T).max() <= allowed
    seen = small.readout.T @ small.readout
    assert np.abs(A.T @ sigma + sigma @ A - seen).max() <= allowed
    assert np.array_equal(small.hankel, hankel_singular_values(system, C))


def test_decays_alone_reach_the_bound_at_frequency_zero():
    system, C = system_of(np.diag([1.0, 2.0, 5.0]), np.ones(3)), np.ones((1, 3))
    for order in (1, 2, 3):
        small = balanced(system, order=order, C=C)
        gain, rounding = worst_gain(system, C, small)
        assert abs(gain - 2 * small.hankel[order:].sum()) <= rounding
        # The bound adds the rounding of each value that it drops.
        extra = 2 * (3 - order) * hankel("test", system, C).rounding
        assert small.bound - extra == pytest.approx(gain, abs=rounding)
        assert (small.bound == 0) == (order == 3)


def test_a_tolerance_takes_the_smallest_order_within_it():
    system = core(np.random.default_rng(0), 8)
    bounds = [balanced(system, order=order).bound for order in range(1, 9)]
    assert np.all(np.diff(bounds) < 0)
    for order, bound in enumerate(bounds, start=1):
        assert balanced(system, tolerance=bound).system.size == order
    assert balanced(system, tolerance=np.nextafter(bounds[3], 0)).system.size == 5
    assert balanced(system, tolerance=0).system.size == 8
    assert balanced(system, tolerance=1e3).system.size == 1
    assert balanced(system).system.size == 8


def test_the_lift_leads_to_the_original_state_within_the_bound():
    rng = np.random.default_rng(1)
    plain = core(rng, 6)
    lift = rng.standard_normal((40, 6))
    system = ssm.System(A=plain.A, B=plain.B, measure="scaled", lift=lift)
    small = balanced(system, order=4)
    assert small.system.lift.shape == (40, 4)
    assert small.system.measure == "scaled"
    assert np.array_equal(small.readout, small.system.lift)
    gain, rounding = worst_gain(system, lift, small)
    assert small.hankel[4] <= gain <= small.bound + rounding
    rows = balanced(system, order=4, C=lift.reshape(2, 20, 6))
    assert np.array_equal(rows.readout, small.readout.reshape(2, 20, 4))


def prescribed(sigma, b, turn):
    """A system with these values and C = B^T; states 1 and 2 turn if equal.

    A_ij = b_i b_j / (sigma_i + sigma_j) solves both Lyapunov equations for
    diag(sigma), also with any skew part between states of equal sigma.
    """
    A = np.outer(b, b) / np.add.outer(sigma, sigma)
    A[1, 2] += turn
    A[2, 1] -= turn
    return system_of(A, b), b[None]


@pytest.mark.theorem("T-balanced")
def test_states_of_equal_value_stay_together_and_count_once():
    sigma = np.array([2.0, 1.0, 1.0, 0.1])
    system, C = prescribed(sigma, np.array([1.0, 2.0, 0.5, 3.0]), 3.0)
    balancing = balance("test", system, C)
    rounding = balancing.source.rounding
    assert np.abs(balancing.source.sigma - sigma).max() <= rounding
    assert balancing.orders == [1, 3, 4]
    wanted = [2 * (1.0 + 0.1 + 3 * rounding), 2 * (0.1 + rounding), 0.0]
    assert balancing.bounds == pytest.approx(wanted, abs=4 * rounding)
    for order in (1, 3, 4):
        small = balancing.cut(order)
        gain, noise = worst_gain(system, C, small)
        assert gain <= small.bound + noise
        assert np.real(small.system.lam).min() > 0
    with pytest.raises(ssm.InvalidInputError) as caught:
        balanced(system, order=2, C=C)
    assert "with order = 2" in caught.value.request
    assert "sigma must fall by more than the rounding" in caught.value.finding
    assert caught.value.remedy == "Pass order = 1 or 3"
    assert balanced(system, tolerance=0.3, C=C).system.size == 3
    assert balanced(system, tolerance=2.3, C=C).system.size == 1


def test_the_rounding_of_each_dropped_state_is_part_of_the_bound():
    system = system_of(np.diag(np.arange(1.0, 21.0)), np.ones(20))
    balancing = balance("test", system, np.ones((1, 20)))
    largest, rounding = balancing.orders[-1], balancing.source.rounding
    assert largest < 20
    assert np.all(balancing.source.sigma[:largest] > rounding)
    assert balancing.bounds[-1] >= 2 * rounding * (20 - largest)
    assert balancing.bounds[-1] <= 4 * rounding * (20 - largest)
    small = balancing.cut(largest)
    assert np.isfinite(small.system.A).all()
    with pytest.raises(ssm.InvalidInputError) as caught:
        balanced(system, order=20, C=np.ones((1, 20)))
    assert caught.value.remedy == f"Pass order = {largest}"
    with pytest.raises(ssm.InvalidInputError) as caught:
        balanced(system, tolerance=0.0, C=np.ones((1, 20)))
    assert f"the largest order, {largest}, has a bound of" in caught.value.finding


@pytest.mark.parametrize("rows", ["whole state", "sum of the coefficients"])
def test_legs_is_truncated_although_it_cannot_be_diagonalized(rows):
    system = legs(65)
    C = np.eye(65) if rows == "whole state" else np.ones((1, 65))
    balancing = balance("test", system, C)
    assert balancing.orders[-1] == 65
    for order in (1, 8, 33, 64):
        small = balancing.cut(order)
        gain, rounding = worst_gain(system, C, small)
        assert gain <= small.bound + rounding
        assert np.real(small.system.lam).min() > 0
    assert balanced(system, tolerance=0.5, C=C).bound <= 0.5


def test_nothing_reached_and_seen_is_refused():
    system = system_of(np.diag([1.0, 2.0]), np.array([1.0, 0.0]))
    with pytest.raises(ssm.InvalidInputError) as caught:
        balanced(system, C=[0.0, 1.0])
    assert caught.value.request == "balanced"
    assert "no Hankel singular value exceeds the rounding" in caught.value.finding
    assert "B is not zero" in caught.value.remedy
