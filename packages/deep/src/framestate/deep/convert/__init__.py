"""Models leave and come back: folders with a card, programs, ONNX files."""

from framestate.deep.convert.files import ModelFileError
from framestate.deep.convert.onnx_file import ExportError, OnnxFile, onnx
from framestate.deep.convert.pretrained import (
    from_pretrained,
    load_weights,
    save_pretrained,
)
from framestate.deep.convert.program import export
from framestate.deep.convert.registry import build

__all__ = [
    "ExportError",
    "ModelFileError",
    "OnnxFile",
    "build",
    "export",
    "from_pretrained",
    "load_weights",
    "onnx",
    "save_pretrained",
]
