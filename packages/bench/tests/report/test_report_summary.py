"""The lines of the first page, and the tables behind them, in their corners."""

import dataclasses

import pytest
from report_results import RESULTS, clause, line, row

from framestate.bench.report import summary, tables, theorem_tables, winners


def first_line(*records, curves=()):
    made = dataclasses.replace(RESULTS, records=records, curves=curves)
    return summary.lines(made)[0]


def test_a_theorem_that_holds_as_printed_is_said_to_hold():
    text = first_line(
        clause("printed i", "holds", 1.0), clause("T-simple", "fails", 0.0)
    )
    assert text == (
        "Theorem 1 as printed holds on the 1 frames tried. Corrected: 1 of its clauses "
        "FAIL."
    )


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ((0.9,), (0.0,), "an eigenvalue 0.9000)"),
        ((0.9, 0.9), (-0.5, 0.5), "an eigenvalue 0.9000 ± 0.5000i)"),
        ((), (), "see the table)"),
    ],
)
def test_the_counter_example_is_named_where_there_is_one(x, y, words):
    curve = line("theorem", "counter-example", x, y)
    text = first_line(clause("printed i", "fails", 0.0), curves=(curve,))
    assert words in text


@pytest.mark.parametrize(
    ("gains", "words"),
    [
        ((1.0, 2.0), "lies above all of them"),
        ((6.0, 20.0), "lies below all of them"),
        ((1.0, 20.0), "falls between white (×1) and b (×20)"),
    ],
)
def test_the_papers_factor_is_placed_among_ours(gains, words):
    records = [
        row("delay", "gain over LegS", gain, paper=5.31, signal=signal)
        for gain, signal in zip(gains, ("white", "b"), strict=True)
    ]
    text = first_line(*records)
    assert words in text.replace("white noise", "white")
    marks = [r for r in tables.gains(_only(records)).rows if r[0].tone == "mark"]
    assert len(marks) == 1


def _only(records):
    return dataclasses.replace(RESULTS, records=tuple(records), curves=())


def test_without_the_papers_factor_nothing_is_placed():
    record = row("delay", "gain over LegS", 2.0)
    assert "paper" not in first_line(record)
    assert len(tables.gains(_only([record])).rows) == 1


def test_signals_that_are_lost_are_named():
    records = [
        row("approximation", "relative error", value, species=name, signal=signal)
        for signal, pair in (("ecg", (0.3, 0.2)), ("blocks", (0.1, 0.2)))
        for name, value in zip(("WaLRUS", "LegS"), pair, strict=True)
    ]
    assert "on 1 of 2 kinds of signal; it loses on ECG (LegS)." in first_line(*records)


def test_a_species_that_is_missing_leaves_its_cell_empty():
    records = [
        row("approximation", "relative error", 0.3, signal="ecg"),
        row("approximation", "relative error", 0.2, signal="ecg", species="LegS"),
        row("approximation", "relative error", 0.1, signal="nino", species="LegS"),
    ]
    (table,) = tables.errors(_only(records))
    assert [cell.text for cell in table.rows[1][1:3]] == ["–", "0.100"]
    paper = [dataclasses.replace(records[0], paper=0.5), *records[1:]]
    (table,) = tables.errors(_only(paper))
    assert [cell.text for cell in table.rows[0][1:5]] == ["0.5", "0.300", "–", "0.200"]
    assert [cell.text for cell in table.rows[1][1:5]] == ["–", "–", "–", "0.100"]


def test_a_clause_that_a_frame_lacks_leaves_its_cell_empty():
    other = dataclasses.replace(
        clause("T-simple", "holds", 1.0), signal="db2, scales 1"
    )
    table = theorem_tables.clauses(_only([clause("printed i", "fails", 0.0), other]))
    assert [cell.text for cell in table.rows[0][2:4]] == ["fails", "–"]


def test_a_training_ahead_by_more_than_its_seeds_is_said_to_be_ahead():
    records = [
        row("training", "log10 test MSE", value, species=name, seeds=(0, 1))
        for name, value in (("W4S4", -1.4), ("S4D-LegS", -1.2))
    ]
    curves = [
        line("training", f"test error, seed {seed}", (1.0,), (end,))
        for seed, end in enumerate((-1.35, -1.45))
    ]
    text = first_line(*records, curves=tuple(curves))
    assert text.endswith("W4S4 is ahead by 0.200, more than seeds do (0.100).")
    curves[0] = dataclasses.replace(curves[0], y=(-1.0,))
    text = first_line(*records, curves=tuple(curves))
    assert text.endswith("The gap of 0.200 is within what seeds do (0.450).")
    assert first_line(records[0]).endswith("is W4S4 −1.40.")


def test_a_memory_of_many_signals_is_named_with_three_and_a_count():
    records = [row("delay", "MSE", 0.5, signal=f"s{k}") for k in range(6)]
    assert "W4S4 (s0; s1; s2; 3 more)" in winners.line(_only(records))
    assert winners.line(_only([])) == ""
