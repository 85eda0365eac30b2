import io
import math
import tarfile
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from set_files import silent
from sklearn.model_selection import train_test_split

from framestate.bench import errors
from framestate.bench.data.dataset import Decoded
from framestate.bench.data.sets import moments, speech_files
from framestate.bench.data.sets.speech_commands import COMMANDS, DATA_SET
from framestate.bench.data.sets.speech_files import SAMPLES, WORDS


def sound(samples, *, rate=16_000, channels=1, width=2):
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(np.asarray(samples, dtype="<i2").tobytes())
    return stream.getvalue()


# ---- sound files


def test_a_sound_comes_back_as_it_was_written():
    samples = np.array([0, 1, -1, 32767, -32768], dtype=np.int16)
    got = speech_files._clip(Path("x.wav"), sound(samples))
    assert got.dtype == np.int16
    assert np.array_equal(got, samples)


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"", "Error"),
        (b"RIFF....WAVE", "Error"),
        (sound([1, 2], rate=8_000), "8000 Hz, 1 channels of int16"),
        (sound([1, 2], channels=2), "16000 Hz, 2 channels"),
        (sound([1, 2], width=1), "1 channels of uint8"),
        (sound([]), "0 samples at 16000 Hz"),
        (sound([1, 2, 3])[:-2], "EOF"),
    ],
)
def test_a_sound_of_another_kind_is_refused(data, finding):
    with pytest.raises(errors.DataError, match=finding):
        speech_files._clip(Path("x.wav"), data)


HEAD = sound([1, 2, 3])


@given(st.binary(max_size=80) | st.tuples(st.integers(0, 49), st.binary(max_size=9)))
def test_any_bytes_are_a_sound_or_one_error(data):
    if isinstance(data, tuple):  # a sound with a few bytes overwritten
        place, bytes_ = data
        data = (HEAD[:place] + bytes_ + HEAD[place + len(bytes_) :])[:60]
    try:
        samples = speech_files._clip(Path("x.wav"), data)
    except errors.DataError:
        return
    assert samples.size > 0


# ---- a tiny copy of the whole data set


def clips_of_a_tiny_copy():
    """<word>/<speaker>_nohash_<n>.wav of every word; some are short."""
    rng = np.random.default_rng(0)
    clips = {}
    for word in WORDS:
        for k in range(24 if word in COMMANDS else 3):
            size = SAMPLES if k else 5
            samples = rng.integers(-9000, 9000, size, dtype=np.int16)
            clips[f"{word}/{k:08x}_nohash_0.wav"] = samples
    return clips


CLIPS = clips_of_a_tiny_copy()
LISTS = {
    "validation_list.txt": [name for name in CLIPS if "00000001_" in name],
    "testing_list.txt": [name for name in CLIPS if "00000002_" in name],
}


def unpacked(root, skip=()):
    folder = root / "SpeechCommands"
    for name, samples in CLIPS.items():
        if name not in skip:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(sound(samples))
    for name, lines in LISTS.items():
        if name not in skip:
            (folder / name).write_text("\n".join(lines) + "\n")
    (folder / "_background_noise_").mkdir()
    (folder / "_background_noise_" / "pink.wav").write_bytes(sound(np.zeros(20_000)))
    return folder


def packed(folder, path):
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for file in sorted(folder.rglob("*"), reverse=True):
            name = file.relative_to(folder).as_posix()
            archive.add(file, arcname=f"./{name}", recursive=False)
    return path


@pytest.fixture(scope="module")
def decoded(tmp_path_factory):
    root = tmp_path_factory.mktemp("speech")
    unpacked(root)
    layout = DATA_SET.layouts[1]
    return Decoded(layout, layout.decode(root, silent))


def task(decoded, name):
    return DATA_SET.tasks[name](decoded)


def names(decoded, rows):
    word, name = decoded.arrays["word"][rows], decoded.arrays["name"][rows]
    return [f"{WORDS[w]}/{n}" for w, n in zip(word, name, strict=True)]


