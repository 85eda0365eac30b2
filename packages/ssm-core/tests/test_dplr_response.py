"""Kernels and transfer functions of every form, channel by channel and by Cauchy sums."""

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.forms.real import to_real
from framestate.ssm.testing import core, legs

EPS = np.finfo(np.float64).eps
LENGTHS = (1, 2, 3, 17, 255, 256, 257, 4096)
SYSTEMS = {
    "LegS": legs(17),
    "scaled": core(np.random.default_rng(0), 12),
    "translated": core(np.random.default_rng(1), 9, measure="translated"),
}
DT = 0.02


def rows_of(form, count=3, seed=2):
    return np.random.default_rng(seed).standard_normal((count, len(form.vectors)))


@pytest.mark.theorem("T-cauchy")
@pytest.mark.parametrize("algorithm", ["blocked", "cauchy"])
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", SYSTEMS)
def test_the_kernel_of_a_low_rank_step_is_that_of_the_dense_one(
    name, length, algorithm
):
    system = SYSTEMS[name]
    form = ssm.dplr(system)
    C = rows_of(form)
    step = ssm.discretize(form, dt=DT, method="bilinear")
    dense = ssm.discretize(system, dt=DT, method="bilinear")
    wanted = ssm.kernel(dense, C, length, algorithm="reference")
    found = ssm.kernel(step, form.readout(C), length, algorithm=algorithm)
    assert found.shape == (3, length)
    scale = np.linalg.norm(C, axis=1).max() * np.linalg.norm(dense.B_bar)
    assert np.abs(found - wanted).max() <= 64 * EPS * (length + system.size) * scale


@pytest.mark.parametrize("alpha", [0.5, 0.7, 1.0])
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_bilinear_rule_has_its_cauchy_sums(name, alpha):
    form = ssm.dplr(SYSTEMS[name])
    step = ssm.discretize(form, dt=DT, method=ssm.gbt(alpha))
    C = form.readout(rows_of(form))
    found = ssm.kernel(step, C, 64, algorithm="cauchy")
    wanted = ssm.kernel(step, C, 64)
    scale = np.linalg.norm(C, axis=1).max() * np.linalg.norm(step.B_bar)
    assert np.abs(found - wanted).max() <= 256 * EPS * (64 + 17) * scale


def test_single_precision_rows_give_single_precision_kernels():
    form = ssm.dplr(legs(8))
    step = ssm.discretize(form, dt=DT, method="bilinear")
    C = form.readout(rows_of(form))
    scale = np.linalg.norm(C) * np.linalg.norm(step.B_bar)
    for algorithm in ("blocked", "cauchy", "reference"):
        single = ssm.kernel(step, C.astype(np.complex64), 100, algorithm=algorithm)
        double = ssm.kernel(step, C, 100, algorithm="reference")
        assert single.dtype == np.float32
        assert np.abs(single - double).max() <= 16 * np.finfo(np.float32).eps * scale


FORMS = {
    "dense": lambda s: s,
    "diagonal": ssm.diagonalize,
    "dplr": ssm.dplr,
}


def stepped(form, dt, method):
    source = FORMS[form](SYSTEMS["scaled"])
    step = ssm.discretize(source, dt=dt, method=method)
    C = rows_of(ssm.dplr(SYSTEMS["scaled"]), count=6)
    return step, C if form == "dense" else source.readout(C)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", ["bilinear", "foh"])
def test_a_step_of_many_channels_has_a_kernel_and_a_response_for_each(form, method):
    if (form, method) == ("dplr", "foh"):
        pytest.skip("diagonal plus low rank has no foh")
    dts = np.array([0.01, 0.05, 0.2])
    omega = np.linspace(0, np.pi, 5)
    step, C = stepped(form, dts, method)
    rows = C.reshape(2, 3, -1)
    K, H = ssm.kernel(step, rows, 33), ssm.transfer(step, rows, omega)
    direct = ssm.kernel(step, rows, 33, algorithm="reference")
    assert K.shape == (2, 3, 33)
    assert H.shape == (2, 3, 5)
    for channel, dt in enumerate(dts):
        alone, _ = stepped(form, float(dt), method)
        wanted = ssm.kernel(alone, rows[:, channel], 33, algorithm="reference")
        scale = 1e3 * EPS * np.linalg.norm(C) * np.linalg.norm(SYSTEMS["scaled"].B)
        assert np.abs(K[:, channel] - wanted).max() <= scale
        assert np.abs(direct[:, channel] - wanted).max() <= scale
        response = ssm.transfer(alone, rows[:, channel], omega)
        assert np.abs(H[:, channel] - response).max() <= 100 * scale


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", ["bilinear", "zoh", "foh"])
def test_the_response_is_the_transform_of_the_kernel(form, method):
    if form == "dplr" and method != "bilinear":
        pytest.skip("diagonal plus low rank has bilinear rules only")
    step, C = stepped(form, 0.2, method)
    omega = np.array([0.0, 0.3, 2.0, np.pi])
    K = ssm.kernel(step, C, 2000)  # exp(-200) is left
    wanted = K @ np.exp(-1j * np.outer(np.arange(2000), omega))
    found = ssm.transfer(step, C, omega)
    size = np.abs(K).sum(axis=1).max()
    assert np.abs(found - wanted).max() <= 2000 * EPS * size


def test_an_undamped_normal_part_has_its_response_at_its_own_frequencies():
    form = ssm.dplr(SYSTEMS["translated"])
    step = ssm.discretize(form, dt=DT, method="bilinear")
    dense = ssm.discretize(ssm.block_real(form), dt=DT, method="bilinear")
    omega = 2 * np.arctan(form.lam.imag * DT / 2)
    C = rows_of(form)
    found = ssm.transfer(step, form.readout(C), omega)
    rows = to_real(form, form.readout(C).conj().T).T
    wanted = ssm.transfer(dense, rows, omega)
    assert np.abs(found - wanted).max() <= 1e4 * EPS * np.abs(wanted).max()


@pytest.mark.parametrize("dt", [0.1, [0.1, 0.2]])
def test_cauchy_sums_are_for_low_rank_steps_of_one_dt(dt):
    source = legs(4) if np.ndim(dt) == 0 else ssm.dplr(legs(4))
    step = ssm.discretize(source, dt=dt, method="bilinear")
    C = np.ones(step.B_bar.shape)
    with pytest.raises(ssm.InvalidInputError, match="for a DPLRStep of one dt"):
        ssm.kernel(step, C, 8, algorithm="cauchy")


def test_a_foh_kernel_reads_the_last_sample():
    step, C = stepped("dense", 0.2, "foh")
    K = ssm.kernel(step, C, 4)
    x = [step.B_bar, step.A_bar @ step.B_bar + step.B_past]
    x += [step.A_bar @ x[1], step.A_bar @ step.A_bar @ x[1]]
    for lag, state in enumerate(x):
        assert np.abs(K[:, lag] - C @ state).max() <= 64 * EPS * np.abs(C).sum()
