import importlib
import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from set_files import silent

from framestate.bench import errors
from framestate.bench.data.dataset import Decoded
from framestate.bench.data.sets import m4, series

FOLDER = os.environ.get("FRAMESTATE_DATA")
real = pytest.mark.skipif(FOLDER is None, reason="FRAMESTATE_DATA is not set")
MODULES = ("hourly", "weekly", "daily", "monthly", "quarterly", "yearly")


def data_set(frequency):
    return importlib.import_module(
        f"framestate.bench.data.sets.m4_{frequency}"
    ).DATA_SET


def collection(*lengths, seed=0):
    rng = np.random.default_rng(seed)
    parts = [rng.standard_normal(n).cumsum() for n in lengths]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return series.Collection(np.concatenate(parts), offsets), parts


def every(split):
    return split.batch(np.arange(len(split)))


def test_the_last_horizon_tests_and_the_one_before_it_validates():
    made, parts = collection(20, 13, 9)
    train, validation, test = series.splits(made, history=6, horizon=3)
    for split, back in ((validation, 6), (test, 3)):
        batch = every(split)
        for row, one in enumerate(parts):
            head = one[: one.size - 6]
            scaled = ((one - head.mean()) / head.std()).astype(np.float32)
            origin = one.size - back
            seen = scaled[max(0, origin - 6) : origin]
            assert batch.lengths[row] == seen.size
            assert np.array_equal(batch.inputs[row, : seen.size, 0], seen)
            assert not batch.inputs[row, seen.size :].any()
            assert np.array_equal(batch.targets[row, :, 0], scaled[origin : origin + 3])
    assert len(train) == (20 // 3 - 3) + (13 // 3 - 3) + 0


def test_train_targets_tile_what_is_before_the_validation():
    made, parts = collection(20, 8, 31)
    train, _, _ = series.splits(made, history=100, horizon=3)
    batch, row = every(train), 0
    for one in parts:
        head = one[: one.size - 6]
        scaled = ((one - head.mean()) / head.std()).astype(np.float32)
        origin = one.size - 9
        while origin >= 3:  # a horizon of history
            assert np.array_equal(batch.targets[row, :, 0], scaled[origin : origin + 3])
            assert batch.lengths[row] == origin
            assert np.array_equal(batch.inputs[row, :origin, 0], scaled[:origin])
            row, origin = row + 1, origin - 3
    assert row == len(train)


def test_what_is_validated_or_tested_does_not_change_the_train_split():
    made, _ = collection(20, 31)
    values = made.values.copy()
    for end in made.offsets[1:]:
        values[end - 6 : end] = 1e6
    other = series.Collection(values, made.offsets)
    first, second = (
        series.splits(one, history=6, horizon=3)[0] for one in (made, other)
    )
    assert np.array_equal(every(first).inputs, every(second).inputs)
    assert np.array_equal(every(first).targets, every(second).targets)


def test_a_constant_series_keeps_its_scale():
    made = series.Collection(np.full(12, 5.0), np.array([0, 12]))
    for split in series.splits(made, history=6, horizon=3):
        assert not every(split).targets.any()


def test_a_batch_of_no_rows_is_empty():
    made, _ = collection(20)
    batch = series.splits(made, history=6, horizon=3)[0].batch(np.zeros(0, np.int64))
    assert batch.inputs.shape == (0, 0, 1)


# ---- files


def official(folder, train, test):
    for part, rows in (("Train", train), ("Test", test)):
        width = max(len(row) for row in rows.values())
        lines = [",".join(f'"V{k + 1}"' for k in range(width + 1))]
        for name, row in rows.items():
            cells = [f"{x}" for x in row] + [""] * (width - len(row))
            lines.append(",".join([f'"{name}"', *cells]))
        path = folder / "m4" / part / f"Tiny-{part.lower()}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")


def tiny(count=2):
    return m4.data_set("Tiny", horizon=2, count=count, blobs=("a" * 40, "b" * 40))


TRAIN = {"T1": [1.0, 2.0, 4.0, 8.0, 16.0], "T2": [3.5, 3.0, 2.5]}
TEST = {"T1": [32.0, 64.0], "T2": [2.0, 1.5]}


def test_official_files_are_read_as_they_come(tmp_path):
    official(tmp_path, TRAIN, TEST)
    value = tiny()
    layout = value.layouts[0]
    arrays = layout.decode(tmp_path, silent)
    assert arrays["values"].tolist() == [*TRAIN["T1"], 32, 64, *TRAIN["T2"], 2, 1.5]
    assert arrays["offsets"].tolist() == [0, 7, 12]
    made = value.tasks["m4-tiny"](Decoded(layout, arrays))
    assert (made.horizon, made.max_length, made.fidelity) == (2, 14, "full")
    assert [one.path for one in value.remotes] == list(layout.needs)
    assert value.remotes[1].url.endswith("Dataset/Test/Tiny-test.csv")
    assert value.remotes[0].checksum == "git:" + "a" * 40


