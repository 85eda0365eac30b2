import dataclasses

import numpy as np
import pytest

from framestate.bench import errors, plan
from framestate.bench.data import Signal, library
from framestate.bench.tasks.delay import DelaySettings
from framestate.bench.tasks.delay_deep import DeepDelaySettings
from framestate.bench.tasks.network import NetworkSettings

SIZES = plan.SIZES


@pytest.mark.parametrize("size", SIZES)
def test_names_are_unique_and_begin_with_their_suite(size):
    names = [e.name for e in plan.plan(size)]
    assert len(set(names)) == len(names)
    assert all("/" in name and name == name.lower() for name in names)


def test_smoke_is_a_part_of_the_larger_plans():
    smoke, cpu, paper = ({e.name for e in plan.plan(size)} for size in plan.SIZES)
    assert smoke <= cpu == paper


def test_experiments_are_frozen_and_a_misspelling_is_an_error():
    experiment = plan.plan("smoke")[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        experiment.name = "x"
    with pytest.raises(TypeError):
        DelaySettings(signal="white", lagg=3)


def test_suites_and_experiments_can_be_selected():
    everything = plan.plan("smoke")
    assert plan.select(everything, ()) == everything
    chosen = plan.select(everything, ("delay/white", "theorem"))
    assert {e.suite for e in chosen} == {"delay", "theorem"}
    assert sum(e.suite == "delay" for e in chosen) == 1


@pytest.mark.parametrize(
    ("wrong", "near"), [("dealy", "delay"), ("delay/whiteness", "delay/white")]
)
def test_an_unknown_task_is_refused_with_near_names(wrong, near):
    with pytest.raises(errors.UnknownTaskError, match=f"Did you mean .*{near}"):
        plan.select(plan.plan("smoke"), (wrong,))


def test_a_task_unlike_any_other_is_refused_without_a_guess():
    with pytest.raises(errors.UnknownTaskError, match="list shows all"):
        plan.select(plan.plan("smoke"), ("xyzzy",))


def test_another_lag_reaches_the_delay_task_alone():
    changed = plan.with_lag(plan.plan("smoke"), 17)
    for before, after in zip(plan.plan("smoke"), changed, strict=True):
        if isinstance(after.settings, DelaySettings):
            assert after.settings.lag == 17
            assert after.settings.exact_lag
        else:
            assert before == after


def test_the_key_depends_on_settings_seed_signals_and_code():
    base = plan.Experiment(
        "delay/ecg", "", DelaySettings(signal="ecg"), signals=("ecg",)
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
        base.key(ecg, code="a", data="b"),
    }
    assert len(keys) == 7
    assert base.key(ecg, code="a") == dataclasses.replace(base).key(ecg, code="a")
    # words for people are not part of what is computed
    assert dataclasses.replace(base, about="x").key(ecg, code="a") in keys


@pytest.mark.parametrize("size", SIZES)
def test_every_network_is_trained_on_a_task_of_the_library(size):
    tasks = set(library.task_names())
    rows = [e for e in plan.plan(size) if isinstance(e.settings, NetworkSettings)]
    assert {e.data for e in rows} <= tasks
    assert all(e.settings.scaled == (size != "paper") for e in rows)
    assert all(e.seeds == e.settings.seeds for e in rows)
    assert size == "paper" or all(e.seeds == (0,) for e in rows)


def test_the_papers_settings_are_those_of_the_paper():
    rows = {e.name: e.settings for e in plan.plan("paper")}
    multires = rows["scifar/multiresnet"]
    assert (multires.net.depth, multires.net.width) == (10, 256)
    assert (multires.train.epochs, multires.train.batch) == (250, 50)
    assert multires.paper == 93.15
    image = rows["lra/image-s4-legs"]
    assert (image.net.depth, image.net.width, image.net.order) == (6, 512, 64)
    assert image.train.warmup == 18_000
    assert rows["lra/path-x-s5"].net.dt_min == 1e-4
    assert rows["text/w4s4"].paper == 88.55


def test_smaller_sizes_are_smaller_and_say_so():
    by_size = [{e.name: e.settings for e in plan.plan(size)} for size in SIZES]
    for name, paper in by_size[2].items():
        if isinstance(paper, NetworkSettings):
            smoke, cpu = (by[name] for by in by_size[:2])
            assert smoke.net.width <= cpu.net.width <= paper.net.width
            assert smoke.train.steps <= cpu.train.steps
            assert cpu.examples is not None


def test_other_values_reach_every_experiment_that_has_the_setting():
    everything = plan.plan("smoke")
    words = ("train.batch=7", "net.trainable=A,C", "examples=none", "dt_range=.1,.2")
    changed = plan.with_values(everything, words)
    for before, after in zip(everything, changed, strict=True):
        if isinstance(after.settings, NetworkSettings):
            assert after.settings.train.batch == 7
            assert after.settings.net.trainable == ("A", "C")
            assert after.settings.examples is None
            assert after.settings.train.steps == before.settings.train.steps
        elif isinstance(after.settings, DeepDelaySettings):
            assert after.settings.net.trainable == ("A", "C")
        elif isinstance(after.settings, DelaySettings):
            assert after.settings.dt_range == (0.1, 0.2)
        else:
            assert after == before


@pytest.mark.parametrize(
    ("word", "finding"),
    [
        ("train.batch", "no name and value"),
        ("=3", "no name and value"),
        ("train.bacth=3", "Did you mean train.batch"),
        ("train.batch=many", "'many' is no"),
        ("net.bidirectional=perhaps", "'perhaps' is no bool"),
        ("train.schedule=triangle", "'triangle', expected one of"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(word, finding):
    with pytest.raises(errors.InvalidInputError, match=finding):
        plan.with_values(plan.plan("smoke"), (word,))


def test_every_setting_has_a_name_to_type():
    row = next(e for e in plan.plan("smoke") if e.name == "scifar/multiresnet")
    names = plan.names(row)
    assert names["net.layer"] == "multires"
    assert names["train.lr"] == 0.0045
    for name in ("data", "species", "seeds", "examples"):
        assert name in names


def test_the_usual_run_meets_every_task_before_it_meets_one_twice():
    chosen = plan.usual(plan.plan("cpu"))
    networks = [e for e in chosen if e.data is not None]
    assert chosen[: len(chosen) - len(networks)] == tuple(
        e for e in plan.plan("cpu") if e.data is None
    )
    rows = [(e.suite, e.data) for e in networks]
    first = rows[: len(set(rows))]
    assert len(set(first)) == len(first)
    left = {e.name for e in plan.plan("cpu")} - {e.name for e in chosen}
    assert "lra/listops-transformer" in left
    assert all(name.startswith(("lra/path-x", "lra/listops")) for name in left)


def test_seeds_reach_every_training_and_nothing_else():
    before = plan.plan("smoke")
    for one, other in zip(before, plan.with_seeds(before, 4), strict=True):
        if hasattr(one.settings, "seeds"):
            assert other.seeds == (0, 1, 2, 3)
        else:
            assert other == one
    assert plan.with_seeds(before, None) == before


def test_a_paper_s_row_that_was_changed_is_none_of_the_paper_s():
    (row,) = plan.select(plan.plan("paper"), ("text/w4s4",))

    def settings(*words):
        return plan.with_values((row,), words)[0].settings

    assert not settings("train.workers=3", "seeds=5").scaled
    assert settings("train.workers=3").paper == 88.55
    assert settings("train.epochs=1").scaled
    other = settings("data=own:mine.npz")
    assert (other.scaled, other.paper) == (True, None)
    (delayed,) = plan.select(plan.plan("paper"), ("delay-deep/m4-w4s4",))
    (changed,) = plan.with_values((delayed,), ("reading.data=m4-weekly",))
    assert (changed.settings.scaled, changed.settings.paper) == (True, None)
