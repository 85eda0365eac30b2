"""Systems as values: eigenvalues, readouts, the protocol."""

from types import SimpleNamespace

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.testing import RedundantOperator, core, legs, lifted

EPS = np.finfo(np.float64).eps


@pytest.mark.parametrize("size", [1, 8, 65])
def test_eigenvalues_of_legs_are_exactly_one_to_n(size):
    assert np.array_equal(np.sort(legs(size).lam), np.arange(1, size + 1))


def test_a_system_is_an_operator_and_no_factored_one():
    system = legs(3)
    assert isinstance(system, ssm.OperatorLike)
    assert not isinstance(system, ssm.FactoredOperatorLike)
    assert ssm.as_system(system) is system


@pytest.mark.parametrize(
    ("parts", "finding"),
    [
        ({"A": np.eye(3)}, "A has shape (3, 3), expected (2, 2)"),
        ({"lift": np.eye(3)}, "lift has shape (3, 3), expected (N, 2)"),
    ],
)
def test_a_system_refuses_parts_that_do_not_fit_without_a_checker(parts, finding):
    # __init__ is left out: here beartype guards it, and would refuse in its own words
    system = object.__new__(ssm.System)
    fitting = {"A": np.eye(2), "B": np.ones(2), "lift": np.eye(2)}
    vars(system).update(fitting, measure="scaled")
    system.__post_init__()
    vars(system).update(parts)
    with pytest.raises(ssm.InvalidInputError) as caught:
        system.__post_init__()
    assert finding in caught.value.finding


def test_a_lifted_core_satisfies_the_factored_protocol():
    rng = np.random.default_rng(0)
    operator = lifted(rng, core(rng, 3), redundant=2)
    assert isinstance(operator, RedundantOperator)
    assert isinstance(operator, ssm.FactoredOperatorLike)


def test_any_object_with_a_b_and_measure_becomes_a_system():
    operator = SimpleNamespace(A=[[1, 0], [1, 2]], B=[1, 2], measure="scaled")
    system = ssm.as_system(operator)
    assert system.A.dtype == np.float64
    assert system.size == 2
    assert np.array_equal(system.lift, np.eye(2))


def test_a_modal_readout_gives_the_same_output_as_the_real_one():
    rng = np.random.default_rng(1)
    system = core(rng, 7)
    modes = ssm.diagonalize(system)
    C = rng.standard_normal((3, 7))
    z = rng.standard_normal(len(modes.lam)) + 1j * rng.standard_normal(len(modes.lam))
    x = np.real(modes.vectors * modes.weights @ z)
    y = np.real(modes.readout(C) * modes.weights @ z)
    bound = 64 * EPS * 7 * np.abs(C).max() * np.abs(z).sum()
    assert np.abs(C @ x - y).max() <= bound


def test_errors_are_one_family_and_carry_their_parts():
    error = ssm.InvalidInputError(request="r", finding="f", remedy="m")
    assert isinstance(error, ssm.SsmError)
    assert isinstance(error, ValueError)
    assert (error.request, error.finding, error.remedy) == ("r", "f", "m")
    assert str(error) == "r: f. m"
    assert issubclass(ssm.IllConditionedError, ArithmeticError)


def test_every_public_name_exists():
    assert all(hasattr(ssm, name) for name in ssm.__all__)
    assert ssm.__version__ == "0.1.0"
