import gzip
import importlib
import os
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from set_files import silent

from framestate.bench import errors
from framestate.bench.data.dataset import Decoded, Layout
from framestate.bench.data.sets import ett, forecasting, lstnet
from framestate.bench.data.sets.forecasting import Borders, Cut, Form, shares

FOLDER = os.environ.get("FRAMESTATE_DATA")
real = pytest.mark.skipif(FOLDER is None, reason="FRAMESTATE_DATA is not set")


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
    write(tmp_path / source.path, "\n".join(rows).encode())
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


MODULES = {
    "weather": ("weather-96", "weather-720"),
    "wth": ("wth-s24", "wth-s720"),
    "ecl": ("ecl-s48", "ecl-s960"),
    "etth1": ("etth1-96", "etth1-s720"),
    "etth2": ("etth2-96", "etth2-s720"),
    "ettm1": ("ettm1-96", "ettm1-s672"),
    "ettm2": ("ettm2-96", "ettm2-720"),
    "exchange": ("exchange-96", "exchange-720"),
    "electricity": ("electricity-96", "electricity-720"),
    "traffic": ("traffic-96", "traffic-720"),
    "solar": ("solar-96", "solar-720"),
    "metr_la": ("metr-la-12", "metr-la-192"),
    "pjm": ("pjm-96", "pjm-720"),
    "vic": ("vic-96", "vic-720"),
    "mt200": ("mt200-96", "mt200-720"),
}


@pytest.mark.parametrize("module", MODULES)
def test_a_data_set_says_what_it_is_and_what_it_is_for(module):
    value = data_set(module)
    assert value.name == module.replace("_", "-")
    assert all((value.title, value.licence, value.citation, value.home))
    names = list(value.tasks)
    assert (names[0], names[-1]) == MODULES[module]
    for remote in value.remotes:
        assert remote.checksum.split(":")[0] in ("git", "sha256")
        assert any(remote.path in layout.needs for layout in value.layouts)


@pytest.mark.parametrize("module", ["etth1", "exchange", "wth", "ecl", "weather"])
def test_an_official_file_is_read_as_it_comes(tmp_path, module):
    value = data_set(module)
    layout = value.layouts[0]
    form = layout.decode.args[1]
    rng = np.random.default_rng(0)
    rows = form.rows or 26_304  # any, where no source states how many
    numbers = rng.standard_normal((rows, max(form.columns, 2))).round(2)
    names = [f"c{k}" for k in range(numbers.shape[1] - 1)]
    last = {"wth": "WetBulbCelsius", "ecl": "MT_320"}.get(module, "OT")
    head = ",".join(["date", *names, last]) + "\n" if form.header else ""
    key = "2016-07-01 00:00:00," if form.keys else ""
    body = "".join(key + ",".join(map(str, row)) + "\n" for row in numbers.tolist())
    write(tmp_path / layout.needs[0], (head + body).encode("latin-1"))
    arrays = layout.decode(tmp_path, silent)
    expected = numbers[:, -1:] if form.keep else numbers
    assert np.array_equal(arrays["values"], expected)
    made = next(iter(value.tasks.values()))(Decoded(layout, arrays))
    assert made.fidelity == "full"


def write(path, data):
    path.parent.mkdir(parents=True)
    match path.suffix:
        case ".gz":
            path.write_bytes(gzip.compress(data, 1))
        case ".zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("weather/weather.csv", data)
        case _:
            path.write_bytes(data)


def test_ett_is_cut_by_months_and_informers_histories():
    value = data_set("ettm1")
    assert value.tasks["ettm1-s288"].args[1] == Cut(
        384, 288, value.tasks["ettm1-96"].args[1].borders, "OT"
    )
    assert value.layouts[0].decode.args[1] == ett.QUARTERS


ROWS = {  # rows, columns, windows of the first task
    "weather": (52_696, 21, (36_696, 5_175, 10_444)),
    "wth": (35_064, 12, (23_801, 3_485, 6_989)),
    "etth1": (17_420, 7, (8_449, 2_785, 2_785)),
    "etth2": (17_420, 7, (8_449, 2_785, 2_785)),
    "exchange": (7_588, 8, (5_120, 665, 1_422)),
    "metr_la": (2_016, 207, (1_304, 191, 392)),
    "pjm": (45_336, 10, (30_717, 4_247, 8_780)),
    "vic": (52_608, 2, (36_634, 5_167, 10_426)),
    "mt200": (35_065, 1, (24_354, 3_412, 6_918)),
}


@real
@pytest.mark.parametrize("module", ROWS)
def test_a_real_table_has_its_rows_and_every_task_its_windows(module):
    value = data_set(module)
    layout = next(one for one in value.layouts if one.name == "prepared")
    if not (Path(FOLDER) / layout.needs[0]).is_file():
        pytest.skip(f"{layout.needs[0]} is not in FRAMESTATE_DATA")
    decoded = Decoded(layout, layout.decode(Path(FOLDER), silent))
    rows, columns, windows = ROWS[module]
    assert decoded.arrays["values"].shape == (rows, columns)
    made = [task(decoded) for task in value.tasks.values()]
    first = made[0]
    assert tuple(map(len, (first.train, first.validation, first.test))) == windows
    for one in made:
        for split in (one.train, one.validation, one.test):
            batch = split.batch(np.array([0, len(split) - 1]))
            assert np.isfinite(batch.inputs).all()
            assert np.isfinite(batch.targets).all()
            assert batch.targets.shape == (2, one.horizon, one.outputs)
    if module == "weather":
        assert (decoded.arrays["values"] == -9999).any()
    if module == "pjm":
        assert "1211 of 44955 windows left out" in first.note
