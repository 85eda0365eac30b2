"""A model as an ONNX file, compared with the model by onnxruntime before it is kept."""

import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.export import ExportedProgram

from framestate.deep.convert.files import write_atomic
from framestate.deep.convert.program import export, traced
from framestate.deep.errors import DeepError, InvalidInputError
from framestate.deep.models import SequenceModel

_TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}
_STEPS = 4


@final
class ExportError(DeepError, ArithmeticError):
    """A model has no ONNX file, or one that does not say what the model says."""


@final
@dataclass(frozen=True, slots=True)
class OnnxFile:
    """What was written.

    Attributes
    ----------
    path : Path
        The file.
    inputs, outputs : tuple of str
        Names: "u" and "y", and for streaming "state_0", .. and "next_0", .., where
        next_i is fed as state_i with the next sample; every state starts at zero.
    error : float
        Largest difference from the model, over its largest answer.
    """

    path: Path
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    error: float


def onnx(
    model: SequenceModel,
    path: str | Path,
    example: Tensor,
    *,
    streaming: bool = False,
    fixed_length: bool = False,
) -> OnnxFile:
    """Write a model as an ONNX file, for any batch and any length.

    The graph has no complex numbers. onnxruntime must give the model's answers on the
    example to 1e-5 (float64: 1e-10) of the largest, or nothing is written; a stream
    is compared over a few steps.

    Parameters
    ----------
    model, streaming, fixed_length
        As for `export`.
    path : str or Path
        The file, replaced if it exists.
    example : Tensor
        As for `export`; typical values, since the file is checked on them.

    Returns
    -------
    OnnxFile
        Names of inputs and outputs, and the measured difference.

    Raises
    ------
    InvalidInputError
        As for `export`, and if the extra ``export`` is not installed.
    ExportError
        If ONNX lacks an operator, or onnxruntime says something else than the model.
    ModelFileError
        If the file cannot be written.
    """
    _require_extra()
    options = {"streaming": streaming, "fixed_length": fixed_length}
    program = export(model, example, **options)
    module, inputs = traced(model, example, streaming=streaming)
    count = len(inputs) - 1
    names_in = ("u", *(f"state_{i}" for i in range(count)))
    names_out = ("y", *(f"next_{i}" for i in range(count)))
    content = _converted(program, names_in, names_out)
    error = _difference(content, module, inputs, names_in)
    dtype = next(model.parameters()).dtype
    if not error <= _TOLERANCE[dtype]:
        raise ExportError(
            request=f"writing {path}",
            finding=f"onnxruntime differs from the model by {error:.1e} of its answer",
            remedy="Export with typical values as the example, or use torch.export.",
        )
    write_atomic(Path(path), content)
    return OnnxFile(Path(path), names_in, names_out, error)


def _converted(
    program: ExportedProgram, inputs: tuple[str, ...], outputs: tuple[str, ...]
) -> bytes:
    """Translate the graph, with our names for what goes in and comes out."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter's own, of torch's internals
            converted: Any = torch.onnx.export(
                program,
                dynamo=True,
                verbose=False,
                input_names=inputs,
                output_names=outputs,
            )
    except torch.onnx.OnnxExporterError as error:
        cause = error.__cause__ or error
        raise ExportError(
            request="translating the graph to ONNX",
            finding=str(cause).strip().splitlines()[0].rstrip("."),
            remedy="A layer uses an operator that ONNX lacks: use torch.export, or "
            "another layer.",
        ) from error
    return converted.model_proto.SerializeToString()


def _require_extra() -> None:
    missing = [n for n in ("onnx", "onnxscript", "onnxruntime") if find_spec(n) is None]
    if missing:
        raise InvalidInputError(
            request="writing an ONNX file",
            finding=f"{', '.join(missing)} is not installed",
            remedy="pip install 'framestate-deep[export]'",
        )


def _difference(
    content: bytes,
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    names: tuple[str, ...],
) -> float:
    """Run both on the same input, a stream with its own states, and compare."""
    import onnxruntime

    try:
        session: Any = onnxruntime.InferenceSession(
            content, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise ExportError(
            request="running the ONNX file",
            finding=str(error).strip().splitlines()[0],
            remedy="onnxruntime lacks many operators in float64: use model.float(), "
            "or torch.export.",
        ) from error
    first = inputs[0]
    ours: tuple[Tensor, ...] = inputs[1:]
    theirs: list[NDArray[Any]] = [state.cpu().numpy() for state in ours]
    worst = scale = 0.0
    for _ in range(_STEPS if ours else 1):
        with torch.no_grad():
            said: Any = module(first, *ours)
        y, ours = (said[0], said[1:]) if isinstance(said, tuple) else (said, ())
        arrays = [first.cpu().numpy(), *theirs]
        found, *theirs = session.run(None, dict(zip(names, arrays, strict=True)))
        expected = y.cpu().numpy()
        worst = max(worst, float(np.abs(found - expected).max()))
        scale = max(scale, float(np.abs(expected).max()))
    return worst / scale if scale > 0 else worst
