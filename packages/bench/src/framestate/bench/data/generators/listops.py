"""ListOps by the rule of Long Range Arena; `expressions` is its language.

    [MAX 2 9 [MIN 4 7 X 0 X   ->   9

A tree grows from its root at depth 1. A node above ``max_depth`` is an operator with
probability ``operator_share``, else a digit 0..9; a node at ``max_depth`` is a digit.
An operator is MAX, MED, MIN or SM (sum modulo 10) with 2..``max_arguments`` arguments,
both uniform. A tree is kept if its tokens, parentheses not counted, number more than
``min_length`` and fewer than ``max_length``. No tree is kept twice.

Trees are grown many at a time, level by level, and only those that are kept become
tokens. Source: arXiv 2011.04006 (the task), arXiv 1804.06028 (the language).
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Bool, Int64, UInt8

from framestate.bench.data.dataset import Progress
from framestate.bench.data.generators import pool
from framestate.bench.data.generators.expressions import (
    DIGIT,
    DIGITS,
    LAST,
    OPERATOR,
    OPERATORS,
    evaluate,
)
from framestate.bench.data.growing import Growing
from framestate.bench.errors import InvalidInputError

_TREES = 2048  # grown at a time
_CHUNK = 1000  # examples
_GROWING = {"tokens": "u1", "lengths": "i8", "labels": "u1"}


@final
@dataclass(frozen=True)
class Rule:
    """Parameters of the tree, as Long Range Arena sets them.

    Raises
    ------
    InvalidInputError
        If no tree could be kept.
    """

    max_depth: int = 10
    max_arguments: int = 10
    min_length: int = 500
    max_length: int = 2000
    operator_share: float = 0.25

    def __post_init__(self) -> None:
        grows = self.max_depth >= 2 and 0.0 < self.operator_share <= 1.0
        if not grows or self.max_arguments < 2:
            self._refuse("trees that cannot grow", "Use depth >= 2, arguments >= 2.")
        if not 3 <= self.min_length < self.max_length - 1:
            self._refuse(
                "no length is allowed", "Use 3 <= min_length < max_length - 1."
            )

    def _refuse(self, finding: str, remedy: str) -> None:
        raise InvalidInputError(request=f"{self}", finding=finding, remedy=remedy)


@final
@dataclass(frozen=True, eq=False)
class Examples:
    """Expressions end to end.

    Attributes
    ----------
    tokens : (total,) uint8
        Places in `VOCABULARY`; expression i is ``tokens[offsets[i] : offsets[i + 1]]``.
    offsets : (n + 1,) int64
        Where each begins.
    labels : (n,) uint8
        Values, 0..9.
    """

    tokens: UInt8[np.ndarray, " total"]
    offsets: Int64[np.ndarray, " n1"]
    labels: UInt8[np.ndarray, " n"]


@final
@dataclass(frozen=True, eq=False)
class _Level:
    """Nodes of one depth, children of one parent side by side.

    ``tree`` is the number of the tree, ``symbol`` the first token of the node, ``arity``
    its arguments (0 for a digit).
    """

    tree: Int64[np.ndarray, " nodes"]
    symbol: UInt8[np.ndarray, " nodes"]
    arity: Int64[np.ndarray, " nodes"]


def _grown(rng: np.random.Generator, rule: Rule) -> list[_Level]:
    levels: list[_Level] = []
    tree = np.arange(_TREES)
    for depth in range(1, rule.max_depth + 1):
        nodes = tree.size
        operator = rng.random(nodes) < rule.operator_share * (depth < rule.max_depth)
        symbol = DIGIT + rng.integers(0, len(DIGITS), nodes, dtype=np.uint8)
        kinds = rng.integers(0, len(OPERATORS), nodes, dtype=np.uint8)
        symbol[operator] = OPERATOR + kinds[operator]
        arity = rng.integers(2, rule.max_arguments + 1, nodes) * operator
        levels.append(_Level(tree, symbol, arity))
        tree = np.repeat(tree, arity)
    return levels


def _lengths(levels: list[_Level]) -> Int64[np.ndarray, " trees"]:
    """Tokens of each tree: one for a digit, two for an operator."""
    total = np.zeros(_TREES, dtype=np.int64)
    for level in levels:
        total += np.bincount(level.tree, minlength=_TREES)
        total += np.bincount(level.tree[level.arity > 0], minlength=_TREES)
    return total


def _kept(levels: list[_Level], keep: Bool[np.ndarray, " trees"]) -> list[_Level]:
    chosen = [keep[level.tree] for level in levels]
    return [
        _Level(level.tree[mask], level.symbol[mask], level.arity[mask])
        for level, mask in zip(levels, chosen, strict=True)
    ]


def _sizes(levels: list[_Level]) -> list[Int64[np.ndarray, " nodes"]]:
    """Tokens of each node with all below it, from the deepest level up."""
    below = np.zeros(0, dtype=np.int64)
    sizes: list[Int64[np.ndarray, " nodes"]] = []
    for level in reversed(levels):
        sums = np.concatenate([[0], np.cumsum(below)])
        last = np.cumsum(level.arity)
        size = 1 + (level.arity > 0) + sums[last] - sums[last - level.arity]
        sizes.append(size)
        below = size
    return sizes[::-1]


def _written(levels: list[_Level]) -> UInt8[np.ndarray, " total"]:
    """All trees end to end, each node before its arguments."""
    sizes = _sizes(levels)
    tokens = np.empty(int(sizes[0].sum()), dtype=np.uint8)
    place = np.cumsum(sizes[0]) - sizes[0]
    for number, (level, size) in enumerate(zip(levels, sizes, strict=True)):
        tokens[place] = level.symbol
        operator = level.arity > 0
        tokens[(place + size - 1)[operator]] = LAST
        if number + 1 < len(levels):
            children = sizes[number + 1]
            before = np.cumsum(children) - children
            first = np.cumsum(level.arity) - level.arity
            ahead = before - np.repeat(before[first[operator]], level.arity[operator])
            place = np.repeat(place + 1, level.arity) + ahead
    return tokens


def sample(rng: np.random.Generator, rule: Rule) -> Iterator[bytes]:
    """Expressions that the rule keeps, one after the other, without end."""
    while True:
        levels = _grown(rng, rule)
        lengths = _lengths(levels)
        keep = (lengths > rule.min_length) & (lengths < rule.max_length)
        tokens = _written(_kept(levels, keep)).tobytes()
        ends = np.concatenate([[0], np.cumsum(lengths[keep])]).tolist()
        yield from (tokens[a:b] for a, b in pairwise(ends))


def _chunk(seed: int, rule: Rule, index: int, size: int) -> list[tuple[bytes, int]]:
    expressions = sample(np.random.default_rng([seed, index]), rule)
    return [(tokens, evaluate(tokens)) for tokens in islice(expressions, size)]


def generate(
    count: int,
    *,
    seed: int,
    rule: Rule | None = None,
    kept: Path | None = None,
    workers: int | None = None,
    progress: Progress = pool.ignore,
) -> Examples:
    """Different expressions with their values; a function of count, seed and rule.

    Parameters
    ----------
    count : int
        Examples; Long Range Arena has 96,000 + 2,000 + 2,000.
    seed : int
        Not negative.
    rule : Rule, optional
        That of Long Range Arena if not given.
    kept : pathlib.Path, optional
        A folder of this generation alone, where it goes on if it was broken off.
    workers : int, optional
        Processes, see `pool.in_chunks`; the examples do not depend on it.
    progress : callable
        Told (examples done, examples to be drawn).

    Raises
    ------
    InvalidInputError
        If the rule allows fewer different expressions than are asked for.
    OutputError
        If the folder cannot be written.
    """
    make = partial(_chunk, seed, rule or Rule())
    with tempfile.TemporaryDirectory() if kept is None else nullcontext(kept) as folder:
        grown = Growing(Path(folder), _GROWING)
        seen = _digests(_examples(grown))
        while len(seen) < count:
            before, done = len(seen), grown.chunks
            # behind the last chunk, others that replace the repetitions
            draws = count if done * _CHUNK < count else (done + 1) * _CHUNK
            for part in pool.in_chunks(
                make,
                draws,
                chunk=_CHUNK,
                first=done,
                workers=workers,
                progress=progress,
            ):
                _add(grown, part, seen, count)
            if len(seen) == before:
                raise InvalidInputError(
                    request=f"{count} different expressions",
                    finding=f"{make.args[1]} gave {before} and then repetitions alone",
                    remedy="Ask for fewer, or allow longer expressions.",
                )
        return _examples(grown)


def _add(
    grown: Growing, part: list[tuple[bytes, int]], seen: set[bytes], count: int
) -> None:
    """Append a chunk without what was there before, as long as more is asked for."""
    new: list[tuple[bytes, int]] = []
    for expression, value in part:
        digest = _digest(expression)
        if digest not in seen and len(seen) < count:
            seen.add(digest)
            new.append((expression, value))
    expressions = [expression for expression, _ in new]
    grown.add(
        tokens=np.frombuffer(b"".join(expressions), dtype=np.uint8),
        lengths=np.array([len(expression) for expression in expressions]),
        labels=np.array([value for _, value in new]),
    )


def _digest(expression: bytes) -> bytes:
    return hashlib.blake2b(expression, digest_size=16).digest()


def _digests(examples: Examples) -> set[bytes]:
    ends = pairwise(examples.offsets.tolist())
    return {_digest(examples.tokens[begin:end].tobytes()) for begin, end in ends}


def _examples(grown: Growing) -> Examples:
    """All of them, in memory."""
    ends = np.cumsum(grown.array("lengths"), dtype=np.int64)
    return Examples(
        np.array(grown.array("tokens")),
        np.concatenate([np.zeros(1, np.int64), ends]),
        np.array(grown.array("labels")),
    )
