"""Arguments of a device kernel: kinds and shapes, checked before a pointer is taken."""

from typing import Any

from framestate.ssm.checks import refusal

REAL = "float32 float64"
STORED = "float16 bfloat16 float32 float64"
COMPLEX = "complex64 complex128"

_NAMES = {
    "float32": "float",
    "float64": "double",
    "complex64": "complex<float>",
    "complex128": "complex<double>",
    "float16": "float16",
    "bfloat16": "bfloat16",
}


def dtype_name(array: Any) -> str:
    """The dtype as the array API spells it: "float32"."""
    return str(array.dtype).rpartition(".")[2]


def cpp(dtype: str) -> str:
    """The dtype as the sources spell it: "complex<float>"."""
    return _NAMES[dtype]


def real_of(dtype: str) -> str:
    """The real dtype of the same precision."""
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


def sizes(request: str, **arguments: tuple[Any, str, str]) -> dict[str, int]:
    """The size that each letter of the shapes stands for.

    Parameters
    ----------
    request : str
        The call, for the message.
    **arguments : (array, str, str)
        The array, its dtypes separated by spaces, and its shape, a letter an axis;
        "#r" is 1 or r.

    Raises
    ------
    InvalidInputError
        If a dtype or a shape does not fit, or an array is empty.
    """
    found: dict[str, int] = {}
    for name, (array, dtypes, shape) in arguments.items():
        if dtype_name(array) not in dtypes.split():
            finding = (
                f"{name} has dtype {array.dtype}, not {' or '.join(dtypes.split())}"
            )
            raise refusal(request, finding, f"Convert {name} first")
        letters, shown = shape.split(), tuple(array.shape)
        known = ", ".join(f"{k} = {n}" for k, n in found.items())
        fits = len(letters) == len(shown) and min(shown, default=1) > 0
        for letter, size in zip(letters, shown, strict=False):
            key = letter.removeprefix("#")
            free = letter.startswith("#") and size == 1
            fits &= free or found.setdefault(key, size) == size
        if not fits:
            finding = f"{name} has shape {shown}, expected ({', '.join(letters)})"
            where = f" with {known}" if known else ""
            raise refusal(request, finding + where, f"Pass {name} with that shape")
    return found
