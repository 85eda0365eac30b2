"""The report of fixed results, byte for byte.

After an intended change: ``python packages/bench/tests/report/test_report_golden.py
--write``, and read the difference. The page is without pictures here: their bytes are
those of one version of matplotlib; `test_the_same_results_give_the_same_bytes` has them.
"""

import dataclasses
import sys
from pathlib import Path

import pytest
from report_results import RESULTS

from framestate.bench import report

FOLDER = Path(__file__).parent / "golden"
TABLES = dataclasses.replace(RESULTS, curves=())
TEXTS = {
    "report.md": lambda: report.markdown(RESULTS),
    "report.html": lambda: report.html(TABLES),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_report_is_the_golden_one(name):
    assert TEXTS[name]().encode() == (FOLDER / name).read_bytes()


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    for name, make in TEXTS.items():
        (FOLDER / name).write_bytes(make().encode())
