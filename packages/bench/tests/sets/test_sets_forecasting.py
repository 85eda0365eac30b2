import gzip
import importlib
from functools import partial

import numpy as np
import pytest
from set_files import silent, write

from framestate.bench import errors
from framestate.bench.data.dataset import Decoded, Layout
from framestate.bench.data.sets import forecasting, lstnet
from framestate.bench.data.sets.forecasting import Borders, Cut, Form, shares


def data_set(module):
    return importlib.import_module(f"framestate.bench.data.sets.{module}").DATA_SET


def held(values, columns=None):
    names = columns or [str(k) for k in range(values.shape[1])]
    layout = Layout("made", (), "own", lambda folder, progress: {})
    return Decoded(layout, {"values": values, "columns": np.array(names)})


def task(values, cut):
    return forecasting._task("made", cut, held(values))


def walk(rows, columns, seed=0):
    return np.random.default_rng(seed).standard_normal((rows, columns)).cumsum(axis=0)


def test_windows_are_cut_where_the_papers_cut_them():
    # Informer: border1 = (0, train - history, validation - history), stride one
    values, history, horizon = walk(100, 3), 8, 4
    made = task(values, Cut(history, horizon))
    assert [len(s) for s in (made.train, made.validation, made.test)] == [59, 7, 17]
    mean, std = values[:70].mean(axis=0), values[:70].std(axis=0)
    scaled = (values - mean) / std
    for split, begin in ((made.train, 0), (made.validation, 62), (made.test, 72)):
        batch = split.batch(np.arange(len(split)))
        for row in range(len(split)):
            middle = begin + row + history
            seen, later = batch.inputs[row], batch.targets[row]
            # eight roundings of float32, on values of the size of the walk
            close = partial(np.testing.assert_allclose, rtol=0, atol=8 * 6e-8 * 20)
            close(seen, scaled[begin + row : middle])
            close(later, scaled[middle : middle + horizon])
    assert (made.channels, made.outputs, made.max_length) == (3, 3, 8)
    assert (made.horizon, made.kind) == (4, "forecast")


def test_what_is_forecast_lies_in_its_own_part():
    made = task(np.arange(200.0)[:, None], Cut(10, 5))
    scale, shift = np.arange(140.0).std(), np.arange(140.0).mean()
    ends = []
    for split in (made.train, made.validation, made.test):
        later = split.batch(np.arange(len(split))).targets * scale + shift
        ends.append((round(float(later.min())), round(float(later.max()))))
    assert ends == [(10, 139), (140, 159), (160, 199)]


def test_only_train_rows_set_the_scale():
    values = walk(100, 2)
    other = values.copy()
    other[70:] = 1e3 * other[70:] + 7
    first, second = task(values, Cut(8, 4)), task(other, Cut(8, 4))
    rows = np.arange(len(first.train))
    one, two = first.train.batch(rows), second.train.batch(rows)
    assert np.array_equal(one.inputs, two.inputs)
    assert np.array_equal(one.targets, two.targets)
    rows = np.arange(len(first.test))
    assert not np.array_equal(
        first.test.batch(rows).targets, second.test.batch(rows).targets
    )


def test_a_constant_column_keeps_its_scale():
    values = np.stack([np.arange(10.0), np.full(10, 3.0)], axis=1)
    scaled = forecasting.standardize(values, 7)
    assert scaled[:, 1].tolist() == [0.0] * 10
    assert scaled.dtype == np.float32


def test_a_window_with_a_missing_row_is_left_out():
    values = walk(100, 2)
    values[20, 1] = np.nan  # one row: history + horizon = 12 windows hold it
    values[75, 0] = np.nan
    made = task(values, Cut(8, 4))
    for split in (made.train, made.validation, made.test):
        batch = split.batch(np.arange(len(split)))
        assert np.isfinite(batch.inputs).all()
        assert np.isfinite(batch.targets).all()
    assert len(made.train) == 59 - 12
    # rows 62 .. 79 hold 7 windows of validation, from 62 to 68; 64 .. 68 see row 75
    assert len(made.validation) == 2
    assert len(made.test) == 17 - 4  # from 72 on, those up to 75
    assert "21 of 83 windows left out" in made.note


