"""The folder of an estimator: whole or as it was, of this version, or one clear error."""

import json

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

import framestate.deep
from framestate.deep.convert import ModelFileError
from framestate.deep.convert.files import canonical, digest
from framestate.deep.estimators import (
    SequenceClassifier,
    SequenceRegressor,
    persistence,
)

X = np.random.default_rng(0).standard_normal((6, 9, 2))
LABELS = np.arange(6) % 2
FILE = "estimator.json"


def fitted(**options) -> SequenceClassifier:
    plan = {"n_layers": 1, "max_epochs": 1, "random_state": 0, "verbose": False}
    return SequenceClassifier("multires", **{"d_model": 4, **plan, **options}).fit(
        X, LABELS
    )


@pytest.fixture(scope="module")
def first():
    return fitted()


@pytest.fixture(scope="module")
def second():
    return fitted(d_model=6)


@pytest.fixture
def folder(first, tmp_path):
    return first.save(tmp_path / "model")


def names(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def fields_of(folder) -> dict:
    return json.loads((folder / FILE).read_text())


def damage(folder, pattern: str, change) -> None:
    (path,) = folder.glob(pattern)
    path.write_bytes(change(path.read_bytes()))


def edited(**changes):
    def change(content: bytes) -> bytes:
        return json.dumps({**json.loads(content), **changes}).encode()

    return change


def rewritten(**changes):
    """Change the file as someone would who knows how the checksum is made."""

    def change(content: bytes) -> bytes:
        fields = {**json.loads(content), **changes}
        fields = {k: v for k, v in fields.items() if k != "checksum" and v is not None}
        return json.dumps({**fields, "checksum": digest(canonical(fields))}).encode()

    return change


@pytest.mark.parametrize(
    ("pattern", "change", "words"),
    [
        (FILE, lambda b: b[:-9], "is not JSON"),
        (FILE, lambda _: b"[" * 100_000, "is not JSON"),
        (FILE, lambda _: b"[1]", "was changed after it was written"),
        (FILE, edited(fitted={}), "was changed after it was written"),
        (FILE, rewritten(parts="../parts-12345678"), "is no name of its parts"),
        (FILE, rewritten(parts="parts-gone"), "No such file"),
        (FILE, rewritten(parts=None), "'parts' is not of type str"),
        (FILE, rewritten(hashes={}), "'hashes' is not of type list"),
        ("parts-*/arrays.safetensors", lambda b: b + b"0", "is not what estimator.js"),
        ("parts-*/network/card.json", lambda b: b + b" ", "is not what estimator.json"),
        ("parts-*/network/weights-*", lambda b: b + b" ", "its SHA-256 is not"),
    ],
)
def test_damage_is_found(folder, pattern, change, words):
    damage(folder, pattern, change)
    with pytest.raises(ModelFileError, match=words):
        SequenceClassifier.load(folder)


def test_other_folders_are_refused(folder, tmp_path):
    with pytest.raises(ModelFileError, match="No such file"):
        SequenceClassifier.load(tmp_path)
    with pytest.raises(ModelFileError, match=r"Use SequenceClassifier\.load"):
        SequenceRegressor.load(folder)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "its format is 2, this library knows 1.*Upgrade"),
        ({"format": None}, "its format is None"),
        ({"framestate": None}, "'framestate' is not of type str"),
        ({"framestate": "a while ago"}, "'a while ago' is no version"),
        ({"framestate": "0.2.0"}, r"0\.2\.0 wrote it, and this is 0\.1\.0.*deep>=0\.2"),
        ({"parameters": {"depth": 2}}, "other parameters: depth.*by the same recipe"),
        (
            {"parameters": {"depth": 2}, "framestate": "0.0.3"},
            r"other parameters: depth.*0\.0\.3 wrote it and this is 0\.1\.0",
        ),
    ],
)
def test_an_estimator_of_another_version_is_refused(folder, changes, words):
    damage(folder, FILE, rewritten(**changes))
    with pytest.raises(ModelFileError, match=words):
        SequenceClassifier.load(folder)


def test_an_older_estimator_takes_defaults_for_what_it_does_not_say(folder, first):
    parameters = fields_of(folder)["parameters"]
    del parameters["warm_start"]
    damage(folder, FILE, rewritten(parameters=parameters, framestate="0.0.3"))
    again = SequenceClassifier.load(folder)
    assert again.warm_start is False
    assert np.array_equal(again.predict_proba(X), first.predict_proba(X))


def test_the_version_that_wrote_it_stands_in_the_file(folder):
    assert fields_of(folder)["framestate"] == framestate.deep.__version__


def test_a_second_estimator_replaces_the_first(folder, second):
    for _ in range(2):
        second.save(folder)
        assert names(folder) == {FILE, fields_of(folder)["parts"]}
    assert SequenceClassifier.load(folder).d_model == 6


def test_a_crash_leaves_the_old_or_the_new_whole(first, second, tmp_path, cut_short):
    old, new = first.predict_proba(X), second.predict_proba(X)
    first.save(tmp_path)
    widths = []
    for _ in cut_short(lambda: second.save(tmp_path)):
        found = SequenceClassifier.load(tmp_path)
        widths.append(found.d_model)
        expected = old if found.d_model == 4 else new
        assert np.array_equal(found.predict_proba(X), expected)
        assert names(tmp_path) == {FILE, fields_of(tmp_path)["parts"]}
    # Weights, card, arrays and estimator.json with their folders, and the new folder.
    assert widths == [4] * 8 + [6]
    assert SequenceClassifier.load(tmp_path).d_model == 6


def test_a_crash_of_the_first_save_leaves_nothing(first, tmp_path, cut_short):
    for _ in cut_short(lambda: first.save(tmp_path)):
        if names(tmp_path):  # only the name of estimator.json was not made to last
            break
        with pytest.raises(ModelFileError, match="No such file"):
            SequenceClassifier.load(tmp_path)
    assert SequenceClassifier.load(tmp_path).d_model == 4


def test_a_folder_that_cannot_be_made_is_named(first, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFileError, match=r"file.*has room"):
        first.save(tmp_path / "file")


def test_what_stands_is_replaced_even_if_it_is_damaged(folder, second):
    damage(folder, FILE, lambda b: b[:-9])
    second.save(folder)
    assert SequenceClassifier.load(folder).d_model == 6


def test_parts_can_be_read_by_others(folder):
    parts = folder / fields_of(folder)["parts"]
    assert parts.stat().st_mode & 0o777 == 0o755
    assert (folder / FILE).stat().st_mode & 0o777 == 0o644
    assert persistence.FORMAT == 1
