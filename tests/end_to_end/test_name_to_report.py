"""From the command line to a page, as a stranger would run it."""

import json
import subprocess
import sys


def framestate_bench(*words: str, cwd) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "framestate.bench", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_one_task_becomes_one_self_contained_page(tmp_path):
    done = framestate_bench("run", "--quick", "--only", "theorem", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "bench-results"
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert results["records"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<html" in page
    for outside in ('src="http', "src='http", 'href="http', "@import"):
        assert outside not in page, "the report asks for something outside itself"


def test_an_unknown_task_is_one_clear_error(tmp_path):
    done = framestate_bench("run", "--only", "thoerem", cwd=tmp_path)
    assert done.returncode != 0
    assert "theorem" in done.stderr  # the near name
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "bench-results").exists()
