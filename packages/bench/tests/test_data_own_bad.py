import contextlib
import re
import wave

import numpy as np
import pytest
import scipy.io.wavfile
from hypothesis import given
from hypothesis import strategies as st

from framestate.bench import errors
from framestate.bench.data.own import Options, open_own

RNG = np.random.default_rng(7)
SAMPLES = RNG.normal(size=(10, 6, 2))
SERIES = RNG.normal(size=(100, 3))
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
LENGTHS = np.array([1, 6, 2, 3, 4, 5, 6, 1, 2, 3])
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])
SPLIT = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, 2])


def npz(folder, **arrays):
    np.savez(folder / "mine.npz", **arrays)
    return folder / "mine.npz"


def refused(path, finding, options=None, kind=errors.DataError):
    with pytest.raises(kind) as caught:
        open_own(path, options)
    assert re.search(finding, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


def nan_at(row, step):
    bad = SAMPLES.copy()
    bad[row, step, 1] = np.nan
    return bad


PADDED = {"inputs": SAMPLES, "targets": LABELS}
FLAT = {"inputs": SAMPLES[:, 0], "targets": LABELS}
HALVES = {"targets": LABELS[:3], "offsets": np.array([0, 3, 6, 10])}
NAMES = ("train", "validation", "test")
PRESPLIT = {f"{part}_{name}": PADDED[name] for part in NAMES for name in PADDED}
RAGGED = {f"{part}_offsets": OFFSETS for part in NAMES} | {
    **PRESPLIT,
    **{f"{part}_inputs": np.zeros((33, 2)) for part in NAMES},
}
BAD_ARRAYS = [
    ({**PADDED, "target": LABELS}, "target, which mean nothing"),
    ({"inputs": SAMPLES}, "there are no targets"),
    ({"train_inputs": SAMPLES, "train_targets": LABELS}, "no validation_inputs"),
    ({**PADDED, "targets": LABELS[:9]}, "10 sequences have 9 targets"),
    ({**PADDED, "targets": LABELS - 1}, "label of row 0 is -1, not in 0 to 1"),
    ({**PADDED, "targets": LABELS + 1}, "labels run from 1 to 3"),
    ({**PADDED, "targets": LABELS * 0}, "labels run from 0 to 0"),
    ({**PADDED, "targets": LABELS[:, None] - 1}, "array of 0 and 1"),
    ({**PADDED, "targets": np.where(LABELS > 1, np.inf, 0.0)}, "target of row 2"),
    ({**PADDED, "targets": np.zeros((10, 2, 2))}, "not .n,. or .n, k. numbers"),
    ({**PADDED, "targets": np.zeros((10, 0))}, "not .n,. or .n, k. numbers"),
    ({**PADDED, "targets": np.array(3)}, "is a single number"),
    ({**PADDED, "targets": LABELS.astype(str)}, "targets hold <U"),
    ({**PADDED, "inputs": nan_at(4, 3)}, "row 4, sample 3 is nan"),
    ({**PADDED, "inputs": SAMPLES * 1e300}, "row 0, sample 0 is .*e"),
    ({**PADDED, "inputs": SAMPLES.astype(str)}, "not sequences of numbers"),
    ({**PADDED, "inputs": SAMPLES[:, :, :, None]}, "not sequences of numbers"),
    ({**PADDED, "inputs": np.zeros((10, 0))}, "not sequences of numbers"),
    ({**PADDED, "inputs": LABELS[:, None] - 1}, "tokens run from -1 to 1"),
    ({**PADDED, "inputs": LABELS[:, None] + 10**6}, "tokens run from 1000000"),
    ({**PADDED, "split": SPLIT[:9]}, "split holds int64"),
    ({**PADDED, "split": SPLIT + 1}, "split of row 6 is .*2.*|split of row 8 is"),
    ({**PADDED, "split": SPLIT.astype(float)}, "split holds float64"),
    ({**PADDED, "split": SPLIT * (SPLIT > 1)}, "the validation part has no sequence"),
    ({**PADDED, "lengths": LENGTHS - 1}, "the length of row 0 is 0, not 1 to 6"),
    ({**PADDED, "lengths": LENGTHS + 1}, "the length of row 1 is 7, not 1 to 6"),
    ({**PADDED, "lengths": LENGTHS[:9]}, "9 lengths for inputs of shape"),
    ({**PADDED, "lengths": LENGTHS * 1.0}, "lengths holds float64"),
    ({**PADDED, "lengths": LENGTHS, "offsets": OFFSETS}, "exclude each other"),
    ({**PADDED, "offsets": OFFSETS}, "inputs hold float64"),
    ({**FLAT, "offsets": OFFSETS + 1}, "from .1. to .34., not from 0 to 10"),
    ({**HALVES, "inputs": nan_at(4, 0)[:, 0]}, "row 1, sample 1 is nan"),
    ({**FLAT, "offsets": OFFSETS[:0]}, "from .. to .., not from 0 to 10"),
    ({**PRESPLIT, "test_inputs": SAMPLES[:, :5]}, "the parts differ .*give lengths"),
    ({**PRESPLIT, "test_inputs": SAMPLES[..., :1]}, "the parts differ"),
    ({**PRESPLIT, "test_inputs": LABELS[:, None]}, "the parts differ"),
    ({**PRESPLIT, "test_targets": LABELS[:, None]}, "the parts differ"),
    ({**PRESPLIT, "test_targets": LABELS[1:]}, "test: 10 sequences, 9 targets"),
    ({**RAGGED, "test_offsets": OFFSETS + 1}, "test_offsets begin at 1"),
    ({**RAGGED, "test_offsets": OFFSETS[1:] - 1}, "test: 9 sequences, 10 targets"),
    (
        {"inputs": SAMPLES[:3, 0], "targets": LABELS[:2], "offsets": [0, 3, 3]},
        "sequence 1 has no",
    ),
    ({"inputs": SAMPLES[:2], "targets": LABELS[:2]}, "2 sequences cannot be split"),
    ({"series": np.zeros((2, 2, 2))}, "series holds"),
    ({"series": SERIES, "columns": np.array(["a", "b", "b"])}, "3 different names"),
    ({"series": np.where(SERIES[3, 1] == SERIES, np.nan, SERIES)}, "row 3, column '1'"),
    ({"series": SERIES}, "holds no window of 96 rows of history"),
    ({**PADDED, "inputs": np.array([None, 1], dtype=object)}, "Object arrays"),
]


@pytest.mark.parametrize(("arrays", "finding"), BAD_ARRAYS)
def test_bad_arrays_are_refused_in_one_line(tmp_path, arrays, finding):
    if "Object" not in finding:
        arrays = {name: np.asarray(value) for name, value in arrays.items()}
    refused(npz(tmp_path, **arrays), finding)


ROWS = "".join(f"{i},{i},{i % 2}\n" for i in range(10))
BAD_TABLES = [
    ("", "no row of numbers"),
    ("a,b\n", "no row of numbers"),
    ("date\n2016-07-01\n", "a column of dates alone"),
    ("a,b,a\n1,2,3\n", "two columns have the same name"),
    ("a,b\n1,2\n3\n", "line 3 has 1 cells, not 2"),
    ("a,b\n1,2\n3,\n", "line 3, column 'b' is empty, not a number"),
    ("a,b\n1,2\n3,x\n", "line 3, column 'b' is 'x', not a number"),
    ("date,b\nx,2\nx,y\n", "line 3, column 'b' is 'y', not a number"),
    ("a,b\n" + 300 * "1,2\n" + "nan,1\n", "row 300, column 'a' is nan"),
    ("a,b\n1,2\n", "holds no window"),
    (ROWS + "1,2\n", "line 11 has 2 cells, not 3; sequences of unequal"),
    (ROWS + "1,x,2\n", "line 11, column '1' is 'x'"),
    (ROWS + "1,inf,1\n", "row 10, sample 1 is inf"),
    (ROWS + "1,1,7\n1,1,-1\n", "label of row 11 is -1"),
    ("1\n2\n3\n", "line 1 has no label"),
    ('1,"2\n', "labels run from 2 to 2"),
    ("1," + "2" * 200_000 + ",1\n", "field larger than field limit"),
]


@pytest.mark.parametrize(("text", "finding"), BAD_TABLES)
def test_bad_tables_are_refused_in_one_line(tmp_path, text, finding):
    (tmp_path / "mine.csv").write_text(text)
    refused(tmp_path / "mine.csv", finding)


def test_missing_columns_and_wrong_kinds_are_refused(tmp_path):
    record = npz(tmp_path, series=np.zeros((200, 12)))
    options = Options(columns=("OT", "1"))
    kind = errors.InvalidInputError
    refused(record, r"columns OT .* Use some of 0, .*9, \.\.", options, kind)
    refused(record, "one long record", Options(kind="classification"), kind)
    path = npz(tmp_path, **PADDED)
    refused(path, "nothing to forecast", Options(kind="forecast"))
    refused(path, "an .n, k. array", Options(kind="multilabel"))
    refused(path, "label of row 2 is 2, not in 0 to 1", Options(classes=2))
    path = npz(tmp_path, inputs=SAMPLES, targets=LABELS * 1.0)
    refused(path, "not .n,. integers", Options(kind="classification"))


@pytest.mark.parametrize("name", ["none.npz", "none.csv", "none.wav", "none"])
def test_what_is_missing_or_of_no_known_kind_is_refused(tmp_path, name):
    refused(tmp_path / name, "No such file|it is no folder and no .npz")


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "density"},
        {"shares": (0.5, 0.5, 0.0)},
        {"shares": (0.5, 0.3, 0.3)},
        {"seed": -1},
        {"history": 0},
        {"horizon": 0},
        {"classes": 1},
        {"rate": 0},
    ],
)
def test_options_that_cannot_be_meant_are_refused(options):
    (name,) = options
    with pytest.raises(errors.InvalidInputError, match=f"options of own data: {name}"):
        Options(**options)


