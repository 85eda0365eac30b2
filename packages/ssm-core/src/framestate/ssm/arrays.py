"""The array policy of everything that runs: array type in, array type out.

NumPy, CuPy, torch and array-api-strict arrays are taken through their array-API
namespace; lists become NumPy arrays. The samples decide where a computation takes
place: library, device and precision (float32 and shorter: single; all else double).
Lists and NumPy arrays beside them are constants and are sent there; arrays of any
other library or device are refused.

Shapes and dtypes are checked everywhere, finiteness only on the host: to ask it of
an array on a device would make the caller wait for that device.
"""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias, final

import array_api_compat
import numpy as np
import scipy.fft
from jaxtyping import Inexact, Int, Shaped

from framestate.ssm.checks import (
    ArrayLike,
    check_shape,
    not_finite,
    rectangular,
    refusal,
    wrong_dtype,
)

if TYPE_CHECKING:
    Array: TypeAlias = Any
else:

    class _Arrays(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return hasattr(instance, "shape") and hasattr(instance, "dtype")

    class Array(metaclass=_Arrays):
        """An array of any library, for checkers of signatures at run time."""


@final
@dataclass(frozen=True)
class Place:
    """Where a computation takes place; equal places may share constants.

    Parameters
    ----------
    xp : module
        Array-API namespace of the library.
    device : object
        The library's name of the device.
    single : bool
        True for float32 and complex64, False for float64 and complex128.
    """

    xp: Any
    device: Any
    single: bool

    @cached_property
    def real(self) -> Any:
        """The dtype of real numbers."""
        return self.xp.float32 if self.single else self.xp.float64

    @cached_property
    def complex(self) -> Any:
        """The dtype of complex numbers."""
        return self.xp.complex64 if self.single else self.xp.complex128

    @cached_property
    def on_host(self) -> bool:
        """True on a processor, where results are there when a call returns."""
        return "cpu" in str(self.device).lower()

    @cached_property
    def fft(self) -> Any:
        """The Fourier transforms of the library; SciPy's are NumPy's fastest."""
        numpy = array_api_compat.is_numpy_namespace(self.xp)
        return scipy.fft if numpy else self.xp.fft

    def put(self, constant: Shaped[np.ndarray, "..."]) -> Inexact[Array, "..."]:
        """A copy of a constant here: in this precision, real or complex as it is."""
        kind = np.complex128 if constant.dtype.kind == "c" else np.float64
        if self.single:
            kind = np.complex64 if kind is np.complex128 else np.float32
        return self.xp.asarray(np.array(constant, dtype=kind), device=self.device)

    def take(
        self, array: Shaped[Array, "..."], *, modal: bool
    ) -> Inexact[Array, "..."]:
        """An array of this place in its precision, complex if modal."""
        dtype = self.complex if modal else self.real
        return self.xp.astype(array, dtype, copy=False)

    def index(self, numbers: Int[np.ndarray, "..."]) -> Int[Array, "..."]:
        """Places in an array, here."""
        return self.xp.asarray(numbers, device=self.device)

    def fetch(self, array: Inexact[Array, "..."]) -> Inexact[np.ndarray, "..."]:
        """The array on the host, in double precision.

        Raises
        ------
        InvalidInputError
            If it requires a gradient.
        """
        if getattr(array, "requires_grad", False):
            raise refusal(
                f"taking an array of shape {tuple(array.shape)} to the host",
                "it requires a gradient, which does not go there",
                "Detach it, or take a diagonal system, which runs where its input is",
            )
        target = self.device if self.on_host else "cpu"
        host = np.asarray(array_api_compat.to_device(array, target))
        wide = np.complex128 if host.dtype.kind == "c" else np.float64
        return host.astype(wide, copy=False)

    def zeros(self, shape: tuple[int, ...], *, modal: bool) -> Inexact[Array, "..."]:
        """Zeros, complex where modal."""
        dtype = self.complex if modal else self.real
        return self.xp.zeros(shape, dtype=dtype, device=self.device)

    def finite(self, array: Shaped[Array, "..."]) -> bool:
        """False if an entry is not finite; on a device nothing is asked."""
        if isinstance(array, np.ndarray):  # asked at every sample of a stream
            return b"\0" not in np.isfinite(array).tobytes()  # half the time of all()
        return not self.on_host or bool(self.xp.all(self.xp.isfinite(array)))

    def holds(self, array: Array) -> bool:
        """True if the array is of this library and on this device."""
        same = array_api_compat.array_namespace(array) == self.xp
        return same and array_api_compat.device(array) == self.device


_REAL = ("real floating", "integral")
_ANY = (*_REAL, "complex floating")


def samples(
    request: str, name: str, value: ArrayLike, *, shape: str, modal: bool = False
) -> tuple[Inexact[Array, "..."], Place]:
    """Numbers that decide where a computation takes place, and that place.

    Parameters
    ----------
    request : str
        The call that is being served, for the message.
    name : str
        The argument's name.
    value : array_like
        What the caller passed.
    shape : str
        One word an axis: a number fixes its length, a letter only names it, and
        one ``...`` stands for any number of axes.
    modal : bool
        Whether complex numbers are allowed, and wanted.

    Raises
    ------
    InvalidInputError
        If the value is not such an array; if it holds NaN or infinity, provided
        it lies on the host.
    """
    array = _checked(request, name, value, _ANY if modal else _REAL, shape)
    place = place_of(array)
    return place.take(array, modal=modal), place


def place_of(array: Array) -> Place:
    """Where an array lies; integers count as double."""
    xp = array_api_compat.array_namespace(array)
    floating = xp.isdtype(array.dtype, ("real floating", "complex floating"))
    single = bool(floating and xp.finfo(array.dtype).bits <= 32)
    return Place(xp, array_api_compat.device(array), single)


def constant(
    request: str,
    name: str,
    value: ArrayLike,
    *,
    place: Place,
    shape: str,
    modal: bool = False,
) -> Inexact[Array, "..."]:
    """Numbers that follow the samples to their place; complex if modal.

    Raises
    ------
    InvalidInputError
        Like `samples`, and if the value is an array of another library or device.
    """
    array = _checked(request, name, value, _ANY if modal else _REAL, shape)
    if isinstance(array, np.ndarray):
        array = place.put(array)
    if not place.holds(array):
        raise refusal(
            request,
            f"{name} is a {_whereabouts(array)} but the samples are on "
            f"{place.xp.__name__.split('.')[-1]}, {place.device}",
            f"Move one of them, or pass {name} as a NumPy array",
        )
    return place.take(array, modal=modal)


def host_constant(
    request: str, name: str, value: ArrayLike, *, shape: str, modal: bool = False
) -> Inexact[np.ndarray, "..."]:
    """Numbers that are used to make others, fetched to the host in double precision.

    Raises
    ------
    InvalidInputError
        Like `samples`; complex is allowed if modal.
    """
    array = _checked(request, name, value, _ANY if modal else _REAL, shape)
    return place_of(array).fetch(array)


def _whereabouts(array: Array) -> str:
    library = type(array).__module__.split(".")[0]
    return f"{library} array on {array_api_compat.device(array)}"


def _checked(
    request: str, name: str, value: ArrayLike, kinds: tuple[str, ...], shape: str
) -> Shaped[Array, "..."]:
    array = _as_array(request, name, value)
    xp = array_api_compat.array_namespace(array)
    if not xp.isdtype(array.dtype, kinds):
        raise wrong_dtype(request, name, array.dtype, modal=kinds == _ANY)
    check_shape(request, name, array, shape)
    if not place_of(array).finite(array):
        _refuse_infinite(request, name, array, xp)
    return array


def _as_array(request: str, name: str, value: Any) -> Shaped[Array, "..."]:
    foreign = array_api_compat.is_array_api_obj(value)
    if foreign and not array_api_compat.is_numpy_array(value):
        return value
    return rectangular(request, name, value)


def _refuse_infinite(request: str, name: str, array: Array, xp: Any) -> None:
    bad = xp.nonzero(~xp.isfinite(array))
    first = tuple(int(axis[0]) for axis in bad)
    number = complex if xp.isdtype(array.dtype, "complex floating") else float
    count = bad[0].shape[0], prod(array.shape)
    raise not_finite(request, name, first, number(array[first]), count)
