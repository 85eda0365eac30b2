import base64
import dataclasses
import json
import math
import zlib

import numpy as np
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
    runs=(0.2, 0.3),
    note="a, note",
)
CURVE = record.Curve(
    "delay", "delay/white", "LegS", "white", "c", (1.0, 2.0), (3.0, 4.0)
)
SCORES = record.Scores(
    "delay", "delay/white", "LegS", "white", "MSE", 1, (0.25, 0.5, 0.0), higher=False
)
RESULTS = record.Results(
    size="smoke",
    records=(RECORD,),
    curves=(CURVE,),
    skipped=(record.Skipped("delay/speech", "no folder"),),
    environment={"python": "3"},
    scores=(SCORES,),
)


def test_results_survive_a_round_trip_through_json():
    text = record.results_text(RESULTS)
    assert record.results_from_json(json.loads(text)) == RESULTS


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("records", "value", 0.26),
        ("records", "fidelity", "full"),
        ("records", "hash", "0" * 16),
        ("curves", "y", [3.0, 4.5]),
        ("scores", "seed", 2),
        ("scores", "values", record.pack((0.25, 0.5, 1.0))),
    ],
)
def test_what_was_changed_by_hand_is_refused(part, field, value):
    stored = json.loads(record.results_text(RESULTS))
    stored[part][0][field] = value
    with pytest.raises(errors.DataError, match="hash"):
        record.results_from_json(stored)


def test_the_hash_of_a_record_is_that_of_all_it_says():
    fields = ("value", "seconds", "note", "command", "paper", "runs", "settings")
    other = (0.5, 2.0, "b", "x", None, (0.25,), {"lag": 3})
    changed = {
        record.record_hash(dataclasses.replace(RECORD, **{name: value}))
        for name, value in zip(fields, other, strict=True)
    }
    assert len(changed | {record.record_hash(RECORD)}) == len(fields) + 1
    assert record.record_hash(dataclasses.replace(RECORD)) in {
        record.record_hash(RECORD)
    }


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_packed_numbers_are_their_float32(count):
    values = np.random.default_rng(count).normal(size=count)
    unpacked = record.unpack(record.pack(values.tolist()))
    assert unpacked == tuple(map(float, values.astype(np.float32)))
    assert len(record.pack([1.0] * 1000)) < 100


@pytest.mark.parametrize(
    "word",
    [
        "%",
        "AAAA",
        record.pack([1.0, 2.0])[:8],
        base64.b64encode(zlib.compress(b"abc")).decode(),
        base64.b64encode(zlib.compress(b"abcd")[:-2]).decode(),
    ],
)
def test_a_damaged_word_is_refused(word):
    with pytest.raises(ValueError, match="packed numbers"):
        record.unpack(word)


def test_scores_that_are_no_numbers_are_an_error():
    with pytest.raises(errors.ResultError, match="scores"):
        dataclasses.replace(SCORES, values=(0.0, math.nan))
    with pytest.raises(errors.ResultError, match="delay/white"):
        dataclasses.replace(RECORD, runs=(math.inf,))


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
        {"schema": 2},
        {"schema": 2, "records": [{}], "curves": [], "scores": []},
        {"schema": 2, "records": 5, "curves": [], "scores": []},
        {"schema": 2, "records": [], "curves": [], "scores": [], "skipped": 3},
        {"schema": 2, "records": [], "curves": [], "scores": [], "skipped": ["ab"]},
        {
            "schema": 2,
            "records": [],
            "curves": [],
            "scores": [],
            "skipped": [{"experiment": "a"}],
        },
        {"schema": 2, "records": [], "curves": [], "scores": [], "environment": ["a"]},
        {
            "schema": 2,
            "records": [],
            "curves": [],
            "scores": [],
            "environment": {"a": 1},
        },
    ],
)
def test_json_of_another_shape_is_refused(value):
    with pytest.raises(errors.DataError):
        record.results_from_json(value)


def test_csv_has_one_row_for_each_record_and_quotes_commas():
    lines = record.csv_text((RECORD, RECORD)).splitlines()
    assert len(lines) == 3
    assert lines[1].endswith(f'"a, note",{record.record_hash(RECORD)}')
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