def sound(path, samples=None, rate=8000):
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = np.arange(100, dtype=np.int16) if samples is None else samples
    scipy.io.wavfile.write(path, rate, wave)


def test_bad_folders_of_sounds_are_refused(tmp_path):
    refused(tmp_path, "no two folders of .wav files")
    sound(tmp_path / "a/1.wav")
    refused(tmp_path, "no two folders of .wav files")
    sound(tmp_path / "b/1.wav", np.zeros((100, 2), dtype=np.int16))
    refused(tmp_path, "b.1.wav has 2 channels, others 1")
    sound(tmp_path / "b/1.wav", np.zeros(0, dtype=np.int16))
    refused(tmp_path, "0 samples at 8000 Hz")
    sound(tmp_path / "b/1.wav", rate=10**9)
    refused(tmp_path, "100 samples at 1000000000 Hz")
    whole = (tmp_path / "a/1.wav").read_bytes()
    for cut in (0, 3, 20, 50, len(whole) - 2):
        (tmp_path / "b/1.wav").write_bytes(whole[:cut])
        refused(tmp_path, "reading .*1.wav")
    (tmp_path / "train").mkdir()
    refused(tmp_path, "there is train, but no test, validation")


def survives(path):
    with contextlib.suppress(errors.DataError, errors.InvalidInputError):
        open_own(path, Options(history=2, horizon=1))


