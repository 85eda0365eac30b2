"""The scales of a wavelet frame, as a user gives them."""

import operator
from collections.abc import Sequence

from framestate.frames.errors import InvalidInputError


def scale_pair(request: str, scales: Sequence[int]) -> tuple[int, int]:
    """Return (finest, coarsest), both from -12 to 12.

    Raises
    ------
    InvalidInputError
        For anything else.
    """
    refusal = InvalidInputError(
        request=request,
        finding="scales must be two whole numbers (finest, coarsest) with "
        "-12 <= finest <= coarsest <= 12",
        remedy="For example scales=(0, 3): smaller is finer",
    )
    try:
        finest, coarsest = map(operator.index, scales)
    except (TypeError, ValueError):
        raise refusal from None
    if not -12 <= finest <= coarsest <= 12:
        raise refusal
    return finest, coarsest
