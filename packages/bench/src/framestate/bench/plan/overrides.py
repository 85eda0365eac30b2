"""``--set name=value``: settings of experiments by dotted names."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any, Union, get_args, get_origin, get_type_hints

from framestate.bench.errors import InvalidInputError
from framestate.bench.plan.experiment import Experiment
from framestate.bench.suggest import suggestion

# what changes no number, and what the seeds are
_FREE = frozenset(
    {
        "seeds",
        "train.workers",
        "train.keep",
        "train.checkpoint_every_steps",
        "train.checkpoint_every_seconds",
        "train.device",
        "train.strategy",
    }
)


def with_values(
    experiments: tuple[Experiment, ...], words: Iterable[str]
) -> tuple[Experiment, ...]:
    """Experiments with other values, such as ``train.batch=16`` or ``net.width=64``.

    A setting that some of them have is changed in those; one that none of them has is
    refused.

    Raises
    ------
    InvalidInputError
        If a word is no ``name=value``, nobody has that setting, or the value is of
        another kind.
    """
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name:
            raise _refused(word, "it has no name and value", "Write --set name=value.")
        having = [e for e in experiments if name in _names(e.settings)]
        if not having:
            known = {known for e in experiments for known in _names(e.settings)}
            where = suggestion(name, known, "framestate-bench list --settings")
            raise _refused(word, "no chosen experiment has this setting", where)
        experiments = tuple(
            replace(e, settings=_changed(word, e.settings, name, text))
            if e in having
            else e
            for e in experiments
        )
    return experiments


def _changed(word: str, settings: Any, name: str, text: str) -> Any:
    """Settings with another value; what no longer is the paper's says so.

    A network, a training or data that were changed are not the paper's any more: the
    row counts as scaled, and other data have no number of the paper beside them.
    """
    settings = _set(word, settings, name.split("."), text)
    marks: dict[str, Any] = {}
    if name not in _FREE:
        marks["scaled"] = True
    if name.rpartition(".")[2] == "data":
        marks["paper"] = None
    known = {field.name for field in fields(settings)}
    return replace(settings, **{k: v for k, v in marks.items() if k in known})


def _refused(word: str, finding: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(request=f"--set {word}", finding=finding, remedy=remedy)


def _names(settings: Any) -> dict[str, Any]:
    """Dotted name -> value."""
    found: dict[str, Any] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            inner = _names(value)
            found |= {f"{field.name}.{name}": one for name, one in inner.items()}
        else:
            found[field.name] = value
    return found


def names(experiment: Experiment) -> dict[str, Any]:
    """Every setting of an experiment by its dotted name, with its value."""
    return _names(experiment.settings)


def _set(word: str, settings: Any, path: list[str], text: str) -> Any:
    first, *rest = path
    if rest:
        value = _set(word, getattr(settings, first), rest, text)
    else:
        value = _parsed(word, get_type_hints(type(settings))[first], text)
    return replace(settings, **{first: value})


def _parsed(word: str, kind: Any, text: str) -> Any:
    """The text as a value of a type of settings."""
    options = get_args(kind) if _is_union(kind) else (kind,)
    if type(None) in options and text.lower() == "none":
        return None
    for option in options:
        try:
            return _as(option, text)
        except (ValueError, KeyError):
            continue
    raise _refused(word, f"{text!r} is no {_word(kind)}", "Give a value of that kind.")


def _is_union(kind: Any) -> bool:
    return get_origin(kind) is Union or type(kind).__name__ == "UnionType"


def _as(kind: Any, text: str) -> Any:
    arguments = get_args(kind)
    if kind is bool:
        return {"true": True, "false": False}[text.lower()]
    if kind in (int, float, str):
        return kind(text)
    if get_origin(kind) is tuple:
        one = arguments[0]
        return tuple(_as(one, part) for part in text.split(",") if part)
    if text in arguments:  # of a Literal
        return text
    raise ValueError(text)


def _word(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind).replace("typing.", ""))
