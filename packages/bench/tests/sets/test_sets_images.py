import io
import os
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from set_files import decoded, layouts, packed, pixels, real, silent

from framestate.bench.data.sets import (
    cifar10,
    cifar10_exact4000,
    images,
    mnist,
    shuffled,
)
from framestate.bench.errors import DataError

EPS = np.finfo(np.float32).eps


def records(count, seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 256, size=(count, 3073), dtype=np.uint8)
    table[:, 0] = np.arange(count) % 10
    return table


def binary(**change):
    names = [*(f"data_batch_{n}.bin" for n in range(1, 6)), "test_batch.bin"]
    files = {name: records(4, seed).tobytes() for seed, name in enumerate(names)}
    return {f"cifar-10-batches-bin/{n}": d for n, d in (files | change).items() if d}


def tar(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in sorted(members.items(), reverse=True):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def test_cifar_is_the_same_packed_and_unpacked(tmp_path):
    files = binary()
    tar(tmp_path / "cifar10/cifar-10-binary.tar.gz", files)
    for name, data in files.items():
        path = tmp_path / "cifar10" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    one = decoded(tmp_path, cifar10, "official")
    two = decoded(tmp_path, cifar10, "unpacked")
    for name in ("images", "labels", "sizes"):
        assert np.array_equal(one.arrays[name], two.arrays[name])
    assert one.arrays["sizes"].tolist() == [20, 4]
    record = records(4, 2)[1]  # the second of data_batch_3
    assert one.arrays["labels"][9] == record[0]
    image = record[1:].reshape(3, 32, 32)  # red, green, blue, each row by row
    assert np.array_equal(one.arrays["images"][9], image.reshape(3, 1024).T)
    assert np.array_equal(one.arrays["images"][20, :, 2], records(4, 5)[0][2049:])


def test_the_tasks_of_cifar_are_cut_and_scaled_as_in_the_papers(tmp_path):
    tar(tmp_path / "cifar10/cifar-10-binary.tar.gz", binary())
    data = decoded(tmp_path, cifar10, "official")
    raw = data.arrays["images"]
    for name, mean, std in (
        ("scifar", (0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.261)),
        ("scifar-multiresnet", (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    ):
        task = cifar10.DATA_SET.tasks[name](data)
        batch = task.train.batch(np.array([3, 0]))
        rows = shuffled.held_out(20, 0.1)[0][[3, 0]]
        wanted = (raw[rows] / 255.0 - mean) / std
        # division, difference, division: each rounds values up to 255/51
        assert np.abs(batch.inputs - wanted).max() < 4 * 5 * EPS
        assert np.array_equal(batch.targets, data.arrays["labels"][rows])
        assert (task.channels, task.outputs, task.max_length) == (3, 10, 1024)
    assert [len(s) for s in (task.train, task.validation, task.test)] == [18, 2, 4]
    gray = cifar10.DATA_SET.tasks["image"](data)
    batch = gray.test.batch(np.arange(4))
    wanted = np.array(Image.fromarray(raw[21].reshape(32, 32, 3)).convert("L")).ravel()
    found = batch.inputs[1, :, 0] * 61.0 + 122.6
    assert np.abs(found - wanted).max() < 4 * 255 * EPS
    assert gray.channels == 1


def test_the_density_is_of_all_eight_bits(tmp_path):
    tar(tmp_path / "cifar10/cifar-10-binary.tar.gz", binary())
    data = decoded(tmp_path, cifar10, "official")
    task = cifar10.DATA_SET.tasks["scifar-density"](data)
    assert (task.kind, task.channels, task.outputs) == ("density", 3, 3)
    assert [len(s) for s in (task.train, task.validation, task.test)] == [19, 1, 4]
    batch = task.test.batch(np.array([2]))
    assert batch.targets.dtype == np.int64
    assert np.array_equal(batch.targets[0], data.arrays["images"][22])
    back = np.rint((batch.inputs[0, 1:] + 1) * 127.5)
    assert np.array_equal(back, batch.targets[0, :-1])


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"data_batch_2.bin": b""}, "no data_batch_2.bin"),
        ({"test_batch.bin": b""}, "no test_batch.bin"),
        ({"data_batch_2.bin": b"x" * 3072}, "3072 bytes"),
        ({"data_batch_2.bin": b"\x0a" * 3073}, "label 10"),
    ],
)
def test_a_damaged_binary_version_is_refused(tmp_path, change, finding):
    tar(tmp_path / "cifar10/cifar-10-binary.tar.gz", binary(**change))
    with pytest.raises(DataError, match=finding):
        decoded(tmp_path, cifar10, "official")


def test_the_pickles_are_refused_by_name(tmp_path):
    refused = [one for one in cifar10.DATA_SET.layouts if one.name.startswith("python")]
    assert len({one.name for one in refused}) == 3
    for one in refused:
        (place,) = one.needs
        with pytest.raises(DataError, match="pickle") as error:
            one.decode(tmp_path, silent)
        assert Path(place).name in error.value.request
        assert "cifar-10-binary.tar.gz" in error.value.remedy


