import dataclasses
import re
from html.parser import HTMLParser

import pytest
from report_results import MADE, RESULTS, line, row

from framestate.bench import report
from framestate.bench.report import charts, figures, style, summary


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
def text():
    return report.html(RESULTS)


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_the_same_results_give_the_same_bytes(text):
    assert report.html(RESULTS) == text


def test_no_id_occurs_twice(page):
    assert len(page.ids) == len(set(page.ids))


def test_the_page_refers_to_nothing_but_itself(page, text):
    assert all(link.startswith("#") for link in page.links)
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert set(re.findall(r"url\((.)", text)) <= {"#"}
    references = set(re.findall(r"url\(#([^)]+)\)", text))
    assert references <= set(page.ids)


def test_every_curve_with_points_is_in_a_picture(page):
    ids = {i.removeprefix("figure-") for i in page.ids if re.match("figure-[a-z]", i)}
    pictures = {i for i in ids if not i.startswith("figure_")}
    assert {
        "spectrum-0",
        "dt-white",
        "lag-white",
        "past-blocks",
        "training-ecg",
        "text-text-held-out",
        "audio-memory-0-cifar10",
        "audio-memory-1-cifar10",
    } <= pictures
    assert page.tags.count("figure") == 8


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


@pytest.mark.parametrize("suite", MADE)
def test_a_run_of_one_suite_gives_a_report_of_one_suite(suite):
    part = dataclasses.replace(
        RESULTS,
        records=tuple(r for r in RESULTS.records if r.suite == suite),
        curves=tuple(c for c in RESULTS.curves if c.suite == suite),
    )
    made = Page(report.html(part))
    assert suite in made.ids
    assert sum(i in MADE for i in made.ids) == 1
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
    assert style.number(value) == text


def test_a_number_that_repeats_no_paper_says_so_in_the_cell_of_its_difference():
    text = report.markdown(RESULTS)
    assert "| 2.838 | 3.90 | +1.06 (scaled-down) | scaled-down | 0, 1 |" in text
    assert "| 2.838 | 2.84 | +0.00200 | full | – |" in text
    assert "| ×5.31 | ×20 | 3.77 (look-alike) | look-alike |" in text


def test_fidelity_is_a_word_with_a_frame_of_its_own(text):
    assert re.search(r'class="other word">\s*<b>scaled-down</b>', text)
    assert re.search(r'class="full word">\s*<b>full</b>', text)


def test_the_first_page_says_how_many_numbers_repeat_a_paper():
    standing = summary.standing(RESULTS)
    assert standing.startswith("2 of the 11 numbers beside a paper's repeat")
    assert "5 look-alike, 4 scaled-down" in standing
    alone = dataclasses.replace(RESULTS, records=(row("delay", "MSE", 0.9),))
    assert summary.standing(alone) == "No number here stands beside a paper's."


def test_five_lines_answer_and_the_last_names_memories():
    lines = summary.lines(RESULTS)
    assert len(lines) == 5
    assert "no paper is tested by them" in lines[3]
    assert lines[4].endswith(
        "To give back the past at a lag: WaLRUS-T (white noise), W4S4 (band 1/16 of "
        "Nyquist). To keep the whole past: WaLRUS (blocks)."
    )


def test_a_training_under_the_papers_protocol_is_named_on_the_first_page():
    records = tuple(
        row("text", "accuracy", 88.0 + k, unit="%", paper=88.55, fidelity="full")
        for k in range(4)
    )
    (line,) = summary.lines(dataclasses.replace(RESULTS, records=records))
    assert "4 beside a paper's number under its protocol" in line
    assert "W4S4 on text-held-out 88 (paper 88.55)" in line
    assert line.endswith("and 1 more.")


def test_nothing_that_was_drawn_at_random_is_bold_without_an_interval():
    text = report.markdown(RESULTS)
    assert "| 0.0820 (0.0819) |" in text
    assert "| −1.40 | −0.458 (look-alike) |" in text
    assert "| **0.814** |" in text  # exact: nothing is drawn


def test_memories_of_another_use_have_a_table_of_their_own():
    others = tuple(
        row(
            "approximation",
            "relative error",
            v,
            species=n,
            experiment="approximation/t",
        )
        for n, v in (("WaLRUS-T", 0.01), ("LegT", 0.02))
    )
    both = dataclasses.replace(RESULTS, records=(*RESULTS.records, *others))
    text = report.markdown(both)
    assert "| signal | WaLRUS, ours | LegS, ours | fidelity |" in text
    assert "| signal | WaLRUS-T, ours | LegT, ours | fidelity |" in text
    # a window is not the whole past
    assert "To keep the whole past: WaLRUS (blocks)." in text


def test_forty_suites_give_forty_sections():
    names = [f"suite-{k}" for k in range(40)]
    many = dataclasses.replace(
        RESULTS,
        records=tuple(
            dataclasses.replace(row("audio-memory", "loss", 1.0), suite=name)
            for name in names
        ),
    )
    made = Page(report.html(many))
    assert set(names) <= set(made.ids)
    assert len(made.ids) == len(set(made.ids))
    assert "Suite 39" in report.markdown(many)


def test_names_are_no_markup_and_no_formula():
    odd = 'a "b" <c> $d_e$ $'
    number = row("audio-memory", odd, 1.0, signal=odd, species=odd)
    curve = line("audio-memory", odd, (1.0, 2.0), (0.5, 0.7), signal=odd, species=odd)
    made = dataclasses.replace(
        RESULTS,
        records=(dataclasses.replace(number, suite="x y"),),
        curves=(dataclasses.replace(curve, suite="x y"),),
    )
    page = Page(report.html(made))
    assert "c" not in page.tags
    assert odd in [word.strip() for word in page.words]
    assert all(re.fullmatch(r"[\w.-]+", i) for i in page.ids)


@pytest.mark.parametrize(
    ("x", "y", "scales"),
    [
        ((1.0, 100.0), (1.0, 100.0), ("log", "log")),
        ((1.0, 20.0), (-1.0, 100.0), ("linear", "linear")),
        ((0.0, 100.0), (0.1, 100.0), ("linear", "log")),
    ],
)
def test_axes_that_span_more_than_a_factor_of_thirty_are_logarithmic(x, y, scales):
    drawn = line("audio-memory", "seconds against length", x, y)
    assert charts.scales([drawn]) == scales


def test_modes_of_one_memory_fade():
    one = line("audio-memory", "kernel against lag", (0.0, 1.0), (1.0, 0.0))
    other = dataclasses.replace(one, species="LegS")
    assert charts.strengths([one] * 3) == pytest.approx([1.0, 0.675, 0.35])
    assert charts.strengths([one, other]) == [1.0, 1.0]


def test_a_ball_that_can_be_seen_is_drawn_and_the_largest_named(page):
    assert any(
        "3 eigenvalues of the reduced operator, proved within 0.500" in word
        for word in page.words
    )
    points = line("theorem", "spectrum", (1.0, 2.0, 2.0), (0.0, 5.0, -5.0))
    balls = dataclasses.replace(points, y=(3e-14, 0.5, 0.5))
    text = figures.spectrum("s", points, balls=balls)
    assert text.count("PolyCollection") == 1
    tiny = dataclasses.replace(points, y=(3e-14,) * 3)
    assert len(figures.spectrum("s", points, balls=tiny)) < len(text)


def test_a_species_without_a_stroke_keeps_its_name():
    assert style.look("unheard of") == style.Look("unheard of", style.GRAY)
