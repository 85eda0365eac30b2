"""Power spectra of inputs."""

import numpy as np
import pytest
import scipy.signal

from framestate import ssm

EPS = np.finfo(np.float64).eps


def test_a_first_order_recursion_has_the_textbook_spectrum():
    omega = np.pi * np.arange(9) / 8
    wanted = 1 / (1 + 0.99**2 - 2 * 0.99 * np.cos(omega))
    # Near omega = 0 the denominator is 1e-4: four digits cancel in either form.
    assert np.allclose(ssm.spectra.ar([0.99], 16), wanted, rtol=64 * EPS * 1e4)


def test_a_double_root_squares_the_spectrum():
    single = ssm.spectra.ar([0.9], 64)
    assert np.allclose(ssm.spectra.ar([1.8, -0.81], 64), single**2, rtol=1e5 * EPS)


def test_the_mean_of_the_power_is_the_variance_of_the_process():
    power = ssm.spectra.ar([0.9], 4096)
    both_sides = np.concatenate((power, power[-2:0:-1]))
    assert both_sides.mean() == pytest.approx(1 / (1 - 0.81), rel=1e-12)


def test_a_band_shares_its_edge_and_keeps_its_floor():
    power = ssm.spectra.band(0.5, 16, floor=0.0)
    assert np.array_equal(power, [1, 1, 1, 1, 0.5, 0, 0, 0, 0])
    assert ssm.spectra.band(0.5, 16)[-1] == 1e-6
    assert np.array_equal(ssm.spectra.band(1, 16), np.ones(9))


def test_welch_finds_the_power_of_white_noise_at_every_frequency():
    noise = 3.0 + 2.0 * np.random.default_rng(0).standard_normal(64 * 4096)
    power = ssm.spectra.welch(noise, 64)
    assert power.shape == (33,)
    # 8191 half-overlapping Hann windows count like 8191/1.06 independent ones, each
    # with relative deviation 1 (sqrt 2 at pi); 6 sigma. Removing the mean of each
    # window takes the two lowest frequencies.
    tolerance = 6 * np.sqrt(2 * 1.06 / 8191)
    assert np.abs(power[2:] / 4.0 - 1).max() <= tolerance


def test_an_unstable_recursion_is_refused_with_its_root():
    with pytest.raises(ssm.UnstableError, match=r"modulus 1\.01"):
        ssm.spectra.ar([1.01], 16)


def test_welch_agrees_with_a_single_periodogram_of_one_window():
    signal = np.random.default_rng(1).standard_normal(32)
    one_sided = scipy.signal.periodogram(signal - signal.mean(), window="hann")[1]
    power = ssm.spectra.welch(signal, 32)
    assert np.allclose(power[1:-1], one_sided[1:-1] / 2, rtol=64 * EPS)
    assert power[-1] == pytest.approx(one_sided[-1], rel=1e-9)