def test_a_table_without_room_for_a_window_is_refused():
    with pytest.raises(errors.DataError, match=r"no window of 8 \+ 11 rows"):
        task(walk(100, 1), Cut(8, 11))  # the validation part has ten rows
    task(walk(100, 1), Cut(8, 10))
    with pytest.raises(errors.DataError, match="no window"):
        task(walk(10, 1), Cut(8, 1))  # seven rows train
    with pytest.raises(errors.DataError, match="17000 rows"):
        task(walk(17_000, 1), Cut(8, 1, partial(forecasting.months, per_hour=2)))
    missing = np.full((100, 1), 1.0)
    missing[70:80] = np.nan
    with pytest.raises(errors.DataError, match="every window of rows 62 to 80"):
        task(missing, Cut(8, 4))
    missing[:70] = np.nan
    with pytest.raises(errors.DataError, match="missing in all train rows"):
        task(missing, Cut(8, 4))


def test_borders_are_those_of_the_papers():
    assert shares(52_696) == Borders(36_887, 42_157, 52_696)
    assert shares(7_588) == Borders(5_311, 6_071, 7_588)
    assert forecasting.months(17_420, per_hour=1) == Borders(8_640, 11_520, 14_400)
    assert forecasting.months(69_680, per_hour=4) == Borders(34_560, 46_080, 57_600)


def test_a_univariate_task_takes_its_column_alone():
    values = walk(2_000, 3)
    made = forecasting.univariate("x", "b", {24: 48})["x-s24"]
    got = made(held(values, ["a", "b", "c"]))
    alone = task(values[:, 1:2], Cut(48, 24))
    rows = np.arange(5)
    assert np.array_equal(got.test.batch(rows).inputs, alone.test.batch(rows).inputs)
    assert got.channels == 1
    with pytest.raises(errors.DataError, match="no column 'b'"):
        made(held(values))
    with pytest.raises(errors.DataError, match="holds no 'values'"):
        made(Decoded(held(values).layout, {}))


def test_a_table_of_another_size_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text("date,a\nx,1\nx,2\n")
    good = forecasting.layout("official", "x.csv", Form(rows=2, columns=1), note="n")
    arrays = good.decode(tmp_path, silent)
    assert arrays["values"].tolist() == [[1.0], [2.0]]
    assert arrays["columns"].tolist() == ["a"]
    assert (good.fidelity, good.note, good.needs) == ("full", "n", ("x.csv",))
    bad = forecasting.layout("official", "x.csv", Form(rows=3, columns=1))
    with pytest.raises(errors.DataError, match="2 rows x 1 columns, not 3 x 1"):
        bad.decode(tmp_path, silent)


def test_tables_of_lstnet_have_neither_header_nor_dates(tmp_path):
    source = lstnet.remote("tiny", "tiny/tiny_AL.txt.gz", "git:0")
    form = Form(rows=1_000, columns=2, header=False, keys=0)
    value = lstnet.data_set("tiny", "Tiny", source, form, ())
    assert source.path == "tiny/tiny_AL.txt.gz"
    assert source.url.endswith("/tiny/tiny_AL.txt.gz")
    rows = [f"{k},{k * k}" for k in range(1_000)]
    write(tmp_path / source.path, gzip.compress("\n".join(rows).encode(), 1))
    arrays = value.layouts[0].decode(tmp_path, silent)
    assert arrays["values"][:, 1].tolist() == [k * k for k in range(1_000)]
    made = value.tasks["tiny-96"](Decoded(value.layouts[0], arrays))
    assert made.channels == 2


def loads(folder, **changes):
    values = np.full((9, 4), np.nan, dtype=np.float32)
    values[2:, [0, 2]] = np.arange(14.0).reshape(7, 2)
    values[4:, 0] += 0.5
    values[6, 2] = np.nan  # a gap
    arrays = {"values": values, "columns": np.array(["A", "NI", "B", "PJM_Load"])}
    path = folder / "forecasting" / "pjm_hourly.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez(path, **(arrays | changes))
    return data_set("pjm").layouts[0].decode(folder, silent)


def test_loads_begin_where_all_regions_are_there(tmp_path):
    arrays = loads(tmp_path)
    assert arrays["columns"].tolist() == ["A", "B"]
    expected = [
        [0, 1],
        [2, 3],
        [4.5, 5],
        [6.5, 7],
        [8.5, np.nan],
        [10.5, 11],
        [12.5, 13],
    ]
    assert np.array_equal(arrays["values"], np.array(expected), equal_nan=True)
    for change, finding in (
        ({"values": np.zeros(4)}, r"values \(4,\)"),
        ({"columns": np.array(["A", "B"])}, r"columns \(2,\)"),
        ({"columns": np.arange(4)}, "int64 columns"),
        ({"values": np.zeros((2, 4), dtype=np.int64)}, "int64 values"),
        ({"values": np.full((2, 4), np.nan)}, "no row has all columns"),
    ):
        with pytest.raises(errors.DataError, match=finding):
            loads(tmp_path, **change)
