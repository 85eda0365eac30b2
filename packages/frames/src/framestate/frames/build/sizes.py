"""How many functions a family may have."""

from framestate.frames.checks import require_count
from framestate.frames.families.represent import check_memory


def require_size(name: str, size: int) -> int:
    """Return the size of an orthogonal family, at least 1.

    Raises
    ------
    InvalidInputError
        When it is no such number, or the square of its matrices would not fit.
    """
    size = require_count(name, "size", size)
    check_memory(name, atoms=size, dimension=size)
    return size
