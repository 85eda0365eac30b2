"""Uneven samples: every step has its own interval, in batches too."""

import numpy as np
import pytest
import scipy.linalg

from framestate import ssm
from framestate.ssm.discretization.irregular import irregular_advance
from framestate.ssm.testing import core

EPS = np.finfo(np.float64).eps
SYSTEM = core(np.random.default_rng(0), 6)
FORMS = {
    "dense": SYSTEM,
    "diagonal": ssm.diagonalize(SYSTEM),
    "dplr": ssm.dplr(SYSTEM),
}


def walk(step, u, batch):
    modal = not isinstance(step.source, ssm.System)
    x = np.zeros((step.lift.shape[1], batch), complex if modal else float)
    advance = irregular_advance(step, batch)
    for n, sample in enumerate(u):
        x = advance(x, sample, n)
    source = step.source
    return np.real((source.lift * source.weights) @ x) if modal else source.lift @ x


@pytest.mark.parametrize("method", ["euler", "bilinear", ssm.gbt(0.7), "zoh"])
@pytest.mark.parametrize("form", FORMS)
def test_equal_intervals_are_the_regular_step(form, method):
    if form == "dplr" and method == "zoh":
        pytest.skip("diagonal plus low rank has no zoh")
    u = np.random.default_rng(1).standard_normal((30, 2))
    step = ssm.irregular(FORMS[form], dt=np.full(30, 0.02), method=method)
    regular = ssm.discretize(SYSTEM, dt=0.02, method=method)
    wanted = ssm.final_state(regular, u).x
    bound = 64 * EPS * 30 * SYSTEM.size * np.linalg.norm(wanted) * 8
    assert np.abs(walk(step, u, 2) - wanted).max() <= bound


@pytest.mark.parametrize("form", ["dense", "diagonal"])
def test_a_held_input_is_integrated_exactly_whatever_the_intervals(form):
    rng = np.random.default_rng(2)
    dt, u = rng.uniform(0.01, 1, 12), rng.standard_normal((12, 1))
    x = np.zeros(6)
    for interval, value in zip(dt, u[:, 0], strict=True):
        decay = scipy.linalg.expm(-interval * SYSTEM.A)
        x = decay @ x + np.linalg.solve(SYSTEM.A, SYSTEM.B - decay @ SYSTEM.B) * value
    found = walk(ssm.irregular(FORMS[form], dt=dt, method="zoh"), u, 1)[:, 0]
    bound = 256 * EPS * 12 * np.linalg.norm(SYSTEM.A) * np.linalg.norm(x)
    assert np.abs(found - x).max() <= bound


@pytest.mark.parametrize("form", FORMS)
def test_records_of_a_batch_have_their_own_intervals(form):
    rng = np.random.default_rng(3)
    dt, u = rng.uniform(0.01, 0.2, (10, 3)), rng.standard_normal((10, 3))
    together = walk(ssm.irregular(FORMS[form], dt=dt, method="bilinear"), u, 3)
    for k in range(3):
        alone = ssm.irregular(FORMS[form], dt=dt[:, k], method="bilinear")
        found = walk(alone, u[:, k : k + 1], 1)[:, 0]
        bound = 64 * EPS * 10 * np.linalg.norm(found)
        assert np.abs(together[:, k] - found).max() <= bound


def test_a_constant_input_does_not_notice_a_missing_sample():
    dt = np.full(20, 0.1)
    gap = np.delete(dt, 7)
    gap[7] += 0.1
    whole = walk(ssm.irregular(SYSTEM, dt=dt, method="zoh"), np.ones((20, 1)), 1)
    found = walk(ssm.irregular(SYSTEM, dt=gap, method="zoh"), np.ones((19, 1)), 1)
    assert np.abs(found - whole).max() <= 256 * EPS * np.linalg.norm(whole) * 20


def test_in_logarithmic_time_the_scaled_clock_is_a_held_input():
    times = np.arange(1, 21)
    step = ssm.irregular(SYSTEM, dt=np.diff(np.log(times)), method="zoh")
    u = np.random.default_rng(4).standard_normal((20, 1))
    clock = ssm.discretize(SYSTEM, method="exact")
    wanted = ssm.final_state(clock, u).x
    x = ssm.final_state(clock, u[:1]).x
    advance = irregular_advance(step, 1)
    for n, sample in enumerate(u[1:]):
        x = advance(x, sample, n)
    assert np.abs(x - wanted).max() <= 256 * EPS * 20 * np.linalg.norm(SYSTEM.B)


REFUSED = {
    "negative": (
        lambda: ssm.irregular(SYSTEM, dt=[0.1, -0.1, 0.2], method="zoh"),
        "1 of 3 intervals dt are not positive, the least -0.1",
    ),
    "foh": (lambda: ssm.irregular(SYSTEM, dt=[0.1], method="foh"), "'foh'"),
    "exact": (lambda: ssm.irregular(SYSTEM, dt=[0.1], method="exact"), "scaled clock"),
    "zoh of dplr": (
        lambda: ssm.irregular(FORMS["dplr"], dt=[0.1], method="zoh"),
        "of a DPLR",
    ),
    "overflow": (
        lambda: walk(
            ssm.irregular(SYSTEM, dt=[1e300], method="zoh"), np.ones((1, 1)), 1
        ),
        "overflows",
    ),
    "records": (
        lambda: walk(
            ssm.irregular(SYSTEM, dt=np.ones((2, 3)), method="zoh"), np.ones((2, 2)), 2
        ),
        "intervals for 3",
    ),
    "too many samples": (
        lambda: walk(
            ssm.irregular(SYSTEM, dt=[0.1, 0.1], method="zoh"), np.ones((3, 1)), 1
        ),
        "sample 2",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_stepped_is_refused(case):
    call, match = REFUSED[case]
    with pytest.raises(ssm.InvalidInputError) as caught:
        call()
    assert match in str(caught.value)
