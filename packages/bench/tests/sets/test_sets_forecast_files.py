"""The tables that are forecast: what they say, and their files."""

import gzip
import importlib
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from set_files import silent

from framestate.bench.data.dataset import Decoded
from framestate.bench.data.sets import ett
from framestate.bench.data.sets.forecasting import Cut

FOLDER = os.environ.get("FRAMESTATE_DATA")
real = pytest.mark.skipif(FOLDER is None, reason="FRAMESTATE_DATA is not set")


def data_set(module):
    return importlib.import_module(f"framestate.bench.data.sets.{module}").DATA_SET


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
