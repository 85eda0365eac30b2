import dataclasses
import json
import math

import pytest

from framestate.bench import errors, record

RECORD = record.Record(
    suite="delay",
    experiment="delay/white",
    species="LegS",
    signal="white",
    metric="MSE",
    value=0.25,
    fidelity="own",
    paper=0.5,
    seeds=(0, 1),
    command="framestate-bench run delay/white",
    seconds=1.5,
    settings={"lag": 300, "lags": [1, 2]},
    note="a, note",
)
CURVE = record.Curve(
    "delay", "delay/white", "LegS", "white", "c", (1.0, 2.0), (3.0, 4.0)
)
RESULTS = record.Results(
    size="smoke",
    records=(RECORD,),
    curves=(CURVE,),
    skipped=(record.Skipped("delay/speech", "no folder"),),
    environment={"python": "3"},
)


def test_results_survive_a_round_trip_through_json():
    text = record.results_text(RESULTS)
    assert record.results_from_json(json.loads(text)) == RESULTS


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_an_error(value):
    with pytest.raises(errors.ResultError, match="delay/white"):
        dataclasses.replace(RECORD, value=value)


def test_a_curve_with_a_gap_is_an_error():
    with pytest.raises(errors.ResultError):
        dataclasses.replace(CURVE, y=(math.nan, 1.0))


def test_a_curve_needs_one_ordinate_for_each_abscissa():
    with pytest.raises(errors.InvalidInputError):
        dataclasses.replace(CURVE, y=(1.0,))


def test_a_record_without_a_known_fidelity_is_refused():
    # in this test run beartype may be the first to notice
    with pytest.raises((errors.InvalidInputError, TypeError)):
        dataclasses.replace(RECORD, fidelity="nearly")


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"schema": 0},
        {"schema": 1},
        {"schema": 1, "records": [{}], "curves": []},
        {"schema": 1, "records": 5, "curves": []},
        {"schema": 1, "records": [], "curves": [], "skipped": 3},
        {"schema": 1, "records": [], "curves": [], "skipped": ["ab"]},
        {"schema": 1, "records": [], "curves": [], "skipped": [{"experiment": "a"}]},
        {"schema": 1, "records": [], "curves": [], "environment": ["a"]},
        {"schema": 1, "records": [], "curves": [], "environment": {"a": 1}},
    ],
)
def test_json_of_another_shape_is_refused(value):
    with pytest.raises(errors.DataError):
        record.results_from_json(value)


def test_csv_has_one_row_for_each_record_and_quotes_commas():
    lines = record.csv_text((RECORD, RECORD)).splitlines()
    assert len(lines) == 3
    assert lines[1].endswith('"a, note"')
    assert ",0 1," in lines[1]


def test_writing_replaces_the_file_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "x.txt"
    record.write_atomic(path, "old")
    record.write_atomic(path, "new")
    assert path.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]


def test_a_write_that_fails_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "x.txt"
    record.write_atomic(path, "old")

    def refuse(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(errors.OutputError, match="No space left"):
        record.write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]


def test_a_missing_or_broken_results_file_is_one_error(tmp_path):
    with pytest.raises(errors.DataError, match="No such file"):
        record.read_json(tmp_path / "results.json")
    for text in ("{", "[1]"):
        (tmp_path / "results.json").write_text(text)
        with pytest.raises(errors.DataError, match="JSON"):
            record.read_json(tmp_path / "results.json")
