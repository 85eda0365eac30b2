import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import resample_poly
from set_files import silent

from framestate.bench import errors
from framestate.bench.data.dataset import Decoded
from framestate.bench.data.sets import mitbih, mitbih_files
from framestate.bench.data.sets.mitbih import DATA_SET
from framestate.bench.data.sets.mitbih_files import DS1, DS2, RECORDS

FOLDER = os.environ.get("FRAMESTATE_DATA")
TIMES = 64 * 360  # two windows of 32 s
CODES = {1: "N", 8: "S", 5: "V", 6: "F", 13: "Q"}


# ---- a tiny copy of MIT-BIH: 48 records of 64 s


def records():
    rng = np.random.default_rng(0)
    made = {}
    for nth, name in enumerate(RECORDS):
        signals = rng.integers(800, 1200, (TIMES, 2), dtype=np.int16)
        beats = np.arange(100 + nth, TIMES, 300 + nth)
        codes = np.resize(list(CODES), beats.size)
        leads = ("V5", "MLII") if name == "114" else ("MLII", "V1")
        made[name] = signals, beats, codes, leads
    return made


MADE = records()


def header(name, signals, leads):
    lines = [f"{name} 2 360 {TIMES}"]
    for lead, column in zip(leads, signals.T, strict=True):
        total = int(column.sum()) % 65536
        lines.append(f"{name}.dat 212 200 11 1024 {column[0]} {total} 0 {lead}")
    return "\n".join(lines).encode()


def samples(signals):
    a, b = signals.astype(np.int64).T % 4096
    parts = np.stack([a % 256, a // 256 + 16 * (b // 256), b % 256], axis=1)
    return parts.astype(np.uint8).tobytes()


def marks(beats, codes):
    # a change of rhythm first, which is no beat
    words = [28 * 1024 + int(beats[0]) - 50]
    steps = np.diff(beats, prepend=beats[0] - 50)
    words += [1024 * int(c) + int(s) for c, s in zip(codes, steps, strict=True)]
    return np.array([*words, 0], dtype="<u2").tobytes()


def official():
    for name, (signals, beats, codes, leads) in MADE.items():
        yield f"{name}.hea", header(name, signals, leads)
        yield f"{name}.dat", samples(signals)
        yield f"{name}.atr", marks(beats, codes)


def packed(path, found):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mit-bih-1.0.0/RECORDS", "\n".join(RECORDS))
        archive.writestr("mit-bih-1.0.0/x_mitdb/x_108.hea", "not of the 48")
        for name, data in found.items():
            archive.writestr(f"mit-bih-1.0.0/{name}", data)


@pytest.fixture(autouse=True)
def short(monkeypatch, request):
    if "real" not in request.node.name:
        monkeypatch.setattr(mitbih_files, "LENGTH", TIMES)


@pytest.fixture
def decoded(tmp_path):
    layout = DATA_SET.layouts[0]
    packed(tmp_path / layout.needs[0], dict(official()))
    return Decoded(layout, layout.decode(tmp_path, silent))


def test_a_folder_and_prepared_files_hold_the_same_as_the_archive(decoded, tmp_path):
    for name, data in official():
        (tmp_path / "mitbih" / name).write_bytes(data)
    prepared(tmp_path)
    for layout in DATA_SET.layouts[1:]:
        assert all((tmp_path / need).exists() for need in layout.needs)
        arrays = layout.decode(tmp_path, silent)
        assert arrays.keys() == decoded.arrays.keys()
        for name, array in arrays.items():
            assert np.array_equal(array, decoded.arrays[name])


def prepared(folder, **changes):
    signals, notes = (folder / need for need in mitbih_files.PREPARED)
    signals.parent.mkdir(exist_ok=True)
    raw = {f"sig_{name}": one[0].T for name, one in MADE.items()}
    lists = {
        "records": np.array(RECORDS),
        "leads": np.array([one[3] for one in MADE.values()]),
    }
    for name, (_, beats, codes, _) in MADE.items():
        lists[f"sample_{name}"] = np.array([beats[0] - 50, *beats], dtype=np.int32)
        lists[f"code_{name}"] = np.array([28, *codes], dtype=np.uint8)
    np.savez(signals, **{k: changes.get(k, v) for k, v in raw.items()})
    np.savez(notes, **{k: changes.get(k, v) for k, v in lists.items()})
    return DATA_SET.layouts[2].decode(folder, silent)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"records": np.array(["100"])}, "1 records, not the 48"),
        ({"leads": np.array(["MLII"])}, "48 records, not the 48"),
        ({"sig_100": np.zeros((2, 5), np.int16)}, r"sig_100: int16 \(2, 5\)"),
        ({"sig_100": np.zeros((2, TIMES))}, "sig_100: float64"),
        ({"sample_100": np.zeros(3, np.int32)}, r"100: \(3,\) and"),
    ],
)
def test_prepared_files_that_do_not_fit_are_refused(tmp_path, change, finding):
    with pytest.raises(errors.DataError, match=finding):
        prepared(tmp_path, **change)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"105.dat": None}, r"105\.dat is missing"),
        ({"105.dat": b"123"}, r"105\.dat.* 3 bytes, not"),
        ({"105.atr": b"12"}, r"105\.atr"),
        ({"105.hea": b"105 2 250 23040"}, r"105\.hea"),
        ({"105.hea": header("105", MADE["105"][0], "AB")[:-9]}, r"105\.hea"),
        (
            {
                "105.hea": header("105", MADE["105"][0], "AB").replace(
                    b" 360 ", b" 250 "
                )
            },
            "rate, length, leads",
        ),
        (
            {
                "105.hea": header("105", MADE["105"][0], "AB").replace(
                    b" 200 ", b" 100 "
                )
            },
            "gain and zero",
        ),
    ],
)
def test_a_record_that_is_missing_or_damaged_is_named(tmp_path, change, finding):
    found = {k: v for k, v in (dict(official()) | change).items() if v is not None}
    layout = DATA_SET.layouts[0]
    packed(tmp_path / layout.needs[0], found)
    with pytest.raises(errors.DataError, match=finding):
        layout.decode(tmp_path, silent)


