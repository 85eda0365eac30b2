"""Diagonalization or a refusal that names cond(V)."""

import numpy as np
import pytest
from hypothesis import assume, given

from framestate import ssm
from framestate.ssm.testing import cores, legs

EPS = np.finfo(np.float64).eps


def real_sum(modes, rows):
    """sum_m w_m Re(rows_m) over the stored modes."""
    return np.real(rows * modes.weights).sum(axis=-1)


@given(system=cores())
def test_modes_rebuild_the_matrix_and_the_input(system):
    modes = ssm.diagonalize(system, max_cond=1e12)
    assume(modes.cond < 1e6)
    n = system.size
    bound = 64 * EPS * n * modes.cond * (1 + np.linalg.norm(system.A))
    inverse_rows = np.linalg.lstsq(
        np.column_stack((modes.vectors, modes.vectors[:, modes.paired].conj())),
        np.eye(n),
        rcond=None,
    )[0][: len(modes.lam)]
    rebuilt = real_sum(
        modes, (modes.vectors * modes.lam)[:, None, :] * inverse_rows.T[None]
    )
    assert np.abs(rebuilt - system.A).max() <= bound
    B = real_sum(modes, modes.vectors * modes.B)
    assert np.abs(B - system.B).max() <= bound
    assert modes.residual <= 64 * EPS * n


@given(system=cores(max_size=9))
def test_half_of_each_pair_is_stored_also_for_odd_sizes(system):
    modes = ssm.diagonalize(system, max_cond=1e14)
    assert modes.paired.sum() + len(modes.lam) == system.size
    assert np.all(modes.lam[modes.paired].imag > 0)
    assert np.all(modes.lam[~modes.paired].imag == 0)
    assert np.allclose(np.linalg.norm(modes.vectors, axis=0), 1, rtol=8 * EPS)


@given(system=cores())
def test_modes_are_sorted_by_imaginary_then_real_part(system):
    lam = ssm.diagonalize(system, max_cond=1e14).lam
    assert list(lam) == sorted(lam, key=lambda value: (value.imag, value.real))


@given(system=cores())
def test_scaled_modes_decay_at_least_like_half_the_clock(system):
    lam = system.lam
    assert lam.real.min() >= 0.5 - 64 * EPS * np.linalg.norm(system.A)


def test_legs_of_order_32_is_refused_with_its_condition_number():
    with pytest.raises(ssm.IllConditionedError) as caught:
        ssm.diagonalize(legs(32))
    assert "order-32 scaled system" in caught.value.request
    assert "cond(V) = " in caught.value.finding
    assert "max_cond = 1e+08" in caught.value.finding
    assert "digits would be lost" in caught.value.finding
    assert "dense" in caught.value.remedy


def test_legs_of_order_8_has_the_known_condition_number():
    modes = ssm.diagonalize(legs(8))
    assert modes.cond == pytest.approx(7.7e4, rel=0.01)
    assert np.array_equal(modes.lam, np.arange(1, 9))


def test_a_diagonal_matrix_passes_the_strictest_condition():
    system = ssm.System(
        A=np.diag([1.0, 2.0]), B=np.ones(2), measure="scaled", lift=np.eye(2)
    )
    assert ssm.diagonalize(system, max_cond=1.0).cond == 1.0


@pytest.mark.parametrize("max_cond", [1e8, 1e15])
def test_a_jordan_block_is_refused(max_cond):
    block = ssm.System(
        A=np.array([[1.0, 0.0], [1.0, 1.0]]),
        B=np.array([1.0, 1.0]),
        measure="scaled",
        lift=np.eye(2),
    )
    with pytest.raises(ssm.IllConditionedError, match="16 of 16 digits"):
        ssm.diagonalize(block, max_cond=max_cond)
