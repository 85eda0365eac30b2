"""T-reduction: from rest, nothing is lost for any readout."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import core, cores, legs, lifted, redundant_operators

EPS = np.finfo(np.float64).eps


def kernel_of(operator, C, *, length=24):
    step = ssm.discretize(operator, dt=0.1, method="bilinear")
    return ssm.kernel(step, C, length, algorithm="reference")


def assert_same_kernel_for_any_readout(operator, small, seed):
    C = np.random.default_rng(seed).standard_normal((3, len(operator.B)))
    full = kernel_of(operator, C)
    # ||T|| <= 2 and ||R|| <= 1/1 + 2 bound every rounding by a modest multiple of
    # eps N ||C|| ||B||; 1e4 covers the solves of the full, non-normal matrix.
    scale = np.linalg.norm(C) * np.linalg.norm(operator.B) * np.linalg.norm(operator.A)
    bound = 1e4 * EPS * len(operator.B) * scale
    assert np.abs(kernel_of(small, C @ small.lift) - full).max() <= bound


@given(operator=redundant_operators(), seed=st.integers(0, 99))
def test_factors_reduce_exactly_for_every_readout(operator, seed):
    small = ssm.reduce(operator)
    assert small.size == len(operator.reduced_B)
    assert_same_kernel_for_any_readout(operator, small, seed)


@pytest.mark.parametrize("measure", ["scaled", "translated"])
def test_singular_values_reduce_exactly_for_every_readout(measure):
    @given(operator=redundant_operators(measure=measure), seed=st.integers(0, 99))
    def law(operator, seed):
        small = ssm.reduce(ssm.as_system(operator))
        assert small.size == len(operator.reduced_B)
        assert small.measure == measure
        assert_same_kernel_for_any_readout(operator, small, seed)

    law()


@given(system=cores())
def test_an_irreducible_system_is_returned_as_it_is(system):
    assert ssm.reduce(system) is system


def test_reducing_composes_the_lifts():
    doubled = ssm.System(
        A=np.diag([1.0, 2.0]),
        B=np.array([0.0, 1.0]),
        measure="scaled",
        lift=np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    )
    small = ssm.reduce(doubled)
    assert small.size == 1
    assert np.allclose(np.abs(small.lift[:, 0]), [2, 4, 6], rtol=8 * EPS)


def test_a_jordan_block_is_reduced_without_harm():
    jordan = ssm.System(
        A=np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 1]]),
        B=np.array([1.0, 1, 0]),
        measure="scaled",
        lift=np.eye(3),
    )
    small = ssm.reduce(jordan)
    assert small.size == 2
    C = np.array([2.0, -1.0, 5.0])
    difference = kernel_of(small, C @ small.lift) - kernel_of(jordan, C)
    assert np.abs(difference).max() <= 64 * EPS * np.abs(C).sum()


@pytest.mark.parametrize(
    ("field", "identity"),
    [
        ("synthesis", "synthesis @ analysis = I"),
        ("reduced_A", "A @ analysis = analysis @ reduced_A"),
        ("reduced_B", "B = analysis @ reduced_B"),
    ],
)
def test_factors_that_contradict_the_operator_are_refused(field, identity):
    @given(operator=redundant_operators())
    def law(operator):
        wrong = replace(operator, **{field: getattr(operator, field) + 1e-6})
        with pytest.raises(ssm.InvalidInputError) as caught:
            ssm.reduce(wrong)
        assert identity in caught.value.finding

    law()


def test_a_coarse_rcond_keeps_fewer_states():
    assert ssm.reduce(legs(8), rcond=0.5).size < 8
    assert ssm.reduce(legs(8), rcond=1).size == 1


def test_an_operator_that_nothing_drives_is_refused():
    still = ssm.System(A=np.eye(2), B=np.zeros(2), measure="scaled", lift=np.eye(2))
    with pytest.raises(ssm.InvalidInputError, match="never moves the state"):
        ssm.reduce(still)


@pytest.mark.parametrize("field", ["synthesis", "reduced_A"])
def test_one_wrong_entry_of_large_factors_does_not_escape_the_probes(field):
    rng = np.random.default_rng(0)
    operator = lifted(rng, core(rng, 40), redundant=20)
    assert ssm.reduce(operator).size == 40
    wrong = getattr(operator, field).copy()
    wrong[17, 23] += 1e-6
    with pytest.raises(ssm.InvalidInputError, match="fails by"):
        ssm.reduce(replace(operator, **{field: wrong}))
