"""The CUDA sources on the host: what is shipped is what the tests run, without a GPU.

A C++ 20 compiler builds them behind ``sources/host/shim.hpp``, where every CUDA thread
is a thread and every block waits for the one before. It checks numbers and, with the
compiler's sanitizers, races and addresses; it says nothing about speed.
"""

import ctypes
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np

from framestate.ssm.kernels.machine import Launch

SOURCES = Path(__file__).parent / "sources"
_UNIT = """#include "host/launch.hpp"
{includes}
static const shim::Entry entries[] = {{
{entries}
  {{nullptr, nullptr}}}};
extern "C" int launch(const char *name, int x, int y, int block, std::size_t shared,
                      void **arguments) {{
  return shim::start(entries, name, {{x, y}}, block, shared, arguments);
}}
int main(int, char **paths) {{ return shim::replay(entries, paths[1]); }}
"""
_COMMON = ("-std=c++20", "-fno-strict-aliasing", "-pthread", "-w")


@final
@dataclass(frozen=True, kw_only=True)
class Build:
    """The sources compiled for the host.

    Parameters
    ----------
    names : dict of str to list of str
        The instantiations wanted of every source.
    folder : Path
        Where objects are kept.
    flags : sequence of str
        For the compiler: optimization, sanitizers.
    sources : Path
        Folder of the sources.
    compiler : str
        A C++ 20 compiler that takes GCC's flags.
    """

    names: dict[str, list[str]]
    folder: Path
    flags: Sequence[str] = ("-O1",)
    sources: Path = SOURCES
    compiler: str = "g++"

    def library(self) -> Path:
        """A shared library with `launch`, compiled once; see `program`."""
        return self._made("kernels.so", "-shared", "-fPIC")

    def program(self) -> Path:
        """A program that replays a launch from a file, compiled once.

        Raises
        ------
        subprocess.CalledProcessError
            If the compiler refuses; its log is in ``stderr``.
        """
        return self._made("kernels.exe")

    def _made(self, target: str, *kind: str) -> Path:
        path = self.folder / target
        if not path.exists():
            unit = path.with_suffix(".cpp")
            unit.write_text(self._unit())
            where = ("-I", str(self.sources), "-o", str(path), str(unit))
            command = [self.compiler, *_COMMON, *self.flags, *kind, *where]
            subprocess.run(command, check=True, capture_output=True, text=True)
        return path

    def _unit(self) -> str:
        """A translation unit of all sources, with a table of their kernels."""
        names = [name for group in self.names.values() for name in group]
        return _UNIT.format(
            includes="\n".join(f'#include "{source}.cu"' for source in self.names),
            entries="\n".join(f'  {{"{n}", shim::Call<&{n}>::with}},' for n in names),
        )


@final
@dataclass(frozen=True, kw_only=True)
class Host:
    """A `Machine` of host threads, with NumPy arrays and small blocks.

    Parameters
    ----------
    build : Build
        Compiles what is launched.
    apart : bool
        Run each launch in a process of its own, so that a sanitizer can end it.
    side, threads, blocks, shared : int
        As in `Machine`.
    """

    build: Build
    apart: bool = False
    side: int = 4
    threads: int = 8
    blocks: int = 4
    shared: int = 1 << 16
    xp: Any = field(default=np, repr=False)

    def take(self, array: Any) -> Any:
        """The array contiguous and aligned to 16 bytes, a copy only if it must be."""
        whole = np.ascontiguousarray(array)
        return whole.copy() if whole.ctypes.data % 16 else whole

    def empty(self, request: str, *wanted: tuple[tuple[int, ...], Any]) -> list[Any]:
        """Arrays filled with what no kernel may leave."""
        del request
        return [np.full(shape, np.nan, dtype) for shape, dtype in wanted]

    def launch(self, launch: Launch, *arguments: Any) -> None:
        """Run a kernel to its end.

        Raises
        ------
        subprocess.CalledProcessError
            If it runs apart and a sanitizer objects; the report is in ``stderr``.
        """
        if self.apart:
            self._replay(launch, arguments)
        else:
            self._call(launch, arguments)

    def _call(self, launch: Launch, arguments: tuple[Any, ...]) -> None:
        library = ctypes.CDLL(str(self.build.library()))
        values = [_value(argument) for argument in arguments]
        places = (ctypes.c_void_p * len(values))(
            *(ctypes.addressof(value) for value in values)
        )
        shape = *launch.grid, launch.block, ctypes.c_size_t(launch.shared)
        if library.launch(launch.name.encode(), *shape, places):
            raise LookupError(f"{launch.source} has no {launch.name}")

    def _replay(self, launch: Launch, arguments: tuple[Any, ...]) -> None:
        program = self.build.program()
        record = self.build.folder / "call.bin"
        header = np.array([*launch.grid, launch.block, launch.shared, len(arguments)])
        arrays: list[tuple[np.ndarray, int]] = []
        with record.open("wb") as file:
            file.write(launch.name.encode().ljust(256, b"\0") + header.tobytes())
            for argument in arguments:
                is_array = isinstance(argument, np.ndarray)
                data = argument.tobytes() if is_array else bytes(_value(argument))
                size = -len(data) if is_array else len(data)
                file.write(np.int64(size).tobytes())
                if is_array:
                    arrays.append((argument, file.tell()))
                file.write(data)
        command = [str(program), str(record)]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=100)
        after = record.read_bytes()
        for array, at in arrays:
            array[...] = np.frombuffer(after, array.dtype, array.size, at).reshape(
                array.shape
            )


def _value(argument: Any) -> ctypes.c_void_p | ctypes.c_double | ctypes.c_int:
    """An argument as C sees it."""
    if isinstance(argument, np.ndarray):
        return ctypes.c_void_p(argument.ctypes.data)
    if isinstance(argument, float):
        return ctypes.c_double(argument)
    return ctypes.c_int(argument)
