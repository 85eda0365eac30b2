"""Filters by name satisfy their identities, and wrong names are named."""

import dataclasses

import numpy as np
import pytest
import pywt

from framestate.frames import (
    FilterIdentityError,
    InvalidInputError,
    NotDifferentiableError,
    UnknownWaveletError,
    filters,
)


@pytest.mark.parametrize("name", filters.names())
def test_every_wavelet_on_offer_satisfies_its_identities(name):
    # 1e-10: PyWavelets keeps its symlet taps to 1e-11
    assert max(filters.load(name).residuals().values()) <= 1e-10


def test_taps_are_those_of_pywavelets_to_the_last_bit():
    loaded, stored = filters.load("db11"), pywt.Wavelet("db11")
    np.testing.assert_array_equal(loaded.lowpass, stored.rec_lo)
    np.testing.assert_array_equal(loaded.highpass, stored.rec_hi)


@pytest.mark.parametrize("perturbed", ["lowpass", "highpass"])
@pytest.mark.parametrize("index", [0, 3, 7])
def test_a_tap_that_is_off_is_refused_with_the_identity(perturbed, index):
    good = filters.load("db4")
    taps = getattr(good, perturbed).copy()
    taps[index] += 1e-6
    with pytest.raises(FilterIdentityError, match="is off by"):
        dataclasses.replace(good, **{perturbed: taps})


def test_a_tap_that_is_not_a_number_is_refused():
    good = filters.load("db4")
    with pytest.raises(FilterIdentityError):
        dataclasses.replace(good, lowpass=good.lowpass * np.nan)


# Cohen, Daubechies 1996 and Eirola 1992, to the digits printed there
@pytest.mark.theorem("T-sobolev")
@pytest.mark.parametrize(
    ("name", "exponent"),
    [("db2", 1.0), ("db3", 1.4150), ("db4", 1.7756), ("db5", 2.0968), ("db6", 2.3884)],
)
def test_the_sobolev_exponent_is_the_published_one(name, exponent):
    assert abs(filters.load(name).sobolev_exponent - exponent) <= 6e-5


def test_every_wavelet_on_offer_is_continuous():
    assert all(filters.load(name).sobolev_exponent > 0.5 for name in filters.names())


def test_the_sobolev_exponent_of_haar_is_one_half():
    half = np.sqrt(0.5)
    haar = filters.Filter(
        name="haar",
        lowpass=np.array([half, half]),
        highpass=np.array([half, -half]),
        moments=1,
    )
    assert abs(haar.sobolev_exponent - 0.5) <= 1e-12


@pytest.mark.parametrize("name", ["haar", "db1"])
def test_haar_is_refused_with_the_reason_and_what_to_use(name):
    with pytest.raises(NotDifferentiableError, match=r"jump.*'db2'"):
        filters.load(name)


def test_an_unknown_name_is_answered_with_near_names():
    with pytest.raises(UnknownWaveletError, match=r"'db111'.*Did you mean 'db11'"):
        filters.load("db111")


def test_a_name_like_no_other_is_answered_with_the_range():
    with pytest.raises(UnknownWaveletError, match=r"'db2' \.\. 'db38'"):
        filters.load("zzzzzz")


@pytest.mark.parametrize("name", ["bior2.2", "dmey", "morl"])
def test_a_wavelet_outside_the_construction_is_told_so(name):
    with pytest.raises(InvalidInputError, match="not an orthonormal wavelet"):
        filters.load(name)