def test_beats_are_windows_around_their_marks(decoded):
    made = DATA_SET.tasks["mitbih-aami"](decoded)
    targets = made.train.batch(np.arange(len(made.train))).targets
    counts = np.maximum(np.bincount(targets, minlength=5), 1)
    assert made.class_shares == pytest.approx(counts / counts.sum(), rel=1e-12)
    fit = [name for name in DS1 if name not in mitbih.VALIDATION]
    first_lead_first = {
        name: one[0][:, ::-1] if name == "114" else one[0] for name, one in MADE.items()
    }
    train = np.concatenate([first_lead_first[name] for name in fit]).astype(np.float64)
    mean, std = train.mean(axis=0), train.std(axis=0)
    for split, group in (
        (made.train, fit),
        (made.validation, mitbih.VALIDATION),
        (made.test, DS2),
    ):
        names = sorted(group)
        assert len(split) == sum(MADE[name][1].size for name in names)
        beats = MADE[names[0]][1]
        batch = split.batch(np.arange(beats.size))
        assert [mitbih.CLASSES[k] for k in batch.targets] == [
            CODES[k] for k in MADE[names[0]][2]
        ]
        for got, beat in zip(batch.inputs, beats, strict=True):
            places = np.clip(np.arange(beat - 768, beat + 256), 0, TIMES - 1)
            expected = (first_lead_first[names[0]][places] - mean) / std
            # mean of 1,000 over a std of 100, rounded to float32 twice
            np.testing.assert_allclose(got, expected, rtol=0, atol=2 * 6e-8 * 12)
    assert (made.max_length, made.outputs, made.channels) == (1_024, 5, 2)


def test_no_record_is_in_two_parts_and_paced_ones_in_none(decoded):
    made = DATA_SET.tasks["mitbih-aami"](decoded)
    groups = [
        set(split.record.tolist()) for split in (made.train, made.validation, made.test)
    ]
    assert [len(group) for group in groups] == [18, 4, 22]
    assert len(set.union(*groups)) == 44
    rate = DATA_SET.tasks["mitbih-hr"](decoded)
    number = decoded.arrays["hr_record"]
    groups = [
        set(number[s.rows].tolist()) for s in (rate.train, rate.validation, rate.test)
    ]
    assert [len(group) for group in groups] == [32, 8, 8]
    assert len(set.union(*groups)) == 48
    assert {RECORDS.index("201"), RECORDS.index("202")} <= groups[0]


