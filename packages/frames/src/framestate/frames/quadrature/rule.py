r"""A quadrature rule on [0, 1], and the polynomials it is exact for.

    int_0^1 f(s) dm(s)  ~  sum_i w_i f(s_i)

The measure m is ds unless the function that makes the rule says otherwise. Nodes and
weights are balls; in float64 they are those balls, rounded once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, final

import numpy as np
from flint import arb
from jaxtyping import Float64

from framestate.frames.checks import require_whole
from framestate.frames.errors import DigitsError, InvalidInputError
from framestate.frames.precision import Ball, Precision

Vector = Float64[np.ndarray, "nodes"]

EPS = 2.0**-52


@final
@dataclass(frozen=True, eq=False)
class Rule:
    """Nodes and weights of a quadrature rule on [0, 1].

    Parameters
    ----------
    name : str
        What the rule is, with its parameters.
    nodes, weights : tuple of arb
        Where the integrand is evaluated, and how much each value counts.
    exact_to : int or None
        Degree up to which the rule is exact for all polynomials; None for a rule that
        is not exact for any, such as tanh-sinh.
    precision : Precision
        Digits that nodes and weights were computed with.

    Raises
    ------
    InvalidInputError
        When there is no node, the numbers of nodes and weights differ, one is not
        finite, a node lies outside [0, 1], or ``exact_to`` is negative.
    """

    name: str
    nodes: tuple[Ball, ...]
    weights: tuple[Ball, ...]
    exact_to: int | None
    precision: Precision

    def __post_init__(self) -> None:
        if not self.nodes or len(self.nodes) != len(self.weights):
            raise self._refused(f"{len(self.nodes)} nodes, {len(self.weights)} weights")
        if not all(x.is_finite() for x in self.nodes + self.weights):
            raise self._refused("a node or a weight is not finite")
        outside = [x for x in self.nodes if x < 0 or x > 1]
        if outside:
            raise self._refused(f"the node {outside[0]} lies outside [0, 1]")
        if self.exact_to is not None:
            require_whole(self.name, "exact_to", self.exact_to)

    def _refused(self, finding: str) -> InvalidInputError:
        return InvalidInputError(
            request=f"quadrature rule {self.name}",
            finding=finding,
            remedy="Give one finite weight to each node in [0, 1]",
        )

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @cached_property
    def float64(self) -> tuple[Vector, Vector]:
        """Nodes and weights in float64, each rounded once.

        Raises
        ------
        DigitsError
            When a ball is wider than the rounding, or a node underflows.
        """
        nodes = self._rounded(self.nodes, [EPS * abs(x) for x in self.nodes])
        largest = max(float(abs(w).mid()) for w in self.weights)
        weights = self._rounded(self.weights, [EPS * arb(largest)] * self.size)
        return nodes, weights

    def _rounded(self, balls: tuple[Ball, ...], allowed: list[Ball]) -> Vector:
        rounded = np.array([float(ball.mid()) for ball in balls])
        for ball, number, width in zip(balls, rounded, allowed, strict=True):
            if not abs(ball - float(number)) <= width:
                raise DigitsError(
                    request=f"quadrature rule {self.name} in float64",
                    finding=f"the ball {ball} is not a float64 to rounding",
                    remedy="Make the rule with 20 digits or more, and keep its nodes "
                    "above 1e-308",
                )
        return rounded

    def integrate(self, function: Callable[[Vector], Any]) -> Any:
        """Apply the rule in float64.

        Parameters
        ----------
        function : callable
            Takes the nodes, shape (n,), and returns values of shape (.., n), real or
            complex.

        Returns
        -------
        ndarray of shape (..) or scalar
            sum_i w_i f(s_i).

        Raises
        ------
        InvalidInputError
            When the values have another shape or are not all finite.
        """
        nodes, weights = self.float64
        values = np.asarray(function(nodes))
        if values.shape[-1:] != nodes.shape or not np.isfinite(values).all():
            raise InvalidInputError(
                request=f"integral by {self.name}",
                finding=f"the integrand's values have shape {values.shape} for "
                f"{self.size} nodes, or are not all finite",
                remedy="Return finite values along the last axis; near 1 float64 "
                "has no room, so put a singularity at 0, or use integrate_balls",
            )
        return values @ weights

    def integrate_balls(self, function: Callable[[Ball], Ball]) -> Ball:
        """Apply the rule in balls: an enclosure of the sum, not of the integral.

        For polynomials of degree at most ``exact_to`` the two are the same.
        """
        with self.precision.working():
            pairs = zip(self.nodes, self.weights, strict=True)
            return sum((w * function(x) for x, w in pairs), arb(0))

    def repeated(self, cells: int) -> "Rule":
        """The rule on each of ``cells`` equal parts of [0, 1], for the measure ds."""
        request = f"{self.name}, {cells!r} times"
        count = require_whole(request, "cells", cells, least=1)
        with self.precision.working():
            return replace(
                self,
                name=request,
                nodes=tuple(self._moved(count)),
                weights=tuple(w / count for _ in range(count) for w in self.weights),
            )

    def _moved(self, cells: int) -> Iterator[Ball]:
        for cell in range(cells):
            yield from ((cell + x) / cells for x in self.nodes)
