"""Recurrences: definition, resuming, batches, the scaled clock."""

import dataclasses

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import core, legs

EPS = np.finfo(np.float64).eps


def all_steps():
    """One step of each kind, of one random scaled system and of LegS."""
    system = core(np.random.default_rng(0), 5)
    modes = ssm.diagonalize(system)
    yield "dense", ssm.discretize(system, dt=0.1, method="bilinear")
    yield "diagonal", ssm.discretize(modes, dt=0.1, method="zoh")
    for method in ("exact", "bilinear", "euler"):
        yield f"dense clock, {method}", ssm.discretize(system, method=method)
        yield f"diagonal clock, {method}", ssm.discretize(modes, method=method)
        yield f"triangular clock, {method}", ssm.discretize(legs(5), method=method)


STEPS = dict(all_steps())


def legendre_of_the_past(u, size):
    """<f, p_n> of the step function u on [0, 1], p_n orthonormal Legendre."""
    x = 2 * np.arange(len(u) + 1) / len(u) - 1
    P = np.array([scipy.special.eval_legendre(n, x) for n in range(size + 1)])
    n = np.arange(1, size)
    above = (P[n + 1] - P[n - 1]) / (2 * np.sqrt(2 * n + 1))[:, None]
    antiderivative = np.concatenate((((x + 1) / 2)[None], above))
    return np.diff(antiderivative) @ u


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", STEPS)
def test_running_in_two_pieces_is_running_once(name, dtype):
    step = STEPS[name]
    u = np.random.default_rng(1).standard_normal((20, 3)).astype(dtype)

    @given(cut=st.integers(1, 19))
    def law(cut):
        once = ssm.run(step, u)
        first = ssm.run(step, u[:cut])
        second = ssm.run(step, u[cut:], state=first.final)
        both = np.concatenate((first.states, second.states))
        assert np.array_equal(both, once.states)
        assert np.array_equal(second.final.x, once.final.x)
        assert second.final.count == once.final.count == 20

    law()


@pytest.mark.parametrize("name", STEPS)
def test_the_final_state_is_the_last_of_the_run(name):
    u = np.random.default_rng(2).standard_normal(17)
    trajectory = ssm.run(STEPS[name], u)
    final = ssm.final_state(STEPS[name], u)
    assert np.array_equal(final.x, trajectory.states[-1])
    resumed = ssm.final_state(STEPS[name], u, state=final)
    assert resumed.count == 34
    twice = ssm.run(STEPS[name], np.concatenate((u, u)))
    assert np.array_equal(resumed.x, twice.final.x)


@pytest.mark.parametrize("name", STEPS)
def test_the_final_state_does_not_keep_the_other_states_alive(name):
    trajectory = ssm.run(STEPS[name], np.ones(3))
    assert not np.shares_memory(trajectory.final.x, trajectory.states)


@pytest.mark.parametrize("name", STEPS)
def test_a_batch_is_its_records_side_by_side(name):
    u = np.random.default_rng(3).standard_normal((12, 2, 3))
    batch = ssm.run(STEPS[name], u)
    assert batch.states.shape[2:] == (2, 3)
    alone = ssm.run(STEPS[name], u[:, 1, 2]).states
    # One record is a vector to BLAS and a batch is a matrix: sums reorder.
    bound = 64 * EPS * len(u) * np.abs(batch.states).max()
    assert np.abs(batch.states[..., 1, 2] - alone).max() <= bound


@pytest.mark.parametrize("method", ["exact", "bilinear", "euler", "backward_euler"])
def test_the_modes_of_a_clock_are_its_dense_state(method):
    system = core(np.random.default_rng(4), 6)
    modes = ssm.diagonalize(system)
    u = np.random.default_rng(5).standard_normal(30)
    dense = ssm.run(ssm.discretize(system, method=method), u).states
    modal = ssm.run(ssm.discretize(modes, method=method), u).states
    rebuilt = np.real((modal * modes.weights) @ modes.vectors.T)
    bound = 64 * EPS * len(u) * modes.cond * np.abs(dense).max()
    assert np.abs(rebuilt - dense).max() <= bound


