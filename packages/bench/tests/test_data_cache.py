import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from framestate.bench import errors
from framestate.bench.data import cache, extraction, sources
from framestate.bench.data.dataset import Layout
from framestate.bench.data.sets import shuffled

ARRAYS = {
    "values": np.arange(12, dtype=np.int16).reshape(6, 2),
    "labels": np.array([0, 1, 0, 1, 0, 1], dtype=np.uint8),
    "names": np.array(["one", "two"]),
    "none": np.zeros((0, 3), dtype=np.float32),
}


def make_layout(name="official", needs=("x/x.bin",), *, counter=None, version=1):
    def decode(folder: Path, progress):
        progress(0, 1)
        if counter is not None:
            counter.append(folder)
        return ARRAYS

    return Layout(name, needs, "full", decode, version=version)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "data"
    (path / "x").mkdir(parents=True)
    (path / "x/x.bin").write_bytes(b"source")
    return path


@pytest.fixture
def home(tmp_path):
    return tmp_path / "cache"


def cached(folder, home, **options):
    return cache.cached("x", make_layout(**options), folder, home, lambda *_: None)


def entries(home):
    return sorted(p.name for p in home.iterdir() if not p.name.startswith("."))


def test_arrays_are_decoded_once_and_memory_mapped(folder, home):
    counter = []
    for _ in range(2):
        decoded = cached(folder, home, counter=counter)
        assert set(decoded.arrays) == set(ARRAYS)
        for name, expected in ARRAYS.items():
            got = decoded.arrays[name]
            np.testing.assert_array_equal(got, expected, strict=True)
            assert isinstance(got, np.memmap)
            assert not got.flags.writeable
    assert counter == [folder]
    assert cache.check(home / entries(home)[0])


def test_a_changed_source_is_decoded_anew_and_the_old_arrays_go(folder, home):
    counter = []
    first = cached(folder, home, counter=counter).arrays["values"]
    (before,) = entries(home)
    os.utime(folder / "x/x.bin", ns=(1, 1))
    cached(folder, home, counter=counter)
    assert len(counter) == 2
    (after,) = entries(home)
    assert after != before
    np.testing.assert_array_equal(first, ARRAYS["values"])  # the old map still reads


def test_a_new_version_and_another_layout_have_entries_of_their_own(folder, home):
    counter = []
    cached(folder, home, counter=counter)
    cached(folder, home, counter=counter, version=2)
    assert len(entries(home)) == 1  # the older version is gone
    cached(folder, home, counter=counter, name="prepared")
    assert len(entries(home)) == 2
    assert len(counter) == 3


def test_two_data_folders_do_not_drop_the_entries_of_each_other(folder, home, tmp_path):
    other = tmp_path / "other"
    (other / "x").mkdir(parents=True)
    (other / "x/x.bin").write_bytes(b"another source")
    counter = []
    for place in (folder, other, folder, other):
        cached(place, home, counter=counter)
    assert counter == [folder, other]


@pytest.mark.parametrize("change", ["size", "new", "gone"])
def test_a_source_that_is_a_folder_is_known_by_all_its_files(folder, home, change):
    needs = ("x",)
    (folder / "x/deep").mkdir()
    file = folder / "x/deep/a"
    file.write_bytes(b"1")
    before = sources.key("x", make_layout(needs=needs), folder)
    assert sources.key("x", make_layout(needs=needs), folder) == before
    if change == "size":
        stamp = file.stat().st_mtime_ns
        file.write_bytes(b"12")
        os.utime(file, ns=(stamp, stamp))
    elif change == "new":
        (folder / "x/deep/b").touch()
    else:
        file.unlink()
    assert sources.key("x", make_layout(needs=needs), folder) != before


def test_a_dangling_link_among_the_sources_is_refused(folder):
    (folder / "x/dangling").symlink_to("nowhere")
    with pytest.raises(errors.DataError, match=r"dangling: No such file"):
        sources.key("x", make_layout(needs=("x",)), folder)


def shorten(path):
    path.write_bytes(path.read_bytes()[:-1])


def other_array(path):
    np.save(path, ARRAYS["values"].astype(np.uint16))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("values.npy", Path.unlink),
        ("values.npy", shorten),
        ("values.npy", other_array),
        ("manifest.json", Path.unlink),
        ("manifest.json", shorten),
        ("manifest.json", lambda path: path.write_text("[]")),
        ("manifest.json", lambda path: path.write_text("{}")),
    ],
)
def test_a_damaged_entry_is_made_again_with_a_word(folder, home, name, damage, caplog):
    counter = []
    cached(folder, home, counter=counter)
    place = home / entries(home)[0]
    damage(place / name)
    assert not cache.check(place)
    decoded = cached(folder, home, counter=counter)
    np.testing.assert_array_equal(decoded.arrays["values"], ARRAYS["values"])
    assert len(counter) == 2
    assert "is damaged and made again" in caplog.text
    assert cache.check(place)


