import gzip
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from set_files import decoded, layout, silent, tar, write

from framestate.bench.data.dataset import Decoded
from framestate.bench.data.generators import listops as generator
from framestate.bench.data.generators.expressions import VOCABULARY, evaluate
from framestate.bench.data.sets import aan, imdb, listops, listops_small, tokens
from framestate.bench.errors import DataError

TEXT_SETS = (listops, listops_small, imdb, aan)


LISTOPS = {
    "basic_train.tsv": b"Source\tTarget\n( ( ( [MAX 2 ) 9 ) ] )\t9\n7\t7\n",
    "basic_val.tsv": b"Source\tTarget\n( ( ( ( [SM 8 ) 1 ) 9 ) ] )\t8\n",
    "basic_test.tsv": b"Source\tTarget\n( ( [MED 4 ) ] )\t4\n",
}
PAPERS = "a\u00e9b " * 1500  # longer than what is kept
AAN = {
    "new_aan_pairs.train.tsv": f"1\t7\t8\tabc\t{PAPERS}\n0.0\t8\t9\t{PAPERS}\tcb\n".encode(),
    "new_aan_pairs.eval.tsv": b"0\t9\t7\tcb\tabc\n",
    "new_aan_pairs.test.tsv": b"1.0\t1\t2\tazb\t\n",
}


@pytest.mark.parametrize(
    ("module", "files", "inside", "unpacked"),
    [(listops, LISTOPS, "listops-1000", "listops"), (aan, AAN, "tsv_data", "aan")],
)
def test_the_release_is_the_same_packed_and_unpacked(
    tmp_path, module, files, inside, unpacked
):
    other = {"lra_release/README": b"x", f"lra_release/{inside}/other.tsv": b"y"}
    packed = {f"lra_release/{inside}/{name}": data for name, data in files.items()}
    tar(tmp_path / "lra/lra_release.gz", other | packed)
    for name, data in files.items():
        write(tmp_path / f"lra_release/lra_release/{inside}/{name}", data)
        write(tmp_path / f"{unpacked}/{name}", data)
    (make,) = module.DATA_SET.tasks.values()
    names = ("official", "extracted", "unpacked")
    whole, *others = (make(decoded(tmp_path, module, name)) for name in names)
    for other in others:
        assert other.fidelity == whole.fidelity == "full"
        for split in ("train", "validation", "test"):
            one, two = getattr(whole, split), getattr(other, split)
            rows = np.arange(len(one))
            assert len(one) == len(two)
            for part in ("inputs", "lengths", "targets"):
                assert np.array_equal(
                    getattr(one.batch(rows), part), getattr(two.batch(rows), part)
                )


def test_listops_deletes_parentheses_and_ends_with_eos(tmp_path):
    for name, data in LISTOPS.items():
        write(tmp_path / "listops" / name, data)
    task = listops.DATA_SET.tasks["listops"](decoded(tmp_path, listops, "unpacked"))
    assert (task.vocabulary, task.outputs, task.max_length) == (18, 10, 2048)
    batch = task.train.batch(np.array([1, 0]))
    words = [[VOCABULARY[t] for t in row] for row in batch.inputs]
    assert words[1] == ["[MAX", "2", "9", "X", "<eos>"]
    assert words[0] == ["7", "<eos>", "<pad>", "<pad>", "<pad>"]
    assert batch.lengths.tolist() == [2, 5]
    assert batch.targets.tolist() == [7, 9]
    assert task.validation.batch(np.array([0])).targets.tolist() == [8]
    assert task.test.batch(np.array([0])).targets.tolist() == [4]
    assert [len(s) for s in (task.train, task.validation, task.test)] == [2, 1, 1]


def test_a_long_sequence_is_cut_before_it_is_ended():
    cut = tokens.Cut(4)
    assert cut(np.arange(3, 9, dtype=np.uint8)).tolist() == [3, 4, 5, 6, 2]
    assert cut.longest == 5
    plain = tokens.Cut(4, end=None, shift=1)
    assert plain(np.array([255, 0], dtype=np.uint8)).tolist() == [256, 1]
    assert plain.longest == 4


