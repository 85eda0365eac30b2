import pytest

from framestate.bench import plan, record, report
from framestate.bench.report import networks


def _results(suite):
    rows = tuple(
        record.Record(
            suite=suite,
            experiment=f"{suite}/x",
            species=species,
            signal="a task",
            metric="accuracy",
            value=value,
            unit="%",
            paper=paper,
            fidelity="scaled-down",
            seeds=(0, 1),
            command=f"framestate-bench run {suite}/x",
            note="runs 80, 82",
        )
        for species, value, paper in (("W4S4", 81.0, 88.55), ("LSTM", 70.0, None))
    )
    lines = tuple(
        record.Curve(
            suite, f"{suite}/x", "W4S4", "a task", name, (1.0, 2.0), (0.5, 0.81)
        )
        for name in ("validation accuracy, seed 0", "training loss, seed 0")
    )
    return record.Results("cpu", rows, lines, (), {})


@pytest.mark.parametrize("suite", networks.SUITES)
def test_a_suite_of_networks_has_its_table_in_both_reports(suite):
    results = _results(suite)
    text, page = report.markdown(results), report.html(results)
    wanted = "| a task | W4S4 | accuracy, % | 88.55 | 81 | -7.55 | scaled-down | 0, 1 |"
    assert wanted in text
    assert "| a task | LSTM | accuracy, % | – | 70 | – |" in text
    assert page.count("runs 80, 82") >= 2
    assert "**" not in text.split(wanted)[1]  # no winner without an interval


def test_only_the_measure_that_selects_is_drawn():
    (section,) = networks.sections(_results("text"))
    (gallery,) = section.galleries
    assert [f.caption for f in gallery.figures] == [
        "a task: validation accuracy, one line for each seed"
    ]
    assert "<svg" in gallery.figures[0].svg


def test_every_suite_of_the_plan_with_networks_has_a_section():
    suites = {e.suite for e in plan.plan("cpu") if e.data is not None}
    assert suites == set(networks.SUITES)