def test_the_archive_and_the_folder_give_the_same_tasks(decoded, tmp_path):
    layout = DATA_SET.layouts[0]
    packed(unpacked(tmp_path), tmp_path / layout.needs[0])
    other = Decoded(layout, layout.decode(tmp_path, silent))
    for name in ("sc35", "sc10"):
        one, two = task(decoded, name), task(other, name)
        for part in ("train", "validation", "test"):
            first, second = getattr(one, part), getattr(two, part)
            assert names(decoded, first.rows) == names(other, second.rows)
        rows = np.arange(3)
        first, second = one.train.batch(rows), two.train.batch(rows)
        assert np.array_equal(first.inputs, second.inputs)
        assert np.array_equal(first.targets, second.targets)


def test_sc35_follows_the_official_lists_and_s4s_order_of_words(decoded):
    made = task(decoded, "sc35")
    assert WORDS[:3] + WORDS[-2:] == ("bed", "cat", "down", "wow", "zero")
    assert len(WORDS) == made.outputs == 35
    assert sorted(names(decoded, made.test.rows)) == sorted(LISTS["testing_list.txt"])
    validation = names(decoded, made.validation.rows)
    assert sorted(validation) == sorted(LISTS["validation_list.txt"])
    assert len(made.train) == len(CLIPS) - 70
    batch = made.train.batch(np.arange(len(made.train)))
    expected = [WORDS.index(n.split("/")[0]) for n in names(decoded, made.train.rows)]
    assert batch.targets.tolist() == expected
    assert made.fidelity == "full"


def test_clips_are_standardized_once_by_the_train_clips_alone(decoded):
    made = task(decoded, "sc35")
    train = set(names(decoded, made.train.rows))
    padded = {n: np.pad(x / 2.0**15, (0, SAMPLES - x.size)) for n, x in CLIPS.items()}
    flat = np.concatenate([padded[n] for n in sorted(train)])
    mean, std = flat.mean(), flat.std(ddof=1)
    batch = made.test.batch(np.arange(5))
    for got, name in zip(batch.inputs, names(decoded, made.test.rows[:5]), strict=True):
        expected = (padded[name] - mean) / (std + 1e-5)
        # four roundings of float32 on values below ten
        np.testing.assert_allclose(got[:, 0], expected, rtol=0, atol=4 * 6e-8 * 10)
    everything = made.train.batch(np.arange(len(made.train))).inputs
    # 1e-5 in the divisor, and a mean of float32 numbers
    assert abs(float(everything.std(dtype=np.float64)) - 1) < 2e-4
    assert batch.lengths.tolist() == [SAMPLES] * 5


