"""The command line: what it prints and writes, and its exit codes."""

import dataclasses
import json
import runpy
import sys
import xml.etree.ElementTree as ET

import pytest

from framestate import frames
from framestate.frames import __main__ as command_line
from framestate.frames.__main__ import FAMILIES, WAVELETS, main


@pytest.fixture
def run(capsys):
    """Run a command: its exit code, and what went to stdout and stderr."""

    def call(*words) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    return call


def test_a_certified_frame_is_told_and_written(run, tmp_path):
    record, page = tmp_path / "x.json", tmp_path / "x.html"
    words = ("certify", "db4", "--level", 4, "--json", record, "--page", page)
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    certificate = frames.check_theorem1(frames.dyadic_frame("db4", level=4))
    lines = out.splitlines()
    assert lines[:-2] == str(certificate).splitlines()
    assert lines[-2:] == [f"wrote {record}", f"wrote {page}"]
    assert json.loads(record.read_text())["frame"] == certificate.frame
    assert ET.fromstring(page.read_text()).find(".//h1").text == certificate.frame
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.html", "x.json"]


@pytest.mark.parametrize(
    ("words", "make"),
    [
        ("legendre --size 6", lambda: frames.legendre(6)),
        ("fourier --size 9", lambda: frames.fourier(9)),
        ("chebyshev --size 4", lambda: frames.chebyshev(4)),
        ("bernstein --size 4", lambda: frames.bernstein(4)),
        ("laguerre --size 4 --scale 8", lambda: frames.laguerre(4, scale=8.0)),
        ("slepian --size 5 --bandwidth 2", lambda: frames.slepian(5, bandwidth=2.0)),
        (
            "bspline --degree 2 --intervals 3",
            lambda: frames.bspline(degree=2, intervals=3),
        ),
        ("db2 --level 3", lambda: frames.dyadic_frame("db2", level=3)),
        (
            "db3 --level 3 --coarsest 1 --rcond 0.01 --digits 40",
            lambda: frames.dyadic_frame(
                "db3", level=3, coarsest=1, rcond=0.01, digits=40
            ),
        ),
        (
            "db2 --level 3 --interval --coarsest 2",
            lambda: frames.interval_wavelets("db2", level=3, coarsest=2),
        ),
        (
            "db4 --scales 0 1 --shift 0.1 --rcond 0.1",
            lambda: frames.wavelet_frame("db4", scales=(0, 1), shift=0.1, rcond=0.1),
        ),
        (
            "db4 --scales 0 1 --shift 0.1 --rank 7",
            lambda: frames.wavelet_frame("db4", scales=(0, 1), shift=0.1, rank=7),
        ),
    ],
)
def test_options_are_those_of_the_functions(run, monkeypatch, words, make):
    seen = []

    def keep(frame, *, digits):
        seen.append((frame, digits))
        return frames.check_theorem1(frames.legendre(2))

    monkeypatch.setattr(command_line, "check_theorem1", keep)
    assert run("certify", *words.split())[0] == 0
    ((frame, digits),) = seen
    expected = make()
    assert (frame.name, frame.size, frame.rank) == (
        expected.name,
        expected.size,
        expected.rank,
    )
    assert digits == (40 if "--digits" in words else None)


def test_digits_prove_a_family_in_balls(run):
    code, out, _ = run("certify", "legendre", "--size", 5, "--digits", 30)
    assert code == 0
    assert "(balls of" in out.splitlines()[0]
    assert "(float64)" in run("certify", "legendre", "--size", 5)[1].splitlines()[0]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["fails", "holds", "holds"], 0),  # the printed theorem may fail
        (["undecided", "not applicable", "holds"], 0),
        (["holds", "not applicable", "not applicable"], 0),
        (["holds", "holds", "fails"], 1),
        (["holds", "undecided", "fails"], 1),
        (["holds", "holds", "undecided"], 3),
    ],
)
def test_the_exit_code_is_that_of_the_corrected_theorem(
    run, monkeypatch, verdicts, code
):
    found = frames.check_theorem1(frames.legendre(2))
    names = ("printed i", "T-lyapunov", "T-simple")
    clauses = tuple(
        frames.Clause(name, "", verdict, "", {})
        for name, verdict in zip(names, verdicts, strict=True)
    )
    changed = dataclasses.replace(found, clauses=clauses)
    monkeypatch.setattr(command_line, "check_theorem1", lambda *_, **__: changed)
    assert run("certify", "legendre", "--size", 2)[0] == code


