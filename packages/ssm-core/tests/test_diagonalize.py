"""Diagonalization or a refusal that names cond(V)."""

import numpy as np
import pytest
from hypothesis import assume, given

from framestate import ssm
from framestate.ssm.testing import core, cores, legs

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
    assert "dplr" in caught.value.remedy


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


def turned(system, seed=0):
    """The system in other orthonormal coordinates, where no entry is exact."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.standard_normal((system.size, system.size)))
    return ssm.System(
        A=Q @ system.A @ Q.T, B=Q @ system.B, measure=system.measure, lift=Q.T
    )


@pytest.mark.skipif(
    np.finfo(np.longdouble).eps == EPS, reason="long double is double here"
)
def test_refining_gives_back_what_lapack_rounded_away():
    system = turned(legs(10))
    plain = ssm.diagonalize(system)
    better = ssm.diagonalize(system, refine=True)
    left = [first_order_error(system.A, modes).max() for modes in (better, plain)]
    assert left[0] < left[1] / 64
    assert np.all(better.paired == plain.paired)


def first_order_error(A, modes):
    """|diag(V^-1 R)| in longer arithmetic: how far every eigenvalue has to move."""
    pairs = np.flatnonzero(modes.paired)
    V = np.concatenate((modes.vectors, modes.vectors[:, pairs].conj()), axis=1)
    lam = np.concatenate((modes.lam, modes.lam[pairs].conj()))
    long = V.astype(np.clongdouble)
    R = A.astype(np.longdouble) @ long - long * lam.astype(np.clongdouble)
    return np.abs(np.diag(np.linalg.solve(V, R.astype(complex))))


def test_refining_by_the_callers_own_operator_finds_its_eigenvalues():
    # A stored to 24 bits only; the caller knows the rest.
    system = turned(core(np.random.default_rng(5), 8))
    rounded = ssm.System(
        A=system.A.astype(np.float32).astype(float),
        B=system.B,
        measure=system.measure,
        lift=system.lift,
    )
    exact = ssm.diagonalize(system, refine=True)
    found = ssm.diagonalize(rounded, refine=lambda V, lam: system.A @ V - V * lam)
    assert np.abs(
        found.lam - exact.lam
    ).max() <= 64 * EPS * exact.cond * np.linalg.norm(system.A)
    plain = ssm.diagonalize(rounded)
    assert np.abs(plain.lam - exact.lam).max() > 1e4 * EPS


def test_refining_keeps_real_modes_real_and_pairs_paired():
    system = turned(core(np.random.default_rng(0), 9))
    modes = ssm.diagonalize(system, refine=True)
    real = ~modes.paired
    assert real.sum() % 2 == 1
    assert np.all(modes.lam[real].imag == 0)
    assert np.all(modes.vectors[:, real].imag == 0)
    assert 2 * modes.paired.sum() + real.sum() == 9


@pytest.mark.parametrize(
    "wrong", [lambda V, _: V[:1], lambda V, _: np.full(V.shape, np.nan)]
)
def test_a_residual_that_is_no_matrix_is_refused(wrong):
    with pytest.raises(ssm.InvalidInputError, match="not a finite matrix"):
        ssm.diagonalize(legs(3), refine=wrong)


def test_perturbing_makes_a_jordan_block_diagonalizable():
    # V = span {1, g}, g(1)^2 = 1: one eigenvector for a double eigenvalue.
    jordan = ssm.System(
        A=np.array([[1.0, 0.0], [1.0, 1.0]]),
        B=np.ones(2),
        measure="scaled",
        lift=np.eye(2),
    )
    with pytest.raises(ssm.IllConditionedError, match="perturbed"):
        ssm.diagonalize(jordan)
    modes = ssm.perturbed(jordan, size=1e-6)
    assert modes.cond < 1e4
    assert 0 < modes.residual < 4e-6


def test_perturbing_brings_legs_within_reach_and_says_what_it_cost():
    modes = ssm.perturbed(legs(32), size=1e-6)
    assert modes.cond < 32**2 / 1e-6
    assert 1e-8 < modes.residual < 4e-6
    step = ssm.discretize(modes, dt=0.01, method="zoh")
    exact = ssm.discretize(legs(32), dt=0.01, method="zoh")
    C = np.eye(32)
    found = ssm.kernel(step, modes.readout(C), 64)
    wanted = ssm.kernel(exact, C, 64)
    assert np.abs(found - wanted).max() <= 1e-3 * np.abs(wanted).max()


def test_the_best_of_more_draws_is_no_worse():
    few = ssm.perturbed(legs(16), size=1e-4, draws=1)
    many = ssm.perturbed(legs(16), size=1e-4, draws=8)
    assert many.cond <= few.cond


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"size": 0.0}, "size = 0.0"),
        ({"size": 2.0}, "size = 2.0"),
        ({"draws": 0}, "draws = 0"),
        ({"seed": -1}, "seed = -1"),
        ({"max_cond": 0.0}, "max_cond = 0.0"),
    ],
)
def test_perturbations_out_of_range_are_refused(arguments, match):
    with pytest.raises(ssm.InvalidInputError, match=match):
        ssm.perturbed(legs(3), **arguments)


def test_a_perturbation_too_small_to_help_is_refused():
    with pytest.raises(ssm.IllConditionedError, match="would be lost"):
        ssm.perturbed(legs(32), size=1e-14, draws=1, max_cond=1e3)
