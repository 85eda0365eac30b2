import os
import subprocess
import sys
import time

import pytest

from framestate.bench import errors
from framestate.bench.data.generators import pool


def numbered(index, size):
    return [(index, place) for place in range(size)]


def dies(index, size):
    os._exit(1)


@pytest.mark.parametrize("workers", [1, 2])
def test_chunks_come_in_order_and_sum_to_the_count(workers):
    told = []
    parts = list(
        pool.in_chunks(
            numbered,
            23,
            chunk=2,
            workers=workers,
            progress=lambda done, total: told.append((done, total)),
        )
    )
    assert [len(part) for part in parts] == [2] * 11 + [1]
    assert [part[0][0] for part in parts] == list(range(12))
    assert told[0] == (2, 23)
    assert told[-1] == (23, 23)
    assert len(told) == 12


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("first", [0, 3, 5, 6, 9])
def test_chunks_that_are_there_are_not_made_again(first, workers):
    told = []
    parts = pool.in_chunks(
        numbered,
        11,
        chunk=2,
        first=first,
        workers=workers,
        progress=lambda done, total: told.append((done, total)),
    )
    sizes = [(index, 2 if index < 5 else 1) for index in range(first, 6)]
    assert [(part[0][0], len(part)) for part in parts] == sizes
    assert told == [(min(2 * index + 2, 11), 11) for index, _ in sizes]


def test_one_chunk_needs_no_process():
    assert list(pool.in_chunks(lambda index, size: size, 3, chunk=9)) == [3]


@pytest.mark.parametrize(
    "bad", [{"count": 0}, {"chunk": 0}, {"workers": 0}, {"count": -3}]
)
def test_a_number_that_is_not_positive_is_refused(bad):
    arguments = {"count": 5, "chunk": 2, "workers": 1} | bad
    with pytest.raises(errors.InvalidInputError, match=f"{next(iter(bad))} ="):
        pool.in_chunks(numbered, **arguments)


def test_a_process_that_dies_is_one_error():
    with pytest.raises(errors.DataError, match="2 processes"):
        list(pool.in_chunks(dies, 4, chunk=1, workers=2))


_PARENT = """
import os, sys, time
from framestate.bench.data.generators import pool

def slow(index, size):
    open(os.path.join(sys.argv[1], str(os.getpid())), "w").close()
    time.sleep(600)

if __name__ == "__main__":
    list(pool.in_chunks(slow, 2, chunk=1, workers=2))
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL and process ids of POSIX")
def test_no_worker_outlives_a_parent_that_was_killed(tmp_path):
    script, marks = tmp_path / "parent.py", tmp_path / "marks"
    script.write_text(_PARENT)
    marks.mkdir()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, script, marks], env=environment)
    until(lambda: len(list(marks.iterdir())) == 2)
    parent.kill()
    parent.wait()
    until(lambda: not any(alive(int(mark.name)) for mark in marks.iterdir()))


def until(holds, seconds=60.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
