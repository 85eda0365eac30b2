"""A certificate as JSON and as a page: whole, escaped, and without a network."""

import dataclasses
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest

from framestate import frames
from framestate.frames.theorem import Certificate, Clause
from framestate.frames.theorem.page import certificate_page
from framestate.frames.theorem.picture import (
    HEIGHT,
    WIDTH,
    Plane,
    eigenvalue,
    plane_of,
    spectrum_svg,
    ticks,
)
from framestate.frames.theorem.record import (
    as_record,
    certificate_json,
    corrected,
    outcome,
    printed,
)
from framestate.frames.versions import versions

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "<script>alert('x')</script> & $frame \"quoted\" e-7"


def clause(name: str, verdict, **numbers) -> Clause:
    return Clause(name, f"statement of {name}", verdict, f"evidence of {name}", numbers)


def certificate(*clauses: Clause, **changes) -> Certificate:
    found = Certificate(
        frame="a frame",
        size=7,
        rank=4,
        clauses=clauses,
        eigenvalues=np.array([1.0, 3.0 - 4.0j, 3.0 + 4.0j, 0.75]),
        multiplicity_of_one=3,
        counter_examples=np.array([0.75 + 0j]),
    )
    return dataclasses.replace(found, **changes)


ALL = certificate(
    clause("printed i", "fails", above=2, least=0.75),
    clause("printed ii", "undecided"),
    clause("printed iii", "holds"),
    clause("T-lyapunov", "holds", residual=2.5e-16),
    clause("T-simple", "undecided", smallest_gap=float("inf"), cond=float("nan")),
    clause("T-integers", "holds", top_degree=1),
    clause("T-truncation", "not applicable"),
)


def page(found: Certificate) -> ET.Element:
    """The page as a tree: it is well-formed."""
    return ET.fromstring(certificate_page(found))


def text(element) -> str:
    return " ".join("".join(element.itertext()).split())


def find(tree: ET.Element, kind: str, mark: str) -> list[ET.Element]:
    return [e for e in tree.iter(kind) if e.get("class") == mark]


def test_the_record_has_these_keys_and_no_others():
    record = json.loads(certificate_json(ALL))
    assert list(record) == [
        "schema",
        "theorem",
        "frame",
        "size",
        "rank",
        "multiplicity_of_one",
        "digits",
        "printed",
        "corrected",
        "clauses",
        "eigenvalues",
        "radii",
        "counter_examples",
        "versions",
    ]
    assert list(record["clauses"][0]) == [
        "id",
        "statement",
        "verdict",
        "evidence",
        "numbers",
    ]
    assert record["schema"] == 1


def test_the_record_says_what_the_certificate_says():
    record = json.loads(certificate_json(ALL))
    assert record == as_record(ALL)
    assert record["frame"] == "a frame"
    assert (record["size"], record["rank"]) == (7, 4)
    assert record["multiplicity_of_one"] == 3
    assert record["eigenvalues"] == [[1.0, 0.0], [3.0, -4.0], [3.0, 4.0], [0.75, 0.0]]
    assert record["counter_examples"] == [[0.75, 0.0]]
    assert record["digits"] is None
    assert record["radii"] is None
    assert record["versions"] == versions()
    assert record["clauses"][3] == {
        "id": "T-lyapunov",
        "statement": "statement of T-lyapunov",
        "verdict": "holds",
        "evidence": "evidence of T-lyapunov",
        "numbers": {"residual": 2.5e-16},
    }
    assert record["clauses"][4]["numbers"] == {"smallest_gap": None, "cond": None}
    assert record["theorem"].startswith("Theorem 1 of W4S4")
    assert certificate_json(ALL).endswith("}\n")


def test_balls_are_recorded_with_their_digits():
    radii = np.array([1e-15, 2e-15, np.inf, 0.0])
    record = as_record(dataclasses.replace(ALL, digits=40, radii=radii))
    assert record["digits"] == 40
    assert record["radii"] == [1e-15, 2e-15, None, 0.0]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["holds", "holds"], "holds"),
        (["holds", "not applicable"], "holds"),
        (["not applicable"], "not applicable"),
        (["holds", "undecided", "not applicable"], "undecided"),
        (["undecided", "fails", "holds"], "fails"),
    ],
)
def test_clauses_together_are_as_good_as_the_worst(verdicts, expected):
    clauses = tuple(clause(f"T-{i}", v) for i, v in enumerate(verdicts))
    assert outcome(clauses) == expected
    found = certificate(clause("printed i", "holds"), *clauses)
    assert as_record(found)["corrected"] == expected
    assert as_record(found)["printed"] == "holds"


