"""What `framestate-bench report` makes of the results file that it finds."""

import json
from dataclasses import replace

import pytest
from report_results import RESULTS

from framestate.bench.__main__ import main
from framestate.bench.record import results_text

WHOLE = json.loads(results_text(RESULTS))


def make(folder, text, capsys):
    (folder / "results.json").write_text(text, encoding="utf-8")
    code = main(["report", "--out", str(folder)])
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "not valid JSON"),
        ("[]", "not a JSON object"),
        ("{}", "schema None where 2 is expected"),
        (json.dumps({**WHOLE, "schema": 99}), "schema 99 where 2 is expected"),
        (json.dumps({"schema": 2}), "expected fields"),
        (json.dumps({**WHOLE, "curves": [{"suite": "delay"}]}), "expected fields"),
        (results_text(RESULTS)[:5000], "not valid JSON"),
    ],
)
def test_a_file_that_holds_no_run_gives_one_line(tmp_path, capsys, text, finding):
    code, said = make(tmp_path, text, capsys)
    assert code == 2
    assert finding in said
    assert said.count("\n") == 1
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("suites", [(), ("delay",), ("unheard-of",)])
def test_a_run_of_few_suites_gives_a_page(tmp_path, capsys, suites):
    records = tuple(r for r in RESULTS.records if r.suite in suites)
    if "unheard-of" in suites:
        records = (replace(RESULTS.records[0], suite="unheard-of"),)
    part = replace(RESULTS, records=records, curves=())
    code, said = make(tmp_path, results_text(part), capsys)
    assert (code, said) == (0, "")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(f'<section id="{suite}">' in page for suite in suites)