def test_a_changed_number_in_the_manifest_is_noticed(folder, home):
    cached(folder, home)
    place = home / entries(home)[0]
    manifest = json.loads((place / "manifest.json").read_text())
    assert manifest["sources"] == [
        ["x/x.bin", 6, (folder / "x/x.bin").stat().st_mtime_ns]
    ]
    manifest["version"] = 7
    (place / "manifest.json").write_text(json.dumps(manifest))
    assert not cache.check(place)


def test_a_flipped_byte_is_found_by_the_full_check(folder, home):
    cached(folder, home)
    path = home / entries(home)[0] / "values.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert not cache.check(path.parent)


def test_a_refused_decoding_leaves_nothing(folder, home):
    def decode(folder: Path, progress):
        raise errors.DataError(request="x", finding="y", remedy="z")

    layout = Layout("official", ("x/x.bin",), "full", decode)
    with pytest.raises(errors.DataError):
        cache.cached("x", layout, folder, home, lambda *_: None)
    assert entries(home) == []


def test_a_cache_that_cannot_be_written_is_one_output_error(folder, home):
    home.write_text("a file")
    with pytest.raises(errors.OutputError, match="File exists"):
        cached(folder, home)


def test_a_valid_entry_needs_no_lock_and_no_writing(folder, home, monkeypatch):
    cached(folder, home)
    monkeypatch.setattr(cache.locks, "locked", None)
    monkeypatch.setattr(extraction, "writing", None)
    cached(folder, home)


def test_a_disk_that_loses_what_is_written_is_refused(folder, home, monkeypatch):
    monkeypatch.setattr(cache, "_mapped", lambda place: None)
    with pytest.raises(errors.DataError, match="just written cannot be read"):
        cached(folder, home)


SCRIPT = """if True:
    import sys, time, numpy as np
    from pathlib import Path
    from framestate.bench.data import cache
    from framestate.bench.data.dataset import Layout
    folder, home, log, seconds = sys.argv[1:]
    def decode(folder, progress):
        with Path(log).open("a") as stream:
            stream.write("decoding\\n")
        time.sleep(float(seconds))
        return {"values": np.arange(1000)}
    layout = Layout("official", ("x/x.bin",), "full", decode)
    got = cache.cached("x", layout, Path(folder), Path(home), lambda *_: None)
    assert got.arrays["values"].sum() == 499500
"""


def start(folder, home, log, seconds):
    words = [folder, home, log, seconds]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *map(str, words)],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_process_waits_and_does_not_decode(folder, home, tmp_path):
    log = tmp_path / "log"
    running = [start(folder, home, log, 1.0) for _ in range(3)]
    said = [process.communicate(timeout=100)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], said
    assert log.read_text() == "decoding\n"
    assert sum("waiting" in text for text in said) <= 2


def test_a_killed_decoding_leaves_nothing_to_be_seen(folder, home, tmp_path):
    log = tmp_path / "log"
    killed = start(folder, home, log, 60)
    while not log.exists():
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert entries(home) == []
    key = sources.key("x", make_layout(), folder)
    (home / f".x-official-{key}.old.tmp").mkdir()  # killed while it wrote
    assert start(folder, home, log, 0).communicate(timeout=100)[1] == ""
    assert entries(home) == [f"x-official-{key}"]
    assert not list(home.glob("*.tmp"))


def test_the_default_cache_is_the_users(monkeypatch):
    monkeypatch.delenv("FRAMESTATE_CACHE", raising=False)
    assert cache.cache_folder(None).name == "framestate"


UNGUARDED = """if True:
    import sys
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context
    from pathlib import Path
    from framestate.bench.data import cache
    from framestate.bench.data.dataset import Layout
    def decode(folder, progress):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return {"values": pool.submit(abs, -1).result()}
    layout = Layout("official", ("x/x.bin",), "full", decode)
    cache.cached("x", layout, *map(Path, sys.argv[1:]), lambda *_: None)
"""


def test_workers_of_a_script_without_a_guard_do_not_wait_for_it(folder, home, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)
    words = [sys.executable, script, folder, home]
    done = subprocess.run(words, check=False, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert cache.locks._noted(home / "none") == ""
    assert "open data below if __name__ == '__main__'" in done.stderr.decode()


def test_a_missing_package_is_named_with_the_command(monkeypatch):
    monkeypatch.delenv("FRAMESTATE_CACHE", raising=False)
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    command = r"pip install 'framestate-bench\[data\]'"
    with pytest.raises(errors.DataError, match=command):
        cache.cache_folder(None)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(errors.DataError, match=f"scikit-learn.*{command}"):
        shuffled.train_test_split(np.arange(3))