@pytest.mark.parametrize(
    "name",
    ["legs", "upper", "core", "upper Hessenberg", "lower Hessenberg", "negative above"],
)
def test_the_bilinear_clock_solves_its_defining_equation(name):
    lower, full = legs(6), core(np.random.default_rng(6), 6)
    system = {
        "legs": lower,
        "upper": dataclasses.replace(lower, A=lower.A.T),
        "core": full,
        "upper Hessenberg": dataclasses.replace(full, A=np.triu(full.A, -1)),
        "lower Hessenberg": dataclasses.replace(full, A=np.tril(full.A, 1)),
        "negative above": dataclasses.replace(lower, A=lower.A - np.triu(lower.A.T, 1)),
    }[name]
    A, B, alpha = system.A, system.B, 0.5
    u = np.random.default_rng(7).standard_normal(9)
    c = ssm.run(ssm.discretize(system, method=ssm.gbt(alpha)), u).states
    assert np.allclose(A @ c[0], B * u[0], rtol=0, atol=64 * EPS * np.abs(A).sum())
    for n in range(1, 9):
        late, early = alpha / (n + 1), (1 - alpha) / n
        left = c[n] + late * A @ c[n]
        right = c[n - 1] - early * A @ c[n - 1] + (late + early) * B * u[n]
        bound = 64 * EPS * (1 + np.abs(A).sum()) * np.abs(c).max()
        assert np.abs(left - right).max() <= bound


@pytest.mark.parametrize("size", [4, 65])
def test_exact_legs_holds_the_legendre_coefficients_of_the_past(size):
    u = np.random.default_rng(8).standard_normal(40)
    states = ssm.run(ssm.discretize(legs(size), method="exact"), u).states
    for n in (1, 2, 7, 40):
        wanted = legendre_of_the_past(u[:n], size)
        # Each step is a contraction; expm of norm h ||A|| loses that factor of eps.
        bound = 64 * EPS * n * np.linalg.norm(legs(size).A)
        assert np.abs(states[n - 1] - wanted).max() <= bound


@pytest.mark.parametrize("method", ["exact", "bilinear"])
def test_a_constant_leaves_legs_at_its_mean(method):
    clock = ssm.discretize(legs(65), method=method)
    states = ssm.run(clock, np.full(200, 3.0)).states
    wanted = 3.0 * np.eye(65)[0]
    bound = 64 * EPS * 200 * np.linalg.norm(legs(65).A)
    assert np.abs(states - wanted).max() <= bound


def test_the_exact_clock_forgets_at_least_like_the_root_of_time():
    system = core(np.random.default_rng(9), 8)
    clock = ssm.discretize(system, method="exact")
    start = ssm.final_state(clock, np.ones(5))
    later = ssm.run(clock, np.zeros(50), state=start).states
    norms = np.linalg.norm(later, axis=1)
    allowed = np.sqrt(5 / np.arange(6, 56)) * np.linalg.norm(start.x)
    assert np.all(norms <= allowed * (1 + 64 * EPS * 50))


def test_a_clock_that_meets_a_singular_matrix_says_at_which_sample():
    growing = ssm.System(
        A=np.diag([-6.0, 1.0]), B=np.ones(2), measure="scaled", lift=np.eye(2)
    )
    clock = ssm.discretize(growing, method="bilinear")
    with pytest.raises(ssm.UnstableError, match="sample 2"):
        ssm.run(clock, np.ones(5))


def test_lifting_gives_the_state_of_the_operator():
    modes = ssm.diagonalize(core(np.random.default_rng(10), 4))
    for source in (modes, core(np.random.default_rng(10), 4)):
        for step in (
            ssm.discretize(source, dt=0.1, method="zoh"),
            ssm.discretize(source, method="exact"),
        ):
            assert step.lift is source.lift
            assert step.method in ("zoh", "exact")
