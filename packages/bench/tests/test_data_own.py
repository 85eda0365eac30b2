import lzma

import numpy as np
import pytest
import scipy.io.wavfile

from framestate.bench.data.own import Options, open_own

RNG = np.random.default_rng(7)
SAMPLES = RNG.normal(size=(10, 6, 2))
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
LENGTHS = np.array([1, 6, 2, 3, 4, 5, 6, 1, 2, 3])
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])
SPLIT = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, 2])


def npz(folder, **arrays):
    np.savez(folder / "mine.npz", **arrays)
    return folder / "mine.npz"


def everything(split):
    return split.batch(np.arange(len(split)))


def parts(task):
    return task.train, task.validation, task.test


def standardized(values, train):
    return ((values - train.mean(0)) / train.std(0)).astype(np.float32)


def test_samples_are_standardized_by_the_train_part(tmp_path):
    path = npz(tmp_path, inputs=SAMPLES, targets=LABELS, split=SPLIT)
    task = open_own(path)
    assert (task.name, task.kind, task.fidelity) == (
        "own-mine",
        "classification",
        "own",
    )
    assert (task.channels, task.vocabulary, task.outputs) == (2, None, 3)
    assert (task.max_length, task.horizon, task.note) == (6, 0, "")
    expected = standardized(SAMPLES, SAMPLES[:6].reshape(-1, 2))
    for number, part in enumerate(parts(task)):
        batch = everything(part)
        # one subtraction, one division and one rounding of the mean and std each
        np.testing.assert_allclose(
            batch.inputs, expected[number == SPLIT], rtol=1e-6, atol=1e-6, strict=True
        )
        np.testing.assert_array_equal(batch.targets, LABELS[number == SPLIT])
    raw = everything(open_own(path, Options(standardize=False)).train)
    np.testing.assert_array_equal(raw.inputs, SAMPLES[:6].astype(np.float32))
    flat = npz(tmp_path, inputs=np.full((10, 3), 5.0), targets=LABELS)
    assert not everything(open_own(flat).train).inputs.any()  # its scale is kept


@pytest.mark.parametrize("form", ["lengths", "offsets"])
@pytest.mark.parametrize("presplit", [False, True])
def test_lengths_and_offsets_say_the_same(tmp_path, form, presplit):
    rows = [SAMPLES[i, :n] for i, n in enumerate(LENGTHS)]
    arrays, groups = {}, {"": range(10)}
    if presplit:
        groups = {"train_": range(6), "validation_": range(6, 8), "test_": range(8, 10)}
    else:
        arrays["split"] = np.array(["train", "validation", "test"])[SPLIT]
    for name, group in groups.items():
        lengths = LENGTHS[group.start : group.stop]
        padded = SAMPLES[group.start : group.stop]
        if form == "offsets":
            padded = np.concatenate(rows[group.start : group.stop])
            lengths = np.concatenate([[0], np.cumsum(lengths)])
        arrays |= {f"{name}inputs": padded, f"{name}{form}": lengths}
        arrays[f"{name}targets"] = LABELS[group.start : group.stop]
    task = open_own(npz(tmp_path, **arrays))
    train = np.concatenate(rows[:6])
    for number, part in enumerate(parts(task)):
        batch = everything(part)
        for i, row in enumerate(np.flatnonzero(number == SPLIT)):
            assert batch.lengths[i] == LENGTHS[row]
            got = batch.inputs[i, : LENGTHS[row]]
            expected = standardized(rows[row], train)
            np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6)
            assert not batch.inputs[i, LENGTHS[row] :].any()
    assert task.max_length == 6


def test_parts_of_one_length_need_no_lengths(tmp_path):
    arrays = {}
    for number, part in enumerate(("train", "validation", "test")):
        arrays |= {f"{part}_inputs": SAMPLES[number == SPLIT]}
        arrays |= {f"{part}_targets": LABELS[number == SPLIT]}
    task = open_own(npz(tmp_path, **arrays))
    assert [len(part) for part in parts(task)] == [6, 2, 2]
    np.testing.assert_array_equal(everything(task.test).targets, LABELS[8:])


@pytest.mark.parametrize("ragged", [False, True])
def test_tokens_are_counted_up_by_one(tmp_path, ragged):
    tokens = RNG.integers(0, 7, size=(10, 6)).astype(np.uint8)
    tokens[0, 0] = 7
    more = {"lengths": LENGTHS} if ragged else {}
    path = npz(tmp_path, inputs=tokens, targets=LABELS, split=SPLIT, **more)
    task = open_own(path)
    assert (task.channels, task.vocabulary) == (None, 9)
    batch = everything(task.train)
    assert batch.inputs.dtype == np.int64
    assert batch.inputs[0, 0] == 8
    for i, row in enumerate(tokens[:6]):
        n = LENGTHS[i] if ragged else 6
        np.testing.assert_array_equal(batch.inputs[i, :n], row[:n].astype(int) + 1)
        assert (batch.inputs[i, n:] == 0).all()


