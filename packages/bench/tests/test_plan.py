import dataclasses

import numpy as np
import pytest

from framestate.bench import errors, plan
from framestate.bench.data import Signal

SIZES = ("default", "quick")


@pytest.mark.parametrize("size", SIZES)
def test_names_are_unique_and_begin_with_their_suite(size):
    names = [e.name for e in plan.plan(size)]
    assert len(set(names)) == len(names)
    assert {e.suite for e in plan.plan(size)} == set(plan.SUITES)


def test_quick_is_a_part_of_the_default_plan():
    default = {e.name for e in plan.plan("default")}
    assert {e.name for e in plan.plan("quick")} <= default


def test_experiments_are_frozen_and_a_misspelling_is_an_error():
    experiment = plan.plan("quick")[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        experiment.name = "x"
    with pytest.raises(TypeError):
        plan.DelaySettings(signal="white", lagg=3)


def test_suites_and_experiments_can_be_selected():
    everything = plan.plan("quick")
    assert plan.select(everything, ()) == everything
    chosen = plan.select(everything, ("delay/white", "theorem"))
    assert {e.suite for e in chosen} == {"delay", "theorem"}
    assert sum(e.suite == "delay" for e in chosen) == 1


@pytest.mark.parametrize(
    ("wrong", "near"), [("dealy", "delay"), ("delay/whiteness", "delay/white")]
)
def test_an_unknown_task_is_refused_with_near_names(wrong, near):
    with pytest.raises(errors.UnknownTaskError, match=f"Did you mean .*{near}"):
        plan.select(plan.plan("quick"), (wrong,))


def test_a_task_unlike_any_other_is_refused_without_a_guess():
    with pytest.raises(errors.UnknownTaskError, match="list shows all"):
        plan.select(plan.plan("quick"), ("xyzzy",))


def test_another_lag_reaches_the_delay_task_alone():
    changed = plan.with_lag(plan.plan("quick"), 17)
    for before, after in zip(plan.plan("quick"), changed, strict=True):
        if isinstance(after.settings, plan.DelaySettings):
            assert after.settings.lag == 17
            assert after.settings.exact_lag
        else:
            assert before == after


def test_the_key_depends_on_settings_seed_signals_and_code():
    base = plan.Experiment(
        "delay/ecg", "", plan.DelaySettings(signal="ecg"), signals=("ecg",)
    )
    ecg = {"ecg": (Signal("ecg", np.arange(5.0), "", ""),)}
    other = {"ecg": (Signal("ecg", np.arange(6.0), "", ""),)}
    longer = dataclasses.replace(base.settings, lag=299)
    keys = {
        base.key(ecg, code="a"),
        base.key(other, code="a"),
        base.key(ecg, code="b"),
        dataclasses.replace(base, seed=1).key(ecg, code="a"),
        dataclasses.replace(base, settings=longer).key(ecg, code="a"),
        dataclasses.replace(base, name="delay/x").key(ecg, code="a"),
    }
    assert len(keys) == 6
    assert base.key(ecg, code="a") == dataclasses.replace(base).key(ecg, code="a")
    # words for people are not part of what is computed
    assert dataclasses.replace(base, about="x").key(ecg, code="a") in keys
