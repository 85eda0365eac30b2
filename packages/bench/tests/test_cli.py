import json
import os
import subprocess
import sys

import numpy as np
import pytest

from framestate.bench import __main__ as cli
from framestate.bench import errors, plan
from framestate.bench.data import folder
from framestate.bench.tasks.delay import DelaySettings

TINY = (
    plan.Experiment(
        "delay/white",
        "one",
        DelaySettings(
            signal="white", order=4, lag=10, lags=(5, 20), dt_count=3, species=("LegS",)
        ),
    ),
)
WRITTEN = {"results.json", "results.csv", "report.md", "report.html"}
FILES = WRITTEN | {"journal.jsonl", "estimates.json"}


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch):
    monkeypatch.delenv(folder.VARIABLE, raising=False)


@pytest.fixture
def tiny_plan(monkeypatch):
    monkeypatch.setattr(plan, "plan", lambda *_: TINY)


@pytest.mark.usefixtures("tiny_plan")
@pytest.mark.parametrize(
    "words", [["run"], ["run", "delay"], ["run", "--only", "delay/white"], []]
)
def test_a_run_writes_all_files_and_says_where(tmp_path, capsys, words):
    out = tmp_path / "results"
    assert cli.main([*words, "--out", str(out)]) == 0
    assert {p.name for p in out.iterdir()} == FILES
    screen = capsys.readouterr().out
    for name in WRITTEN:
        assert str(out / name) in screen
    stored = json.loads((out / "results.json").read_text())
    assert stored["records"][0]["command"] == "framestate-bench run delay/white"


@pytest.mark.usefixtures("tiny_plan")
def test_the_report_can_be_made_again_from_the_results(tmp_path, capsys):
    assert cli.main(["run", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_bytes()
    (tmp_path / "report.html").unlink()
    capsys.readouterr()
    assert cli.main(["report", "--out", str(tmp_path)]) == 0
    screen = capsys.readouterr().out
    assert "report.md" in screen
    assert "report.html" in screen
    assert "results" not in screen.replace(str(tmp_path), "")
    assert (tmp_path / "report.html").read_bytes() == page


def test_the_list_shows_every_task_and_what_it_lacks(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert cli.main(["list"]) == 0
    screen = capsys.readouterr().out
    for experiment in plan.plan("cpu"):
        assert experiment.name in screen
    assert "needs the data set imdb" in screen


def test_the_list_shows_settings_to_change(capsys):
    assert cli.main(["list", "scifar/multiresnet", "--settings", "--quick"]) == 0
    screen = capsys.readouterr().out
    assert "net.layer=multires" in screen
    assert "train.steps=4" in screen


def blocked(tmp_path):
    (tmp_path / "file").write_text("")
    return str(tmp_path / "file" / "out")


ERRORS = {
    "unknown task": (["run", "dealy"], "Did you mean delay"),
    "unknown task by --only": (["run", "--only", "delay/whiteness"], "delay/white"),
    "missing data folder": (["run", "--data", "no-such-folder"], "no such folder"),
    "lag longer than a signal": (["run", "delay/ecg", "--lag", "1024"], "only 1024"),
    "no results": (["report"], "framestate-bench run"),
    "named without its data": (["run", "--only", "delay/speech"], "--data DIR"),
    "no time": (["run", "--budget", "soon"], "30m"),
    "too little time": (
        ["run", "approximation/peaks", "--budget", "1s"],
        "alone takes about",
    ),
    "seeds twice": (["run", "--seeds", "2", "--set", "seeds=0"], "Give one of them"),
    "keeping nothing": (["keep"], "framestate-bench run"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_one_line_exit_two_and_nothing_written(tmp_path, capsys, case):
    words, text = ERRORS[case]
    out = tmp_path / "out"
    assert cli.main([*words, "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("framestate-bench: ")
    assert text in captured.err
    assert not out.exists()


def test_an_unwritable_output_folder_is_refused_before_computing(tmp_path, capsys):
    assert cli.main(["run", "theorem", "--out", blocked(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert "--out" in captured.err
    assert captured.err.count("\n") == 1
    assert "theorem/" not in captured.out


def test_a_missing_folder_in_the_environment_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path / "no"))
    assert cli.main(["run", "--out", str(tmp_path / "out")]) == 2
    assert folder.VARIABLE in capsys.readouterr().err


def test_nan_in_a_signal_of_the_folder_is_refused(tmp_path, capsys):
    path = tmp_path / folder.FILES["m4-monthly"]
    path.parent.mkdir()
    np.savez(path, values=np.array([[1.0, np.nan, 3.0]]))
    words = ["run", "approximation/m4-monthly", "--data", str(tmp_path)]
    assert cli.main([*words, "--out", str(tmp_path / "out")]) == 2
    assert "not finite" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("tiny_plan")
def test_ctrl_c_exits_130_and_keeps_the_journal(tmp_path, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    assert cli.main(["run", "--out", str(tmp_path)]) == 0
    monkeypatch.setattr(plan, "execute", interrupt)
    assert cli.main(["run", "--out", str(tmp_path), "--lag", "12"]) == 130
    assert "repeat to go on" in capsys.readouterr().err
    assert len((tmp_path / "journal.jsonl").read_text().splitlines()) == 1


@pytest.mark.usefixtures("tiny_plan")
def test_a_result_that_is_no_number_is_an_error_and_writes_no_report(
    tmp_path, capsys, monkeypatch
):
    def broken(*_):
        raise errors.ResultError(request="x", finding="the result is nan", remedy="y.")

    monkeypatch.setattr(plan, "execute", broken)
    assert cli.main(["run", "--out", str(tmp_path)]) == 2
    assert "nan" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_program_runs_as_a_module(tmp_path):
    command = [sys.executable, "-m", "framestate.bench", "run", "nonsense"]
    answer = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