def test_generated_listops_holds_three_different_splits(tmp_path):
    one = listops.regenerated((20, 5, 5), seed=1)
    arrays = one.decode(Path("/nowhere"), silent, tmp_path)
    task = listops.task("listops", Decoded(one, arrays))
    assert [len(s) for s in (task.train, task.validation, task.test)] == [20, 5, 5]
    assert task.fidelity == "regenerated"
    assert "not the released" in task.note
    last = task.test.batch(np.array([4]))
    begin, end = arrays["tokens_offsets"][-2:]
    assert last.inputs[0].tolist() == [*arrays["tokens"][begin:end].tolist(), 2]
    assert last.targets[0] == evaluate(arrays["tokens"][begin:end].tobytes())


def prepared_listops(folder, **change):
    made = generator.generate(3, seed=9, workers=1)
    table = {"tokens": made.tokens, "offsets": made.offsets, "labels": made.labels}
    table |= {"vocab": np.array(VOCABULARY)}
    (folder / "listops").mkdir(exist_ok=True)
    for name in ("val", "test"):
        np.savez(folder / f"listops/listops_lra_params_{name}.npz", **(table | change))
    return made


def test_prepared_listops_trains_on_generated_expressions(tmp_path):
    made = prepared_listops(tmp_path)
    one = listops.prepared(4)
    arrays = one.decode(tmp_path, silent, tmp_path)
    task = listops.task("listops", Decoded(one, arrays))
    assert [len(s) for s in (task.train, task.validation, task.test)] == [4, 3, 3]
    for split in (task.validation, task.test):
        batch = split.batch(np.arange(3))
        assert np.array_equal(batch.targets, made.labels)
        assert np.array_equal(batch.lengths, np.diff(made.offsets) + 1)
    assert layout(listops, "prepared").needs == one.needs


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"vocab": np.array(["a"])}, "vocabulary"),
        ({"labels": np.array([1, 2, 10])}, "label 10 is not one of 10"),
        ({"labels": np.array([1, -2, 0])}, "label -2"),
        ({"labels": np.zeros((0,), np.uint8)}, "no labels"),
        ({"labels": np.zeros(3)}, "no labels"),
        ({"tokens": np.full(4, 18, np.uint8)}, "not below 18"),
        ({"tokens": np.zeros(4, np.int64)}, "not below 18"),
        ({"offsets": np.array([0, 5, 4, 9])}, "do not cut"),
        ({"offsets": np.array([0, 5])}, "do not cut"),
        ({"offsets": np.zeros(4)}, "do not cut"),
    ],
)
def test_a_damaged_prepared_file_is_refused(tmp_path, change, finding):
    prepared_listops(tmp_path, **change)
    with pytest.raises(DataError, match=finding):
        listops.prepared(4).decode(tmp_path, silent, tmp_path)


def test_offsets_that_decrease_are_refused(tmp_path):
    values = np.zeros(9, dtype=np.uint8)
    good = tokens.require_offsets(tmp_path, np.array([0, 5, 5, 9]), values, 3)
    assert good.tolist() == [0, 5, 5, 9]
    for bad in ([0, 5, 4, 9], [1, 5, 6, 9], [0, 5, 6, 8]):
        with pytest.raises(DataError, match=r"decrease|do not cut"):
            tokens.require_offsets(tmp_path, np.array(bad), values, 3)


