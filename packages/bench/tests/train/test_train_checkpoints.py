"""A checkpoint is whole or it is not there, and the one before it still is."""

import errno
import hashlib
import json
import os
import pickle
import resource
from pathlib import Path

import pytest
import torch
from train_toys import classes, network, settings

from framestate.bench.errors import DataError, OutputError
from framestate.bench.train import Saved, Warned, train
from framestate.bench.train.checkpoints import Checkpoints, write_bytes
from framestate.bench.train.lock import locked

STATE = {"model": {"w": torch.arange(3.0)}, "standing": {"step": 1, "best": None}}


def written(folder, *, keep=2, steps=(1, 2)):
    checkpoints = Checkpoints(folder, keep)
    for step in steps:
        checkpoints.save_best({"w": torch.tensor(step)}, step=step)
        checkpoints.save(STATE, step=step, best_step=step)
    return checkpoints


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_saved_is_loaded(tmp_path):
    checkpoints = written(tmp_path)
    found = checkpoints.newest()
    assert (found.step, found.damaged) == (2, ())
    assert found.path == tmp_path / "step-000000002.pt"
    state = checkpoints.load(2)
    assert torch.equal(state["model"]["w"], STATE["model"]["w"])
    assert state["standing"] == STATE["standing"]
    assert int(checkpoints.load_best(1)["w"]) == 1


def test_an_empty_folder_has_none(tmp_path):
    assert Checkpoints(tmp_path).newest() is None


def test_only_the_newest_and_the_best_weights_they_need_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path, 2)
    for step, best in ((1, 1), (2, 1), (3, 3), (4, 3), (5, 3)):
        if step == best:
            checkpoints.save_best({"w": torch.tensor(step)}, step=step)
        checkpoints.save(STATE, step=step, best_step=best)
    kept = {p.stem for p in tmp_path.iterdir()}
    assert kept == {"step-000000004", "step-000000005", "best-000000003"}


def test_a_kill_while_old_ones_go_leaves_no_note_without_its_weights(
    tmp_path, monkeypatch
):
    checkpoints, gone, unlink = written(tmp_path), [], Path.unlink

    def killed_after_one(path, **options):
        if gone:
            raise KeyboardInterrupt
        gone.append(path)
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", killed_after_one)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.save(STATE, step=3, best_step=2)
    assert [path.suffix for path in gone] == [".json"]
    found = checkpoints.newest()
    assert (found.step, found.damaged) == (3, ())


def test_clearing_leaves_nothing(tmp_path):
    written(tmp_path).clear()
    assert names(tmp_path) == []


def test_a_file_is_readable_by_others(tmp_path):
    write_bytes(tmp_path / "a", b"a")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def foreign(path):
    path.write_bytes(pickle.dumps({"model": os.system}))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("step-000000002.pt", flip),
        ("step-000000002.pt", cut),
        ("step-000000002.pt", foreign),
        ("step-000000002.pt", os.unlink),
        ("step-000000002.json", cut),
        ("best-000000002.pt", flip),
        ("best-000000002.json", lambda path: path.write_text("[]")),
    ],
)
def test_a_damaged_one_is_passed_over_for_the_one_before(tmp_path, name, damage):
    checkpoints = written(tmp_path)
    damage(tmp_path / name)
    found = checkpoints.newest()
    assert found.step == 1
    assert len(found.damaged) == 1
    assert name.split(".")[0] in found.damaged[0]


def test_a_payload_without_a_note_is_no_checkpoint(tmp_path):
    checkpoints = written(tmp_path)
    (tmp_path / "step-000000002.json").unlink()
    found = checkpoints.newest()
    assert (found.step, found.damaged) == (1, ())


def test_when_all_are_damaged_it_says_so(tmp_path):
    checkpoints = written(tmp_path)
    for step in (1, 2):
        flip(tmp_path / f"step-00000000{step}.pt")
    with pytest.raises(DataError, match=r"no checkpoint is whole.*sha256"):
        checkpoints.newest()


