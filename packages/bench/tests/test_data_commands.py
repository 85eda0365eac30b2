import argparse
import hashlib
import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from framestate.bench import errors
from framestate.bench.data import bars, cache, commands, fetch, library
from framestate.bench.data.dataset import DataSet, Layout, Remote

CONTENT = b"official"


def decode(folder: Path, progress):
    return {"values": np.arange(3)}


def make_task(decoded):
    raise AssertionError("no task is made here")


def make_set(name, *layouts, remotes=()):
    return DataSet(
        name=name,
        title=name.upper(),
        licence=f"licence of {name}",
        citation="none",
        home=f"https://example.org/{name}",
        remotes=remotes,
        layouts=layouts,
        tasks={f"{name}-{i}": make_task for i in range(6)},
    )


REMOTES = (
    Remote(
        "x/x.zip",
        "https://example.org/x.zip",
        f"sha256:{hashlib.sha256(CONTENT).hexdigest()}",
        len(CONTENT),
    ),
    Remote("x/y.txt", "https://example.org/y.txt", ""),
)
SETS = {
    "x": make_set(
        "x",
        Layout("official", ("x/x.zip", "x/y.txt"), "full", decode),
        Layout("prepared", ("x/x.npz",), "subset", decode, note="half of it"),
        remotes=REMOTES,
    ),
    "z": make_set("z", Layout("official", ("z/z.zip",), "full", decode)),
}


@pytest.fixture(autouse=True)
def registered(monkeypatch, tmp_path):
    monkeypatch.setattr(library, "data_sets", lambda: SETS)
    monkeypatch.setenv("FRAMESTATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FRAMESTATE_DATA", raising=False)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "data"
    (path / "x").mkdir(parents=True)
    return path


def run(*words, width=200):
    parser = argparse.ArgumentParser()
    commands.add_parser(parser.add_subparsers())
    console = Console(file=io.StringIO(), width=width)
    code = commands.execute(console, parser.parse_args(["data", *map(str, words)]))
    assert code == 0
    return console.file.getvalue()


def test_status_says_what_is_there_and_how_to_get_the_rest(folder, tmp_path):
    (folder / "x/x.npz").write_bytes(bytes(1500))
    text = run("status", "--data", folder)
    row = "x +prepared +subset +1.5 kB +no +fetch +x-0, x-1, x-2, x-3 and 2 more +lic"
    assert re.search(row, text)
    assert re.search("z +- +- +- +no +import", text)
    assert "data status NAME" in text
    library.open_data("x", folder)
    assert re.search("1.5 kB +yes", run("status", "--data", folder))
    assert "licence" not in run("status", "--data", folder, width=149)
    other = run("status", "--data", folder, "--cache", tmp_path / "other")
    assert re.search("1.5 kB +no", other)


def test_status_of_one_data_set_says_everything(folder):
    (folder / "x/x.npz").write_bytes(bytes(1500))
    text = run("status", "x", "--data", folder)
    for line in (
        "x: X",
        "  tasks     x-0, x-1, x-2, x-3, x-4, x-5",
        "  licence   licence of x",
        "  decoded   no",
        "  official: full, lacks x/x.zip, x/y.txt",
        "  prepared: subset (half of it), is read, 1.5 kB",
        "  Get it: framestate-bench data fetch x, or import",
    ):
        assert line in text
    assert "licence of z" not in text
    (folder / "x/x.zip").write_bytes(CONTENT)
    (folder / "x/y.txt").touch()
    text = run("status", "x", "--data", folder)
    assert "  official: full, is read, 8 B" in text
    assert "  prepared: subset (half of it), is there" in text
    assert "Get it" not in text


def test_status_needs_no_data_folder(monkeypatch):
    assert "data folder -" in run("status")
    with pytest.raises(errors.InvalidInputError, match="Did you mean"):
        run("status", "xx")