@pytest.mark.parametrize(
    ("module", "place", "content", "finding"),
    [
        (listops, "basic_val.tsv", None, "no basic_val.tsv"),
        (listops, "basic_val.tsv", b"", "Source, Target"),
        (listops, "basic_val.tsv", b"( 1 )\t1\n", "Source, Target"),
        (listops, "basic_val.tsv", b"Source\tTarget\n", "no labels"),
        (listops, "basic_test.tsv", b"Source\tTarget\n( [AVG 1 ] )\t1\n", "line 2"),
        (listops, "basic_test.tsv", b"Source\tTarget\n1\t1\n1\tx\n", "line 3"),
        (listops, "basic_test.tsv", b"Source\tTarget\n1\n", "line 2"),
        (listops, "basic_test.tsv", b"Source\tTarget\n( )\t1\n", "line 2"),
        (listops, "basic_test.tsv", b"Source\tTarget\n1\t-1\n", "line 2"),
        (listops, "basic_test.tsv", b"Source\tTarget\n1\t" + b"9" * 30, "Overflow"),
        (listops, "basic_test.tsv", b"Source\tTarget\n1\t11\n", "label 11"),
        (aan, "new_aan_pairs.eval.tsv", None, "no new_aan_pairs.eval.tsv"),
        (aan, "new_aan_pairs.eval.tsv", b"", "no pairs"),
        (aan, "new_aan_pairs.eval.tsv", b"0\t1\t2\tx\n", "line 1"),
        (aan, "new_aan_pairs.test.tsv", b"2\t1\t2\tx\ty\n", "line 1"),
        (aan, "new_aan_pairs.test.tsv", b"1\t1\t2\tx\t\xff\n", "UnicodeDecodeError"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path, module, place, content, finding):
    files = dict(LISTOPS if module is listops else AAN) | {place: content}
    inside = "lra_release/x"
    members = {f"{inside}/{n}": data for n, data in files.items() if data is not None}
    tar(tmp_path / "lra/lra_release.gz", members)
    with pytest.raises(DataError, match=finding):
        layout(module, "official").decode(tmp_path, silent)


@given(st.binary(max_size=80), st.booleans())
def test_any_table_is_read_or_refused(junk, release):
    module, files, name = (
        (listops, LISTOPS, "basic_val.tsv")
        if release
        else (aan, AAN, "new_aan_pairs.eval.tsv")
    )
    with tempfile.TemporaryDirectory() as folder:
        for place, data in (files | {name: files[name] + junk}).items():
            write(Path(folder) / module.__name__.rpartition(".")[2] / place, data)
        try:
            arrays = layout(module, "unpacked").decode(Path(folder), silent)
        except DataError:
            return
        assert arrays["sizes"][1] >= 1
        assert arrays["labels"].max() < 10


@pytest.mark.parametrize("module", [listops, imdb, aan])
def test_a_cut_archive_is_refused(tmp_path, module):
    whole = gzip.compress(os.urandom(5000))
    for one in module.DATA_SET.remotes:
        write(tmp_path / one.path, whole[:3000])
    with pytest.raises(DataError):
        layout(module, "official").decode(tmp_path, silent)


def test_retrieval_gives_two_documents_each(tmp_path):
    for name, data in AAN.items():
        write(tmp_path / "aan" / name, data)
    data = decoded(tmp_path, aan, "unpacked")
    task = aan.DATA_SET.tasks["retrieval"](data)
    assert task.kind == "retrieval"
    assert task.vocabulary == 3 + 5  # a, b, c, blank and one accent
    assert (task.outputs, task.max_length) == (2, 4000)
    assert data.arrays["characters_offsets"].size - 1 == 5  # stored once each
    batch = task.train.batch(np.array([1, 0]))
    assert batch.inputs.shape == (2, 2, 4000)
    assert batch.lengths.tolist() == [[4000, 3], [4, 4000]]
    assert batch.targets.tolist() == [0, 1]
    blank, a, b, c, accent = range(3, 8)
    assert batch.inputs[1, 0, :5].tolist() == [a, b, c, 2, 0]
    assert batch.inputs[0, 0, :4].tolist() == [a, accent, b, blank]
    assert batch.inputs[0, 0, -2:].tolist() == [b, 2]
    test = task.test.batch(np.array([0]))
    assert test.inputs.tolist() == [[[a, 1, b, 2], [2, 0, 0, 0]]]  # z is unknown
    assert task.validation.batch(np.array([0])).lengths.tolist() == [[3, 4]]


@pytest.mark.parametrize("module", TEXT_SETS)
def test_a_data_set_says_where_it_comes_from(module):
    one = module.DATA_SET
    assert one.title
    assert one.licence
    assert one.citation
    assert one.home.startswith("http")
    for remote in one.remotes:
        assert remote.path in one.layouts[0].needs


def test_more_characters_than_a_byte_numbers_take_two():
    codes = np.arange(40, 400, dtype=np.uint32)
    numbered = tokens.numbered(codes, codes[:300])
    assert numbered.dtype == np.uint16
    assert numbered.tolist() == [*range(3, 303), *[1] * 60]
    assert tokens.numbered(codes, codes[:253]).dtype == np.uint8
    assert tokens.numbered(codes, codes[:0]).tolist() == [1] * 360
