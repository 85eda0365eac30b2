"""Errors of framestate.deep: the request, the finding and the way out.

Every error keeps its three parts as attributes, so that a program can react to
them and a person can read them: ``str(e) = "request: finding. remedy"``.
The checks that several modules need stand here too, next to what they raise.
"""

from difflib import get_close_matches
from math import isfinite
from typing import final

import torch
from torch import Tensor


class DeepError(Exception):
    """Base of every error that framestate.deep raises itself.

    Parameters
    ----------
    request : str
        What was asked for, with the argument and its value.
    finding : str
        Why it cannot be done.
    remedy : str
        What to do instead: a full sentence.
    """

    def __init__(self, *, request: str, finding: str, remedy: str) -> None:
        super().__init__(f"{request}: {finding}. {remedy}")
        self.request = request
        self.finding = finding
        self.remedy = remedy


@final
class InvalidInputError(DeepError, ValueError):
    """An argument has the wrong shape, dtype, name or range."""


@final
class MissingExtraError(DeepError, ImportError):
    """An optional dependency is not installed."""


@final
class TrainingError(DeepError, ArithmeticError):
    """Training cannot go on: the loss is not finite, or the batches ran out."""


def require_real(name: str, value: Tensor, *, ndim: int, axes: str) -> None:
    """Refuse a tensor that is not float32 or float64, of rank `ndim`, non-empty.

    Parameters
    ----------
    name : str
        The argument's name.
    value : Tensor
        The argument.
    ndim : int
        The rank it must have.
    axes : str
        What its axes mean, for the message, such as ``"(batch, length)"``.

    Raises
    ------
    InvalidInputError
        With the argument, the finding and the way out.
    """
    if not isinstance(value, Tensor):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidInputError(
            request=f"{name} of type {type(value).__name__}",
            finding="a layer takes tensors of PyTorch",
            remedy=f"Pass torch.as_tensor({name}).",
        )
    request = f"{name} of shape {tuple(value.shape)} and dtype {value.dtype}"
    if value.dtype not in (torch.float32, torch.float64):
        raise InvalidInputError(
            request=request,
            finding="only float32 and float64 carry a long memory",
            remedy=f"Pass {name}.float() or {name}.double(). Half precision is taken "
            "under torch.autocast alone.",
        )
    if value.ndim != ndim or value.numel() == 0:
        raise InvalidInputError(
            request=request,
            finding=f"expected a non-empty tensor {axes}",
            remedy="Add or remove axes; an empty batch or length 0 has no answer.",
        )


def require_positive(name: str, value: float) -> None:
    """Refuse a number that is not positive and finite.

    Raises
    ------
    InvalidInputError
        If `value` is NaN, infinite, zero or negative.
    """
    if not (isfinite(value) and value > 0):
        raise InvalidInputError(
            request=f"{name}={value}",
            finding="it is not a positive finite number",
            remedy=f"Give {name} > 0.",
        )


def require_count(name: str, value: int) -> None:
    """Refuse a count that is not an integer of at least 1.

    Raises
    ------
    InvalidInputError
        If `value` is a bool, not an int, or below 1.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidInputError(
            request=f"{name}={value!r}",
            finding="it is not an integer of at least 1",
            remedy=f"Give {name} as an int >= 1.",
        )


def require_name(kind: str, name: str, known: tuple[str, ...]) -> None:
    """Refuse a name that is not among the known ones, with the near names.

    Raises
    ------
    InvalidInputError
        If `name` is not in `known`.
    """
    if name in known:
        return
    folded = {item.casefold(): item for item in known}
    near = get_close_matches(str(name).casefold(), list(folded), n=3, cutoff=0.5)
    raise InvalidInputError(
        request=f"{kind} {name!r}",
        finding=f"it is not one of {', '.join(known)}",
        remedy=f"Did you mean {' or '.join(repr(folded[n]) for n in near)}?"
        if near
        else f"Choose among {', '.join(known)}.",
    )