def test_each_clause_is_printed_or_corrected():
    assert [c.id for c in printed(ALL)] == ["printed i", "printed ii", "printed iii"]
    assert (*printed(ALL), *corrected(ALL)) == ALL.clauses


def test_a_page_tells_each_clause_with_its_verdict_evidence_and_numbers():
    tree = page(ALL)
    tables = list(tree.iter("table"))
    for table, clauses in zip(tables, (printed(ALL), corrected(ALL)), strict=True):
        rows = list(table.find("tbody").iter("tr"))
        for row, one in zip(rows, clauses, strict=True):
            assert text(row.find("th")) == one.id
            said, verdict, evidence = row.findall("td")
            assert text(said) == one.statement
            assert text(verdict).endswith(f" {one.verdict}")
            mark = one.verdict.replace(" ", "-")
            assert [span.get("class") for span in verdict.iter("span")] == [mark]
            assert text(evidence).startswith(one.evidence)
            assert len(list(evidence.iter("li"))) == len(one.numbers)
    assert "above = 2" in text(tables[0])
    assert "residual = 2.5e\N{MINUS SIGN}16" in text(tables[1])
    assert "smallest_gap = inf" in text(tables[1])


def test_a_page_begins_with_the_frame_and_what_was_found():
    tree = page(ALL)
    assert text(tree.find(".//title")) == "a frame: certificate"
    assert text(tree.find(".//h1")) == "a frame"
    paragraphs = [text(p) for p in tree.iter("p")]
    assert paragraphs[0] == "Theorem 1 of W4S4 (arXiv 2506.07920), clause by clause"
    assert paragraphs[1] == (
        "As printed, the theorem \N{BALLOT X} fails for this frame: "
        "1 of 3 holds, 1 of 3 fails, 1 of 3 is undecided."
    )
    assert paragraphs[2] == (
        "As corrected, it ? is undecided for this frame: "
        "2 of 4 hold, 1 of 4 is undecided, 1 of 4 does not apply."
    )
    assert paragraphs[-1] == "Computed with " + (
        ", ".join(f"{name} {version}" for name, version in versions().items()) + "."
    )


def facts(tree: ET.Element) -> dict[str, str]:
    (listed,) = tree.iter("dl")
    terms, values = listed.findall("dt"), listed.findall("dd")
    return {text(a): text(b) for a, b in zip(terms, values, strict=True)}


def test_a_page_states_the_sizes_and_how_well_eigenvalues_are_known():
    found = facts(page(ALL))
    assert found == {
        "atoms, N": "7",
        "dimension of the span, r (the paper's N_eff)": "4",
        "redundant copies of the eigenvalue 1": "3",
        "eigenvalues": "float64",
    }
    radii = np.array([1e-30, 2.52e-15, 0.0, 0.0])
    found = facts(page(dataclasses.replace(ALL, digits=40, radii=radii)))
    assert found["eigenvalues"] == (
        "proved in balls of 40 digits, each within 2.5e\N{MINUS SIGN}15"
    )


def test_a_page_lists_eigenvalues_and_counter_examples():
    tree = page(ALL)
    minus = "\N{MINUS SIGN}"
    counter, everything = find(tree, "ul", "values")
    assert [text(e) for e in counter] == ["0.75"]
    assert [text(e) for e in everything] == ["1", f"3 {minus} 4i", "3 + 4i", "0.75"]
    none = np.zeros(0, dtype=np.complex128)
    tree = page(dataclasses.replace(ALL, counter_examples=none))
    assert len(find(tree, "ul", "values")) == 1
    assert "No eigenvalue of modulus below 1 was found" in text(tree)


def test_without_eigenvalues_there_is_a_page():
    none = np.zeros(0, dtype=np.complex128)
    radii = np.zeros(0)
    found = dataclasses.replace(
        ALL, eigenvalues=none, counter_examples=none, digits=20, radii=radii
    )
    tree = page(found)
    assert facts(tree)["eigenvalues"] == "proved in balls of 20 digits"
    assert text(tree.find(".//details")).endswith("none")


def test_everything_is_escaped():
    one = Clause(EVIL, EVIL, "fails", EVIL, {EVIL: 1})
    found = certificate(one, dataclasses.replace(one, id="printed <i>"), frame=EVIL)
    source = certificate_page(found)
    assert "<script" not in source
    tree = ET.fromstring(source)
    assert text(tree.find(".//h1")) == EVIL
    rows = [row for table in tree.iter("table") for row in table.find("tbody")]
    assert [text(row.find("th")) for row in rows] == ["printed <i>", EVIL]
    assert text(rows[1].findall("td")[0]) == EVIL
    assert text(rows[1].findall("td")[2].find("ul")) == f"{EVIL} = 1"


