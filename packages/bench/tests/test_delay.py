import dataclasses
import math

import numpy as np
import pytest

from framestate.bench import errors, record
from framestate.bench.data import embedded
from framestate.bench.tasks import delay, inputs, species

RNG = np.random.default_rng


def by_metric(outcome: record.Outcome, metric: str) -> dict[str, float]:
    return {r.species: r.value for r in outcome.records if r.metric == metric}


def test_the_sweep_contains_a_known_value_of_the_oracle():
    # LegS, N = 8, dt = 6e-3, lag 300, white: known to 15 digits
    settings = delay.DelaySettings(
        signal="white", order=8, dt_range=(6e-3, 7e-3), dt_count=2, species=("LegS",)
    )
    (curve, _) = delay.run(settings, RNG(0)).curves
    assert curve.x[0] == pytest.approx(6e-3, rel=1e-12)
    assert curve.y[0] == pytest.approx(math.log10(0.992943845765008), abs=1e-5)


EXPECTED = {  # best over dt, white input, 65 states, three digits
    "LegS": 0.944,
    "W4S4": 0.922,
    "FouS": 0.906,
    "LegT": 0.874,
    "WaLRUS-T": 0.814,
    "FouT-weak": 0.830,
    "FouT": 0.815,
    "S4D-Lin": 0.835,
    "S4D-Inv": 0.923,
}


def test_white_input_gives_the_known_errors_of_all_species():
    settings = delay.DelaySettings(
        signal="white", dt_range=(2e-3, 1.2e-2), dt_count=7, lags=()
    )
    found = by_metric(delay.run(settings, RNG(0)), "MSE")
    assert found.keys() == EXPECTED.keys()
    for name, value in EXPECTED.items():
        # half a digit of the table, and what a coarser sweep of dt can miss
        assert abs(found[name] - value) < 0.005, name


@pytest.mark.parametrize("signal", inputs.STATIONARY)
def test_every_stationary_input_gives_errors_between_zero_and_one(signal):
    settings = delay.DelaySettings(
        signal=signal,
        order=8,
        lag=20,
        lags=(10, 20, 40),
        dt_range=(1e-2, 1e-1),
        dt_count=4,
        dt_refine=1,
        period=1024,
        species=("W4S4", "LegS", "LegT", "S4D-Lin"),
    )
    outcome = delay.run(settings, RNG(0))
    errors_found = by_metric(outcome, "MSE")
    assert all(0 < value < 1 for value in errors_found.values())
    gain = by_metric(outcome, "gain over LegS")["W4S4"]
    assert gain == pytest.approx(errors_found["LegS"] / errors_found["W4S4"])
    for curve in outcome.curves:
        assert list(curve.x) == sorted(curve.x)
    # a longer lag is never easier on the same sweep
    lags = [c for c in outcome.curves if c.name == "MSE against lag"]
    assert len(lags) == 4
    for curve in lags:
        assert curve.y[0] <= curve.y[-1] + 1e-5


def test_a_short_record_gets_a_shorter_lag_and_the_row_says_so():
    signal = embedded.load("nino")
    settings = delay.DelaySettings(
        signal="nino", order=6, dt_count=3, species=("LegS", "LegT")
    )
    outcome = delay.run(settings, RNG(0), signal=signal)
    assert all("lag 77" in r.note for r in outcome.records if r.metric == "MSE")
    assert {c.name for c in outcome.curves} == {"MSE against dt"}


def test_a_lag_that_was_asked_for_is_never_shortened():
    signal = embedded.load("nino")
    settings = delay.DelaySettings(signal="nino", lag=264, exact_lag=True)
    with pytest.raises(errors.InvalidInputError, match="only 264 samples"):
        delay.check(settings, signal)
    delay.check(dataclasses.replace(settings, lag=263), signal)


def test_an_unknown_input_or_species_is_refused():
    with pytest.raises(errors.InvalidInputError, match="pink"):
        inputs.spectrum("pink", 64)
    with pytest.raises(errors.InvalidInputError, match="LegX"):
        species.build("LegX", 4)


def test_a_period_holds_several_windows():
    assert inputs.period(1e-2, least=2048) == 2048
    assert inputs.period(1e-3, least=2048) == 4096
    assert inputs.period(1e-9, least=2048) == 65_536


def test_a_period_grows_with_the_lag_and_a_lag_beyond_it_is_refused():
    assert inputs.period(1e-2, least=2048, lag=5000) == 32_768
    longest = inputs.LONGEST_LAG
    assert inputs.period(1e-2, least=2048, lag=longest) == 4 * longest
    settings = delay.DelaySettings(signal="ar1", lag=longest, exact_lag=True)
    delay.check(settings, None)
    with pytest.raises(errors.InvalidInputError, match=f"{longest + 1} samp.*--lag"):
        delay.check(dataclasses.replace(settings, lag=longest + 1), None)


def test_a_lag_longer_than_the_least_period_is_computed():
    settings = delay.DelaySettings(
        signal="ar1",
        order=4,
        lag=2000,
        lags=(),
        dt_range=(1e-2, 1e-1),
        dt_count=2,
        dt_refine=0,
        period=1024,
        species=("LegS",),
    )
    assert 0 < by_metric(delay.run(settings, RNG(0)), "MSE")["LegS"] <= 1 + 1e-9