def test_every_second_sample_is_heard_at_test_only(decoded):
    for name in ("sc35", "sc10"):
        whole, half = task(decoded, name), task(decoded, f"{name}-half")
        rows = np.arange(2)
        assert half.train.batch(rows).inputs.shape == (2, SAMPLES, 1)
        assert half.validation.batch(rows).inputs.shape == (2, SAMPLES, 1)
        heard = half.test.batch(rows)
        assert np.array_equal(heard.inputs, whole.test.batch(rows).inputs[:, ::2])
        assert heard.lengths.tolist() == [SAMPLES // 2] * 2


def test_sc10_is_drawn_as_scikit_learn_draws(decoded):
    made = task(decoded, "sc10")
    whole = [n for w in COMMANDS for n in sorted(CLIPS) if n.startswith(f"{w}/")]
    whole = [n for n in whole if CLIPS[n].size == SAMPLES]
    classes = [COMMANDS.index(n.split("/")[0]) for n in whole]
    train, rest, _, other = train_test_split(
        whole, classes, train_size=0.7, random_state=0, stratify=classes
    )
    validation, test = train_test_split(
        rest, train_size=0.5, random_state=1, stratify=other
    )
    assert names(decoded, made.train.rows) == train
    assert names(decoded, made.validation.rows) == validation
    assert names(decoded, made.test.rows) == test
    targets = made.test.batch(np.arange(len(test))).targets.tolist()
    assert targets == [COMMANDS.index(n.split("/")[0]) for n in test]
    assert made.outputs == 10


def test_a_part_without_clips_is_refused(decoded):
    # all test clips of the tiny copy are of one speaker
    with pytest.raises(errors.DataError, match=r"task 'sc10-subset'.* 0"):
        task(decoded, "sc10-subset")


def test_a_change_of_test_clips_leaves_the_train_split_as_it_is(decoded):
    part = decoded.arrays["part"]
    clips = np.array(decoded.arrays["clips"])
    clips[part == 2] = 777
    sums, squares = moments.sums(clips)
    changed = {"clips": clips, "sums": sums, "squares": squares}
    other = Decoded(decoded.layout, dict(decoded.arrays) | changed)
    rows = np.arange(10)
    one, two = (task(held, "sc35").train.batch(rows) for held in (decoded, other))
    assert np.array_equal(one.inputs, two.inputs)


@pytest.mark.parametrize(
    ("skip", "finding"),
    [
        (["testing_list.txt"], r"testing_list\.txt is missing"),
        ([n for n in CLIPS if n.startswith("zero/")], "no clip of 'zero'"),
        (["bed/00000001_nohash_0.wav"], "names bed/00000001_nohash_0.wav: not there"),
    ],
)
def test_a_copy_that_is_not_whole_is_refused(tmp_path, skip, finding):
    unpacked(tmp_path, skip)
    with pytest.raises(errors.DataError, match=finding):
        DATA_SET.layouts[1].decode(tmp_path, silent)


def test_a_damaged_or_long_clip_is_refused_by_name(tmp_path):
    folder = tmp_path / "SpeechCommands" / "bed"
    folder.mkdir(parents=True)
    (folder / "a_nohash_0.wav").write_bytes(sound([1, 2, 3])[:-1])
    with pytest.raises(errors.DataError, match=r"bed/a_nohash_0\.wav"):
        DATA_SET.layouts[1].decode(tmp_path, silent)
    (folder / "a_nohash_0.wav").write_bytes(sound(np.zeros(SAMPLES + 1)))
    with pytest.raises(errors.DataError, match="16001 samples, over 16000"):
        DATA_SET.layouts[1].decode(tmp_path, silent)


def test_the_official_test_set_serves_the_subset(tmp_path):
    layout = DATA_SET.layouts[2]
    packed(unpacked(tmp_path), tmp_path / layout.needs[0])
    held = Decoded(layout, layout.decode(tmp_path, silent))
    made = task(held, "sc10-subset")
    assert made.fidelity == "subset"
    assert len(made.train) + len(made.validation) + len(made.test) == 240
    for name in ("sc35", "sc10"):
        with pytest.raises(errors.DataError, match=r"\[0, 0, 315\] clips to train"):
            task(held, name)
    empty = tmp_path / "empty"
    (empty / "x").mkdir(parents=True)
    (empty / "x" / "bed.txt").write_text("no clip")
    packed(empty / "x", empty / layout.needs[0])
    with pytest.raises(errors.DataError, match="no clip of a word"):
        layout.decode(empty, silent)


def test_moments_are_exact_where_floats_are_not():
    rows = np.random.default_rng(0).integers(-(2**15), 2**15, (7, 999), dtype=np.int16)
    sums, squares = moments.sums(rows)
    mean, std = moments.mean_std(sums, squares, rows.size, ddof=1)
    values = [int(x) for x in rows.ravel()]
    exact = sum(values) / len(values)
    variance = sum((x - exact) ** 2 for x in values) / (len(values) - 1)
    assert mean == exact
    # the sum of squares in floats: one rounding a term
    assert math.isclose(std, math.sqrt(variance), rel_tol=len(values) * 2.3e-16)
