"""Every kind of step on every array library, against its own equation."""

import functools
import warnings

import numpy as np
import pytest
import scipy.linalg

from framestate import ssm
from framestate.ssm.testing import core

EPS = np.finfo(float).eps
SYSTEM = core(np.random.default_rng(0), 5)
MODES = ssm.diagonalize(SYSTEM)
LOW_RANK = ssm.dplr(SYSTEM)
FORMS = {"dense": SYSTEM, "diagonal": MODES, "low rank": LOW_RANK}
DT = [0.05, 0.2, 0.1]


def kinds():
    """Name -> (step, matrix, input and past input of sample n of channel k)."""
    for form, source in FORMS.items():
        for method in ("bilinear", "zoh", "foh"):
            if form == "low rank" and method != "bilinear":
                continue
            for dt in (0.1, DT):
                name = f"{form} {method}" + (" of channels" if dt is DT else "")
                yield name, ssm.discretize(source, dt=dt, method=method)
        for method in ("exact", "bilinear", "backward_euler"):
            yield f"{form} clock {method}", ssm.discretize(source, method=method)
        dts = np.linspace(0.02, 0.3, 40)
        yield f"{form} irregular", ssm.irregular(source, dt=dts, method="bilinear")


STEPS = dict(kinds())
SEQUENTIAL = ("irregular", "low rank", "dense clock")
U = np.random.default_rng(1).standard_normal((40, 3)).astype(np.float32)


def bilinear(A, B, before, after, forget, learn):
    """(I + after A)^-1 ((I - before A) x + B (learn + forget) u)."""
    left = np.eye(len(A)) + after * A
    return np.linalg.solve(left, np.eye(len(A)) - before * A), np.linalg.solve(
        left, (learn + forget) * B
    )


def transition(step, n, channel):
    """x_n = F x_{n-1} + v u_n + w u_{n-1} of the dense system, each from its equation."""
    A, B, rule = SYSTEM.A, SYSTEM.B, step.rule
    zero = np.zeros(len(B))
    if isinstance(step, ssm.IrregularStep):
        half = step.dt[n] / 2
        return (*bilinear(A, B, half, half, half, half), zero)
    if not hasattr(step, "dt"):
        if n == 0:
            return np.zeros_like(A), np.linalg.solve(A, B), zero
        if rule.alpha is None:
            F = scipy.linalg.expm(-np.log1p(1 / n) * A)
            return F, np.linalg.solve(A, B - F @ B), zero
        early, late = (1 - rule.alpha) / n, rule.alpha / (n + 1)
        return (*bilinear(A, B, early, late, early, late), zero)
    dt = np.atleast_1d(step.dt)[channel]
    if rule.alpha is not None:
        return (*bilinear(A, B, dt / 2, dt / 2, dt / 2, dt / 2), zero)
    F = scipy.linalg.expm(-dt * A)
    held = np.linalg.solve(A, B - F @ B)
    if not rule.straight:
        return F, held, zero
    # int_0^1 e^{-A dt (1 - s)} s ds = (dt A)^-1 (I - (dt A)^-1 (I - F)), by parts.
    ramp = np.linalg.solve(dt * A, dt * B - held)
    return F, ramp, held - ramp


@functools.cache
def by_definition(name):
    """States (L, n, channels) of the dense system driven by U, sample by sample."""
    step, u = STEPS[name], U.astype(np.float64)
    states = np.zeros((len(u), SYSTEM.size, u.shape[1]))
    x, before = np.zeros((SYSTEM.size, u.shape[1])), np.zeros(u.shape[1])
    for n, now in enumerate(u):
        for k in range(u.shape[1]):
            several = np.ndim(getattr(step, "dt", 0)) and not hasattr(step, "source")
            F, v, w = transition(step, n, k if several else 0)
            x[:, k] = F @ x[:, k] + v * now[k] + w * before[k]
        states[n], before = x, now
    return states


def real(step, states):
    """States of the dense system from those of a step."""
    states = np.asarray(states)
    if states.dtype.kind != "c":
        return states
    form = MODES if step.lift is MODES.lift else LOW_RANK
    lifted = np.einsum("nm,lm...->ln...", form.vectors * form.weights, states)
    return lifted.real