def jpegs(folder, **change):
    (folder / "cifar10").mkdir()
    flat = np.arange(0, 240, 40, dtype=np.uint8)[:, None, None, None]
    flat = np.broadcast_to(flat, (6, 32, 32, 3)).copy()  # which JPEG keeps
    files = [packed(image, "JPEG") for image in flat]
    table = {
        "jpeg": np.frombuffer(b"".join(files), dtype=np.uint8),
        "offsets": np.cumsum([0, *map(len, files)]),
        "labels": np.arange(6, dtype=np.uint8),
    }
    for split in ("train", "test"):
        path = folder / f"cifar10/cifar10_{split}_jpeg.npz"
        np.savez(path, **(table | change))
    return flat


def test_the_jpeg_copy_is_a_look_alike(tmp_path):
    flat = jpegs(tmp_path)
    data = decoded(tmp_path, cifar10, "prepared")
    wanted = np.concatenate([flat, flat]).reshape(12, 1024, 3).astype(int)
    assert np.abs(data.arrays["images"].astype(int) - wanted).max() <= 1
    assert data.arrays["labels"].tolist() == [*range(6), *range(6)]
    task = cifar10.DATA_SET.tasks["scifar"](data)
    assert task.fidelity == "look-alike"
    assert "JPEG" in task.note


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"labels": np.full(6, 10)}, "label 10"),
        ({"labels": np.zeros(5, np.uint8)}, "into 5 pieces"),
        ({"offsets": np.arange(7)}, "do not cut"),
        ({"jpeg": np.zeros(6, np.uint8), "offsets": np.arange(7)}, "cannot identify"),
    ],
)
def test_a_damaged_jpeg_copy_is_refused(tmp_path, change, finding):
    jpegs(tmp_path, **change)
    with pytest.raises(DataError, match=finding):
        decoded(tmp_path, cifar10, "prepared")


def lossless(folder, **change):
    (folder / "cifar10").mkdir()
    table = {"images": pixels(20), "labels": np.arange(20) % 10}
    path = folder / "cifar10/cifar10_train_first4000_lossless.npz"
    np.savez(path, **(table | change))
    return table


def test_the_lossless_images_are_a_subset_of_three_parts(tmp_path):
    table = lossless(tmp_path)
    data = decoded(tmp_path, cifar10_exact4000, "prepared")
    task = cifar10_exact4000.DATA_SET.tasks["scifar-exact4000"](data)
    splits = (task.train, task.validation, task.test)
    assert [len(s) for s in splits] == [16, 2, 2]
    assert sorted(np.concatenate([s.rows for s in splits])) == list(range(20))
    assert task.fidelity == "subset"
    row = task.test.rows[1]
    batch = task.test.batch(np.array([1]))
    assert batch.targets[0] == table["labels"][row]
    wanted = cifar10.S4(table["images"][row].reshape(1, 1024, 3))
    assert np.array_equal(batch.inputs, wanted)


@pytest.mark.parametrize(
    "change", [{"images": np.zeros((20, 32, 32, 3))}, {"images": pixels(19)}]
)
def test_lossless_images_of_another_shape_are_refused(tmp_path, change):
    lossless(tmp_path, **change)
    with pytest.raises(DataError, match="images are"):
        decoded(tmp_path, cifar10_exact4000, "prepared")


def test_image_tasks_can_be_sent_to_another_process(tmp_path):
    tar(tmp_path / "cifar10/cifar-10-binary.tar.gz", binary())
    for name, make in cifar10.DATA_SET.tasks.items():
        task = make(decoded(tmp_path, cifar10, "official"))
        again = pickle.loads(pickle.dumps(task))
        assert again.name == name
        assert again.train.batch(np.array([0])).inputs.dtype == np.float32


def test_official_layouts_need_what_is_fetched():
    for module in (cifar10, mnist):
        remotes = {remote.path for remote in module.DATA_SET.remotes}
        assert remotes == set(module.DATA_SET.layouts[0].needs)
        assert all(remote.checksum for remote in module.DATA_SET.remotes)


def test_the_jpeg_copy_looks_like_the_lossless_images():
    exact = real(cifar10_exact4000, "prepared").arrays
    folder = Path(os.environ["FRAMESTATE_DATA"])
    (one,) = layouts(cifar10, "prepared")
    if not (folder / one.needs[0]).is_file():
        pytest.skip(f"FRAMESTATE_DATA holds no {one.needs[0]}")
    path = folder / one.needs[0]
    with zipfile.ZipFile(path) as archive:
        assert "jpeg.npy" in archive.namelist()
    with np.load(path) as table:
        data, ends, labels = table["jpeg"], table["offsets"], table["labels"]
    assert np.array_equal(labels[:4000], exact["labels"])
    errors = []
    for i in range(100):
        file = data[ends[i] : ends[i + 1]].tobytes()
        image = images.decoded(file, side=32, mode="RGB", path=path)
        errors.append(image.reshape(1024, 3).astype(float) - exact["images"][i])
    assert 6 < np.sqrt(np.mean(np.square(errors))) < 10  # 8.1 over all 4,000
