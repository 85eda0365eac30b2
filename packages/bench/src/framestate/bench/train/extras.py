"""Optional libraries: asked for once, before anything is done, by the name to install."""

from importlib.util import find_spec

from framestate.bench.errors import InvalidInputError

# extra -> the modules it brings
EXTRAS = {
    "train": ("lightning", "torchmetrics", "tensorboard"),
    "sweep": ("optuna",),
    "cluster": ("submitit",),
    "ray": ("ray",),
}


def require_extra(extra: str, request: str) -> None:
    """Refuse to go on without the modules of an extra.

    Parameters
    ----------
    extra : str
        One of `EXTRAS`.
    request : str
        What they are needed for.

    Raises
    ------
    InvalidInputError
        Naming what is missing, and the command that installs it.
    """
    missing = [name for name in EXTRAS[extra] if find_spec(name) is None]
    if missing:
        raise InvalidInputError(
            request=request,
            finding=f"{', '.join(missing)} cannot be imported",
            remedy=f'Install the extra: pip install "framestate-bench[{extra}]".',
        )