def changed(data, content):
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    return bytes(content)


@given(data=st.data())
def test_changed_bytes_of_an_npz_give_a_task_or_one_error(tmp_path_factory, data):
    path = npz(tmp_path_factory.mktemp("fuzz"), inputs=SAMPLES[:4], targets=LABELS[:4])
    path.write_bytes(changed(data, path.read_bytes()))
    survives(path)


@given(
    data=st.lists(
        st.lists(st.text('0123456789.eE+-naif,;\t"\n x\0', max_size=6), max_size=5)
    )
)
def test_any_table_gives_a_task_or_one_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "mine.csv"
    path.write_text("\n".join(map(",".join, data)))
    survives(path)


@given(content=st.binary(max_size=300))
def test_any_bytes_give_a_task_or_one_error(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("fuzz")
    for name in ("mine.csv", "mine.npz"):
        (folder / name).write_bytes(content)
        survives(folder / name)


@given(data=st.data())
def test_changed_bytes_of_a_sound_give_a_task_or_one_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    for name in ("a/1.wav", "b/1.wav", "b/2.wav"):
        sound(folder / name)
    path = folder / "a/1.wav"
    head, tail = path.read_bytes()[:44], path.read_bytes()[44:]
    path.write_bytes(changed(data, head) + tail)
    survives(folder)


def test_a_sound_of_the_standard_library_is_read(tmp_path):
    for name in ("a/1.wav", "b/1.wav", "b/2.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with wave.open(str(tmp_path / name), "wb") as file:
            file.setparams((1, 3, 8000, 0, "NONE", ""))
            file.writeframes(bytes(3 * 100))
    assert open_own(tmp_path).max_length == 100