def test_a_page_loads_nothing_and_runs_nothing():
    tree = page(ALL)
    for element in tree.iter():
        assert element.tag.removeprefix(SVG) not in {"script", "link", "img", "iframe"}
        names = set(element.keys())
        assert not names & {"src", "href", "style"}
        assert not [name for name in names if name.startswith("on")]
    style = text(tree.find(".//style"))
    assert not re.search(r"url\(|@import|http", style)
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style


class Strict(HTMLParser):
    """An HTML parser that minds its ends."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, _):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_page_is_html():
    source = certificate_page(ALL)
    assert source.startswith("<!DOCTYPE html>\n<html lang")
    parser = Strict()
    parser.feed(source)
    parser.close()
    assert parser.open == []


def test_every_class_of_the_drawing_has_a_style():
    tree = page(ALL)
    style = tree.find(".//style").text
    marks = {e.get("class") for e in tree.iter() if e.get("class")}
    assert {"point", "counter", "integer", "redundant", "half", "unit"} <= marks
    plain = {"under", "x", "y", "legend", "scroll"}
    assert not [m for m in marks - plain if f".{m}" not in style]


def drawing(plane: Plane) -> ET.Element:
    return ET.fromstring(spectrum_svg(plane))


def plane(*eigenvalues: complex, **changes) -> Plane:
    lam = np.array(eigenvalues, dtype=np.complex128)
    counter = np.abs(lam) < 1.0 - 1e-9
    whole = Plane(lam, counter, radii=None, integers=0, redundant=0)
    return dataclasses.replace(whole, **changes)


def panels(svg: ET.Element) -> list[ET.Element]:
    return [g for g in svg.findall(f"{SVG}g") if g.get("clip-path")]


def places(panel: ET.Element, kind: str, mark: str) -> list[tuple[float, float]]:
    x, y = {"circle": ("cx", "cy"), "ellipse": ("cx", "cy"), "rect": ("x", "y")}[kind]
    found = find(panel, f"{SVG}{kind}", mark)
    return [(float(e.get(x)), float(e.get(y))) for e in found]


def test_the_whole_spectrum_is_in_one_panel_and_what_is_near_1_in_the_other():
    whole, near = panels(drawing(plane(1.0, 2.0, 8.0 + 3.0j, 8.0 - 3.0j)))
    assert len(places(whole, "circle", "point")) == 4
    assert len(places(near, "circle", "point")) == 2
    titles = [text(e) for e in whole.iter(f"{SVG}title")]
    assert titles == ["1", "2", "8 + 3i", "8 \N{MINUS SIGN} 3i"]


def test_numbers_stand_where_the_axes_say():
    svg = drawing(plane(1.0, 2.0, 8.0 + 3.0j, 8.0 - 3.0j))
    whole, near = panels(svg)
    (x1, y1), (x2, y2), (x3, y3), (_, y4) = places(whole, "circle", "point")
    assert y1 == y2
    assert abs((y3 + y4) / 2 - y1) <= 0.06
    assert y3 < y1 < y4  # upwards is the positive imaginary part
    # rounded to a tenth
    assert abs((x3 - x1) / 7 - (x2 - x1)) <= 0.2
    # in the neighborhood the circle through 1 is round and centered at 0
    ((cx, cy),) = places(near, "ellipse", "unit")
    (unit,) = find(near, f"{SVG}ellipse", "unit")
    rx, ry = float(unit.get("rx")), float(unit.get("ry"))
    assert abs(rx - ry) <= 0.02
    (x, y), _ = places(near, "circle", "point")
    assert abs(cx + rx - x) <= 0.1
    assert abs(cy - y) <= 0.1
    # and Re = 1/2 is half way
    (half,) = find(near, f"{SVG}path", "half")
    at = float(re.match(r"M([\d.]+) ", half.get("d"))[1])
    assert abs(at - (cx + rx / 2)) <= 0.1


def test_the_labels_of_an_axis_stand_at_their_numbers():
    svg = drawing(plane(1.0, 40.0 + 30.0j, 40.0 - 30.0j))
    (whole, _) = panels(svg)
    (x1, _), (x2, y2), (_, y3) = places(whole, "circle", "point")
    labels = {text(e): float(e.get("x")) for e in find(svg, f"{SVG}text", "x")[:5]}
    assert abs(labels["40"] - x2) <= 0.1
    assert abs(labels["0"] - (x1 - (x2 - x1) / 39)) <= 0.1
    marks = find(svg, f"{SVG}text", "y")
    heights = {text(e): float(e.get("y")) - 4.0 for e in marks}
    assert abs(heights["20i"] - (y2 + (y3 - y2) / 6)) <= 0.1
    assert {"0", "\N{MINUS SIGN}20i"} <= heights.keys()


def test_whole_numbers_redundant_copies_and_counter_examples_are_marked():
    svg = drawing(plane(0.8, 1.0, 2.0, integers=2, redundant=5))
    for panel in panels(svg):
        point, _ = places(panel, "circle", "point")
        squares = places(panel, "rect", "integer")
        assert len(squares) == 2
        assert abs(squares[0][0] + 6 - point[0]) <= 0.11
        assert abs(squares[0][1] + 6 - point[1]) <= 0.11
        assert places(panel, "circle", "redundant") == [point]
        assert len(find(panel, f"{SVG}path", "counter")) == 1
    legend = [text(e) for e in find(svg, f"{SVG}text", "legend")]
    assert legend == [
        "eigenvalue on V",
        "Re = 1/2",
        "modulus 1",
        "modulus below 1",
        "1 to 2, from polynomials",
        "5 redundant copies of 1",
    ]
    svg = drawing(plane(1.0, integers=1))
    legend = [text(e) for e in find(svg, f"{SVG}text", "legend")]
    assert legend[3:] == ["1, from polynomials"]


def test_a_disc_is_drawn_where_it_can_be_seen():
    radii = np.array([0.3, 1e-12, np.inf])
    svg = drawing(plane(1.0, 1.5, 2.0, radii=radii))
    whole, near = panels(svg)
    for panel in (whole, near):
        discs = find(panel, f"{SVG}ellipse", "disc")
        assert len(discs) == 2
        assert all(float(e.get("rx")) < 1e5 for e in discs)
    (first, _) = find(near, f"{SVG}ellipse", "disc")
    (unit,) = find(near, f"{SVG}ellipse", "unit")
    assert abs(float(first.get("rx")) / float(unit.get("rx")) - 0.3) <= 1e-3
    assert first.get("rx") == first.get("ry")


def test_all_that_is_drawn_lies_in_the_drawing():
    svg = drawing(plane(-3.0 + 1j, 1.0, 500.0 + 9e3j, 500.0 - 9e3j))
    assert svg.get("viewBox") == f"0 0 {WIDTH:g} {HEIGHT:g}"
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "4 eigenvalues in the complex plane"
    whole, _ = panels(svg)
    points = places(whole, "circle", "point")
    assert len(points) == 4
    bottom = 300.0  # of the panels; below are the labels of the axis, then the legend
    for item in (g for g in svg.findall(f"{SVG}g") if g.get("transform")):
        x, y = map(float, re.findall(r"[\d.]+", item.get("transform")))
        assert 0 < x < WIDTH
        assert bottom + 20 < y < HEIGHT - 5
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in points)


def test_the_plane_of_a_certificate_is_what_it_says():
    radii = np.full(4, 1e-9)
    found = plane_of(dataclasses.replace(ALL, radii=radii))
    assert found.counter.tolist() == [False, False, False, True]
    assert found.integers == 2
    assert found.redundant == 3
    assert found.radii is radii
    failed = certificate(clause("T-integers", "fails", top_degree=4))
    assert plane_of(failed).integers == 0
    constants = certificate(clause("T-integers", "holds", top_degree=0))
    assert plane_of(constants).integers == 1


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 10.0, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]),
        (-1.0, 1.0, [-1.0, -0.5, 0.0, 0.5, 1.0]),
        (0.25, 2.2, [0.5, 1.0, 1.5, 2.0]),
        (-160.0, 160.0, [-100.0, 0.0, 100.0]),
        (0.0, 9e5, [0.0, 2e5, 4e5, 6e5, 8e5]),
    ],
)
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1 + 0j, "1"),
        (-0.5 + 0j, "\N{MINUS SIGN}0.5"),
        (2 / 3 + 1e-7j, "0.666667 + 1e-07i"),
        (1 - 2j, "1 \N{MINUS SIGN} 2i"),
    ],
)
def test_an_eigenvalue_is_written_to_six_digits(value, expected):
    assert eigenvalue(value) == expected


def test_a_certificate_of_a_frame_makes_a_page():
    found = frames.check_theorem1(frames.dyadic_frame("db2", level=3, coarsest=2))
    tree = page(found)
    assert text(tree.find(".//h1")) == found.frame
    assert len(find(panels(tree.find(f".//{SVG}svg"))[0], f"{SVG}rect", "integer")) == 2
