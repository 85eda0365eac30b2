import dataclasses

import numpy as np
import pytest

from framestate.bench import plan, record, report
from framestate.bench.report import networks
from framestate.bench.tasks.network import NetworkSettings


def _results(suite, *, seeds=3, gap=40):
    """Two networks; the first is right on `gap` examples more, of 200."""
    rows, scores = [], []
    rng = np.random.default_rng(0)
    for species, right, paper in (("W4S4", 150, 88.55), ("LSTM", 150 - gap, None)):
        experiment = f"{suite}/{species.lower()}"
        about = (suite, experiment, species, "a task")
        drawn = [
            np.where(rng.permutation(200) < right + k - 1, 100.0, 0.0)
            for k in range(seeds)
        ]
        runs = tuple(float(d.mean()) for d in drawn)
        scores += [
            record.Scores(*about, "accuracy", k, tuple(map(float, d)), higher=True)
            for k, d in enumerate(drawn)
        ]
        row = record.Record(
            *about,
            metric="accuracy",
            unit="%",
            value=sum(runs) / seeds,
            runs=runs,
            paper=paper,
            fidelity="scaled-down",
            seeds=tuple(range(seeds)),
            command=f"framestate-bench run {experiment}",
            note="22,754 parameters",
        )
        rows.append(row)
    lines = tuple(
        record.Curve(
            suite, f"{suite}/w4s4", "W4S4", "a task", name, (1.0, 2.0), (0.5, 0.81)
        )
        for name in ("validation accuracy, seed 0", "training loss, seed 0")
    )
    return record.Results("cpu", tuple(rows), lines, (), {}, tuple(scores))


@pytest.mark.parametrize("suite", networks.SUITES)
def test_a_suite_of_networks_has_its_table_in_both_reports(suite):
    results = _results(suite)
    text, page = report.markdown(results), report.html(results)
    wanted = (
        "| a task | W4S4 | accuracy, % | 88.55 | **75** | 0.500 | −13.5 (scaled-down) |"
    )
    assert wanted in text
    assert "| a task | LSTM | accuracy, % | – | 55 | 0.500 | – |" in text
    assert page.count("22,754 parameters") >= 2


def test_a_winner_is_bold_only_by_its_interval_and_from_three_seeds():
    clear = networks.compared(_results("text"), "text")[0]
    assert (clear.best.species, clear.other.species) == ("W4S4", "LSTM")
    assert clear.difference.value == pytest.approx(20.0)
    assert clear.difference.beats
    for results, verdict in (
        (_results("text", gap=2), "not told apart"),
        (_results("text", seeds=2), "better in 2 trained pair(s); 3 seeds are needed"),
    ):
        (section,) = networks.sections(results)
        assert not any(
            cell.strong for t in section.tables for r in t.rows for cell in r
        )
        assert section.tables[1].rows[0][-1].text == verdict


def test_networks_tested_on_other_examples_are_not_compared():
    results = _results("text")
    cut = dataclasses.replace(results.scores[-1], values=results.scores[-1].values[:9])
    changed = dataclasses.replace(results, scores=(*results.scores[:3], cut))
    assert networks.compared(changed, "text") == ()


def test_only_the_measure_that_selects_is_drawn():
    (section,) = networks.sections(_results("text"))
    (gallery,) = section.galleries
    assert [f.caption for f in gallery.figures] == [
        "a task: validation accuracy, one line for each seed"
    ]
    assert "<svg" in gallery.figures[0].svg


def test_every_suite_of_the_plan_with_networks_has_a_section():
    rows = [e for e in plan.plan("cpu") if isinstance(e.settings, NetworkSettings)]
    # of wavelets and trees: frames stand beside networks there
    assert {e.suite for e in rows} == {*networks.SUITES, "wavelet-order"}
