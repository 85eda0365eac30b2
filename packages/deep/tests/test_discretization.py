"""The two rules: their definitions, their orders, and their awkward points."""

from itertools import pairwise
from math import log2

import pytest
import torch

from framestate import ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.functional import bilinear, vandermonde, zoh
from framestate.deep.functional.discretize import METHODS, discretize, rule_of
from framestate.deep.functional.pairs import pair

LAM = torch.tensor([0.5 + 3j, 1.0 + 0j, 4.0 - 20j], dtype=torch.complex128)
EPS = torch.finfo(torch.float64).eps


def column(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)[:, None]


def test_zero_order_hold_is_the_exponential_and_its_integral():
    dt = column(0.1, 0.7)
    log_z, factor = zoh(LAM, dt)
    z = torch.exp(-LAM * dt)
    assert torch.equal(log_z, -LAM * dt)
    # 1 - z loses eps / |lam dt|: at most 10 here.
    assert float((factor - (1 - z) / LAM).abs().max()) <= 40 * EPS


def test_an_input_factor_is_continuous_where_the_series_takes_over():
    lam = torch.tensor([1.0 + 1e-3j], dtype=torch.complex128)
    below, above = column(0.999e-4), column(1.001e-4)
    ratio = zoh(lam, below)[1] / below - zoh(lam, above)[1] / above
    # (1 - e^-x)/x falls with slope 1/2 there.
    assert abs(float(ratio.abs()) - 1e-7) <= 1e-10


def test_a_mode_at_rest_integrates():
    zero = torch.zeros(1, dtype=torch.complex128)
    assert torch.equal(zoh(zero, column(0.3))[1].real, column(0.3))


def test_the_bilinear_rule_is_of_second_order():
    """One step errs by O(dt^3), a span of 1/dt steps by O(dt^2)."""
    errors = [
        float((bilinear(LAM[:1], column(dt))[0] / dt + LAM[:1]).abs())
        for dt in (1e-2, 5e-3, 2.5e-3)
    ]
    orders = [log2(a / b) for a, b in pairwise(errors)]
    assert all(abs(order - 2) < 0.05 for order in orders)


def test_the_bilinear_rule_is_its_definition():
    dt = column(0.1, 0.7)
    log_z, factor = bilinear(LAM, dt)
    half = LAM * dt / 2
    expected = (1 - half) / (1 + half)
    assert float((torch.exp(log_z) - expected).abs().max()) <= 8 * EPS
    assert float((factor * (1 + half) - dt).abs().max()) <= 8 * EPS


def test_a_pole_at_zero_has_a_finite_kernel_and_gradient():
    lam = torch.tensor([2.0 + 0j], dtype=torch.complex128)
    dt = column(1.0).requires_grad_()
    log_z, factor = bilinear(lam, dt)
    K = vandermonde(log_z, factor, 4)
    K.sum().backward()
    expected = torch.tensor([[0.5, 0, 0, 0]], dtype=torch.float64)
    # The zero stands as 1e-150: what is left of it is nothing in any precision.
    assert float((K - expected).detach().abs().max()) <= 1e-150
    assert dt.grad is not None
    assert bool(dt.grad.isfinite().all())


@pytest.mark.parametrize("rule", [zoh, bilinear])
def test_the_rules_are_differentiable(rule):
    lam = LAM.clone().requires_grad_()
    dt = column(1e-5, 0.1, 0.7).requires_grad_()
    assert torch.autograd.gradcheck(rule, (lam, dt), eps=1e-8, atol=1e-5)


@pytest.mark.parametrize(
    "method", ["zoh", "foh", "euler", "backward_euler", ssm.gbt(0.3)]
)
def test_a_rule_is_that_of_framestate_ssm(method):
    """Gains and shares of this input and of the last, from a tiny to a large step."""
    rule, dt = rule_of(method), column(1e-7, 1e-3, 0.1, 0.9)
    x = (LAM * dt).numpy()
    step = discretize(rule, pair(LAM), dt)
    gain = torch.exp(step.log_z.complex()).numpy()
    # Both sides round a few times; 1 - e^-x loses |e^-x / x| of it near 1e-4.
    assert abs(gain - rule.gain(x)).max() <= 16 * EPS * abs(gain).max()
    past = rule.past(x) if rule.straight else 0 * x
    for found, share in ((step.now, rule.drive(x) - past), (step.past, past)):
        if found is not None:
            error = abs(found.complex().numpy() - share * dt.numpy())
            assert (error <= 1e-12 * abs(dt.numpy())).all()
    assert (step.past is not None) == rule.straight


def test_discrete_poles_have_no_step():
    step = discretize(rule_of("dfout"), pair(LAM), column(1.0, 1.0))
    assert torch.equal(step.log_z.complex(), -LAM.expand(2, 3))
    assert torch.equal(step.now.complex(), torch.ones(2, 3, dtype=torch.complex128))
    assert step.past is None


def test_a_method_has_a_name():
    assert METHODS == ("euler", "backward_euler", "bilinear", "zoh", "foh", "dfout")
    assert [rule_of(name).name for name in METHODS] == list(METHODS)
    assert rule_of("gbt(.25)") == ssm.gbt(0.25)
    with pytest.raises(InvalidInputError, match="Did you mean 'bilinear'"):
        rule_of("bilnear")
