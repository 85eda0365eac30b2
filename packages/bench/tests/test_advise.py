import argparse
import io
import wave

import numpy as np
import pytest
import torch
from rich.console import Console

from framestate import ssm
from framestate.bench.advise import CANDIDATES, Question, advise, command, read_signal
from framestate.bench.advise.ask import typical_lag
from framestate.bench.data import Signal, embedded
from framestate.bench.errors import DataError, InvalidInputError, OutputError


@pytest.fixture(scope="module")
def advice():
    return advise(embedded.load("ecg"), Question(lag=64, order=16))


def test_verdicts_come_best_first_and_none_beats_the_limit(advice):
    windows = [one.window for one in advice.verdicts]
    assert windows == sorted(windows)
    assert {one.name for one in advice.verdicts} == set(CANDIDATES)
    # the limit is of the mean over all lags, ours of 33 of them: within a hundredth
    assert 0 < advice.limit <= 1.01 * windows[0]


def test_errors_are_the_oracles(advice):
    best = advice.verdicts[0]
    system = CANDIDATES[best.name].system(16)
    step = ssm.discretize(system, dt=best.dt, method="bilinear")
    again = ssm.delay_error(step, advice.lags, spectrum=advice.spectrum)
    assert np.array_equal(again, best.errors)
    assert best.at_lag == best.errors[-1]


@pytest.mark.parametrize("name", CANDIDATES)
def test_the_code_builds_the_memory_that_was_judged(name):
    order, dt, length = 8, 0.05, 96
    found = {}
    exec(CANDIDATES[name].code.format(order=order, dt=dt), found)
    layer = found["layer"].double()
    impulse = np.zeros(length)
    impulse[0] = 1.0
    with torch.no_grad():
        response = layer(torch.from_numpy(impulse)[None, :, None])[0, :, 0].numpy()
    step = ssm.discretize(CANDIDATES[name].system(order), dt=dt, method="bilinear")
    states = np.asarray(ssm.run(step, impulse).states)
    basis = np.column_stack([states.real, states.imag, impulse])
    readout, *_ = np.linalg.lstsq(basis, response)
    # a readout of the judged states is the layer, up to its float32 log(dt): 2e-7 of dt
    # moves a response by about 2e-7 times |A| times the window
    assert np.abs(basis @ readout - response).max() <= 1e-5 * np.abs(response).max()


def test_the_lag_is_where_the_signal_becomes_unlike_itself():
    rng = np.random.default_rng(0)
    x = np.convolve(rng.normal(size=65536), np.ones(50))[:65536]
    # a moving mean of 50 samples is correlated over 50, by more than .2 over 40
    assert 35 <= typical_lag(Signal("x", x, "", "")) <= 45


@pytest.mark.parametrize(
    ("question", "finding"),
    [
        (Question(lag=0), "1 to 256"),
        (Question(lag=500), "1 to 256"),
        (Question(lag=64, order=7), "even"),
        (Question(lag=64, order=2), "even"),
        (Question(lag=20, order=22), "keep the samples"),
    ],
)
def test_a_question_without_an_answer_is_refused(question, finding):
    with pytest.raises(InvalidInputError, match=finding):
        advise(embedded.load("ecg"), question)


def test_a_short_record_is_refused():
    short = Signal("x", np.arange(200.0), "", "")
    with pytest.raises(InvalidInputError, match="200 samples"):
        advise(short, Question())


def test_csv_columns_by_name_by_number_and_by_default(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("time;load\n2020;1.5\n2021;-2\n")
    assert read_signal(path).values.tolist() == [1.5, -2.0]
    assert read_signal(path, "time").values.tolist() == [2020.0, 2021.0]
    assert read_signal(path, "0").values.tolist() == [2020.0, 2021.0]
    path.write_text("1,2\n3,4\n")
    assert read_signal(path).values.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_wav_samples_lie_between_minus_one_and_one(tmp_path, bits):
    path = tmp_path / "a.wav"
    top = 2 ** (bits - 1)
    values = np.array([0, top // 2, -top, 0, top // 4, 0])
    kind = {8: "u1", 16: "<i2", 32: "<i4"}[bits]
    stored = (values + 128 if bits == 8 else values).astype(kind)
    with wave.open(str(path), "wb") as sound:
        sound.setparams((2, bits // 8, 8000, 0, "NONE", ""))
        sound.writeframes(stored.tobytes())
    assert read_signal(path).values.tolist() == [0.25, -0.5, 0.125]


def test_arrays_by_name(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3)[:, None])
    assert read_signal(tmp_path / "a.npy").values.tolist() == [0.0, 1.0, 2.0]
    np.savez(tmp_path / "b.npz", x=np.arange(3.0), y=np.arange(4.0))
    assert len(read_signal(tmp_path / "b.npz", "y").values) == 4
    with pytest.raises(DataError, match="x, y"):
        read_signal(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("name", "content", "finding"),
    [
        ("a.txt", b"1", "files end in"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"\xff\xfe\x00", "no CSV"),
        ("a.csv", b"a,b\nx,y\n", "no column"),
        ("a.csv", b"a\n1\n\n2\nx\n", "line 4"),
        ("a.csv", b"a,b\n1,2\n3\n", "line 3"),
        ("a.wav", b"RIFF", "no PCM"),
        ("a.npy", b"\x93NUMPY", "no NumPy array"),
        ("a.npz", b"PK", "no NumPy archive"),
    ],
)
def test_a_file_that_holds_no_record_is_refused(tmp_path, name, content, finding):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=finding):
        read_signal(tmp_path / name)


def test_more_that_holds_no_record(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((3, 2)))
    with pytest.raises(DataError, match=r"\(3, 2\)"):
        read_signal(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(DataError, match="no NumPy array"):
        read_signal(tmp_path / "b.npy")
    (tmp_path / "c.csv").write_text("a\n1\n2\n")
    with pytest.raises(DataError, match="Columns are a"):
        read_signal(tmp_path / "c.csv", "b")
    with pytest.raises(DataError, match="No such file"):
        read_signal(tmp_path / "none.csv")
    with wave.open(str(tmp_path / "d.wav"), "wb") as sound:
        sound.setparams((1, 3, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(30))
    with pytest.raises(DataError, match="24 bits"):
        read_signal(tmp_path / "d.wav")


def _ask(path, *words):
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    console = Console(file=io.StringIO(), width=100)
    command.execute(console, parser.parse_args(["advise", str(path), *words]))
    return console.file.getvalue()


def test_the_command_prints_a_ranked_table_and_code_and_draws(tmp_path):
    path = tmp_path / "ecg.npy"
    np.save(path, embedded.load("ecg").values)
    out = tmp_path / "a.png"
    text = _ask(path, "--lag", "64", "--budget", "16", "--out", str(out))
    assert "the last 64 samples in 16 states" in " ".join(text.split())
    assert "layer = recipes." in text or "layer = DPLRSSM" in text
    assert out.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OutputError, match="drawing"):
        _ask(
            path,
            "--lag",
            "64",
            "--budget",
            "16",
            "--out",
            str(tmp_path / "no" / "a.png"),
        )
