import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from framestate.bench import record, report
from framestate.bench.report.style import number

GOLDEN = Path(__file__).parent / "golden" / "report.md"
MADE = {
    "theorem": ("WaLRUS", "db11, scales 0..3", "full"),
    "delay": ("W4S4", "white", "look-alike"),
    "approximation": ("WaLRUS", "blocks", "scaled-down"),
    "training": ("W4S4", "ecg", "look-alike"),
}


def row(suite, metric, value, **changes):
    species, signal, fidelity = MADE[suite]
    base = record.Record(
        suite=suite,
        experiment=f"{suite}/x",
        species=species,
        signal=signal,
        metric=metric,
        value=value,
        fidelity=fidelity,
        command=f"framestate-bench run {suite}/x",
        seconds=2.0,
    )
    return dataclasses.replace(base, **changes)


def line(suite, name, x, y, **changes):
    species, signal, _ = MADE[suite]
    base = record.Curve(suite, f"{suite}/x", species, signal, name, x, y)
    return dataclasses.replace(base, **changes)


def clause(name, verdict, value):
    settings = {"verdict": verdict, "statement": "All | of it <holds> & more."}
    return row("theorem", f"clause {name}", value, settings=settings, note="seen")


RESULTS = record.Results(
    size="smoke",
    records=(
        row("theorem", "atoms N", 416.0),
        row("theorem", "effective rank r", 65.0, paper=65.0),
        row("theorem", "Lyapunov residual", 2.4e-13),
        row("theorem", "smallest real part", 0.92722),
        clause("printed i", "fails", 0.0),
        clause("T-lyapunov", "holds", 1.0),
        row("delay", "MSE", 0.92, paper=7.5e-4, note="best dt 0.003"),
        row("delay", "MSE", 0.944, species="LegS", paper=4e-3),
        row("delay", "MSE", 0.814, species="WaLRUS-T", fidelity="own"),
        row("delay", "gain over LegS", 1.026, paper=5.31),
        row("delay", "MSE", 2.5e-5, signal="band16"),
        row("delay", "MSE", 5e-4, signal="band16", species="LegS"),
        row("delay", "gain over LegS", 20.0, signal="band16", paper=5.31),
        row("approximation", "relative error", 0.082, seeds=(0,)),
        row("approximation", "ideal error", 0.0819, seeds=(0,)),
        row("approximation", "share won", 95.0, unit="%", paper=100.0, seeds=(0,)),
        row("approximation", "relative error", 0.09, species="LegS", seeds=(0,)),
        row("approximation", "ideal error", 0.09, species="LegS", seeds=(0,)),
        row("approximation", "share won", 5.0, unit="%", species="LegS", paper=0.0),
        row("approximation", "missed peaks", 0.0, unit="%", signal="peaks: spikes"),
        row("training", "log10 test MSE", -1.4, paper=-0.942, seeds=(0, 1)),
        row("training", "log10 test MSE", -1.2, species="S4D-LegS", seeds=(0, 1)),
        row(
            "training", "log10 test MSE", 0.2, species="predict the mean", seeds=(0, 1)
        ),
    ),
    curves=(
        line("theorem", "spectrum", (0.92722, 2.0, 2.0), (0.0, 5.0, -5.0)),
        line("theorem", "counter-example", (0.92722,), (0.0,)),
        line("delay", "MSE against dt", (1e-3, 1e-2), (-0.1, -0.2)),
        line("delay", "MSE against dt", (1e-3, 1e-2), (-0.1, -0.3), species="LegS"),
        line("delay", "MSE against lag", (50.0, 100.0), (-0.2, -0.1)),
        line(
            "approximation", "reconstruction", (0.0, 0.5), (1.0, 2.0), species="signal"
        ),
        line("approximation", "reconstruction", (0.0, 0.5), (1.1, 1.9)),
        line("training", "training loss, seed 0", (1.0, 2.0), (0.0, -1.0)),
        line("training", "test error, seed 0", (1.0, 2.0), (0.0, -1.3)),
        line("training", "test error, seed 1", (1.0, 2.0), (0.0, -1.5)),
    ),
    skipped=(record.Skipped("delay/speech", "needs <a> folder"),),
    environment={"date": "2000-01-01", "machine": "a & b"},
)


class Page(HTMLParser):
    """Collects ids, references and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.tags, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "xlink:href"):
                self.links.append(value)

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def page():
    return Page(report.html(RESULTS))


def test_the_same_results_give_the_same_bytes():
    assert report.html(RESULTS) == report.html(RESULTS)


def test_the_markdown_is_the_golden_one():
    assert report.markdown(RESULTS) == GOLDEN.read_text(encoding="utf-8")


def test_no_id_occurs_twice(page):
    assert len(page.ids) == len(set(page.ids))


def test_the_page_refers_to_nothing_but_itself(page):
    assert all(link.startswith("#") for link in page.links)
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    text = report.html(RESULTS)
    assert set(re.findall(r"url\((.)", text)) <= {"#"}
    references = set(re.findall(r"url\(#([^)]+)\)", text))
    assert references <= set(page.ids)


def test_every_picture_is_in_the_page(page):
    assert page.tags.count("figure") == 5
    assert {"spectrum", "dt", "lag", "past", "training"} == {
        i.split("-")[1]
        for i in page.ids
        if i.startswith("figure-") and i.count("-") > 1
    }


def test_texts_are_escaped(page):
    words = " ".join(page.words)
    assert "All | of it <holds> & more." in words
    assert "needs <a> folder" in words
    assert "a & b" in words


def test_the_counter_example_is_named_in_the_picture(page):
    assert any("0.9272" in word for word in page.words if "eigenvalue" not in word)


def test_the_papers_factor_stands_between_the_inputs():
    text = report.markdown(RESULTS)
    low = text.index("| white noise | 0.944")
    mark = text.index("falls here")
    high = text.index("| band 1/16 of Nyquist | 5.0")
    assert low < mark < high
    assert "falls between white noise" in text


def test_every_row_of_a_suite_is_in_the_page(page):
    words = " ".join(page.words)
    assert "All 6 rows of this part" in words
    assert "All 7 rows of this part" in words


@pytest.mark.parametrize("suite", ["theorem", "delay", "approximation", "training"])
def test_a_run_of_one_suite_gives_a_report_of_one_suite(suite):
    part = dataclasses.replace(
        RESULTS,
        records=tuple(r for r in RESULTS.records if r.suite == suite),
        curves=tuple(c for c in RESULTS.curves if c.suite == suite),
    )
    made = Page(report.html(part))
    assert suite in made.ids
    assert (
        sum(i in ("theorem", "delay", "approximation", "training") for i in made.ids)
        == 1
    )
    assert report.markdown(part).count("\n## ") == 2


def test_nothing_at_all_still_gives_a_page():
    empty = dataclasses.replace(RESULTS, records=(), curves=(), skipped=())
    assert "framestate benchmark" in report.html(empty)
    assert report.markdown(empty)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (65.0, "65"),
        (-1.4, "−1.40"),
        (0.0270, "0.0270"),
        (123.4, "123"),
        (2.5e-6, "2.5·10⁻⁶"),
        (-2.5e-6, "−2.5·10⁻⁶"),
    ],
)
def test_numbers_have_sensible_digits(value, text):
    assert number(value) == text
