"""What takes hours goes on where it was broken off, to the same bytes."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from framestate.bench import errors
from framestate.bench.data import cache
from framestate.bench.data.dataset import Layout
from framestate.bench.data.generators import listops, pathfinder
from framestate.bench.data.growing import Growing

DTYPES = {"values": "u1", "labels": "i8"}
SHORT = listops.Rule(min_length=3, max_length=5)  # [OP a b X: 400 of them


def grown(folder, *chunks):
    made = Growing(folder, DTYPES)
    for chunk in chunks:
        made.add(values=np.arange(chunk), labels=np.array([chunk]))
    return made


def held(made):
    return made.chunks, made.array("values").tolist(), made.array("labels").tolist()


def test_what_was_added_is_there_again(tmp_path):
    assert held(grown(tmp_path)) == (0, [], [])
    assert held(grown(tmp_path, 2)) == (1, [0, 1], [2])
    assert held(grown(tmp_path, 3, 0)) == (3, [0, 1, 0, 1, 2], [2, 3, 0])
    assert grown(tmp_path).array("labels").dtype == np.int64
    assert not grown(tmp_path).array("values").flags.writeable


def test_a_chunk_that_was_broken_off_is_cut(tmp_path):
    grown(tmp_path, 2)
    with (tmp_path / "values.bin").open("ab") as stream:
        stream.write(b"half a chunk")
    assert held(grown(tmp_path, 1)) == (2, [0, 1, 0], [2, 1])


def lose_a_byte(folder):
    path = folder / "labels.bin"
    path.write_bytes(path.read_bytes()[:-1])


def say(value):
    return lambda folder: (folder / "standing.json").write_text(json.dumps(value))


@pytest.mark.parametrize(
    "damage",
    [
        lose_a_byte,
        lambda folder: (folder / "values.bin").unlink(),
        lambda folder: (folder / "standing.json").write_text("{"),
        say([]),
        say({"chunks": 1, "sizes": {"values": 2}}),
        say({"chunks": None, "sizes": {"values": 2, "labels": 8}}),
    ],
)
def test_pieces_that_are_not_whole_are_made_anew(tmp_path, damage):
    grown(tmp_path, 2)
    damage(tmp_path)
    assert held(grown(tmp_path)) == (0, [], [])


def test_a_folder_that_is_not_there_is_one_error(tmp_path):
    with pytest.raises(errors.OutputError, match="No such file"):
        Growing(tmp_path / "nowhere", DTYPES)


def examples(count, **options):
    made = listops.generate(count, seed=0, rule=SHORT, workers=1, **options)
    return [made.tokens.tolist(), made.offsets.tolist(), made.labels.tolist()]


class StopError(Exception):
    """As if it was killed."""


def stopping(after):
    def progress(done, total):
        calls.append(done)
        if len(calls) > after:
            raise StopError

    calls = []
    return progress


@pytest.mark.parametrize("after", [0, 1, 3])
def test_expressions_go_on_to_the_same_bytes(tmp_path, monkeypatch, after):
    monkeypatch.setattr(listops, "_CHUNK", 40)
    whole = examples(200)  # some come twice, and are replaced by later chunks
    for _ in range(12):
        try:
            found = examples(200, kept=tmp_path, progress=stopping(after))
            break
        except StopError:
            continue
    else:
        found = examples(200, kept=tmp_path)
        assert after == 0  # not one chunk a time was kept
    assert found == whole


def layout_of(count):
    def decode(folder, progress, kept):
        grown = Growing(kept, {"images": "u1"})
        for part in pathfinder.pictures(
            count, size=32, seed=1, first=grown.chunks, workers=1, progress=progress
        ):
            grown.add(images=part.images)
        return {"images": grown.array("images")}

    return Layout("made", (), "regenerated", decode, keeps=True)


SCRIPT = """if True:
    import sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from test_data_growing import cache, layout_of, pathfinder
    pathfinder._CHUNK = 4
    cache.cached("x", layout_of(120), None, Path(sys.argv[2]), lambda *_: print("+"))
"""


def begin(home):
    words = [sys.executable, "-u", "-c", SCRIPT, str(Path(__file__).parent), str(home)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_killed_generation_goes_on_to_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(pathfinder, "_CHUNK", 4)
    whole = cache.cached("x", layout_of(120), None, tmp_path / "a", lambda *_: None)
    home, counts = tmp_path / "b", []
    for chunks, seconds in ((2, 0.0), (3, 0.013), (2, 0.02)):
        with begin(home) as killed:
            for _ in range(chunks):
                killed.stdout.readline()  # one is made, those before it are kept
            time.sleep(seconds)
            killed.send_signal(signal.SIGKILL)
        assert not [p for p in home.iterdir() if not p.name.startswith(".")]
        (note,) = home.glob(".x-made-*.pieces/standing.json")
        counts.append(json.loads(note.read_text())["chunks"])
    assert counts == sorted(counts)
    assert 30 > counts[-1] > counts[0] > 0
    told = []
    again = cache.cached(
        "x", layout_of(120), None, home, lambda done, _: told.append(done)
    )
    assert told[0] == 4 * (counts[-1] + 1)
    assert np.array_equal(again.arrays["images"], whole.arrays["images"])
    assert len(again.arrays["images"]) == 120 * 32 * 32
    assert not list(home.glob(".*.pieces"))


def test_pieces_of_another_version_are_not_gone_on_with(tmp_path):
    other = tmp_path / ".x-made-0123456789ab.pieces"
    other.mkdir(parents=True)
    Growing(other, {"images": "u1"}).add(images=np.zeros(7))
    made = cache.cached("x", layout_of(2), None, tmp_path, lambda *_: None)
    assert len(made.arrays["images"]) == 2 * 32 * 32
    assert not other.exists()
