"""Kept results: written, read, put together, and computed again."""

import dataclasses
import io
import json

import pytest
from rich.console import Console

from framestate.bench import __main__ as cli
from framestate.bench import errors, kept, plan, record, report
from framestate.bench import run as runner
from framestate.bench.kept.verify import drawn
from framestate.bench.run import environment
from framestate.bench.tasks.approximation import SyntheticSettings
from framestate.bench.tasks.delay import DelaySettings

TINY = (
    plan.Experiment(
        "delay/white",
        "",
        DelaySettings(
            signal="white", order=4, lag=10, lags=(), dt_count=3, species=("LegS",)
        ),
    ),
    plan.Experiment(
        "approximation/blocks",
        "",
        SyntheticSettings(
            classes=("blocks",), order=5, length=100, trials=2, species=("LegS",)
        ),
        seed=0,
    ),
)


@pytest.fixture(autouse=True)
def tiny_plan(monkeypatch):
    monkeypatch.setattr(plan, "plan", lambda *_: TINY)
    monkeypatch.setattr(environment, "_commit", lambda: "0123456789ab")


@pytest.fixture
def results(tmp_path):
    request = runner.Request(size="smoke", tasks=(), out=tmp_path / "out")
    return runner.run(runner.prepare(request), progress())


def progress():
    return runner.Progress(Console(file=io.StringIO()))


def checks(stored):
    return list(kept.verify(stored, None, None, progress))


def test_each_experiment_has_its_file_and_together_they_are_the_run(results, tmp_path):
    written = kept.keep(results, tmp_path / "kept")
    assert [p.relative_to(tmp_path / "kept").as_posix() for p in written] == [
        "smoke/delay/white.json",
        "smoke/approximation/blocks.json",
    ]
    stored = kept.load(tmp_path / "kept" / "smoke")
    assert set(stored) == {"delay/white", "approximation/blocks"}
    order = [e.name for e in TINY]
    assert kept.merged(tuple(stored.values()), order) == results
    assert report.markdown(kept.merged(tuple(stored.values()), order))
    backwards = kept.merged(tuple(stored.values()), order[::-1])
    assert backwards.records[0].experiment == "approximation/blocks"


def test_rows_of_two_commits_name_both(results, tmp_path):
    kept.keep(results, tmp_path / "kept")
    later = dataclasses.replace(
        results,
        records=results.records[:1],
        environment={**results.environment, "commit": "ba9876543210"},
    )
    kept.keep(later, tmp_path / "kept")
    together = kept.merged(tuple(kept.load(tmp_path / "kept").values()), ())
    assert together.environment["commit"] == "0123456789ab, ba9876543210"


@pytest.mark.parametrize("commit", ["unknown (no git)", "0123456789ab-dirty"])
def test_results_of_code_that_is_in_no_commit_are_not_kept(results, tmp_path, commit):
    changed = {**results.environment, "commit": commit}
    with pytest.raises(errors.DataError, match="Commit the code"):
        kept.keep(dataclasses.replace(results, environment=changed), tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_file_that_was_changed_by_hand_is_named(results, tmp_path):
    (path, _) = kept.keep(results, tmp_path / "kept")
    path.write_text(path.read_text().replace('"lag": 10', '"lag": 11'))
    with pytest.raises(errors.DataError, match=r"smoke/delay/white\.json.*hash"):
        kept.load(tmp_path / "kept")


def test_folders_without_results_and_of_two_sizes_are_refused(results, tmp_path):
    with pytest.raises(errors.DataError, match="there are none"):
        kept.load(tmp_path / "nothing")
    larger = dataclasses.replace(results, size="cpu")
    with pytest.raises(errors.DataError, match="smoke, cpu"):
        kept.merged((results, larger), ())
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.OutputError, match="--kept"):
        kept.keep(results, tmp_path / "file")


def test_rows_computed_again_are_equal(results, tmp_path):
    kept.keep(results, tmp_path / "kept")
    found = checks(tuple(kept.load(tmp_path / "kept").values()))
    assert len(found) == len(results.records)
    assert {check.verdict for check in found} == {"equal"}
    assert all(check.kept == check.now for check in found)


def test_a_number_that_does_not_come_out_differs_and_elsewhere_it_may(results):
    (first, *_) = results.records
    moved = dataclasses.replace(first, value=1.01 * first.value)
    changed = dataclasses.replace(results, records=(moved,), curves=())
    (found,) = checks([changed])
    assert (found.verdict, found.kept) == ("DIFFERS", moved.value)
    other = {**results.environment, "machine": "another"}
    (found,) = checks([dataclasses.replace(changed, environment=other)])
    assert found.verdict == "close"
    far = dataclasses.replace(first, value=1.1 * first.value)
    (found,) = checks([dataclasses.replace(changed, records=(far,), environment=other)])
    assert found.verdict == "DIFFERS"
    gone = dataclasses.replace(first, species="FouX")
    (found,) = checks([dataclasses.replace(changed, records=(gone,))])
    assert (found.verdict, found.now) == ("DIFFERS", None)


def test_rows_of_other_settings_or_that_cannot_be_run_are_not_compared(
    results, monkeypatch
):
    (first, *_) = results.records
    one = dataclasses.replace(results, records=(first,), curves=())
    longer = dataclasses.replace(TINY[0].settings, lag=11)
    changed = (dataclasses.replace(TINY[0], settings=longer),)
    monkeypatch.setattr(plan, "plan", lambda *_: changed)
    (found,) = checks([one])
    assert found.verdict == "not compared"
    assert "other settings" in found.reason
    (found,) = checks([dataclasses.replace(one, size="huge")])
    assert found.verdict == "not compared"
    monkeypatch.setattr(plan, "plan", lambda *_: TINY[1:])
    (found,) = checks([one])
    assert "no task of this name" in found.reason


def test_the_draw_depends_on_its_seed_alone():
    names = list(map(str, range(50)))
    assert drawn(names, 5, 1) == drawn(names[::-1], 5, 1)
    assert drawn(names, 5, 1) != drawn(names, 5, 2)
    assert set(drawn(names, 99, 0)) == set(names)


def test_the_commands_keep_verify_and_report(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    out, folder = str(tmp_path / "out"), str(tmp_path / "kept")
    assert cli.main(["run", "--quick", "--out", out, "--jobs", "1"]) == 0
    assert cli.main(["keep", "--out", out, "--kept", folder]) == 0
    assert "smoke/delay/white.json" in capsys.readouterr().out
    assert cli.main(["verify", "--kept", folder, "--sample", "1"]) == 0
    assert capsys.readouterr().out.count("equal") >= 2
    assert cli.main(["verify", "delay", "--kept", folder]) == 0
    screen = capsys.readouterr().out
    assert "delay/white" in screen
    assert "approximation" not in screen
    page = tmp_path / "page"
    assert cli.main(["report", "--kept", f"{folder}/smoke", "--out", str(page)]) == 0
    assert "delay" in (page / "report.md").read_text()
    # one that no longer comes out is an exit code
    path = tmp_path / "kept" / "smoke" / "delay" / "white.json"
    results = record.results_from_json(json.loads(path.read_text()))
    (first, *others) = results.records
    wrong = dataclasses.replace(first, value=2.0 * first.value)
    kept.keep(dataclasses.replace(results, records=(wrong, *others)), tmp_path / "kept")
    capsys.readouterr()
    assert cli.main(["verify", "delay", "--kept", folder]) == 1
    assert "DIFFERS" in capsys.readouterr().out
