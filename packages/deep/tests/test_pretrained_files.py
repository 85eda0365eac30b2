"""A damaged file gives one clear error; a model is looked for where it is said to be."""

import hashlib
import json
import os
import subprocess
import sys
import types

import pytest
import torch

import framestate.deep
from framestate.deep.convert import (
    ModelFileError,
    from_pretrained,
    load_weights,
    save_pretrained,
)
from framestate.deep.convert.registry import BUILDERS, build
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.baselines import RecurrentLayer
from framestate.deep.models import SequenceModel
from framestate.deep.spec import Spec

CARD = "card.json"


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make_model() -> SequenceModel:
    layers = [RecurrentLayer(8, "gru", generator=seeded(i)) for i in range(2)]
    return SequenceModel(3, 2, layers, generator=seeded(), dropout=0.1, norm="post")


@pytest.fixture
def folder(tmp_path):
    return save_pretrained(make_model(), tmp_path)


def test_where_a_folder_cannot_be_opened_its_files_are_written_all_the_same(
    tmp_path, monkeypatch
):
    monkeypatch.delattr(os, "O_DIRECTORY")
    again = from_pretrained(save_pretrained(make_model(), tmp_path))
    assert again.spec.to_json() == make_model().spec.to_json()


def weights_of(folder):
    return next(folder.glob("weights-*"))


def test_no_flipped_bit_of_the_card_goes_unseen(folder):
    path, generator = folder / CARD, seeded(1)
    good, model = path.read_bytes(), make_model()
    bits = torch.randint(0, 8, (len(good),), generator=generator)
    for position, bit in enumerate(bits.tolist()):
        bad = bytearray(good)
        bad[position] ^= 1 << bit
        path.write_bytes(bytes(bad))
        with pytest.raises(ModelFileError, match=CARD):
            load_weights(model, folder)


def test_no_flipped_bit_of_the_weights_goes_unseen(folder):
    path, generator = weights_of(folder), seeded(1)
    good = path.read_bytes()
    for position in torch.randint(0, len(good), (50,), generator=generator).tolist():
        bad = bytearray(good)
        bad[position] ^= 4
        path.write_bytes(bytes(bad))
        with pytest.raises(ModelFileError, match=path.name):
            from_pretrained(folder)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
@pytest.mark.parametrize("which", ["card", "weights"])
def test_a_truncated_file_is_named(folder, share, which):
    path = folder / CARD if which == "card" else weights_of(folder)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelFileError, match=path.name) as caught:
        from_pretrained(folder)
    assert "save the model again" in caught.value.remedy


def test_a_missing_file_is_named(folder):
    weights_of(folder).unlink()
    with pytest.raises(ModelFileError, match=r"weights.*No such file"):
        from_pretrained(folder)
    (folder / CARD).unlink()
    with pytest.raises(ModelFileError, match=r"card\.json.*No such file"):
        from_pretrained(folder)


def rewritten(folder, **changes):
    """Change the card as someone would who knows how the checksum is made."""
    card = json.loads((folder / CARD).read_text())
    card |= changes
    fields = {k: v for k, v in card.items() if k != "checksum" and v is not None}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    fields["checksum"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / CARD).write_text(json.dumps(fields))


LINEAR = {"recipe": "LinearEncoder", "arguments": {"d_input": 1, "d_model": 1}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 2}, "format version 2, this library knows 1.*Upgrade"),
        ({"version": 0}, "format version 0 never existed"),
        ({"version": True}, "'version' is not of type int"),
        ({"version": "1"}, "format version '1' never existed"),
        ({"format": "other"}, "not the card of a framestate-model"),
        ({"model": "SequenceModel"}, "'model' is not of type dict"),
        ({"dtype": 32}, "'dtype' is not of type str"),
        ({"dtype": None}, "'dtype' is not of type str"),
        ({"dtype": "float16"}, "'float16' are no names"),
        ({"weights": "../weights-0123456789abcdef.safetensors"}, "are no names"),
        ({"more": 1}, "other fields"),
        ({"framestate": None}, "'framestate' is not of type str"),
        ({"framestate": "one"}, "'one' is no version of framestate"),
        ({"framestate": "1"}, "'1' is no version of framestate"),
        ({"framestate": "0.2.0"}, r"0\.2\.0 wrote it, and this is 0\.1\.0.*>=0\.2'"),
        ({"framestate": "1.0rc1"}, r"1\.0rc1 wrote it.*>=1\.0'"),
        ({"framestate": "0.11.0.dev3+local"}, r">=0\.11'"),
        ({"model": {"recipe": "SequenceModel"}}, "no name and arguments"),
        ({"model": {"recipe": 1, "arguments": {}}}, "no name and arguments"),
        ({"model": {"recipe": "x", "arguments": {"a": {"b": 1}}}}, "no name and argu"),
        ({"model": LINEAR}, "describes a LinearEncoder"),
    ],
)
def test_a_card_of_another_making_is_refused(folder, changes, words):
    rewritten(folder, **changes)
    with pytest.raises(ModelFileError, match=words):
        from_pretrained(folder)


