"""Diagonal plus low rank: every frame operator has it, and it loses nothing."""

import numpy as np
import pytest
from hypothesis import given

from framestate import ssm
from framestate.ssm.testing import core, cores, legs

EPS = np.finfo(np.float64).eps


def rebuilt(form):
    """A and B in real coordinates, from the halves of the pairs."""
    V, w = form.vectors, form.weights
    normal = np.real((V * w * form.lam) @ np.linalg.pinv(full(form))[: len(w)])
    Q = np.real((V * w) @ form.P)
    inverse = np.real((V * w) @ V.conj().T)  # identity where V is unitary
    low = (Q * form.signs) @ Q.T
    return normal + low @ np.linalg.inv(inverse), np.real((V * w) @ form.B)


def full(form):
    pairs = np.flatnonzero(form.paired)
    return np.concatenate((form.vectors, form.vectors[:, pairs].conj()), axis=1)


@pytest.mark.theorem("T-dplr")
@given(system=cores(max_size=17))
def test_a_scaled_operator_is_half_the_identity_plus_skew_plus_rank_one(system):
    form = ssm.dplr(system)
    A, B = rebuilt(form)
    bound = 64 * EPS * system.size * np.linalg.norm(system.A)
    assert form.P.shape[1] == 1
    assert np.array_equal(form.signs, [1.0])
    assert np.all(form.lam.real == 0.5)
    assert np.abs(A - system.A).max() <= bound
    assert np.abs(B - system.B).max() <= bound
    # the low-rank part is the input's own: P = B / sqrt 2 up to a sign
    turn = np.sign(np.real(np.vdot(form.P[:, 0], form.B)))
    assert np.abs(form.P[:, 0] - turn * form.B / np.sqrt(2)).max() <= bound
    assert form.cond == 1.0
    assert form.residual <= 64 * EPS * system.size


@pytest.mark.theorem("T-dplr")
@given(system=cores(max_size=17, measure="translated"))
def test_a_translated_operator_is_skew_plus_rank_two(system):
    form = ssm.dplr(system)
    A, B = rebuilt(form)
    bound = 64 * EPS * system.size * np.linalg.norm(system.A)
    assert form.P.shape[1] == min(2, system.size)
    assert np.all(form.signs == 1.0)
    assert np.all(form.lam.real == 0.0)
    assert np.abs(A - system.A).max() <= bound
    assert np.abs(B - system.B).max() <= bound


def test_legs_has_the_form_at_a_size_where_its_eigenvectors_are_useless():
    form = ssm.dplr(legs(256))
    A, _ = rebuilt(form)
    assert np.abs(A - legs(256).A).max() <= 64 * EPS * np.linalg.norm(A)


def test_a_negative_part_keeps_its_sign():
    rng = np.random.default_rng(0)
    S, q, p = rng.standard_normal((6, 6)), *rng.standard_normal((2, 6))
    A = (np.eye(6) + np.outer(q, q) - np.outer(p, p)) / 2 + (S - S.T)
    system = ssm.System(A=A, B=q, measure="scaled", lift=np.eye(6))
    form = ssm.dplr(system)
    assert sorted(form.signs) == [-1.0, 1.0]
    assert np.abs(rebuilt(form)[0] - A).max() <= 64 * EPS * np.linalg.norm(A)


@pytest.mark.theorem("T-dplr")
@given(system=cores(max_size=8))
def test_in_any_coordinates_a_scaled_pair_is_found_to_have_rank_one(system):
    rng = np.random.default_rng(system.size)
    L = np.eye(system.size) + rng.uniform(-0.5, 0.5, (system.size,) * 2) / system.size
    skewed = ssm.System(
        A=np.linalg.solve(L, system.A @ L),
        B=np.linalg.solve(L, system.B),
        measure="scaled",
        lift=system.lift @ L,
    )
    form = ssm.dplr(skewed, coordinates="input-normal", max_cond=1e12)
    assert form.P.shape[1] == 1
    # same moments C A^k B of the original state
    x, wanted = form.B, system.B
    block = ssm.block_real(form)
    x = block.B
    tolerance = 1e3 * EPS * form.cond**2 * np.linalg.norm(system.B)
    for power in range(3):
        growth = np.linalg.norm(system.A) ** power
        assert np.abs(block.lift @ x - wanted).max() <= tolerance * growth
        x, wanted = block.A @ x, system.A @ wanted


def test_a_translated_pair_has_rank_one_in_its_input_normal_coordinates():
    system = core(np.random.default_rng(3), 8, measure="translated")
    form = ssm.dplr(system, coordinates="input-normal")
    assert form.P.shape[1] == 1
    assert form.cond > 1
    block = ssm.block_real(form)
    bound = 1e3 * EPS * form.cond**2 * np.linalg.norm(system.A)
    assert np.abs(block.A + block.A.T - np.outer(block.B, block.B)).max() <= bound


def test_readouts_of_the_real_state_become_readouts_of_the_modes():
    system = core(np.random.default_rng(1), 7)
    form = ssm.dplr(system)
    C = np.random.default_rng(2).standard_normal((3, 7))
    found = np.real((form.readout(C) * form.weights) @ form.B)
    assert np.abs(found - C @ system.B).max() <= 64 * EPS * np.linalg.norm(system.B)


REFUSED = {
    "redundant": (
        lambda: ssm.dplr(
            ssm.System(
                A=np.diag([1.0, 2, 3, 4, 5, 6]),
                B=np.ones(6),
                measure="scaled",
                lift=np.eye(6),
            )
        ),
        "has rank 6 > max_rank = 4",
    ),
    "coordinates": (
        lambda: ssm.dplr(legs(3), coordinates="normal"),
        "unknown coordinates 'normal'",
    ),
    "max_rank": (lambda: ssm.dplr(legs(3), max_rank=0), "max_rank = 0"),
    "max_cond": (lambda: ssm.dplr(legs(3), max_cond=0.5), "max_cond = 0.5"),
    "pole at one half": (
        lambda: ssm.dplr(
            ssm.System(
                A=np.diag([0.5, 2.0]), B=np.ones(2), measure="scaled", lift=np.eye(2)
            ),
            coordinates="input-normal",
        ),
        "Re(lam) = 0.5, not above 0.5",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_such_form_is_refused(case):
    call, match = REFUSED[case]
    with pytest.raises(ssm.InvalidInputError) as caught:
        call()
    assert match in str(caught.value)


@pytest.mark.parametrize("B", [[1.0, 0.0], [1.0, 1e-12]])
def test_directions_that_the_input_hardly_reaches_are_refused_by_condition(B):
    system = ssm.System(
        A=np.diag([1.0, 2.0]), B=np.array(B), measure="scaled", lift=np.eye(2)
    )
    with pytest.raises(ssm.IllConditionedError, match="max_cond = 1e\\+08"):
        ssm.dplr(system, coordinates="input-normal")
