r"""The first atoms of a larger frame, with one of two duals.

"of-truncation": the dual of the truncation, which reproduces what the kept atoms span;
every statement of the register holds for it.

"truncated": the truncation of the dual, the share that the kept atoms had in the large
frame. Its matrix is the leading block of the large A. It is exact to reduce, but the
eigenvalues of K lie in (0, 1], and all are 1 only where no kept function is a
combination of dropped atoms; the identities and the half plane may be lost
(T-truncated-dual).
"""

from dataclasses import replace

from framestate.frames.checks import require_count
from framestate.frames.dual.canonical import canonical_dual
from framestate.frames.dual.pair import DualPair, rows
from framestate.frames.errors import InvalidInputError
from framestate.frames.frame import Frame


def truncate(frame: Frame, atoms: int, *, dual: str) -> DualPair:
    """Keep the first atoms of a frame, with the dual that is asked for.

    Parameters
    ----------
    frame : Frame
        N atoms; the cut at ``rcond`` is kept, a fixed rank is not.
    atoms : int
        How many to keep; 1 .. N.
    dual : {"of-truncation", "truncated"}
        The canonical dual of the kept atoms, or the first duals of the large frame.

    Raises
    ------
    InvalidInputError
        When ``atoms`` is not in 1 .. N, or the dual is neither of the two.
    """
    request = f"truncate({frame.name}, {atoms!r}, dual={dual!r})"
    count = require_count(request, "atoms", atoms)
    if dual not in ("of-truncation", "truncated") or count > frame.size:
        raise InvalidInputError(
            request=request,
            finding=f"the frame has {frame.size} atoms, and the duals are "
            "'of-truncation' and 'truncated'",
            remedy="'of-truncation' reproduces what the kept atoms span",
        )
    name = f"{frame.name}, first {count} atoms"
    first = replace(frame.atoms, name=name, coordinates=frame.atoms.coordinates[:count])
    kept = replace(frame, atoms=first, keep=None, exact=None)
    if dual == "of-truncation":
        return canonical_dual(kept)
    functions = rows(frame.synthesis[:, :count].T @ frame.basis_coordinates)
    return DualPair(kept, functions, "truncated")
