"""Rules: their order, their stability, and dense = diagonal."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import core, cores, observed_order

EPS = np.finfo(np.float64).eps
METHODS = ["euler", "backward_euler", "bilinear", "zoh", ssm.gbt(0.3)]


def settling_state(system, *, time=1.0):
    """Exact state after a constant unit input from rest."""
    decay = scipy.linalg.expm(-time * system.A)
    return np.linalg.solve(system.A, system.B - decay @ system.B)


@pytest.mark.parametrize(
    ("method", "order"),
    [("euler", 1), ("backward_euler", 1), ("bilinear", 2), (ssm.gbt(0.3), 1)],
)
def test_a_rule_converges_with_its_order(method, order):
    system = core(np.random.default_rng(0), 4)

    def error(steps):
        step = ssm.discretize(system, dt=1 / steps, method=method)
        final = ssm.final_state(step, np.ones(steps))
        return np.linalg.norm(final.x - settling_state(system))

    assert abs(observed_order(error, steps=(512, 1024, 2048)) - order) < 0.05


@given(system=cores(), steps=st.integers(1, 40))
def test_zoh_is_exact_for_a_constant_input(system, steps):
    step = ssm.discretize(system, dt=1 / steps, method="zoh")
    final = ssm.final_state(step, np.ones(steps))
    scale = np.linalg.norm(system.B) * (1 + np.linalg.norm(system.A))
    bound = 64 * EPS * (steps + system.size) * scale
    assert np.abs(final.x - settling_state(system)).max() <= bound


@pytest.mark.parametrize("method", ["backward_euler", "bilinear", "zoh", ssm.gbt(0.7)])
def test_a_stable_system_stays_contractive_for_every_step(method):
    @given(system=cores(), dt=st.floats(1e-4, 1e3))
    def law(system, dt):
        step = ssm.discretize(system, dt=dt, method=method)
        # A + A^T >= I: the resolvent of an accretive matrix is a contraction.
        allowed = 64 * EPS * system.size * (1 + dt * np.linalg.norm(system.A))
        assert np.linalg.norm(step.A_bar, 2) <= 1 + allowed

    law()


@pytest.mark.parametrize("method", METHODS)
def test_dense_and_diagonal_steps_are_one_step(method):
    system = core(np.random.default_rng(1), 9)
    modes = ssm.diagonalize(system)
    dense = ssm.discretize(system, dt=0.05, method=method)
    modal = ssm.discretize(modes, dt=0.05, method=method)
    assert modal.method == dense.method
    assert modal.paired is modes.paired
    B = np.real((modes.vectors * modes.weights) @ modal.B_bar)
    bound = 64 * EPS * 9 * modes.cond * np.linalg.norm(dense.B_bar)
    assert np.abs(B - dense.B_bar).max() <= bound
    found = np.sort_complex(np.linalg.eigvals(dense.A_bar))
    both = np.concatenate((modal.lam_bar, modal.lam_bar[modes.paired].conj()))
    assert np.abs(found - np.sort_complex(both)).max() <= 64 * EPS * 9 * modes.cond


def test_zoh_integrates_a_mode_that_does_not_decay():
    still = ssm.System(
        A=np.zeros((1, 1)), B=np.ones(1), measure="translated", lift=np.eye(1)
    )
    for source in (still, ssm.diagonalize(core_with_zero())):
        step = ssm.discretize(source, dt=0.25, method="zoh")
        assert step.B_bar[0] == pytest.approx(0.25, rel=4 * EPS)


def test_zoh_keeps_its_digits_at_tiny_steps():
    step = ssm.discretize(ssm.inits.s4d_lin(4), dt=1e-9, method="zoh")
    # (1 - exp(-z)) / z = 1 - z / 2 + O(z^2), with |z| < 4e-9.
    wanted = 1e-9 * (1 - step.modes.lam * 1e-9 / 2)
    assert np.abs(step.B_bar / wanted - 1).max() <= 16 * EPS


def core_with_zero():
    return ssm.System(
        A=np.diag([0.0, 1.0]), B=np.ones(2), measure="translated", lift=np.eye(2)
    )


def test_gbt_at_its_named_weights_is_the_named_rule():
    system = core(np.random.default_rng(2), 5)
    for alpha, name in ((0, "euler"), (0.5, "bilinear"), (1, "backward_euler")):
        by_weight = ssm.discretize(system, dt=0.1, method=ssm.gbt(alpha))
        by_name = ssm.discretize(system, dt=0.1, method=name)
        assert np.array_equal(by_weight.A_bar, by_name.A_bar)
    assert ssm.gbt(0.3).name == "gbt(0.3)"


@pytest.mark.parametrize("method", ["bilinear", "exact"])
def test_a_translated_system_has_no_clock_of_its_own(method):
    system = core(np.random.default_rng(3), 3, measure="translated")
    with pytest.raises(ssm.InvalidInputError, match="Pass dt"):
        ssm.discretize(system, method=method)


def test_exactness_has_another_name_on_each_clock():
    system = core(np.random.default_rng(4), 3)
    with pytest.raises(ssm.InvalidInputError, match="Use method 'zoh'"):
        ssm.discretize(system, dt=0.1, method="exact")
    with pytest.raises(ssm.InvalidInputError, match="Use method 'exact'"):
        ssm.discretize(system, method="zoh")


@pytest.mark.parametrize("modal", [False, True])
@pytest.mark.parametrize(
    ("rate", "request_", "measure"),
    [
        (-2.0, {"dt": 1, "method": "bilinear"}, "translated"),
        (0.0, {"method": "exact"}, "scaled"),
    ],
)
def test_a_singular_rule_is_refused(rate, request_, measure, modal):
    system = ssm.System(
        A=np.diag([rate, 1.0]), B=np.ones(2), measure=measure, lift=np.eye(2)
    )
    source = ssm.diagonalize(system) if modal else system
    with pytest.raises(ssm.InvalidInputError, match="exactly singular"):
        ssm.discretize(source, **request_)


def straight_states(system, dt, u):
    """States under an input that runs straight between samples, by its own equation."""
    n = system.size
    big = np.zeros((n + 2, n + 2))  # the state, the input and its slope
    big[:n, :n], big[:n, n], big[n, n + 1] = -system.A, system.B, 1
    flow = scipy.linalg.expm(dt * big)
    x, last = np.zeros(n), 0.0
    for value in u:
        x = (flow @ np.concatenate((x, [last, (value - last) / dt])))[:n]
        last = value
    return x


@pytest.mark.parametrize("form", [lambda s: s, ssm.diagonalize])
@pytest.mark.parametrize("dt", [1e-5, 0.3, 20.0])
@pytest.mark.parametrize("order", [5, 6])
def test_foh_is_exact_for_an_input_straight_between_samples(form, dt, order):
    system = core(np.random.default_rng(2), order)
    source = form(system)
    step = ssm.discretize(source, dt=dt, method="foh")
    u = np.random.default_rng(3).standard_normal(12)
    modal = isinstance(step, ssm.DiagonalStep)
    x = np.zeros(step.B_bar.shape, step.B_bar.dtype)
    for now, before in zip(u, np.concatenate(([0.0], u[:-1])), strict=True):
        moved = step.lam_bar * x if modal else step.A_bar @ x
        x = moved + step.B_bar * now + step.B_past * before
    state = np.real((source.vectors * source.weights) @ x) if modal else x
    wanted = straight_states(system, dt, u)
    cond = source.cond if modal else 1
    size = np.linalg.norm(np.linalg.solve(system.A, system.B))
    scale = size * min(1, dt * np.linalg.norm(system.A))
    bound = 256 * EPS * 12 * cond * np.abs(u).max() * scale
    bound *= 1 + (dt * np.linalg.norm(system.A)) ** 0.5
    assert np.abs(state - wanted).max() <= bound


def test_foh_converges_with_order_two():
    system = core(np.random.default_rng(0), 4)

    def smooth(steps):
        u = np.sin(3 * np.arange(1, steps + 1) / steps)
        return straight_states(system, 1 / steps, u)

    limit = smooth(4096)

    def error(steps):
        return np.linalg.norm(smooth(steps) - limit)

    assert abs(observed_order(error, steps=(32, 64, 128)) - 2) < 0.05


@pytest.mark.parametrize("method", [*METHODS, "foh"])
@pytest.mark.parametrize("form", ["dense", "diagonal", "dplr"])
def test_every_channel_is_stepped_by_its_own_dt(form, method):
    system = core(np.random.default_rng(4), 5)
    if form == "dplr" and method in ("zoh", "foh"):
        pytest.skip("diagonal plus low rank has no such rule")
    source = {"dense": system, "diagonal": ssm.diagonalize(system)}.get(form)
    source = ssm.dplr(system) if source is None else source
    dts = np.array([0.01, 0.3, 0.02])
    together = ssm.discretize(source, dt=dts, method=method)
    fields = {"dense": ["A_bar"], "diagonal": ["lam_bar"]}.get(
        form, ["lam_bar", "P_bar", "Q_bar"]
    )
    fields += ["B_past"] if method == "foh" else []
    for channel, dt in enumerate(dts):
        alone = ssm.discretize(source, dt=dt, method=method)
        for name in [*fields, "B_bar"]:
            found, wanted = getattr(together, name)[channel], getattr(alone, name)
            assert found.shape == wanted.shape
            assert np.abs(found - wanted).max() <= 64 * EPS * np.abs(wanted).max()


def test_the_share_of_the_last_sample_is_smooth_where_its_series_ends():
    from framestate.ssm.discretization.rules import FOH

    turn = np.exp(1j * np.linspace(-np.pi / 2, np.pi / 2, 9))
    near, far = FOH.past(turn * (1 - 1e-12)), FOH.past(turn * (1 + 1e-12))
    assert np.abs(near - far).max() <= 1e-11
    assert FOH.past(np.zeros(1, complex))[0] == 0.5
