"""Causal convolution along time, y[n] = sum_k K[k] u[n - k].

Three methods give one result up to rounding. With T taps, and M outputs computed from
the M + T - 1 samples that reach them, their errors are at most

    "direct"              (T + 64) eps sum|K| max|u|
    "fft", "chunked"      8 log2(N) eps |K|_2 |u|_2,         N >= M + T - 1

where the norm of u is over those samples: a record transformed in one piece ("fft")
blurs its quiet passages by the rounding of its loud ones, and one cut into blocks of
about 3 T ("chunked") by that of their neighbors alone.

No output depends on samples more than T - 1 back. These are the state that continues
a convolution, and where a record is cut matters no more than that rounding.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from math import prod
from typing import Literal, final

import scipy.fft
from jaxtyping import Complex, Float

from framestate.ssm.arrays import Array, Place, constant, place_of, samples
from framestate.ssm.checks import ArrayLike, known, refusal, whole
from framestate.ssm.kernels import blocked, cuda
from framestate.ssm.kernels.rung import rung
from framestate.ssm.runtime.layout import Layout
from framestate.ssm.runtime.measure import fastest, rounded_up

Method = Literal["direct", "fft", "chunked"]
_METHODS = "direct fft chunked"
_FEW = 128  # taps that a device convolves with directly
_PIECE = 1 << 20  # numbers that direct sums take at once
_SHORT = 2048  # taps beyond which they are hopeless
_PROBE = 1 << 18  # samples times records of a measurement


@final
@dataclass(frozen=True, eq=False)
class Convolution:
    """A kernel ready to be convolved with, again and again or piece by piece.

    The spectrum of the kernel, if the method needs it, is made on first use and kept.

    Parameters
    ----------
    K : (T,) or (H, T) array_like
        Taps, of one kernel or of one for each channel. They decide library, device
        and precision.
    length : int
        Samples of a record; "fft" transforms that many in one piece.
    method : "direct", "fft" or "chunked"
        Sums of products, those of CuPy arrays by a kernel of its own where rows of
        4 T samples fit a block of threads; one transform; transforms of blocks of
        about 3 T samples.

    Raises
    ------
    InvalidInputError
        If an argument is malformed.
    """

    K: Float[Array, "..."]
    length: int
    method: Method | str = "fft"

    def __post_init__(self) -> None:
        whole("Convolution", "length", self.length, low=1)
        known("Convolution", "method", self.method, _METHODS)
        K, _ = samples("Convolution", "K", self.K, shape="... T")
        if K.ndim > 2:
            raise refusal(
                "Convolution",
                f"K has shape {tuple(K.shape)}, expected (T) or (H, T)",
                "Pass K with that shape",
            )
        object.__setattr__(self, "K", K)

    @classmethod
    def measure(
        cls, K: ArrayLike, length: int, *, batch: tuple[int, ...] = ()
    ) -> "Convolution":
        """The plan with the fastest method for records of that shape.

        The methods are timed here and now, on made-up records of at most 2^18
        numbers; of a device nothing is timed, because that would wait for it, and
        the number of operations decides. Results differ between methods by rounding
        alone; fix the method where even that must not happen.

        Parameters
        ----------
        K : (T,) or (H, T) array_like
            Taps.
        length : int
            Samples of a record.
        batch : tuple of int
            Its other axes; the last is H if K is (H, T).

        Raises
        ------
        InvalidInputError
            If an argument is malformed or they do not fit together.
        """
        plan = cls(K, length)
        place, taps = place_of(plan.K), plan.K.shape[-1]
        channels = None if plan.K.ndim == 1 else plan.K.shape[0]
        if channels is not None and batch[-1:] != (channels,):
            raise refusal(
                "Convolution.measure",
                f"batch = {batch} does not end in the {channels} channels of K",
                "Pass the shape of a record without its first axis",
            )
        columns = prod(batch) // (channels or 1)
        return cls(plan.K, length, _choose(place, channels, columns, taps, length))

    def __call__(self, u: ArrayLike) -> Float[Array, "L *batch"]:
        """y for a record that nothing precedes.

        Parameters
        ----------
        u : (L,) or (L, *batch) array_like
            Real samples, time first; (L, ..., H) if K is (H, T).

        Raises
        ------
        InvalidInputError
            If u is malformed, or of another library or device than K.
        """
        return self.resume(u)[0]

    def resume(
        self, u: ArrayLike, past: ArrayLike | None = None
    ) -> tuple[Float[Array, "L *batch"], Float[Array, "past *batch"]]:
        """y for a record that goes on, and the past for the next one.

        Parameters
        ----------
        u : (L,) or (L, *batch) array_like
            Real samples, as in a call.
        past : (T - 1, *batch) array_like, optional
            The samples before, as the last `resume` gave them; zero if left out.

        Raises
        ------
        InvalidInputError
            If u or past is malformed, or of another library or device than K.
        """
        request, place, taps = "Convolution", place_of(self.K), self.K.shape[-1]
        shape = "L ..." if self.K.ndim == 1 else f"L ... {self.K.shape[0]}"
        now = constant(request, "u", u, place=place, shape=shape)
        batch = tuple(now.shape[1:])
        if past is None or taps == 1:
            before = place.zeros((taps - 1, *batch), modal=False)
        else:
            wanted = " ".join(map(str, (taps - 1, *batch)))
            before = constant(request, "past", past, place=place, shape=wanted)
        return self._apply(place.xp.concat((before, now), axis=0))

    def _apply(
        self, w: Float[Array, "long *batch"]
    ) -> tuple[Float[Array, "L *batch"], Float[Array, "past *batch"]]:
        """Outputs of all samples of w but the first T - 1, and the last T - 1."""
        xp, reach = place_of(w).xp, self.K.shape[-1] - 1
        length, hop, window = w.shape[0] - reach, self._size - reach, self._by_transform
        if self.method == "direct":
            hop, window = self._direct_size(w) - reach, self._direct
        parts = [
            window(w[first : min(first + hop, length) + reach, ...])
            for first in range(0, length, hop)
        ]
        return xp.concat(parts, axis=0), w[length:, ...]

    @cached_property
    def _size(self) -> int:
        """Samples of a transform."""
        taps = self.K.shape[-1]
        whole_record = scipy.fft.next_fast_len(self.length + taps - 1, real=True)
        if self.method == "fft":
            return whole_record
        return min(whole_record, 1 << max(8, (4 * taps - 1).bit_length()))

    @cached_property
    def _spectrum(self) -> Complex[Array, "F *H"]:
        place = place_of(self.K)
        return place.xp.moveaxis(place.fft.rfft(self.K, n=self._size, axis=-1), -1, 0)

    def _by_transform(self, w: Float[Array, "W *batch"]) -> Float[Array, "M *batch"]:
        place, H = place_of(w), self._spectrum
        H = place.xp.reshape(H, (H.shape[0], *[1] * (w.ndim - H.ndim), *H.shape[1:]))
        W = place.fft.rfft(w, n=self._size, axis=0)
        y = place.fft.irfft(H * W, n=self._size, axis=0)
        return y[self.K.shape[-1] - 1 : w.shape[0], ...]

    @cached_property
    def _by_kernel(self) -> int:
        """Samples of a row that a kernel of CuPy's takes, or 0 if none serves."""
        if rung(place_of(self.K).xp) is not cuda:
            return 0
        most = cuda.longest_convolution(self.K.dtype)
        return most if 4 * self.K.shape[-1] <= most else 0

    def _direct_size(self, w: Float[Array, "W *batch"]) -> int:
        most = max(4 * self.K.shape[-1], _PIECE // prod(w.shape[1:]))
        return self._by_kernel or most

    def _direct(self, w: Float[Array, "W *batch"]) -> Float[Array, "M *batch"]:
        xp, single = place_of(w).xp, self.K.ndim == 1
        K, channels = self.K, None if single else self.K.shape[0]
        layout = Layout(tuple(w.shape[1:]), channels)
        rows = xp.permute_dims(layout.split(xp, w), (2, 0, 1))
        kernels = cuda if self._by_kernel else blocked
        y = kernels.convolve(rows, K[None, :] if single else K)[:, :, K.shape[-1] - 1 :]
        return layout.join(xp, xp.permute_dims(y, (1, 2, 0)))


def convolve(
    K: ArrayLike, u: ArrayLike, *, method: Method | Literal["auto"] | str = "auto"
) -> Float[Array, "L *batch"]:
    """y[n] = sum_k K[k] u[n - k], the causal convolution along time.

    Parameters
    ----------
    K : (T,) or (H, T) array_like
        Taps, of one kernel or of one for each channel.
    u : (L,) or (L, *batch) array_like
        Real samples, time first; (L, ..., H) if K is (H, T). They decide library,
        device and precision.
    method : "auto", "direct", "fft" or "chunked"
        How; left to `Convolution.measure`, once for each size.

    Raises
    ------
    InvalidInputError
        If an argument is malformed or they do not fit together.
    """
    request = "convolve"
    name = known(request, "method", method, f"auto {_METHODS}")
    record, place = samples(request, "u", u, shape="L ...")
    kernel = constant(request, "K", K, place=place, shape="... T")
    _check_channels(request, kernel, record)
    length = record.shape[0]
    kernel = kernel[..., : min(length, kernel.shape[-1])]
    if name == "auto":
        plan = Convolution.measure(kernel, length, batch=tuple(record.shape[1:]))
    else:
        plan = Convolution(kernel, length, name)
    return plan(record)


def _check_channels(request: str, K: Array, u: Array) -> None:
    if K.ndim == 1 or (K.ndim == 2 and u.ndim > 1 and K.shape[0] == u.shape[-1]):
        return
    raise refusal(
        request,
        f"K has shape {tuple(K.shape)} and u {tuple(u.shape)}",
        "Pass K (T,), or K (H, T) with u (L, ..., H)",
    )


def _choose(
    place: Place, channels: int | None, columns: int, taps: int, length: int
) -> str:
    """The method for a size, from a measurement of one not much larger."""
    if not place.on_host:
        return "direct" if taps <= _FEW else "fft"
    length = min(rounded_up(length), _PROBE)
    most = max(1, _PROBE // (length * (channels or 1)))
    columns = min(rounded_up(columns), most)
    return _measured(place, channels, columns, min(rounded_up(taps), length), length)


@lru_cache(maxsize=256)
def _measured(
    place: Place, channels: int | None, columns: int, taps: int, length: int
) -> str:
    shape = () if channels is None else (channels,)
    K = place.zeros((*shape, taps), modal=False)
    u = place.zeros((length, columns, *shape), modal=False)
    names = ["fft"]
    if length > 3 * taps:
        names.append("chunked")
    if taps <= _SHORT:
        names.append("direct")
    plans = {name: Convolution(K, length, name) for name in names}
    return fastest({name: partial(plan, u) for name, plan in plans.items()})
