r"""The discrete wavelet transform on the line, over any ring: one definition, exact.

With phi(t) = sqrt2 sum_k h_k phi(2t - k) and psi(t) = sqrt2 sum_k g_k phi(2t - k), the
coefficients a_j(n) = <f, phi_{j,n}> and b_j(n) = <f, psi_{j,n}> of a function f in V_J
follow from those of the level J (T-dwt-recursion), and these from them:

    a_j(n) = sum_k h_k a_{j+1}(2n + k)      b_j(n) = sum_k g_k a_{j+1}(2n + k)
    a_{j+1}(m) = sum_n h_{m-2n} a_j(n) + g_{m-2n} b_j(n)

The second line undoes the first for every orthogonal filter
(T-perfect-reconstruction). A sequence is the mapping of its finitely many places to
their values: integers, fractions, balls, floats, symbols, elements of number fields.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Inexact

from framestate.frames.checks import require_whole

Coefficients = dict[int, Any]
Taps = Sequence[Any] | Inexact[np.ndarray, "_"]


def analyze(a: Mapping[int, Any], taps: Taps) -> Coefficients:
    """Return n -> sum_k taps_k a(2n + k): correlate, and keep every other place."""
    found: Coefficients = {}
    for m, value in a.items():
        for k in range(m % 2, len(taps), 2):
            _add(found, (m - k) // 2, taps[k] * value)
    return found


def synthesize(a: Mapping[int, Any], taps: Taps) -> Coefficients:
    """Return m -> sum_n taps_{m-2n} a(n): the transpose of ``analyze``."""
    found: Coefficients = {}
    for n, value in a.items():
        for k, tap in enumerate(taps):
            _add(found, 2 * n + k, tap * value)
    return found


def decompose(
    a: Mapping[int, Any], lowpass: Taps, highpass: Taps, *, levels: int
) -> tuple[Coefficients, list[Coefficients]]:
    """Go down from level J = ``levels`` to level 0.

    Parameters
    ----------
    a : mapping
        The coefficients a_J of a function in V_J.
    lowpass, highpass : sequence
        Taps h and g.
    levels : int
        J.

    Returns
    -------
    (mapping, list of mappings)
        a_0, and b_0 .. b_{J-1}.

    Raises
    ------
    InvalidInputError
        When ``levels`` is not a whole number of at least 0.
    """
    count = require_whole("wavelet transform", "levels", levels)
    coarse, details = dict(a), list[Coefficients]()
    for _ in range(count):
        details.insert(0, analyze(coarse, highpass))
        coarse = analyze(coarse, lowpass)
    return coarse, details


def reconstruct(
    a: Mapping[int, Any],
    details: Sequence[Mapping[int, Any]],
    lowpass: Taps,
    highpass: Taps,
) -> Coefficients:
    """Go up again: a_J from a_0 and b_0 .. b_{J-1}."""
    fine = dict(a)
    for detail in details:
        fine = synthesize(fine, lowpass)
        for m, value in synthesize(detail, highpass).items():
            _add(fine, m, value)
    return fine


def _add(sequence: Coefficients, place: int, value: Any) -> None:
    sequence[place] = sequence[place] + value if place in sequence else value
