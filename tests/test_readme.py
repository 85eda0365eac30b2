"""The example of the README runs and prints what the README says."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
CODE, TEXT = re.search(
    r"```python\n(.*?)```\s*```text\n(.*?)```", README, re.DOTALL
).groups()


def test_the_example_fits_in_fifteen_lines():
    assert len([line for line in CODE.splitlines() if line.strip()]) <= 15


def test_the_example_prints_what_the_readme_shows(tmp_path):
    command = [sys.executable, "-W", "error", "-c", CODE]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == TEXT


def test_the_two_commands_do_their_own_set_up():
    set_up = "python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s "
    assert f"\n{set_up}bench\n" in README
    assert f"\n{set_up}tests\n" in README


def test_the_links_lead_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    root = Path(__file__).parents[1]
    assert not [link for link in links if not (root / link).exists()]