@pytest.mark.parametrize(
    ("train", "test", "finding"),
    [
        (TRAIN, TEST | {"T3": [1.0, 2.0]}, "2 train and 3 test series"),
        (TRAIN | {"T3": [1.0]}, TEST | {"T3": [1.0, 2.0]}, "3 train and 3 test"),
        (TRAIN, TEST | {"T2": [1.0]}, "series T2 has 1 values, not 2"),
        (TRAIN | {"T2": [1.0, float("nan")]}, TEST, "series 1 is not finite"),
        (TRAIN | {"T2": [1.0, 2.0]}, TEST, None),
        (TRAIN | {"T2": []}, TEST, "series 1 has 2 values"),
        (TRAIN | {"T2": ["one"]}, TEST, "ValueError"),
        (TRAIN | {"T2": ['"x"y']}, TEST, "Error"),
    ],
)
def test_official_files_that_do_not_fit_are_refused(tmp_path, train, test, finding):
    official(tmp_path, train, test)
    decode = partial(tiny().layouts[0].decode, tmp_path, silent)
    if finding is None:  # five values are the fewest
        train["T2"].append(3.0)
        official(tmp_path, train, test)
        decode()
        return
    with pytest.raises(errors.DataError, match=finding):
        decode()


CSV = st.text(',"\n\r NA1.e-', max_size=60).map(str.encode)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=80) | CSV)
def test_any_bytes_are_lines_of_series_or_one_error(tmp_path, data):
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    try:
        lines = list(m4._lines(path, silent))
    except errors.DataError:
        return
    assert all(values.dtype == np.float64 for _, values in lines)


def whole(folder, **changes):
    arrays = {
        "values": np.arange(20.0),
        "offsets": np.array([0, 9, 20]),
        "test": np.array([[1.0, 2.0], [3.0, 4.0]]),
    }
    (folder / "m4").mkdir(exist_ok=True)
    np.savez(folder / "m4" / "m4_x.npz", **(arrays | changes))
    return m4._whole("m4/m4_x.npz", 2, 2, folder, silent)


def test_prepared_files_are_whole_series_with_their_test(tmp_path):
    arrays = whole(tmp_path)
    assert arrays["offsets"].tolist() == [0, 11, 24]
    assert arrays["values"][9:11].tolist() == [1.0, 2.0]
    for change in (
        {"offsets": np.array([0, 20])},
        {"test": np.ones((2, 3))},
        {"test": np.ones((3, 2))},
        {"test": np.ones(2)},
        {"values": np.arange(21.0)},
        {"offsets": np.array([1, 9, 20])},
        {"offsets": np.array([0, 21, 20])},
        {"offsets": np.array([[0, 20]])},
        {"offsets": np.zeros(0)},
    ):
        with pytest.raises(errors.DataError, match=r"m4_x\.npz"):
            whole(tmp_path, **change)


def test_prepared_samples_are_a_table(tmp_path):
    (tmp_path / "m4").mkdir()
    path = tmp_path / "m4" / "m4_tiny_sample.npz"
    layout = tiny().layouts[1]
    assert (layout.fidelity, layout.needs) == ("subset", ("m4/m4_tiny_sample.npz",))
    np.savez(path, values=np.arange(30.0).reshape(3, 10))
    assert layout.decode(tmp_path, silent)["offsets"].tolist() == [0, 10, 20, 30]
    np.savez(path, values=np.arange(30.0))
    with pytest.raises(errors.DataError, match=r"values of shape \(30,\)"):
        layout.decode(tmp_path, silent)


REAL = {  # series, horizon, train forecasts
    "hourly": (414, 48, 6_438),
    "weekly": (359, 13, 27_365),
    "daily": (60, 14, 5_280),
    "monthly": (80, 18, 1_200),
    "quarterly": (75, 8, 675),
    "yearly": (100, 6, 400),
}


@real
@pytest.mark.parametrize("frequency", MODULES)
def test_real_series_are_all_there(frequency):
    value = data_set(frequency)
    layout = value.layouts[1]
    if not (Path(FOLDER) / layout.needs[0]).is_file():
        pytest.skip(f"{layout.needs[0]} is not in FRAMESTATE_DATA")
    made = value.tasks[f"m4-{frequency}"](
        Decoded(layout, layout.decode(Path(FOLDER), silent))
    )
    series_count, horizon, forecasts = REAL[frequency]
    assert (len(made.train), len(made.test)) == (forecasts, series_count)
    assert len(made.validation) == series_count
    assert made.horizon == horizon
    complete = frequency in ("hourly", "weekly")
    assert made.fidelity == ("full" if complete else "subset")
    assert np.isfinite(every(made.test).targets).all()


@pytest.mark.parametrize("frequency", MODULES)
def test_a_frequency_says_what_it_is(frequency):
    value = data_set(frequency)
    assert value.name == f"m4-{frequency}"
    assert list(value.tasks) == [value.name]
    assert all(len(one.checksum) == 44 for one in value.remotes)