@pytest.mark.parametrize(
    "text", ["[]", "null", "{", '{"a": NaN}', '{"a": 1e999}', "[" * 100_000, "\ud800"]
)
def test_what_is_no_card_is_refused(folder, text):
    (folder / CARD).write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(ModelFileError, match=CARD):
        from_pretrained(folder)


def test_weights_that_are_no_safetensors_are_refused(folder):
    path = weights_of(folder)
    path.write_bytes(b"\x80\x04N.")
    rewritten(folder, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(ModelFileError, match="no safetensors file"):
        from_pretrained(folder)


def test_weights_of_other_shapes_are_named(folder):
    card = json.loads((folder / CARD).read_text())
    card["model"]["arguments"]["head"]["arguments"]["d_output"] = 7
    rewritten(folder, model=card["model"])
    with pytest.raises(ModelFileError, match=r"head\.linear\.weight") as caught:
        from_pretrained(folder)
    assert "7" in caught.value.finding
    card["model"]["arguments"]["layers"] *= 2
    rewritten(folder, model=card["model"])
    with pytest.raises(ModelFileError, match="and 13 more"):
        from_pretrained(folder)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (Spec("os.system", {"command": "true"}), "recipe 'os.system'"),
        (Spec("Linear"), "Did you mean 'LinearEncoder'"),
        (Spec("StepHead", {"d_model": 1, "d_outptu": 1}), "d_outptu"),
        (Spec("StepHead", {"d_model": 1}), "missing a required argument"),
        (Spec("StepHead", {"d_model": "a", "d_output": 1}), "'StepHead'|d_model='a'"),
        (Spec("SequenceModel", {"encoder": 1, "head": 1, "layers": (1,)}), "building"),
    ],
)
def test_a_recipe_that_is_none_is_refused(spec, words):
    with pytest.raises(InvalidInputError, match=words):
        build(spec)


@pytest.mark.parametrize("written", ["0.0.9", "0.1.0", "0.1.7", "0.1.0rc1"])
def test_a_model_of_an_older_series_or_this_one_is_read(folder, written):
    rewritten(folder, framestate=written)
    assert from_pretrained(folder).spec.to_json() == make_model().spec.to_json()


def test_what_an_older_version_wrote_and_this_one_lacks_names_both(folder):
    model = json.loads((folder / CARD).read_text())["model"]
    model["arguments"]["layers"][0]["recipe"] = "s4d_old"
    for changes, words in (
        ({"framestate": "0.0.9"}, r"0\.0\.9 wrote it and this is 0\.1\.0"),
        ({"framestate": "0.1.0"}, "by the same recipe"),
    ):
        rewritten(folder, model=model, **changes)
        with pytest.raises(ModelFileError, match=f"'s4d_old'.*{words}"):
            from_pretrained(folder)


def test_a_library_of_a_later_series_reads_this_one(folder, monkeypatch):
    monkeypatch.setattr(framestate.deep, "__version__", "0.2.0")
    from_pretrained(folder)
    monkeypatch.setattr(framestate.deep, "__version__", "0.0.9")
    with pytest.raises(ModelFileError, match=r"this is 0\.0\.9"):
        load_weights(make_model(), folder)


def test_every_name_of_the_registry_is_what_it_calls_itself():
    assert all(name == builder.__name__ for name, builder in BUILDERS.items())


class Hub(types.ModuleType):
    """A hub that holds one model."""

    def __init__(self, folder):
        super().__init__("huggingface_hub")
        self.folder, self.calls = folder, []

    def snapshot_download(self, name, *, revision=None, allow_patterns=None):
        self.calls.append((name, revision, tuple(allow_patterns)))
        if revision == "gone":
            raise OSError("404 Client Error.\nmore")
        return str(self.folder)


def test_a_model_comes_from_the_hub_by_its_id(folder, monkeypatch):
    hub = Hub(folder)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    again = from_pretrained("owner/some-model", revision="v1")
    assert again.spec.to_json() == make_model().spec.to_json()
    assert hub.calls == [("owner/some-model", "v1", (CARD, "weights-*.safetensors"))]
    with pytest.raises(ModelFileError, match="revision gone: OSError: 404 Client Err"):
        from_pretrained("owner/some-model", revision="gone")


def test_without_the_hub_s_client_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(InvalidInputError, match=r"framestate-deep\[hub\]"):
        from_pretrained("owner/some-model")


def test_a_folder_is_never_looked_for_on_the_network(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.chdir(folder.parent)
    from_pretrained(folder.name)
    with pytest.raises(ModelFileError, match="no such folder"):
        from_pretrained(folder / "missing")
    with pytest.raises(ModelFileError, match="no such folder"):
        from_pretrained("a/b/c")
    with pytest.raises(InvalidInputError, match="revision='v1' of"):
        from_pretrained(folder, revision="v1")


def test_importing_opens_no_socket_and_imports_no_client():
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise AssertionError('socket')\n"
        "socket.socket.connect = refuse\n"
        "import framestate.deep.convert\n"
        "assert not {'huggingface_hub', 'onnx', 'onnxruntime'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