def test_nothing_but_tensors_and_numbers_is_ever_unpickled(tmp_path):
    checkpoints = written(tmp_path)
    path = tmp_path / "step-000000002.pt"
    torch.save({"model": os.system}, path)
    note = json.loads(path.with_suffix(".json").read_text())
    note["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_suffix(".json").write_text(json.dumps(note))
    with pytest.raises(pickle.UnpicklingError, match="Weights only"):
        checkpoints.load(2)


class Failing:
    """A function that fails once, at a call of that number."""

    def __init__(self, real, count):
        self.real, self.left = real, count

    def __call__(self, *args, **kwargs):
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.real(*args, **kwargs)

    def __get__(self, owner, kind):
        return lambda *args, **kwargs: self(owner, *args, **kwargs)


class Full:
    """A file whose every write goes through a function."""

    def __init__(self, stream, write):
        self.stream, self.write = stream, write
        self.flush, self.fileno = stream.flush, stream.fileno

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stream.close()


def fail_at(monkeypatch, function, count):
    if function == "fsync":
        failing = Failing(os.fsync, count)
        monkeypatch.setattr(os, "fsync", failing)
    elif function == "write":
        failing, opened = Failing(lambda: None, count), os.fdopen

        def fdopen(*args):
            stream = opened(*args)
            return Full(stream, lambda content: (stream.write(content), failing()))

        monkeypatch.setattr(os, "fdopen", fdopen)
    else:
        failing = Failing(getattr(Path, function), count)
        monkeypatch.setattr(Path, function, failing)
    return failing


@pytest.mark.parametrize("function", ["write", "fsync", "replace", "chmod"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_full_disk_anywhere_loses_nothing(tmp_path, monkeypatch, function, count):
    checkpoints = written(tmp_path, steps=(1, 2))
    failing = fail_at(monkeypatch, function, count)
    with pytest.raises(OutputError, match="No space left on device"):
        checkpoints.save(STATE, step=3, best_step=2)
    monkeypatch.undo()
    assert failing.left <= 0
    assert not list(tmp_path.glob(".*.tmp"))
    found = checkpoints.newest()
    assert (found.step, found.damaged) == (2, ())


def test_stale_files_of_a_killed_process_are_swept(tmp_path):
    checkpoints = written(tmp_path)
    before = names(tmp_path)
    (tmp_path / ".step-000000003.pt.abc.tmp").write_bytes(b"half")
    checkpoints.sweep()
    assert names(tmp_path) == before


def run(folder, listener=None, **changes):
    task = classes()
    options = {} if listener is None else {"on_event": listener}
    return train(network(task), task, settings(**changes), folder, **options)


def test_a_training_goes_on_from_the_one_before_a_damaged_one(tmp_path):
    straight = run(tmp_path / "straight")

    def listen(event):
        if isinstance(event, Saved) and event.step == 8:
            flip(event.path)
            raise KeyError

    folder = tmp_path / "broken"
    with pytest.raises(KeyError):
        run(folder, listen)
    heard = []
    trained = run(folder, heard.append)
    assert trained.resumed_from == 6
    assert trained.curves == straight.curves
    (warning,) = [event for event in heard if isinstance(event, Warned)]
    assert "sha256" in warning.text


def test_a_limit_on_files_stops_it_with_one_error_and_nothing_lost(tmp_path):
    run(tmp_path / "straight")
    size = (tmp_path / "straight" / "step-000000012.pt").stat().st_size

    def listen(event):
        if isinstance(event, Saved) and event.step == 4:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, before[1]))

    before, folder = resource.getrlimit(resource.RLIMIT_FSIZE), tmp_path / "full"
    try:
        with pytest.raises(OutputError, match=r"File too large.*Free some space"):
            run(folder, listen)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert Checkpoints(folder).newest().step == 4
    assert run(folder).resumed_from == 4


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="training into"):
        run(tmp_path / "file" / "below")


def test_a_folder_that_cannot_be_signed_is_one_error(tmp_path):
    (tmp_path / ".owner.json").mkdir()
    with pytest.raises(OutputError, match="Is a directory"), locked(tmp_path):
        raise AssertionError


def test_what_cannot_be_removed_is_one_error(tmp_path):
    (tmp_path / ".x.tmp").mkdir()
    with pytest.raises(OutputError, match="removing old files"):
        Checkpoints(tmp_path).sweep()