def test_a_change_of_test_records_leaves_the_train_split_as_it_is(decoded):
    later = [RECORDS.index(name) for name in (*DS2, *mitbih.VALIDATION)]
    kept = ("signals", "sums", "squares")
    changed = {name: np.array(decoded.arrays[name]) for name in kept}
    for array in changed.values():
        array[later] = 99
    hr_inputs = np.array(decoded.arrays["hr_inputs"])
    hr_inputs[decoded.arrays["hr_record"] % 6 >= 4] = 99
    changed = dict(decoded.arrays) | changed | {"hr_inputs": hr_inputs}
    other = Decoded(decoded.layout, changed)
    rows = np.arange(5)
    for task in DATA_SET.tasks.values():
        one, two = task(decoded).train.batch(rows), task(other).train.batch(rows)
        assert np.array_equal(one.inputs, two.inputs)


def test_rates_are_beats_a_minute_and_windows_32_seconds(decoded):
    made = DATA_SET.tasks["mitbih-hr"](decoded)
    batch = made.train.batch(np.arange(2))  # both of record 100
    signals, beats, _, _ = MADE["100"]
    for window in range(2):
        begin = 32 * 360 * window
        within = beats[(beats >= begin) & (beats < begin + 32 * 360)] / 360
        rate = 60 * (within.size - 1) / (within[-1] - within[0])
        assert abs(float(batch.targets[window, 0]) - rate) < 1e-5
    volts = resample_poly((signals - 1024.0) / 200, 25, 72, axis=0)
    seen = decoded.arrays["hr_inputs"][:2].reshape(-1, 2)
    assert np.array_equal(seen, volts.astype(np.float32))
    train = decoded.arrays["hr_inputs"][made.train.rows].reshape(-1, 2).astype(float)
    expected = (seen[:4_000] - train.mean(axis=0)) / train.std(axis=0)
    # the mean, the standard deviation and the quotient are rounded
    np.testing.assert_allclose(batch.inputs[0], expected, rtol=0, atol=4 * 6e-8 * 12)


def test_a_window_with_few_beats_is_left_out():
    beats = np.arange(10) + 40.0
    assert mitbih_files._rate(beats, 32) == 60.0
    assert np.isnan(mitbih_files._rate(beats[1:], 32))


REAL_BEATS = {  # of shared/data and of de Chazal (2004)
    "DS1": {"N": 45_866, "S": 944, "V": 3_788, "F": 415, "Q": 8},
    "DS2": {"N": 44_259, "S": 1_837, "V": 3_221, "F": 388, "Q": 7},
}


def test_the_real_records_hold_the_published_beats_and_rates():
    layout = DATA_SET.layouts[2]
    if FOLDER is None or not all(
        (Path(FOLDER) / need).is_file() for need in layout.needs
    ):
        pytest.skip("FRAMESTATE_DATA has no MIT-BIH")
    decoded = Decoded(layout, layout.decode(Path(FOLDER), silent))
    assert decoded.arrays["beat_code"].shape == (109_494,)
    made = DATA_SET.tasks["mitbih-aami"](decoded)
    train, validation, test = (
        np.bincount(s.target, minlength=5)
        for s in (made.train, made.validation, made.test)
    )
    assert (
        dict(zip("NSVFQ", (train + validation).tolist(), strict=True))
        == REAL_BEATS["DS1"]
    )
    assert dict(zip("NSVFQ", test.tolist(), strict=True)) == REAL_BEATS["DS2"]
    assert min(*train, *validation) >= 2  # every class trains and validates
    rates = decoded.arrays["hr"]
    assert decoded.arrays["hr_inputs"].shape == (2_685, 4_000, 2)
    assert [round(float(x), 1) for x in (rates.mean(), rates.std())] == [75.9, 16.1]
    assert [round(float(x), 1) for x in (rates.min(), rates.max())] == [33.8, 134.2]
    rate = DATA_SET.tasks["mitbih-hr"](decoded)
    assert (len(rate.train), len(rate.validation), len(rate.test)) == (1_792, 445, 448)