def test_numbers_and_labels_are_other_kinds(tmp_path):
    numbers = RNG.normal(size=10)
    task = open_own(npz(tmp_path, inputs=SAMPLES, targets=numbers, split=SPLIT))
    assert (task.kind, task.outputs) == ("regression", 1)
    expected = numbers[:6, None].astype(np.float32)
    np.testing.assert_array_equal(everything(task.train).targets, expected, strict=True)
    marks = RNG.integers(0, 2, size=(10, 4))
    task = open_own(npz(tmp_path, inputs=SAMPLES, targets=marks, split=SPLIT))
    assert (task.kind, task.outputs) == ("multilabel", 4)
    assert everything(task.test).targets.dtype == np.float32
    counts = npz(tmp_path, inputs=SAMPLES, targets=LABELS, split=SPLIT)
    assert open_own(counts, Options(kind="regression")).outputs == 1
    assert open_own(counts, Options(classes=9)).outputs == 9


def test_the_split_is_a_function_of_the_seed_and_covers_all(tmp_path):
    path = npz(tmp_path, inputs=np.arange(10.0)[:, None], targets=LABELS)
    plain = Options(standardize=False)
    tasks = [open_own(path, plain), open_own(path, plain)]
    drawn = [[everything(p).inputs.ravel().tolist() for p in parts(t)] for t in tasks]
    assert drawn[0] == drawn[1]
    assert [len(part) for part in drawn[0]] == [7, 1, 2]
    assert sorted([x for part in drawn[0] for x in part]) == list(range(10))
    assert tasks[0].note == "split by seed 0: shares 0.7, 0.1, 0.2"
    other = open_own(path, Options(standardize=False, seed=1))
    assert everything(other.train).inputs.ravel().tolist() != drawn[0][0]


@pytest.mark.parametrize("count", [3, 4, 5])
def test_a_drawn_split_has_no_empty_part(tmp_path, count):
    path = npz(tmp_path, inputs=SAMPLES[:count], targets=LABELS[:count])
    assert min(len(part) for part in parts(open_own(path))) >= 1


SERIES = RNG.normal(size=(100, 3))


@pytest.mark.parametrize("source", ["npz", "csv", "dated", "semicolons", "xz"])
def test_a_long_record_is_cut_by_time(tmp_path, source):
    names = ("a", "b", "c")
    lines = [",".join(map(repr, row)) for row in SERIES.tolist()]
    text = "\n".join(["a,b,c", *lines])
    path = tmp_path / "mine.csv"
    if source == "npz":
        path = npz(tmp_path, series=SERIES, columns=np.array(names))
    elif source == "dated":
        text = "\n".join(
            ["date,a,b,c", *(f"2016-07-01 00:00,{line}" for line in lines)]
        )
    elif source == "semicolons":
        text = text.replace(",", ";")
    if source == "xz":
        path = tmp_path / "mine.csv.xz"
        path.write_bytes(lzma.compress(text.encode()))
    elif source != "npz":
        path.write_text(text)
    task = open_own(path, Options(history=5, horizon=2, columns=("c", "a")))
    assert (task.name, task.kind, task.channels) == ("own-mine", "forecast", 3)
    assert (task.outputs, task.max_length, task.horizon) == (2, 5, 2)
    scaled = standardized(SERIES, SERIES[:70])
    for (begin, end), part in zip(
        ((5, 70), (70, 80), (80, 100)), parts(task), strict=True
    ):
        batch = everything(part)
        assert len(part) == end - begin - 1
        for i, first in enumerate(range(begin, end - 1)):
            np.testing.assert_allclose(
                batch.inputs[i], scaled[first - 5 : first], rtol=1e-6, atol=1e-6
            )
            np.testing.assert_allclose(
                batch.targets[i],
                scaled[first : first + 2][:, [2, 0]],
                rtol=1e-6,
                atol=1e-6,
            )
    assert task.note == "split by time after rows 70 and 80 of 100"


def test_a_record_may_keep_its_scale_and_have_one_column(tmp_path):
    path = npz(tmp_path, series=SERIES[:, 0])
    options = Options(history=5, horizon=2, standardize=False)
    task = open_own(path, options)
    expected = SERIES[:5, :1].astype(np.float32)
    np.testing.assert_array_equal(everything(task.train).inputs[0], expected)


