"""Only poles that the input reaches count, whatever form the system has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.delay.allpass import driven_poles
from framestate.ssm.testing import legs


def diagonal_system(rates, B):
    return ssm.System(
        A=np.diag(np.asarray(rates, dtype=float)),
        B=np.asarray(B, dtype=float),
        measure="scaled",
        lift=np.eye(len(rates)),
    )


def step_of(system, *, dt=0.1):
    return ssm.discretize(system, dt=dt, method="bilinear")


@pytest.mark.parametrize(
    ("rates", "B", "wanted"),
    [
        ([1.5, 2, 3], [1, 0, 1], 0.88705),  # a mode that nothing drives
        ([2, 2, 3], [1, 1, 1], 0.86752),  # two modes that only move together
    ],
)
def test_dense_and_diagonal_agree_on_unreached_poles(rates, B, wanted):
    system = diagonal_system(rates, B)
    dense = ssm.delay_error(step_of(system), 5)
    modal = ssm.delay_error(step_of(ssm.diagonalize(system)), 5)
    assert dense == pytest.approx(wanted, abs=1e-5)
    assert dense == pytest.approx(modal, rel=1e-12)


@given(
    rates=st.lists(st.integers(1, 6), min_size=1, max_size=10),
    seed=st.integers(0, 99),
    scale=st.sampled_from([1e-200, 1.0, 1e200]),
)
def test_a_turned_system_has_one_pole_a_driven_rate(rates, seed, scale):
    rng = np.random.default_rng(seed)
    B = rng.choice([0.0, 1.0, 2.0], len(rates))
    B[0] = 1.0
    Q, _ = np.linalg.qr(rng.standard_normal((len(rates), len(rates))))
    system = ssm.System(
        A=Q @ np.diag(np.array(rates, dtype=float)) @ Q.T,
        B=scale * Q @ B,
        measure="scaled",
        lift=np.eye(len(rates)),
    )
    driven = np.unique([r for r, b in zip(rates, B, strict=True) if b])
    lam = np.sort((1 - driven * 0.05) / (1 + driven * 0.05))
    assert np.sort(np.real(driven_poles(step_of(system)).all)) == pytest.approx(
        lam, abs=1e-9
    )


def test_every_pole_of_legs_is_reached_and_exact():
    exact = np.arange(1.0, 66) * 0.01
    found = driven_poles(step_of(legs(65), dt=0.02)).real
    wanted = (1 - exact) / (1 + exact)
    assert np.sort(found) == pytest.approx(np.sort(wanted), rel=1e-14)


def test_modes_driven_by_rounding_alone_do_not_count():
    modes = ssm.diagonalize(diagonal_system([1.5, 2, 3], [1, 1e-18, 1]))
    assert driven_poles(step_of(modes)).count == 2


def test_useless_eigenvectors_leave_some_pole_driven():
    modes = ssm.diagonalize(legs(65), max_cond=1e300)
    assert driven_poles(step_of(modes, dt=0.02)).count >= 1


@pytest.mark.parametrize("diagonal", [False, True])
def test_a_system_that_nothing_drives_is_refused(diagonal):
    system = diagonal_system([1.5, 2, 3], [0, 0, 0])
    step = step_of(ssm.diagonalize(system) if diagonal else system)
    with pytest.raises(ssm.InvalidInputError, match="B = 0"):
        ssm.delay_error(step, 5)
