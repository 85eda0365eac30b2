"""A dual that the caller knows: respected, after it was seen to reconstruct."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from framestate.frames.checks import require_distance
from framestate.frames.dual.pair import DualPair
from framestate.frames.errors import DualError, InvalidInputError
from framestate.frames.families import Atoms
from framestate.frames.frame import Frame
from framestate.frames.spaces import Coordinates


def given_dual(
    frame: Frame,
    dual: Atoms | ArrayLike | csr_array,
    *,
    tolerance: float | None = None,
) -> DualPair:
    """Return a frame with the caller's dual.

    The dual must reconstruct V: R T = I, where R holds the projections of the dual
    functions on V. Functions that leave V are kept as they are: they enter the
    operator, A_ij = delta_ij + <dual_j, s phi_i'>. Where their parts outside V cancel
    in every reconstruction, the reduced operator is the canonical one (T-any-dual);
    where not (``DualPair.outside`` > 0), it belongs to the oblique reconstruction.

    Parameters
    ----------
    frame : Frame
        N atoms.
    dual : Atoms or matrix, shape (N, D)
        The N dual functions, in the space of the atoms or by their coordinates in it.
    tolerance : float, optional
        Largest norm of R T - I; left out, what rounding explains.

    Raises
    ------
    DualError
        When the dual does not reconstruct V, with the residual.
    InvalidInputError
        When the dual lives in another space, is not finite, or not N functions.
    """
    request = f"given dual of {frame.name}"
    pair = DualPair(frame, _coordinates(request, frame, dual), "given")
    allowed = (
        pair.rounding
        if tolerance is None
        else require_distance(request, "tolerance", tolerance)
    )
    if pair.defect > allowed:
        raise DualError(
            request=request,
            finding=f"R T = I fails on V by {pair.defect:.3e} (allowed {allowed:.1e}; "
            f"the part outside V has norm {pair.outside:.1e})",
            remedy="Give dual functions with sum_j <f, phi_j> dual_j = f for all f in "
            "V, pass the tolerance that they are known to, or use canonical_dual",
        )
    return pair


def _coordinates(
    request: str, frame: Frame, dual: Atoms | ArrayLike | csr_array
) -> Coordinates:
    space, shape = frame.atoms.space, frame.atoms.coordinates.shape
    if isinstance(dual, Atoms) and dual.space != space:
        raise InvalidInputError(
            request=request,
            finding=f"the dual lives in {dual.space}, the atoms in {space}",
            remedy="Represent both in one space",
        )
    found = _matrix(dual.coordinates if isinstance(dual, Atoms) else dual)
    entries = found if isinstance(found, np.ndarray) else found.data
    if found.shape != shape or not np.isfinite(entries).all():
        raise InvalidInputError(
            request=request,
            finding=f"its coordinates have shape {found.shape}, needed {shape}, or are "
            "not all finite numbers",
            remedy="Give one dual function to each atom, as a row of coordinates",
        )
    return found


def _matrix(x: ArrayLike | csr_array) -> Coordinates | np.ndarray:
    if isinstance(x, csr_array):
        return x
    try:
        found = np.asarray(x)
        kind = np.complex128 if np.iscomplexobj(found) else np.float64
        return found.astype(kind)
    except (TypeError, ValueError):
        return np.full((0, 0), np.nan)