def table(folder, text):
    (folder / "mine.csv").write_text(text)
    return folder / "mine.csv"


def test_a_row_of_a_csv_is_a_sequence_and_its_last_cell_the_label(tmp_path):
    lines = [f"{i},{i + 0.5},{'up' if i % 2 else 'down'}\n\n" for i in range(10)]
    task = open_own(table(tmp_path, "".join(lines)), Options(standardize=False))
    assert (task.kind, task.outputs, task.max_length) == ("classification", 2, 2)
    assert task.note.startswith("classes down, up; split by seed 0")
    for part in parts(task):
        batch = everything(part)
        np.testing.assert_array_equal(batch.targets, batch.inputs[:, 0, 0] % 2)
        np.testing.assert_array_equal(batch.inputs[:, 1], batch.inputs[:, 0] + 0.5)


@pytest.mark.parametrize(
    ("last", "options", "kind"),
    [
        ("{}", Options(), "classification"),
        ("{}.5", Options(), "regression"),
        ("{}", Options(kind="regression"), "regression"),
        ("{}", Options(kind="classification", header=True), "classification"),
    ],
)
def test_the_label_decides_the_kind_of_a_csv(tmp_path, last, options, kind):
    lines = [f"1,{i},{last.format(i % 2)}" for i in range(10)]
    if options.header:
        lines = ["773869,767541,1", *lines]
    assert open_own(table(tmp_path, "\n".join(lines)), options).kind == kind


def test_numbers_without_names_are_a_record_if_a_forecast_is_asked_for(tmp_path):
    path = table(tmp_path, "\n".join(f"{i},{i}" for i in range(60)))
    options = Options(kind="forecast", history=2, horizon=1, columns=("1",))
    assert open_own(path, options).outputs == 1


def sound(path, samples, rate=8000):
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.wavfile.write(path, rate, samples)


def test_sounds_of_all_lengths_become_shares_of_their_range(tmp_path):
    for i in range(6):
        full = np.array([0, -(2**15), 2**14] * (i + 1), dtype=np.int16)
        sound(tmp_path / f"mine/{'no' if i % 2 else 'yes'}/{i}.wav", full)
    (tmp_path / "mine/_background").mkdir()
    task = open_own(tmp_path / "mine", Options(standardize=False))
    assert (task.kind, task.outputs, task.channels) == ("classification", 2, 1)
    assert task.max_length == 18
    assert task.note.startswith("8000 Hz, classes no, yes; split by seed")
    for part in parts(task):
        batch = everything(part)
        for row, length, label in zip(
            batch.inputs, batch.lengths, batch.targets, strict=True
        ):
            assert row[:length, 0].tolist() == [0.0, -1.0, 0.5] * (length // 3)
            assert label == length // 3 % 2


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([0, 128, 255], dtype=np.uint8), [-1.0, 0.0, 127 / 128]),
        (np.array([-(2**31), 2**30, 0], dtype=np.int32), [-1.0, 0.5, 0.0]),
        (np.array([0.25, -1.0, 1.0], dtype=np.float32), [0.25, -1.0, 1.0]),
    ],
)
def test_every_sample_format_is_scaled_by_its_range(tmp_path, samples, expected):
    for part in ("train", "validation", "test"):
        for name in ("a", "b"):
            sound(
                tmp_path / f"mine/{part}/{name}/1.WAV", np.stack([samples] * 2, axis=1)
            )
    task = open_own(tmp_path / "mine", Options(standardize=False))
    assert task.channels == 2
    batch = everything(task.validation)
    assert batch.inputs[0, :, 1].tolist() == expected
    assert batch.targets.tolist() == [0, 1]
    assert task.note == "8000 Hz, classes a, b; "


def test_sounds_of_another_rate_are_resampled_to_the_commonest(tmp_path):
    time = np.arange(800) / 8000
    for i in range(6):
        rate = 16000 if i == 5 else 8000
        ticks = np.arange(rate // 10) / rate
        tone = np.sin(2 * np.pi * 200 * ticks).astype(np.float32)
        sound(tmp_path / f"mine/{'ab'[i % 2]}/{i}.wav", tone, rate)
    task = open_own(tmp_path / "mine", Options(standardize=False))
    expected = np.sin(2 * np.pi * 200 * time)
    for part in parts(task):
        batch = everything(part)
        assert (batch.lengths == 800).all()
        # the resampling filter of SciPy has a ripple below 1 % away from the ends
        inner = batch.inputs[:, 50:-50, 0] - expected[50:-50]
        assert np.abs(inner).max() < 0.01
    half = open_own(tmp_path / "mine", Options(rate=4000))
    assert half.max_length == 400
