import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from set_files import silent

from framestate.bench import errors
from framestate.bench.data.dataset import Decoded, Layout
from framestate.bench.data.sets import ptbxl_files
from framestate.bench.data.sets.ptbxl import DATA_SET

STATEMENTS = """,description,diagnostic,form,rhythm,diagnostic_class,diagnostic_subclass
NORM,normal ECG,1.0,,,NORM,NORM
IMI,"inferior infarction, old",1.0,,,MI,IMI
ASMI,anteroseptal infarction,1.0,,,MI,AMI
NDT,"non-diagnostic, T",1.0,1.0,,STTC,STTC
PVC,ventricular premature complex,,1.0,,,
SR,sinus rhythm,,,1.0,,
AFIB,atrial fibrillation,,,1.0,,
"""
CODES = [  # of records 1 .. 12; folds 1 .. 10, 8, 9
    "{'NORM': 100.0, 'SR': 0.0}",
    "{'IMI': 15.0, 'SR': 0.0}",
    "{'ASMI': 15.0, 'PVC': 100.0}",
    "{'NDT': 100.0}",
    "{'AFIB': 0.0}",
    "{}",
    "{'IMI': 80.0, 'ASMI': 80.0, 'AFIB': 0.0}",
    "{'PVC': 100.0, 'NORM': 80.0, 'SR': 0.0}",
    "{'NORM': 100.0, 'SR': 0.0, 'NDT': 0.0}",
    "{'ASMI': 100.0, 'AFIB': 0.0, 'NDT': 0.0}",
    "{'NDT': 35.0, 'SR': 0.0}",
    "{'SR': 0.0}",
]
FOLDS = [*range(1, 11), 8, 9]
CLASSES = {
    "all": ["AFIB", "ASMI", "IMI", "NDT", "NORM", "PVC", "SR"],
    "diagnostic": ["ASMI", "IMI", "NDT", "NORM"],
    "subdiagnostic": ["AMI", "IMI", "NORM", "STTC"],
    "superdiagnostic": ["MI", "NORM", "STTC"],
    "form": ["NDT", "PVC"],
    "rhythm": ["AFIB", "SR"],
}
GROUPS = {"NORM": "NORM", "IMI": "MI", "ASMI": "MI", "NDT": "STTC"}
COUNT = len(CODES)
SIGNALS = np.random.default_rng(0).integers(
    -3000, 3000, (COUNT, 1_000, 12), dtype=np.int16
)


def stem(record):
    return f"records100/00000/{record:05d}_lr"


def header(record, signals, *, rate=100, gain="1000.0(0)/mV"):
    name = f"{record:05d}_lr"
    lines = [f"{name} 12 {rate} 1000"]
    for lead, column in enumerate(signals.T):
        total = int(column.sum()) % 65536
        lines.append(f"{name}.dat 16 {gain} 16 0 {column[0]} {total} 0 L{lead}")
    return "\n".join(lines).encode()


def found(**changes):
    lines = ["ecg_id,patient_id,scp_codes,report,strat_fold,filename_lr"]
    lines += [
        f'{k + 1},7.0,"{CODES[k]}","a ""b"", c",{FOLDS[k]},{stem(k + 1)}'
        for k in range(COUNT)
    ]
    made = {
        "ptbxl_database.csv": "\n".join(lines).encode(),
        "scp_statements.csv": STATEMENTS.encode(),
        "records500/00000/00001_hr.dat": b"not read",
    }
    for k in range(COUNT):
        made[f"{stem(k + 1)}.dat"] = SIGNALS[k].astype("<i2").tobytes()
        made[f"{stem(k + 1)}.hea"] = header(k + 1, SIGNALS[k])
    return {k: v for k, v in (made | changes).items() if v is not None}


def packed(folder, contents):
    path = folder / "ptbxl.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in contents.items():
            archive.writestr(f"ptb-xl-1.0.3/{name}", data)
    return ptbxl_files.decode("ptbxl.zip", COUNT, folder, silent)


@pytest.fixture(scope="module")
def decoded(tmp_path_factory):
    arrays = packed(tmp_path_factory.mktemp("ptbxl"), found())
    layout = Layout("official", (), "full", partial(ptbxl_files.decode, "", COUNT))
    return Decoded(layout, arrays)


def test_the_folder_and_the_archive_hold_the_same(decoded, tmp_path):
    for name, data in found().items():
        path = tmp_path / "ptbxl" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    arrays = ptbxl_files.decode("ptbxl", COUNT, tmp_path, silent)
    for name, array in decoded.arrays.items():
        assert np.array_equal(arrays[name], array)
    assert np.array_equal(arrays["signals"], SIGNALS)
    assert arrays["fold"].tolist() == FOLDS


@pytest.mark.parametrize("which", CLASSES)
def test_labels_are_those_of_the_statements(decoded, which):
    labels = decoded.arrays[which]
    assert labels.shape == (COUNT, len(CLASSES[which]))
    for row, text in zip(labels, CODES, strict=True):
        codes = [
            code
            for code in ("NORM", "IMI", "ASMI", "NDT", "PVC", "SR", "AFIB")
            if f"'{code}'" in text
        ]
        match which:
            case "subdiagnostic":
                names = {
                    "AMI" if c == "ASMI" else "STTC" if c == "NDT" else c
                    for c in codes
                    if c in GROUPS
                }
            case "superdiagnostic":
                names = {GROUPS[c] for c in codes if c in GROUPS}
            case _:
                names = {c for c in codes if c in CLASSES[which]}
        assert {CLASSES[which][k] for k in np.flatnonzero(row)} == names