def test_fetch_asks_for_each_file_and_warns_of_missing_checksums(folder, monkeypatch):
    asked = []

    def fetched(remote, place, *, offline, progress):
        asked.append((remote.path, place, offline))
        path = place / remote.path
        path.write_bytes(CONTENT)
        recorded = "" if remote.checksum else "abc"
        return fetch.Fetched(path, downloaded=not recorded, recorded=recorded)

    monkeypatch.setattr(fetch, "fetch", fetched)
    text = run("fetch", "x", "--data", folder, "--offline")
    assert asked == [("x/x.zip", folder, True), ("x/y.txt", folder, True)]
    assert "x/x.zip: fetched, 8 B" in text
    assert "x/y.txt: is there, 8 B" in text
    assert "warning: no checksum of x/y.txt is published; its sha256 is abc" in text


def test_fetch_refuses_what_has_no_address_and_no_folder(folder):
    with pytest.raises(errors.DataError, match=r"no official address .* import z PATH"):
        run("fetch", "z", "--data", folder)
    with pytest.raises(
        errors.DataError, match="Give --data DIR or set FRAMESTATE_DATA"
    ):
        run("fetch", "x")


def test_import_says_what_came_and_what_is_missing(folder, tmp_path, monkeypatch):
    (tmp_path / "x.zip").write_bytes(CONTENT)
    (tmp_path / "y.txt").write_bytes(CONTENT)
    monkeypatch.setenv("FRAMESTATE_DATA", str(folder))
    text = run("import", "x", tmp_path / "x.zip")
    assert text == "x/x.zip: imported\nstill missing: x/y.txt\n"
    text = run("import", "x", tmp_path / "y.txt", "--link", "--data", folder)
    assert text == "x/y.txt: linked\nwarning: no checksum of x/y.txt is known\n"
    assert "x/x.zip: is there already" in run("import", "x", tmp_path / "x.zip")


def test_a_data_folder_to_write_to_is_made(tmp_path):
    (tmp_path / "x.zip").write_bytes(CONTENT)
    run("import", "x", tmp_path / "x.zip", "--data", tmp_path / "new")
    assert (tmp_path / "new/x/x.zip").read_bytes() == CONTENT


def test_check_reads_every_byte_and_names_what_is_damaged(folder, tmp_path):
    (tmp_path / "x.zip").write_bytes(CONTENT)
    (tmp_path / "y.txt").write_bytes(CONTENT)
    for name in ("x.zip", "y.txt"):
        run("import", "x", tmp_path / name, "--data", folder)
    (folder / "x/x.npz").touch()
    library.open_data("x", folder)
    (entry,) = (path for path in (tmp_path / "cache").glob("x-*") if path.is_dir())
    text = run("check", "--data", folder)
    assert "x: x/x.zip: right" in text
    assert "x: x/y.txt: right" in text
    assert "x: x/x.npz: no checksum" in text
    assert f"x: cache {entry.name}: right" in text
    assert "4 files and cache entries checked, none damaged" in text
    (folder / "x/y.txt").write_bytes(CONTENT[::-1])
    with pytest.raises(errors.DataError, match=r"1 damaged: x/y\.txt"):
        run("check", "x", "--data", folder)
    assert "0 files" in run("check")


def test_check_finds_a_damaged_cache_and_a_wrong_manifest_line(folder):
    (folder / "x/x.npz").write_bytes(b"1")
    (folder / "MANIFEST.sha256").write_text(f"{'0' * 64}  x/x.npz\n")
    library.open_data("x", folder)
    entry = cache.entry("x", SETS["x"].layouts[1], folder, cache.cache_folder(None))
    (entry / "values.npy").write_bytes(b"")
    with pytest.raises(
        errors.DataError, match=f"2 damaged: x/x.npz, cache {entry.name}"
    ):
        run("check", "--data", folder)


@pytest.mark.parametrize("counts_bytes", [True, False])
def test_a_bar_is_drawn_on_a_terminal_alone(counts_bytes):
    for terminal in (True, False):
        console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
        with bars.bar(console, "work", counts_bytes=counts_bytes) as progress:
            progress(1, 0)
            progress(5, 10)
        assert ("work" in console.file.getvalue()) == terminal
        assert ("bytes" in console.file.getvalue()) == (terminal and counts_bytes)


def test_what_there_is_is_listed_without_what_is_slow_to_import():
    code = """if True:
        import sys
        from framestate.bench.data import commands, library
        library.data_sets()
        slow = {"torch", "scipy", "sklearn", "PIL", "pywt", "lightning", "pandas"}
        print(sorted(slow & set(sys.modules)))
    """
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n"
