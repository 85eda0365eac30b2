r"""Gauss-Legendre rules: as exact as a rule of n nodes can be, to degree 2n - 1.

The nodes are s_i = (1 - x_i) / 2, x_i the zeros of the Legendre polynomial P_n, which
Arb isolates and refines by Newton's iteration in balls; the weights are half of
2 / ((1 - x_i^2) P_n'(x_i)^2).
"""

from flint import arb

from framestate.frames.checks import require_whole
from framestate.frames.precision import Precision
from framestate.frames.quadrature.rule import Rule


def gauss_legendre(size: int, *, precision: Precision | None = None) -> Rule:
    """Return the Gauss-Legendre rule with ``size`` nodes, ascending.

    Parameters
    ----------
    size : int
        Number n of nodes, at least 1; the rule is exact to degree 2n - 1.
    precision : Precision, optional
        Digits of nodes and weights; ``Precision()`` if left out.

    Raises
    ------
    InvalidInputError
        When ``size`` is not a whole number of at least 1.
    """
    name = f"gauss_legendre({size!r})"
    n = require_whole(name, "size", size, least=1)
    known = precision or Precision()
    with known.working():
        # Arb lists the zeros in decreasing order
        zeros = [arb.legendre_p_root(n, k, weight=True) for k in range(n)]
        nodes = tuple((1 - x) / 2 for x, _ in zeros)
        weights = tuple(w / 2 for _, w in zeros)
    return Rule(name, nodes, weights, exact_to=2 * n - 1, precision=known)
