import gzip
import pickle
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from set_files import decoded, real

from framestate.bench.data.sets import mnist
from framestate.bench.errors import DataError


def idx(array, magic=None):
    magic = 0x800 + array.ndim if magic is None else magic
    head = struct.pack(f">{array.ndim + 1}I", magic, *array.shape)
    return head + array.tobytes()


def digits(folder, *, zipped, **change):
    rng = np.random.default_rng(1)
    table = {}
    for name, count in (("train", 30), ("t10k", 5)):
        values = rng.integers(0, 256, size=(count, 28, 28), dtype=np.uint8)
        table[f"{name}-images-idx3-ubyte"] = values
        table[f"{name}-labels-idx1-ubyte"] = np.arange(count, dtype=np.uint8) % 10
    (folder / "mnist").mkdir(exist_ok=True)
    for name, array in (table | change).items():
        data = array if isinstance(array, bytes) else idx(array)
        path = folder / "mnist" / (f"{name}.gz" if zipped else name)
        path.write_bytes(gzip.compress(data) if zipped else data)
    return table


def test_digits_are_the_same_packed_and_unpacked(tmp_path):
    table = digits(tmp_path, zipped=True)
    digits(tmp_path, zipped=False)
    one = decoded(tmp_path, mnist, "official")
    two = decoded(tmp_path, mnist, "unpacked")
    for name in ("images", "labels", "sizes"):
        assert np.array_equal(one.arrays[name], two.arrays[name])
    assert one.arrays["sizes"].tolist() == [30, 5]
    images_ = table["t10k-images-idx3-ubyte"]
    assert np.array_equal(one.arrays["images"][30:].reshape(-1, 28, 28), images_)


def test_digits_are_read_in_the_stated_orders(tmp_path):
    digits(tmp_path, zipped=False)
    data = decoded(tmp_path, mnist, "unpacked")
    raw = data.arrays["images"][30:].astype(np.float32) / np.float32(255)
    orders = {
        "smnist": np.arange(784),
        "psmnist": np.random.RandomState(92916).permutation(784),
        "psmnist-bit-reversal": bit_reversal(784),
    }
    for name, order in orders.items():
        task = mnist.DATA_SET.tasks[name](data)
        assert task.name == name
        assert [len(s) for s in (task.train, task.validation, task.test)] == [27, 3, 5]
        batch = task.test.batch(np.arange(5))
        assert np.array_equal(batch.inputs, raw[:, order])
        assert batch.targets.tolist() == [0, 1, 2, 3, 4]
        assert sorted(order) == list(range(784))


def bit_reversal(count):
    """The definition by halves: even places first, each half likewise."""
    places = list(range(1024))

    def halves(part):
        return part if len(part) == 1 else halves(part[::2]) + halves(part[1::2])

    return np.array([place for place in halves(places) if place < count])


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"train-images-idx3-ubyte": b"\x00\x00"}, "requires a buffer"),
        (
            {"train-images-idx3-ubyte": idx(np.zeros((2, 28, 28), np.uint8), 7)},
            "with 7",
        ),
        ({"t10k-images-idx3-ubyte": np.zeros((4, 28, 28), np.uint8)}, "5 labels"),
        ({"t10k-images-idx3-ubyte": np.zeros((5, 28, 27), np.uint8)}, "5 labels"),
        ({"train-labels-idx1-ubyte": np.full(30, 10, np.uint8)}, "label 10"),
        ({"train-labels-idx1-ubyte": idx(np.zeros(30, np.uint8))[:-1]}, "reshape"),
    ],
)
def test_damaged_digits_are_refused(tmp_path, change, finding):
    digits(tmp_path, zipped=True, **change)
    with pytest.raises(DataError, match=finding):
        decoded(tmp_path, mnist, "official")


@given(st.binary(max_size=40))
def test_any_file_is_read_or_refused(junk):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(struct.pack(">I", 0x801) + junk)
        try:
            found = mnist._table(path, rank=1)
        except DataError:
            return
        assert found.tobytes() == junk[4:]


@pytest.mark.parametrize(
    "change",
    [{"images": np.zeros((60_001, 2, 2), np.uint8)}, {"labels": np.zeros(9, np.uint8)}],
)
def test_prepared_digits_of_another_shape_are_refused(tmp_path, change):
    (tmp_path / "mnist").mkdir()
    images_ = np.zeros((60_001, 1, 1), np.uint8)
    table = {"images": images_, "labels": np.zeros(60_001, np.uint8)} | change
    np.savez_compressed(tmp_path / "mnist/mnist_63k.npz", **table)
    with pytest.raises(DataError, match="images are"):
        decoded(tmp_path, mnist, "prepared")


def test_prepared_digits_lie_behind_one_another(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "_TRAIN", 20)
    (tmp_path / "mnist").mkdir()
    pictures = np.random.default_rng(0).integers(0, 256, (24, 28, 28), np.uint8)
    labels = np.arange(24, dtype=np.uint8) % 10
    np.savez(tmp_path / "mnist/mnist_63k.npz", images=pictures, labels=labels)
    data = decoded(tmp_path, mnist, "prepared")
    assert data.arrays["sizes"].tolist() == [20, 4]
    task = mnist.DATA_SET.tasks["smnist"](data)
    assert [len(s) for s in (task.train, task.validation, task.test)] == [18, 2, 4]
    batch = task.test.batch(np.arange(4))
    assert np.array_equal(np.rint(batch.inputs * 255), pictures[20:].reshape(4, -1, 1))
    assert batch.targets.tolist() == [0, 1, 2, 3]
    assert (task.channels, task.max_length, task.outputs) == (1, 784, 10)


def test_digit_tasks_can_be_sent_to_another_process(tmp_path):
    digits(tmp_path, zipped=True)
    for name, make in mnist.DATA_SET.tasks.items():
        again = pickle.loads(pickle.dumps(make(decoded(tmp_path, mnist, "official"))))
        assert again.name == name
        assert again.train.batch(np.array([0])).inputs.dtype == np.float32


def test_the_real_digits_have_the_known_moments():
    data = real(mnist, "prepared")
    assert data.arrays["sizes"].tolist() == [60_000, 3_000]
    train = data.arrays["images"][:60_000]
    assert abs(train.mean() / 255 - 0.13066) < 1e-5
    assert abs(train.std() / 255 - 0.30811) < 1e-5
