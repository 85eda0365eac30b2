import wave

import numpy as np
import pytest
import scipy.io.wavfile

from framestate.bench.advise import read_signal
from framestate.bench.errors import DataError, InvalidInputError


def test_csv_columns_by_name_by_number_and_by_default(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("time;load\n2020;1.5\n2021;-2\n")
    assert read_signal(path).values.tolist() == [1.5, -2.0]
    assert read_signal(path, "time").values.tolist() == [2020.0, 2021.0]
    assert read_signal(path, "0").values.tolist() == [2020.0, 2021.0]
    path.write_text("1,2\n3,4\n")
    assert read_signal(path).values.tolist() == [2.0, 4.0]
    path.write_text("# made by hand\ndate\tload\tnote\n2020-01-01\t1\ta\n\tx\t\n")
    with pytest.raises(DataError, match="row 2 of 2"):
        read_signal(path)
    path.write_text("# made by hand\ndate\tload\tnote\n2020-01-01\t1\ta\n\t2\t\n")
    assert read_signal(path).values.tolist() == [1.0, 2.0]
    assert read_signal(path).sampling == "column load, 2 rows"


def test_a_gap_written_as_nan_is_refused_with_its_place(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a\n1\nnan\n3\n")
    with pytest.raises(InvalidInputError, match="sample 1 is nan"):
        read_signal(path)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_wav_of_any_rate_and_of_floats(tmp_path, kind):
    path = tmp_path / "a.wav"
    values = np.array([0.25, -0.5, 0.125], kind)
    scipy.io.wavfile.write(path, 44100, values)
    signal = read_signal(path)
    assert signal.values.tolist() == values.tolist()
    assert "44100 Hz" in signal.sampling


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_wav_samples_lie_between_minus_one_and_one(tmp_path, bits):
    path = tmp_path / "a.wav"
    top = 2 ** (bits - 1)
    values = np.array([0, top // 2, -top, 0, top // 4, 0])
    kind = {8: "u1", 16: "<i2", 24: "<i4", 32: "<i4"}[bits]
    stored = (values + 128 if bits == 8 else values).astype(kind).tobytes()
    if bits == 24:
        stored = b"".join(stored[k : k + 3] for k in range(0, len(stored), 4))
    with wave.open(str(path), "wb") as sound:
        sound.setparams((2, bits // 8, 8000, 0, "NONE", ""))
        sound.writeframes(stored)
    assert read_signal(path).values.tolist() == [0.25, -0.5, 0.125]
    assert read_signal(path, "0").values.tolist() == [0.0, -1.0, 0.25]
    with pytest.raises(DataError, match=r"it holds 2 channels .*--column 0"):
        read_signal(path, "2")


def test_arrays_by_name(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3)[:, None])
    assert read_signal(tmp_path / "a.npy").values.tolist() == [0.0, 1.0, 2.0]
    np.savez(tmp_path / "b.npz", x=np.arange(3.0), y=np.arange(4.0))
    assert len(read_signal(tmp_path / "b.npz", "y").values) == 4
    with pytest.raises(DataError, match="x, y"):
        read_signal(tmp_path / "b.npz")


def test_channels_of_an_array_by_number(tmp_path):
    two = np.arange(10.0).reshape(2, 5)
    np.savez(tmp_path / "a.npz", ecg=two, load=two.T)
    np.save(tmp_path / "b.npy", two)
    np.save(tmp_path / "c.npy", two[0])
    assert read_signal(tmp_path / "c.npy", "0").values.tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(DataError, match="it holds 1 channel of 5 samples"):
        read_signal(tmp_path / "c.npy", "1")
    for column in ("ecg:1", "load:1"):
        assert read_signal(tmp_path / "a.npz", column).values.tolist() == [
            5,
            6,
            7,
            8,
            9,
        ]
    assert read_signal(tmp_path / "b.npy", "0").values.tolist() == [0, 1, 2, 3, 4]
    first = read_signal(tmp_path / "a.npz", "ecg:0")
    assert first.sampling == "array ecg, channel 0, 5 samples"
    for column in ("ecg", "ecg:2", "ecg:x"):
        with pytest.raises(DataError, match=r"ecg holds 2 channels.*--column ecg:0"):
            read_signal(tmp_path / "a.npz", column)
    with pytest.raises(DataError, match=r"it holds 2 channels.*--column 0"):
        read_signal(tmp_path / "b.npy")


@pytest.mark.parametrize(
    ("name", "content", "finding"),
    [
        ("a.txt", b"1", "files end in"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"\xff\xfe\x00", "no CSV"),
        ("a.csv", b"a,b\nx,y\n", "no column"),
        ("a.csv", b"a\n1\n\n2\nx\n", r"row 3 of 3 .* \(1 such row\)"),
        ("a.csv", b"a,b\n1,2\n3\n4\n", r"row 2 of 3 .* \(2 such rows\)"),
        ("a.csv", b"t;x\n1;1,5\nu;2,5\n", "row 2"),
        ("a.csv", b"a\n1,5\n2,1\n", "row 1 of 2 has 2 cells"),
        ("a.csv", b"# nothing\n", "empty"),
        ("a.wav", b"RIFF", "a.wav"),
        ("a.wav", b"RIFF" + bytes(60), "a.wav"),
        ("a.npy", b"\x93NUMPY", "no NumPy array"),
        ("a.npz", b"PK", "no NumPy archive"),
    ],
)
def test_a_file_that_holds_no_record_is_refused(tmp_path, name, content, finding):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=finding):
        read_signal(tmp_path / name)


def test_more_that_holds_no_record(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((3, 2, 2)))
    with pytest.raises(DataError, match=r"\(3, 2, 2\)"):
        read_signal(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(DataError, match="no NumPy array"):
        read_signal(tmp_path / "b.npy")
    (tmp_path / "c.csv").write_text("a\n1\n2\n")
    with pytest.raises(DataError, match="Columns are a"):
        read_signal(tmp_path / "c.csv", "b")
    with pytest.raises(DataError, match="No such file"):
        read_signal(tmp_path / "none.csv")
