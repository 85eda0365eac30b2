import dataclasses

import pytest

from framestate.bench import errors, plan
from framestate.bench.run import budget
from framestate.bench.run.estimates import Estimate
from framestate.bench.tasks.delay import DelaySettings
from framestate.bench.tasks.training import TrainingSettings

A, B, C = (
    plan.Experiment(f"delay/{name}", "", DelaySettings(signal="white"))
    for name in "abc"
)
TRAINED = plan.Experiment("training/x", "", TrainingSettings(seeds=(0, 1, 2)))
COSTS = {
    "cpu delay/a": Estimate(10.0, 0),
    "cpu delay/b": Estimate(50.0, 0),
    "cpu delay/c": Estimate(20.0, 0),
    "cpu training/x": Estimate(10.0, 0),
}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90.0), ("30m", 1800.0), ("2h", 7200.0), ("1h30m10s", 5410.0)],
)
def test_times_are_read(text, seconds):
    assert budget.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "m", "0m", "-1m", "1m2h", "half an hour"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(errors.InvalidInputError, match="30m"):
        budget.seconds_of(text)


def fit(*experiments, seconds, **options):
    return budget.fitting(experiments, COSTS, size="cpu", budget=seconds, **options)


def test_experiments_are_taken_in_order_and_one_too_long_is_passed_over():
    found = fit(A, B, C, seconds=40.0)
    assert found.experiments == (A, C)
    assert found.seconds == 30.0
    (left,) = found.skipped
    assert left.experiment == "delay/b"
    assert "50 s" in left.reason
    assert fit(A, B, C, seconds=80.0).skipped == ()
    assert fit(A, B, C, seconds=40.0, workers=2).seconds == 40.0


def test_every_seed_costs():
    with pytest.raises(errors.InvalidInputError, match="30 s"):
        fit(TRAINED, seconds=29.0)
    assert fit(TRAINED, seconds=30.0).seconds == 30.0


def test_what_is_done_costs_nothing_and_the_unknown_is_not_run():
    found = fit(A, B, seconds=11.0, done=frozenset({"delay/b"}))
    assert found.experiments == (A, B)
    other = budget.fitting((A, B), {}, size="cpu", budget=9.0, done=frozenset({A.name}))
    assert other.experiments == (A,)
    assert "run it once by name" in other.skipped[0].reason
    assert budget.fitting((A,), COSTS, size="cpu", budget=10.0).experiments == (A,)
    with pytest.raises(errors.InvalidInputError, match="nothing fits"):
        budget.fitting((A,), COSTS, size="paper", budget=10.0)


def test_what_was_never_run_counts_as_the_longest_of_its_suite_or_of_all():
    costs = {
        **COSTS,
        "cpu delay/aa": Estimate(15.0, 0),
        "smoke delay/x": Estimate(9e9, 0),
    }
    new = dataclasses.replace(A, name="delay/new")
    other = dataclasses.replace(A, name="other/new")
    del costs["cpu delay/b"]
    for experiment, seconds in ((A, 10.0), (new, 20.0), (other, 20.0)):
        found = budget.fitting((experiment,), costs, size="cpu", budget=99.0)
        assert found.seconds == seconds
    costs["cpu training/x"] = Estimate(30.0, 0)
    assert budget.fitting((new,), costs, size="cpu", budget=99.0).seconds == 20.0
    assert budget.fitting((other,), costs, size="cpu", budget=99.0).seconds == 30.0


def test_nothing_that_fits_is_an_error_with_the_least_that_is_needed():
    with pytest.raises(
        errors.InvalidInputError, match="delay/a alone takes about 10 s"
    ):
        fit(A, B, seconds=9.0)
