"""What the kernels ask of a machine: memory, and the launch of a named kernel.

`framestate.ssm.kernels.cuda` is one on a CUDA device. The tests have another, which
runs the same sources on the host.
"""

from dataclasses import dataclass
from typing import Any, Protocol, final, runtime_checkable

from framestate.ssm.errors import SsmError


class DeviceError(SsmError, RuntimeError):
    """A device, its memory or its compiler cannot do what was asked."""


@final
@dataclass(frozen=True, kw_only=True)
class Launch:
    """One instantiated kernel and the shape of its launch.

    Parameters
    ----------
    source : str
        Name of the file in ``sources``, without its ending.
    name : str
        The C++ expression that names the kernel, "scan<float, true>".
    grid : (int, int)
        Blocks.
    block : int
        Threads of a block.
    shared : int
        Bytes of dynamic shared memory.
    """

    source: str
    name: str
    grid: tuple[int, int]
    block: int
    shared: int = 0


@runtime_checkable
class Machine(Protocol):
    """Where kernels run.

    Parameters
    ----------
    xp : module
        The array library of its memory (array API).
    side : int
        Threads along one side of a square block of the register-tiled products.
    threads : int
        Most threads of a block that goes along a row.
    blocks : int
        Blocks that keep it busy.
    shared : int
        Bytes of shared memory that one block can have.
    """

    @property
    def xp(self) -> Any: ...
    @property
    def side(self) -> int: ...
    @property
    def threads(self) -> int: ...
    @property
    def blocks(self) -> int: ...
    @property
    def shared(self) -> int: ...

    def take(self, array: Any) -> Any:
        """The same array where a kernel can read it: contiguous, aligned."""
        ...

    def empty(self, request: str, *wanted: tuple[tuple[int, ...], Any]) -> list[Any]:
        """New arrays of these shapes and dtypes, refused before any is allocated."""
        ...

    def launch(self, launch: Launch, *arguments: Any) -> None:
        """Start a kernel on arrays and integers; do not wait for it."""
        ...


def covering(size: int, part: int) -> int:
    """The number of parts that cover a size."""
    return -(-size // part)


def power_of_two(size: int) -> int:
    """The least power of two that is at least ``size``."""
    return 1 << (size - 1).bit_length()
