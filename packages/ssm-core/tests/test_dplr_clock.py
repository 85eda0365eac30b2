"""The scaled clock and the fixed one by Woodbury: equal to the dense system's."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.discretization.clock import dense_clock
from framestate.ssm.discretization.dplr_clock import decaying, dplr_clock
from framestate.ssm.forms.real import from_real, to_real
from framestate.ssm.forms.woodbury import Woodbury
from framestate.ssm.testing import core, cores, legs

EPS = np.finfo(np.float64).eps


def state_of(form, z):
    """The real state of modes."""
    return np.real((form.vectors * form.weights) @ z)


def modes_of(form, x):
    """Modes of a real state, the vectors being orthonormal."""
    return form.vectors.conj().T @ x


@given(system=cores(max_size=17), seed=st.integers(0, 99))
def test_products_and_solves_are_those_of_the_dense_matrix(system, seed):
    rng = np.random.default_rng(seed)
    form = ssm.dplr(system)
    A = Woodbury(form)
    x = rng.standard_normal((system.size, 3))
    start, end = rng.uniform(0.5, 2, 2)
    norm = np.linalg.norm(system.A)
    bound = 64 * EPS * system.size * np.linalg.norm(x)
    found = state_of(form, A.product(modes_of(form, x)))
    assert np.abs(found - system.A @ x).max() <= bound * norm
    found = state_of(form, A.solve(start, end, modes_of(form, x)))
    matrix = start * np.eye(system.size) + end * system.A
    assert (
        np.abs(found - np.linalg.solve(matrix, x)).max() <= bound * (1 + norm) / start
    )


@pytest.mark.theorem("T-rational-decay")
@pytest.mark.parametrize("measure", ["scaled", "translated"])
@pytest.mark.parametrize("h", [1e-4, 0.03, 1.0, 7.0])
def test_the_rational_decay_is_the_matrix_exponential(measure, h):
    system = core(np.random.default_rng(1), 24, measure=measure)
    form = ssm.dplr(system)
    x = np.random.default_rng(2).standard_normal((24, 2))
    found = state_of(form, decaying(Woodbury(form))(h, modes_of(form, x)))
    wanted = scipy.linalg.expm(-h * system.A) @ x
    # each piece of length 2 costs a few roundings; the norm does not grow
    pieces = 1 + h * np.linalg.norm(system.A)
    assert np.abs(found - wanted).max() <= 64 * EPS * pieces * np.linalg.norm(x)


@pytest.mark.parametrize(
    "method", ["exact", "bilinear", ssm.gbt(0.8), "backward_euler"]
)
@pytest.mark.parametrize("system", [legs(24), core(np.random.default_rng(3), 17)])
def test_the_clock_is_that_of_the_dense_system(system, method):
    u = np.random.default_rng(4).standard_normal((40, 2))
    form = ssm.dplr(system)
    low = dplr_clock(ssm.discretize(form, method=method))
    full = dense_clock(ssm.discretize(system, method=method))
    z, x = np.zeros((len(form.lam), 2), complex), np.zeros((system.size, 2))
    scale = np.linalg.norm(system.B) * np.abs(u).max()
    for n, sample in enumerate(u):
        z, x = low(z, sample, n), full(x, sample, n)
        bound = 64 * EPS * system.size * (n + 2) * scale * 8
        assert np.abs(state_of(form, z) - x).max() <= bound


@pytest.mark.theorem("T-rational-decay")
@pytest.mark.parametrize("h", [1e-3, 0.5, 40.0])
def test_the_decay_contracts_whatever_the_interval(h):
    form = ssm.dplr(core(np.random.default_rng(9), 16, measure="translated"))
    moved = to_real(form, decaying(Woodbury(form))(h, from_real(form, np.eye(16))))
    pieces = 1 + h * np.linalg.norm(ssm.block_real(form).A)
    assert np.linalg.norm(moved, 2) <= 1 + 64 * EPS * pieces


def test_a_form_with_rank_two_has_a_scaled_clock_too():
    rng = np.random.default_rng(6)
    base, q = core(rng, 9), rng.standard_normal(9) / 4
    system = ssm.System(
        A=base.A + np.outer(q, q) / 2, B=base.B, measure="scaled", lift=np.eye(9)
    )
    form = ssm.dplr(system)
    assert form.P.shape[1] == 2
    low = dplr_clock(ssm.discretize(form, method="exact"))
    full = dense_clock(ssm.discretize(system, method="exact"))
    z, x = np.zeros((len(form.lam), 1), complex), np.zeros((9, 1))
    for n, sample in enumerate(rng.standard_normal((20, 1))):
        z, x = low(z, sample, n), full(x, sample, n)
    assert np.abs(state_of(form, z) - x).max() <= 1e4 * EPS * np.linalg.norm(x)


@pytest.mark.parametrize(
    "method", ["euler", "backward_euler", "bilinear", ssm.gbt(0.3)]
)
@pytest.mark.parametrize("measure", ["scaled", "translated"])
def test_a_step_is_the_dense_step_in_other_coordinates(method, measure):
    system = core(np.random.default_rng(7), 12, measure=measure)
    form = ssm.dplr(system)
    step = ssm.discretize(form, dt=0.05, method=method)
    dense = ssm.discretize(ssm.block_real(form), dt=0.05, method=method)
    z = from_real(form, np.eye(12))
    moved = step.lam_bar[:, None] * z - step.P_bar @ np.real(step.Q_bar @ z)
    bound = 64 * EPS * 12 * (1 + 0.05 * np.linalg.norm(system.A))
    assert np.abs(to_real(form, moved) - dense.A_bar).max() <= bound
    found = to_real(form, step.B_bar[:, None])[:, 0]
    assert np.abs(found - dense.B_bar).max() <= bound * np.linalg.norm(system.B)


def test_a_zero_eigenvalue_of_the_normal_part_is_no_obstacle_on_a_fixed_clock():
    form = ssm.dplr(core(np.random.default_rng(8), 5, measure="translated"))
    assert form.lam[0] == 0
    step = ssm.discretize(form, dt=0.1, method="bilinear")
    assert np.isfinite(step.B_bar).all()
