"""Several processes at one store, processes killed while they write, refusing disks."""

import errno
import json
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from framestate import frames
from framestate.frames import files
from framestate.frames.store import upkeep

pytestmark = pytest.mark.skipif(os.name != "posix", reason="uses fork and kill")

PREAMBLE = """
import json, os, random, resource, signal, sys, time
import numpy as np
from framestate import frames
from framestate.frames.store import upkeep

def operator(value, size):
    whole = np.full((size, size), value)
    return frames.FrameOperator(
        name=f"{value}", measure="scaled", A_r=whole, b=whole[0], T=whole, R=whole,
        error_bound=0.0,
    )

def sound(op):
    value = op.A_r[0, 0]
    arrays = (op.A_r, op.b, op.T, op.R)
    return op.name == f"{value}" and all((x == value).all() for x in arrays)

def forked(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid

store = frames.Store(sys.argv[1])
"""


def start(store, source: str) -> subprocess.Popen:
    """Start another interpreter on a store."""
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(source), str(store.folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen):
    """What a process printed last, as JSON."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out)


@pytest.fixture
def store(tmp_path):
    return frames.Store(tmp_path / "store")


def names(folder) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def operator(value: float = 1.0) -> frames.FrameOperator:
    eye = np.eye(2)
    return frames.FrameOperator(
        name="x",
        measure="scaled",
        A_r=value * eye,
        b=eye[0],
        T=eye,
        R=eye,
        error_bound=0.0,
    )


def test_writers_readers_and_removers_of_one_key_see_whole_values(store):
    found = finish(
        start(
            store,
            """
            def write(value):
                for n in range(40):
                    store.save({"key": 0}, operator(value + n, size=1 + n % 7))

            def remove():
                for n in range(60):
                    store.discard({"key": 0})
                    store.clear()
                    time.sleep(0.002)

            workers = [forked(lambda v=v: write(1000.0 * v)) for v in range(3)]
            workers.append(forked(remove))
            seen, wrong = set(), 0
            while workers:
                op = store.load({"key": 0})
                if op is not None:
                    seen.add(op.name)
                    wrong += not sound(op)
                done, status = os.waitpid(-1, os.WNOHANG)
                if done:
                    workers.remove(done)
                    wrong += status != 0
            store.save({"key": 0}, operator(-1.0, size=1))
            print(json.dumps({"wrong": wrong, "seen": len(seen)}))
            """,
        )
    )
    assert found["wrong"] == 0
    assert found["seen"] > 3
    assert len(store) == 1
    assert store.load({"key": 0}).name == "-1.0"


def test_many_processes_derive_and_evict_within_one_limit(tmp_path):
    store = frames.Store(tmp_path / "store", max_bytes=40_000)
    found = finish(
        start(
            store,
            """
            store = frames.Store(sys.argv[1], max_bytes=40_000)

            def work(seed):
                rng = random.Random(seed)
                for _ in range(60):
                    n = rng.randrange(12)
                    inputs = {"n": n}
                    op = store.get_or_derive(inputs, lambda: operator(float(n), 8))
                    if not (sound(op) and op.name == f"{float(n)}"):
                        os._exit(1)

            workers = [forked(lambda s=s: work(s)) for s in range(3)]
            wrong = sum(os.waitpid(worker, 0)[1] != 0 for worker in workers)
            store.save({"n": -1}, operator(-1.0, 8))
            print(json.dumps(wrong))
            """,
        )
    )
    assert found == 0
    assert len(store) >= 1
    assert all(entry.finding == "" for entry in store.entries())
    aged(store)  # what two processes saved at once under one key is swept then
    store.save({"n": -1}, operator())
    sizes = [file.stat().st_size for file in Path(store.folder).iterdir()]
    assert sum(sizes) <= store.max_bytes
    assert len(sizes) == 2 * len(store)


def aged(store):
    """Let more than an hour pass for all files of a store."""
    for path in Path(store.folder).iterdir():
        os.utime(path, (path.stat().st_mtime - upkeep.STALE - 60,) * 2)


def test_a_process_killed_while_it_writes_leaves_the_old_value_or_the_new(store):
    found = finish(
        start(
            store,
            """
            store.save({"key": 0}, operator(0.0, size=200))

            begun, tell = os.pipe()

            def write(first):
                for n in range(10_000):
                    store.save({"key": 0}, operator(first + n, size=200))
                    os.write(tell, b"x")

            wrong, names = 0, set()
            for kill in range(25):
                pid = forked(lambda: write(1.0 + 10_000.0 * kill))
                os.read(begun, 1)
                time.sleep(random.Random(kill).uniform(0.0, 0.01))
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                op = store.load({"key": 0})
                wrong += not sound(op)
                names.add(op.name)
            print(json.dumps({"wrong": wrong, "values": len(names)}))
            """,
        )
    )
    assert found["wrong"] == 0
    assert found["values"] > 3
    aged(store)
    store.save({"key": 0}, operator())
    assert len(names(store.folder)) == 2


def test_a_process_that_dies_at_any_call_of_the_system_loses_nothing(store):
    found, most = finish(
        start(
            store,
            """
            from pathlib import Path

            def die_at(call):
                counter = iter(range(call))
                def counted(function):
                    def wrapped(*args, **kwargs):
                        if next(counter, None) is None:
                            os._exit(9)
                        return function(*args, **kwargs)
                    return wrapped
                for owner, name in (
                    (os, "fsync"), (os, "utime"), (os, "scandir"), (Path, "open"),
                    (Path, "replace"), (Path, "unlink"), (Path, "mkdir"),
                ):
                    setattr(owner, name, counted(getattr(owner, name)))
                store.save({"key": 0}, operator(2.0, size=3))

            outcomes, call, status, most = [], 0, 1, 0
            while status:
                store.save({"key": 0}, operator(1.0, size=3))
                status = os.waitpid(forked(lambda: die_at(call)), 0)[1]
                op = store.load({"key": 0})
                outcomes.append(op.name if sound(op) else "wrong")
                call += 1
                most = max(most, len(os.listdir(sys.argv[1])))
            print(json.dumps([outcomes, most]))
            """,
        )
    )
    new = found.index("2.0")
    assert set(found[:new]) == {"1.0"}
    assert set(found[new:]) == {"2.0"}
    assert new >= 6  # as many calls before the record is in place
    assert len(found) - new >= 3  # and after it
    assert most > 2  # something was left behind
    aged(store)
    store.save({"key": 0}, operator())
    assert len(names(store.folder)) == 2


def test_a_full_disk_is_told_and_leaves_the_old_value(store):
    store.save({"key": 0}, operator())
    before = names(store.folder)
    finding, value, after = finish(
        start(
            store,
            """
            # a limit on the length of files: the system refuses in the middle of one
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
            try:
                store.get_or_derive({"key": 1}, lambda: operator(3.0, size=100))
            except frames.OutputError as error:
                told = error.finding, error.value.name, sorted(os.listdir(sys.argv[1]))
            sys.stdout.write(json.dumps(told))
            """,
        )
    )
    assert finding == os.strerror(errno.EFBIG)
    assert value == "3.0"
    assert after == before
    assert store.load({"key": 0}) is not None


def test_a_folder_that_is_not_ours_is_read_and_not_written(tmp_path):
    folder = tmp_path / "store"
    frames.Store(folder).save({"key": 0}, operator(5.0))
    folder.chmod(0o555)
    found = finish(
        start(
            frames.Store(folder),
            """
            if os.geteuid() == 0:
                # the folders above, and those of the interpreter, may be closed then
                os.chdir(sys.argv[1])
                store = frames.Store(".")
                store.load({"key": 0})
                os.setegid(65534)
                os.seteuid(65534)
            derived, refused = [], []
            for use in (
                lambda: store.save({"key": 0}, operator(1.0, 2)),
                lambda: store.get_or_derive({"key": 1}, lambda: derived.append(1)),
                lambda: store.discard({"key": 0}),
                lambda: store.clear(),
            ):
                try:
                    use()
                except frames.OutputError as error:
                    refused.append(error.finding)
            loaded = store.load({"key": 0}).A_r[0, 0]
            print(json.dumps([refused, derived, loaded]))
            """,
        )
    )
    folder.chmod(0o755)
    refused, derived, loaded = found
    assert refused == [os.strerror(errno.EACCES)] * 4
    assert derived == []
    assert loaded == 5.0
    assert len(names(folder)) == 2


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("os", "fsync"),
        ("os", "open"),
        ("Path", "replace"),
        ("Path", "open"),
    ],
)
@pytest.mark.parametrize("skip", range(4))
def test_wherever_the_disk_refuses_the_old_value_stays(
    store, monkeypatch, place, name, skip
):
    store.save({"key": 0}, operator(1.0))
    owner = {"os": os, "Path": Path}[place]
    plain, calls = getattr(owner, name), iter(range(skip))

    def refusing(*args, **kwargs):
        ours = owner is os or Path(store.folder) in args[0].parents
        if ours and next(calls, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return plain(*args, **kwargs)

    monkeypatch.setattr(owner, name, refusing)
    told = []
    try:
        store.save({"key": 0}, operator(2.0))
    except frames.OutputError as error:
        told.append(error.finding)
    monkeypatch.undo()
    assert told in ([], [os.strerror(errno.ENOSPC)])
    found = store.load({"key": 0})
    assert told or found.A_r[0, 0] == 2.0
    assert found.A_r[0, 0] in (1.0, 2.0)
    assert not [name for name in names(store.folder) if name.endswith(".tmp")]


def test_an_interrupt_while_the_record_is_written_leaves_no_arrays(store, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("framestate.frames.store.store.write_whole", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.save({"key": 0}, operator())
    assert names(store.folder) == []


def test_a_record_in_place_keeps_its_arrays_though_the_folder_was_not_synced(
    store, monkeypatch
):
    calls = []

    def second_fails(folder):
        calls.append(folder)
        if len(calls) == 2:  # the first is for the arrays, the second for the record
            raise OSError(errno.EIO, "no sync")

    monkeypatch.setattr(files, "sync_folder", second_fails)
    with pytest.raises(frames.OutputError, match="no sync"):
        store.save({"key": 0}, operator(4.0))
    assert store.load({"key": 0}).A_r[0, 0] == 4.0


def test_a_file_is_on_the_disk_before_its_name_and_its_name_before_the_next(
    store, monkeypatch
):
    Path(store.folder).mkdir()
    calls = []
    fsync, replace = os.fsync, Path.replace

    def logged_fsync(handle):
        calls.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def logged_replace(path, target):
        calls.append(target.suffix)
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", logged_fsync)
    monkeypatch.setattr(Path, "replace", logged_replace)
    store.save({"key": 0}, operator())
    assert calls == ["file", ".npz", "folder", "file", ".json", "folder"]


def test_syncing_a_folder_leaves_nothing_open(tmp_path):
    def next_handle() -> int:
        handle = os.open(tmp_path, os.O_RDONLY)
        os.close(handle)
        return handle

    before = next_handle()
    files.sync_folder(tmp_path)
    assert next_handle() == before


def test_where_folders_cannot_be_opened_none_is_synced(monkeypatch):
    monkeypatch.setattr(files, "os", SimpleNamespace(name="nt"))
    assert files.sync_folder(Path("no such folder")) is None


def test_a_reader_that_is_overtaken_reads_the_new_value(store, monkeypatch):
    store.save({"key": 0}, operator(1.0))
    stale = upkeep.read_record(Path(store.folder), store.entries()[0].key)
    store.save({"key": 0}, operator(2.0))
    texts = iter([stale])
    plain = upkeep.read_record
    monkeypatch.setattr(
        upkeep, "read_record", lambda *where: next(texts, None) or plain(*where)
    )
    assert store.load({"key": 0}).A_r[0, 0] == 2.0


def test_a_reader_whose_value_is_taken_away_finds_none(store, monkeypatch):
    store.save({"key": 0}, operator(1.0))
    stale = upkeep.read_record(Path(store.folder), store.entries()[0].key)
    store.clear()
    texts = iter([stale])
    monkeypatch.setattr(upkeep, "read_record", lambda *_: next(texts, None))
    assert store.load({"key": 0}) is None


def test_a_file_that_vanishes_while_the_folder_is_listed_is_passed_over(
    store, monkeypatch
):
    for n in range(2):
        store.save({"key": n}, operator())
    gone = f"{store.entries()[0].key}.json"
    plain = os.scandir

    class Listing:
        """What the system lists, with one file taken away meanwhile."""

        def __init__(self, folder):
            self.folder = folder

        def __enter__(self):
            entries = list(plain(self.folder))
            (Path(self.folder) / gone).unlink()
            return iter(entries)

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(os, "scandir", Listing)
    assert len(store) == 1


def test_a_folder_that_is_a_file_is_told(tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    store = frames.Store(path)
    for use in (
        lambda: store.save({"key": 0}, operator()),
        lambda: store.get_or_derive({"key": 0}, operator),
        lambda: len(store),
        store.entries,
        store.clear,
    ):
        with pytest.raises(frames.OutputError):
            use()
    assert path.read_text() == "mine"