@pytest.mark.parametrize("which", CLASSES)
def test_folds_part_the_labeled_records_and_train_sets_the_scale(decoded, which):
    made = DATA_SET.tasks[f"ptbxl-{which}"](decoded)
    labeled = decoded.arrays[which].any(axis=1)
    folds = np.array(FOLDS)
    train = np.flatnonzero(labeled & (folds <= 8))
    assert made.train.rows.tolist() == train.tolist()
    assert (
        made.validation.rows.tolist() == np.flatnonzero(labeled & (folds == 9)).tolist()
    )
    assert made.test.rows.tolist() == np.flatnonzero(labeled & (folds == 10)).tolist()
    flat = SIGNALS[train].astype(np.float64)
    batch = made.test.batch(np.arange(len(made.test)))
    expected = (SIGNALS[made.test.rows] - flat.mean()) / flat.std()
    # mean and std are rounded to float32, then the quotient
    np.testing.assert_allclose(batch.inputs, expected, rtol=0, atol=3 * 6e-8 * 2)
    assert np.array_equal(batch.targets, decoded.arrays[which][made.test.rows])
    assert batch.targets.dtype == np.float32
    assert (made.kind, made.outputs) == ("multilabel", len(CLASSES[which]))


def test_a_change_of_test_records_leaves_the_train_split_as_it_is(decoded, tmp_path):
    dark = np.full_like(SIGNALS[0], 5)
    changes = {
        f"{stem(10)}.dat": dark.astype("<i2").tobytes(),
        f"{stem(10)}.hea": header(10, dark),
    }
    other = Decoded(decoded.layout, packed(tmp_path, found(**changes)))
    rows = np.arange(4)
    for task in DATA_SET.tasks.values():
        one, two = task(decoded).train.batch(rows), task(other).train.batch(rows)
        assert np.array_equal(one.inputs, two.inputs)


DATABASE = found()["ptbxl_database.csv"]
FIRST = f"{stem(1)}.hea"


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"ptbxl_database.csv": None}, r"ptbxl_database\.csv is missing"),
        ({"scp_statements.csv": None}, r"scp_statements\.csv is missing"),
        ({FIRST: None}, "the record records100/00000/00001_lr is missing"),
        ({FIRST: b"x"}, r"00001_lr\.hea"),
        ({FIRST: header(1, SIGNALS[0], rate=500)}, "rate, length, leads"),
        ({FIRST: header(1, SIGNALS[0], gain="200")}, "gain and zero"),
        ({f"{stem(1)}.dat": bytes(100)}, "100 bytes, not 24000"),
        ({f"{stem(1)}.dat": bytes(24_000)}, "starts at 0"),
        (
            {"ptbxl_database.csv": DATABASE[: DATABASE.index(b"\n5,")]},
            "4 records, not 12",
        ),
        ({"ptbxl_database.csv": DATABASE.replace(b",10,", b",11,")}, "folds 1 to 11"),
        ({"ptbxl_database.csv": DATABASE.replace(b",1,rec", b",0,rec")}, "folds 0 to"),
        ({"ptbxl_database.csv": DATABASE.replace(b",10,", b",x,")}, "ValueError"),
        ({"ptbxl_database.csv": DATABASE.replace(b"strat_fold", b"fold")}, "KeyError"),
        ({"ptbxl_database.csv": DATABASE.replace(b"{}", b"{1")}, "SyntaxError"),
        ({"ptbxl_database.csv": DATABASE.replace(b"{}", b"f()")}, "ValueError"),
        ({"ptbxl_database.csv": DATABASE.replace(b"{}", b"5")}, "TypeError"),
        ({"ptbxl_database.csv": DATABASE + b'\n"open'}, "Error: unexpected end"),
        ({"scp_statements.csv": b"a,b\n1,2,3"}, "more cells than the header"),
        ({"ptbxl_database.csv": b"\xff" + DATABASE}, "UnicodeDecodeError"),
    ],
)
def test_what_is_missing_or_damaged_is_named(tmp_path, changes, finding):
    with pytest.raises(errors.DataError, match=finding):
        packed(tmp_path, found(**changes))


@given(st.binary(max_size=80) | st.text(',"\n\r ab1', max_size=60).map(str.encode))
def test_any_bytes_are_a_table_of_statements_or_one_error(data):
    try:
        rows = ptbxl_files._table(Path("x.csv"), data, "a")
    except errors.DataError:
        return
    assert all(row["a"] == key for key, row in rows.items())


def test_a_task_without_records_in_a_part_is_refused(decoded):
    arrays = dict(decoded.arrays) | {"fold": np.full(COUNT, 3, dtype=np.int8)}
    with pytest.raises(errors.DataError, match=r"\[11, 0, 0\] labeled records"):
        DATA_SET.tasks["ptbxl-all"](Decoded(decoded.layout, arrays))


def test_the_data_set_says_what_it_is():
    assert list(DATA_SET.tasks) == [f"ptbxl-{which}" for which in CLASSES]
    assert DATA_SET.layouts[0].needs == (DATA_SET.remotes[0].path,)
    assert DATA_SET.layouts[0].decode.args[1] == 21_799