@pytest.mark.parametrize("name", STEPS)
def test_every_step_obeys_its_equation_on_every_library(name, xp):
    step, wanted = STEPS[name], by_definition(name)
    sequential = any(part in name for part in SEQUENTIAL)
    algorithms = ["recurrence", "auto" if sequential else "scan"]
    # Each of L steps rounds n products of numbers of the size of the states.
    scale = MODES.cond * (1 + np.linalg.norm(SYSTEM.A)) * np.abs(wanted).max()
    for dtype, size in (("float32", 32), ("float64", 64)):
        given = xp.asarray(U.astype(dtype))
        bound = 16 * len(U) * SYSTEM.size * scale * float(np.finfo(dtype).eps)
        for algorithm in algorithms if xp is np else algorithms[1:]:
            found = ssm.run(step, given, algorithm=algorithm)
            assert type(found.states) is type(found.final.x) is type(given)
            assert found.states.shape == (40, step.lift.shape[1], 3)
            assert np.abs(real(step, found.states) - wanted).max() <= bound
            last = ssm.final_state(step, given, algorithm=algorithm)
            assert np.abs(real(step, last.x[None, ...]) - wanted[-1:]).max() <= bound
            assert last.count == found.final.count == 40
            kind = f"float{size}" if "dense" in name else f"complex{2 * size}"
            assert str(found.states.dtype).endswith(kind)


@pytest.mark.parametrize("name", ["diagonal foh", "dense foh of channels"])
def test_a_rule_that_reads_the_past_resumes_with_the_last_sample(name, xp):
    step = STEPS[name]
    u = xp.asarray(np.random.default_rng(2).standard_normal((30, 3)))
    once = ssm.run(step, u, algorithm="recurrence")
    first = ssm.run(step, u[:11, ...], algorithm="recurrence")
    assert np.array_equal(first.final.last, u[10, ...])
    second = ssm.run(step, u[11:, ...], state=first.final, algorithm="recurrence")
    assert np.array_equal(second.states, once.states[11:, ...])
    silent = ssm.State(first.final.x, first.final.count)
    other = ssm.run(step, u[11:, ...], state=silent).states
    assert not np.allclose(np.asarray(other)[0], np.asarray(once.states)[11])


@pytest.mark.parametrize("algorithm", ["recurrence", "scan"])
def test_a_final_state_is_its_own(algorithm, xp):
    u = xp.asarray(np.random.default_rng(2).standard_normal((300, 3)))
    for final in (
        ssm.run(STEPS["diagonal foh"], u, algorithm=algorithm).final,
        ssm.final_state(STEPS["diagonal foh"], u, algorithm=algorithm),
    ):
        x, last = np.asarray(final.x).copy(), np.asarray(final.last).copy()
        assert np.array_equal(last, np.asarray(u[-1, ...]))
        u[-1, ...] = 0.0
        assert np.array_equal(final.last, last)
        u[-1, ...] = xp.asarray(last)
        if xp is np:  # nothing larger is kept alive
            assert final.x.base is None or final.x.base.size == final.x.size
        assert np.array_equal(final.x, x)


def test_a_step_that_does_not_read_the_past_leaves_no_sample_behind():
    assert ssm.final_state(STEPS["dense zoh"], [1.0, 2.0]).last is None


def test_records_with_more_axes_are_folded_and_unfolded(xp):
    u = np.random.default_rng(3).standard_normal((70, 2, 4, 3))
    for name in ("dense zoh of channels", "diagonal bilinear", "low rank bilinear"):
        step = STEPS[name]
        for algorithm in ("recurrence", "auto"):
            together = ssm.run(step, xp.asarray(u), algorithm=algorithm).states
            assert together.shape == (70, step.lift.shape[1], 2, 4, 3)
            alone = ssm.run(step, u[:, 1, 2], algorithm="recurrence").states
            found = np.asarray(together)[:, :, 1, 2]
            bound = 64 * EPS * 70 * np.abs(alone).max()
            assert np.abs(found - alone).max() <= bound


def test_records_that_are_not_contiguous_are_read_where_they_lie(xp):
    u = np.random.default_rng(4).standard_normal((3, 160))
    step = STEPS["diagonal zoh"]
    wanted = ssm.run(step, np.ascontiguousarray(u.T[::2]))
    found = ssm.run(step, xp.asarray(u).T[::2, ...])
    assert np.abs(np.asarray(found.states) - wanted.states).max() <= 1e-14


def test_no_warning_is_given_where_a_clock_starts():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in ("exact", "bilinear", "backward_euler", "euler"):
            clock = ssm.discretize(MODES, method=method)
            first = ssm.run(clock, [2.0, 1.0], algorithm="scan").states[0]
            assert np.allclose(first, 2 * MODES.B / MODES.lam, rtol=1e-15, atol=0)
