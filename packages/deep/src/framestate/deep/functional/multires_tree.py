"""The tree of MultiresNet (arXiv 2305.01638): its levels, what it remembers, how far.

Level i = 1 .. depth splits the low of the level before, at dilation d = 2^(i-1)::

    low_i(t)  = sum_k h0_k low_{i-1}(t - (K-1-k) d)        low_0 = x
    high_i(t) = sum_k h1_k low_{i-1}(t - (K-1-k) d)

and keeps of the node low_depth, and of every high_i, the newest coefficients at the
spacing 2^i at which a subsampled transform would have them. "fading" keeps one of each
node; "uniform" keeps, from the coarsest node on, all that lie within the last
(K-1)(2^depth - 1) + 1 samples, which are (K-1)(2^(depth-i) - 1) + 1 of high_i, until
`memory_size` of them are kept. Nodes are in the order of the weights w: low_depth,
high_depth, .., high_1.
"""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from framestate.deep.errors import (
    InvalidInputError,
    require_count,
    require_name,
    require_real,
)

SELECTS = ("fading", "uniform")
_AXES = "(batch, channels, length)"
_DEEPEST = 24  # a memory of 16 million samples


@final
@dataclass(frozen=True)
class Tree:
    """Levels of a tree and how many coefficients of each node it keeps.

    Parameters
    ----------
    taps : int
        K >= 2, the length of the filters.
    kept : tuple of int
        Coefficients of low_depth, high_depth, .., high_1.
    """

    taps: int
    kept: tuple[int, ...]

    @property
    def depth(self) -> int:
        """Number of levels."""
        return len(self.kept) - 1

    @property
    def memory_size(self) -> int:
        """Coefficients kept of all nodes; w has one column more, for x itself."""
        return sum(self.kept)

    @property
    def fading(self) -> bool:
        """Whether one coefficient of each node is kept."""
        return set(self.kept) == {1}

    def lows(self) -> tuple[int, ...]:
        """Past samples that levels 1 .. depth need of low_0 .. low_{depth-1}."""
        return tuple((self.taps - 1) << level for level in range(self.depth))

    def highs(self) -> tuple[int, ...]:
        """Past samples that what is kept needs of high_1 .. high_depth."""
        finest_first = enumerate(reversed(self.kept[1:]), 1)
        return tuple(max(0, kept - 1) << level for level, kept in finest_first)

    def split(self, w: Tensor) -> tuple[Tensor, ...]:
        """Return the columns of w (channels, memory_size + 1) node by node, then x's."""
        return w.split((*self.kept, 1), dim=1)


def tree(select: str, *, taps: int, depth: int, memory_size: int | None = None) -> Tree:
    """Return the tree that keeps what the strategy says.

    Parameters
    ----------
    select : str
        "fading" or "uniform" (section 3.2 of the paper).
    taps : int
        K >= 2.
    depth : int
        Levels, 0 .. 24.
    memory_size : int, optional
        Coefficients that "uniform" keeps, from 1 to all of them; depth + 1, as many
        as "fading" keeps, if absent.

    Raises
    ------
    InvalidInputError
        For an unknown strategy or a size out of range.
    """
    require_name("select", select, SELECTS)
    require_levels(taps, depth)
    if select == "fading":
        if memory_size not in (None, depth + 1):
            raise InvalidInputError(
                request=f"memory_size={memory_size} with select='fading'",
                finding=f"one coefficient of each node makes {depth + 1}",
                remedy="Leave memory_size out, or take select='uniform'.",
            )
        return Tree(taps, (1,) * (depth + 1))
    left = depth + 1 if memory_size is None else memory_size
    require_count("memory_size", left)
    kept: list[int] = []
    for node in range(depth + 1):
        finer = max(0, node - 1)  # levels between the node and the coarsest
        kept.append(min(left, (taps - 1) * ((1 << finer) - 1) + 1))
        left -= kept[-1]
    if left:
        raise InvalidInputError(
            request=f"memory_size={memory_size}, depth={depth}, {taps} taps",
            finding=f"the whole tree has {sum(kept)} coefficients",
            remedy=f"Give memory_size <= {sum(kept)}, or a greater depth.",
        )
    return Tree(taps, tuple(kept))


def covering_depth(length: int, taps: int) -> int:
    """Return the least depth whose deepest low sees a whole record.

    The paper's rule J = ceil(log2((L-1)/(K-1) + 1)), in whole numbers: the least J
    with (K-1)(2^J - 1) >= L - 1.

    Parameters
    ----------
    length : int
        L >= 1, samples of a record.
    taps : int
        K >= 2.

    Raises
    ------
    InvalidInputError
        For a size out of range.
    """
    require_count("length", length)
    require_levels(taps, 0)
    return (-(-(length - 1) // (taps - 1))).bit_length()


def require_levels(taps: int, depth: int) -> None:
    """Refuse filters of fewer than 2 taps, and depths outside 0 .. 24.

    Raises
    ------
    InvalidInputError
        With the size and the way out.
    """
    require_count("taps", taps)
    if taps == 1:
        raise InvalidInputError(
            request="filters of 1 tap",
            finding="they see one sample, so that no level remembers anything",
            remedy="Give filters of at least 2 taps.",
        )
    if isinstance(depth, bool) or not 0 <= depth <= _DEEPEST:
        raise InvalidInputError(
            request=f"depth={depth}",
            finding=f"level {depth} would look 2^{depth} samples back"
            if depth > 0
            else "it is not a count of levels",
            remedy=f"Give 0 <= depth <= {_DEEPEST}.",
        )


def require_filters(
    x: Tensor, h0: Tensor, h1: Tensor, *, name: str = "x", axes: str = _AXES
) -> None:
    """Refuse an input and filters that do not fit together.

    Raises
    ------
    InvalidInputError
        With the shapes and dtypes that were given.
    """
    require_real(name, x, ndim=axes.count(",") + 1, axes=axes)
    for symbol, taps in (("h0", h0), ("h1", h1)):
        require_real(symbol, taps, ndim=2, axes="(channels, taps)")
        fits = taps.shape == h0.shape and taps.shape[0] == x.shape[1]
        if taps.dtype != x.dtype or not fits:
            raise InvalidInputError(
                request=f"{symbol} {tuple(taps.shape)} {taps.dtype} with {name} "
                f"{tuple(x.shape)} {x.dtype} and h0 {tuple(h0.shape)}",
                finding=f"expected ({x.shape[1]} channels, taps) in the dtype of {name}",
                remedy="Give both filters with as many taps, one row a channel.",
            )
