import pytest

from framestate.bench import errors, record


def entry(key: str) -> record.JournalEntry:
    one = record.Record(
        suite="delay",
        experiment=key,
        species="LegS",
        signal="white",
        metric="MSE",
        value=0.5,
        fidelity="own",
    )
    return record.JournalEntry(key, key, record.Outcome(records=(one,)))


def test_what_is_appended_is_read_in_order(tmp_path):
    journal = record.Journal(tmp_path / "j.jsonl")
    assert journal.read() == ()
    journal.append(entry("a"))
    journal.append(entry("b"))
    assert journal.read() == (entry("a"), entry("b"))


@pytest.mark.parametrize("kept", [1, 10, -2])
def test_a_torn_last_line_is_dropped_and_nothing_else(tmp_path, kept):
    journal = record.Journal(tmp_path / "j.jsonl")
    journal.append(entry("a"))
    whole = journal.path.stat().st_size
    journal.append(entry("b"))
    size = journal.path.stat().st_size
    cut = whole + kept if kept > 0 else size + kept
    journal.path.write_bytes(journal.path.read_bytes()[:cut])
    assert journal.read() == (entry("a"),)


def test_appending_after_a_torn_line_loses_neither_neighbor(tmp_path):
    journal = record.Journal(tmp_path / "j.jsonl")
    journal.append(entry("a"))
    with journal.path.open("ab") as stream:
        stream.write(b'{"schema": 1, "key": "b", "reco')
    journal.append(entry("c"))
    assert journal.read() == (entry("a"), entry("c"))


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe", b"[]", b'{"schema": 99}', b'{"schema": 1, "key": "k"}', b"NaN", b""],
)
def test_foreign_lines_are_ignored(tmp_path, line):
    journal = record.Journal(tmp_path / "j.jsonl")
    journal.append(entry("a"))
    with journal.path.open("ab") as stream:
        stream.write(line + b"\n")
    assert journal.read() == (entry("a"),)


def test_a_journal_that_holds_nan_is_computed_again(tmp_path):
    journal = record.Journal(tmp_path / "j.jsonl")
    journal.append(entry("a"))
    text = journal.path.read_text().replace("0.5", "NaN")
    journal.path.write_text(text)
    assert journal.read() == ()


def test_an_unwritable_journal_is_one_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.OutputError, match="--out"):
        record.Journal(tmp_path / "file" / "j.jsonl").append(entry("a"))


def test_a_journal_that_is_a_folder_is_one_error(tmp_path):
    journal = record.Journal(tmp_path / "j.jsonl")
    journal.path.mkdir()
    for use in (journal.read, journal.clear, lambda: journal.append(entry("a"))):
        with pytest.raises(errors.OutputError, match=r"j\.jsonl.*--out"):
            use()


def test_clearing_forgets_everything(tmp_path):
    journal = record.Journal(tmp_path / "j.jsonl")
    journal.append(entry("a"))
    journal.clear()
    journal.clear()
    assert journal.read() == ()
