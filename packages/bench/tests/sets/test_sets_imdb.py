import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from set_files import decoded, layout, silent, tar, write

from framestate.bench.data.sets import imdb
from framestate.bench.errors import DataError


def equal(one, two):
    assert one.keys() == two.keys()
    for name, array in one.items():
        assert array.dtype == two[name].dtype
        assert np.array_equal(array, two[name]), name


REVIEWS = {
    "train/pos/3_9.txt": "good\u00e9".encode() * 15,
    "train/pos/10_8.txt": b"q" * 14 + b" " * 4081 + b"zzzzzzzzzzzzzzzzzzzz",
    "train/neg/0_1.txt": b"bad " * 15,
    "test/pos/1_7.txt": "good \U0001f600q".encode(),
    "test/neg/5_2.txt": b"bad",
}


def imdb_task(folder, name, where):
    return imdb.DATA_SET.tasks[name](decoded(folder, imdb, where))


def test_reviews_are_the_same_packed_and_unpacked(tmp_path):
    extra = {"aclImdb/train/unsup/0_0.txt": b"x", "aclImdb/README": b"y"}
    tar(
        tmp_path / "imdb/aclImdb_v1.tar.gz",
        extra | {f"aclImdb/{n}": text for n, text in REVIEWS.items()},
    )
    for name, text in REVIEWS.items():
        write(tmp_path / "aclImdb" / name, text)
    one = decoded(tmp_path, imdb, "official")
    equal(one.arrays, decoded(tmp_path, imdb, "unpacked").arrays)
    assert one.arrays["labels"].tolist() == [0, 1, 1, 0, 1]
    assert one.arrays["sizes"].tolist() == [3, 2]
    (tmp_path / "aclImdb/test/neg/5_2.txt").unlink()
    with pytest.raises(DataError, match="not both classes are in test"):
        layout(imdb, "unpacked").decode(tmp_path, silent)


def test_characters_are_known_from_fifteen_on_within_what_is_kept(tmp_path):
    for name, text in REVIEWS.items():
        write(tmp_path / "aclImdb" / name, text)
    task = imdb_task(tmp_path, "text", "unpacked")
    known = decoded(tmp_path, imdb, "unpacked").arrays["vocabulary"]
    assert "".join(map(chr, known)) == " abdgo\u00e9"  # neither q (14) nor z (behind)
    assert task.vocabulary == 3 + 7
    blank, a, b, d, g, o, accent = range(3, 10)
    batch = task.test.batch(np.array([1, 0]))
    assert batch.inputs.tolist() == [
        [g, o, o, d, blank, 1, 1, 2],
        [b, a, d, 2, 0, 0, 0, 0],
    ]
    assert batch.lengths.tolist() == [8, 4]
    assert batch.targets.tolist() == [1, 0]
    long = task.train.batch(np.array([2]))
    assert long.inputs.shape == (1, 4096)
    assert long.inputs[0, -2:].tolist() == [blank, 2]
    assert task.train.batch(np.array([1])).inputs[0, 4] == accent
    assert task.max_length == 4096
    assert "test reviews" in task.note


def test_bytes_are_moved_by_one_and_cut_at_four_thousand(tmp_path):
    for name, text in REVIEWS.items():
        write(tmp_path / "aclImdb" / name, text)
    task = imdb_task(tmp_path, "text-bytes", "unpacked")
    assert (task.vocabulary, task.max_length) == (257, 4000)
    assert task.train.batch(np.array([2])).inputs.shape == (1, 4000)
    batch = task.test.batch(np.array([1]))
    expected = [byte + 1 for byte in REVIEWS["test/pos/1_7.txt"]]
    assert batch.inputs[0].tolist() == expected


def prepared_imdb(folder, count=20, **change):
    (folder / "imdb").mkdir(exist_ok=True)
    texts = [bytes([97 + i % 20]) * (i + 1) for i in range(count)]
    table = {
        "text": np.frombuffer(b"".join(texts), dtype=np.uint8),
        "offsets": np.cumsum([0, *map(len, texts)]),
        "label": np.arange(count, dtype=np.uint8) // (count // 2),
    }
    for split in ("train", "test"):
        np.savez(folder / f"imdb/imdb_{split}.npz", **(table | change))


@pytest.mark.parametrize("name", ["text", "text-bytes"])
def test_held_out_reviews_select_and_the_test_is_read_once(tmp_path, name):
    prepared_imdb(tmp_path)
    held, whole = (
        imdb_task(tmp_path, task, "prepared") for task in (f"{name}-held-out", name)
    )
    assert [len(s) for s in (held.train, held.validation, held.test)] == [18, 2, 20]
    rows = np.concatenate([held.train.rows, held.validation.rows])
    assert sorted(rows) == list(range(20))
    assert np.array_equal(whole.validation.rows, whole.test.rows)
    assert np.array_equal(held.test.rows, whole.test.rows)
    assert held.test.rows.min() == 20
    assert "seed 42" in held.note
    assert held.name == f"{name}-held-out"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"text": np.full(210, 255, np.uint8)}, "UnicodeDecodeError"),
        ({"text": np.zeros(210)}, "not bytes"),
        ({"label": np.full(20, 2)}, "label 2"),
        ({"offsets": np.arange(21)}, "do not cut 210 values into 20"),
    ],
)
def test_a_damaged_file_of_reviews_is_refused(tmp_path, change, finding):
    prepared_imdb(tmp_path, **change)
    with pytest.raises(DataError, match=finding):
        layout(imdb, "prepared").decode(tmp_path, silent)


def test_a_review_without_a_number_is_refused(tmp_path):
    for name, text in (REVIEWS | {"train/pos/x.txt": b"x"}).items():
        write(tmp_path / "aclImdb" / name, text)
    with pytest.raises(DataError, match="invalid literal"):
        layout(imdb, "unpacked").decode(tmp_path, silent)


def test_a_file_of_reviews_that_is_no_archive_is_refused(tmp_path):
    prepared_imdb(tmp_path)
    (tmp_path / "imdb/imdb_test.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match=r"imdb_test\.npz"):
        layout(imdb, "prepared").decode(tmp_path, silent)


def test_a_task_can_be_sent_to_another_process(tmp_path):
    prepared_imdb(tmp_path)
    for name, make in imdb.DATA_SET.tasks.items():
        task = pickle.loads(pickle.dumps(make(decoded(tmp_path, imdb, "prepared"))))
        assert task.name == name
        assert task.train.batch(np.array([0])).inputs.dtype == np.int64


def test_the_real_reviews_are_those_of_the_paper():
    folder = Path(os.environ.get("FRAMESTATE_DATA", "/nowhere"))
    if not all((folder / place).is_file() for place in layout(imdb, "prepared").needs):
        pytest.skip("FRAMESTATE_DATA holds no imdb/imdb_train.npz and imdb_test.npz")
    data = decoded(folder, imdb, "prepared")
    assert data.arrays["sizes"].tolist() == [25_000, 25_000]
    for first in (0, 25_000):  # half of them are good
        assert data.arrays["labels"][first : first + 25_000].sum() == 12_500
    task = imdb.DATA_SET.tasks["text-held-out"](data)
    assert task.vocabulary == 134  # S4 says "about 135"
    assert [len(s) for s in (task.train, task.validation)] == [22_500, 2_500]
    batch = task.train.batch(np.arange(32))
    known = data.arrays["vocabulary"]
    words = "".join(chr(known[t - 3]) for t in batch.inputs[0] if t > 2)
    assert len(words.split()) > 50
    assert batch.inputs.max() < task.vocabulary
    assert batch.lengths.max() <= 4096
