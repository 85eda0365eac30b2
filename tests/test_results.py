"""The kept results are whole, and their page is what they give."""

from pathlib import Path

import pytest

from framestate.bench import plan, report
from framestate.bench.kept import load, merged

FOLDER = Path(__file__).parents[1] / "results"
SIZES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@pytest.mark.parametrize("size", SIZES)
def test_every_kept_file_is_whole_and_named_as_its_row(size):
    kept = load(FOLDER / size)
    names = {experiment.name for experiment in plan.plan("cpu")}
    for name, results in kept.items():
        assert {r.experiment for r in results.records} == {name}
        assert name in names
        assert results.size == size
        assert len(results.environment["commit"]) == 12


@pytest.mark.parametrize("size", SIZES)
def test_the_page_of_the_kept_results_is_what_they_give(size):
    """Renew: framestate-bench report --kept results/cpu --out results/cpu."""
    order = [experiment.name for experiment in plan.plan("cpu")]
    results = merged(tuple(load(FOLDER / size).values()), order)
    page = (FOLDER / size / "report.md").read_text(encoding="utf-8")
    assert report.markdown(results) == page