@pytest.mark.parametrize(
    ("words", "finding"),
    [
        ("certify legendre", "--size is missing. Its options are --size"),
        ("certify legendre --size 3 --level 2", "--level is not its option"),
        (
            "certify bspline --size 3",
            "--degree is missing and --intervals is missing and --size is not its opt",
        ),
        ("certify legendre --size 3 --interval", "--interval is not its option"),
        ("certify legendre --size 0", "size = 0 is not a whole number"),
        ("certify db4", "frame of the wavelet 'db4': no construction is asked for"),
        ("certify db4 --interval", "--level is missing"),
        ("certify db4 --level 3 --shift 0.1", "--shift is not its option"),
        ("certify db4 --level 3 --scales 0 1", "--level is not its option"),
        ("certify db4 --level -1", "level"),
        ("certify db99 --level 3", "no wavelet has this name"),
        ("certify haar --level 3", "jump"),
        ("certify legendre --size 2 --json /no/such/folder/x", "/no/such/folder/x"),
        ("certify legendre --size 2 --page /no/such/folder/x", "/no/such/folder/x"),
        ("atoms legendre --size 2 --out /no/such/folder/x.png", "/no/such/folder/x"),
        ("atoms legendre --size 2 --out x.foo", "'.foo' is no format of a picture"),
        ("atoms legendre --size 2 --out x", "'' is no format of a picture"),
    ],
)
def test_what_is_refused_is_one_line_on_stderr(run, words, finding):
    code, _, err = run(*words.split())
    assert code == 2
    assert err.startswith("framestate.frames: ")
    assert finding in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["certify"],
        ["atoms", "db4", "--level", "3"],
        ["certify", "db4", "--level", "x"],
        ["certify", "db4", "--scales", "1"],
        ["store", "status"],
        ["store", "fill", "x"],
        ["unknown"],
    ],
)
def test_words_that_are_no_command_are_refused(words, capsys):
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_an_interruption_is_told(run, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "check_theorem1", interrupted)
    code, _, err = run("certify", "legendre", "--size", 2)
    assert code == 130
    assert err == "framestate.frames: interrupted\n"


@pytest.mark.parametrize(("suffix", "sign"), [(".png", b"\x89PNG"), (".SVG", b"<?xml")])
def test_atoms_are_drawn_to_a_file(run, tmp_path, suffix, sign):
    path = tmp_path / f"x{suffix}"
    code, out, _ = run("atoms", "db2", "--level", 2, "--out", path)
    assert (code, out) == (0, f"wrote {path}\n")
    assert path.read_bytes().startswith(sign)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_a_store_is_looked_at_and_emptied(run, tmp_path):
    folder = tmp_path / "store"
    assert run("store", "status", folder) == (0, "0 values, 0 bytes, 0 damaged\n", "")
    assert not folder.exists()
    store = frames.Store(folder)
    store.save({"family": "legs", "size": 3}, frames.legs(3))
    store.save({"family": "legendre", "size": 3}, frames.legendre(3).span)
    code, out, _ = run("store", "status", folder)
    assert code == 0
    first, second, last = out.splitlines()
    entries = store.entries()
    assert first.split(maxsplit=2) == [
        entries[0].key[:12],
        str(entries[0].bytes),
        "Span {'family': 'legendre', 'size': 3}",
    ]
    assert second.endswith("FrameOperator {'family': 'legs', 'size': 3}")
    total = sum(path.stat().st_size for path in folder.iterdir())
    assert last == f"2 values, {total} bytes, 0 damaged"
    code, out, _ = run("store", "clear", folder)
    assert (code, out) == (0, f"removed 2 values from {folder}\n")
    assert list(folder.iterdir()) == []


def test_a_damaged_store_is_told_by_the_exit_code(run, tmp_path):
    store = frames.Store(tmp_path)
    for n in range(2):
        store.save({"n": n}, frames.legs(2))
    keys = [entry.key for entry in store.entries()]
    (tmp_path / f"{keys[0]}.json").write_text("{}")
    (tmp_path / store.entries()[1].record.payload.file).unlink()
    code, out, _ = run("store", "status", tmp_path)
    assert code == 1
    lines = {line[:12]: line for line in out.splitlines()}
    assert lines[keys[0][:12]].endswith(" it is not the record of an entry")
    assert lines[keys[1][:12]].endswith("{'n': 0}; its .npz file is missing")
    assert out.splitlines()[-1].endswith(" 2 damaged")


def test_a_store_that_is_a_file_is_refused(run, tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    for action in ("status", "clear"):
        code, _, err = run("store", action, path)
        assert code == 2
        assert str(path) in err


def test_every_family_takes_known_options():
    for family in (*FAMILIES.values(), *WAVELETS.values()):
        assert {*family.needs, *family.takes} <= set(command_line.OPTIONS)


def test_the_module_runs_as_a_program(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["frames", "certify", "legendre", "--size", "3"])
    monkeypatch.delitem(sys.modules, "framestate.frames.__main__")
    with pytest.raises(SystemExit) as left:
        runpy.run_module("framestate.frames", run_name="__main__")
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith("Theorem 1 for legendre(3): N = 3, r = 3")
