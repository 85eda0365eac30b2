"""The diagonal state space layer: one set of modes, many channels.

Per channel h, time in units of the window, dt_h = sample interval / window::

    c' = -lam c + B u,        y_n = sum_m w_m Re(C_hm z_nm) + D_h u_n

where z_n is the discretized state after it has absorbed u_n, w = 2 for a mode
that stands for itself and its conjugate, 1 for a real one. The same numbers come
out of three ways through: `forward` (one FFT convolution with the kernel
sum_m w_m Re(C_m b_bar_m z_bar_m^l)), `step` (one sample) and `prefill` (a chunk).
A scaled operator reused this way decays: T-half-plane in docs/theorems.md.
"""

from typing import final

import torch
from jaxtyping import Complex128, Float
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn.functional import pad

from framestate.deep.errors import (
    InvalidInputError,
    require_count,
    require_name,
    require_real,
)
from framestate.deep.functional.discretize import RULES
from framestate.deep.functional.fft_conv import fft_conv
from framestate.deep.functional.vandermonde import vandermonde, vandermonde_transposed
from framestate.deep.layers.exact import ExactArray
from framestate.deep.layers.initial import first_readout, log_uniform, trainable_names
from framestate.deep.layers.modes import ModesLike, validated
from framestate.deep.layers.state import Origin, Recurrence, SSMState, stamp_of


@final
class DiagonalSSM(nn.Module):
    """(batch, length, d_model) -> the same, by one diagonal system per channel.

    Frozen A and B are shared by all channels and kept as exact double precision
    (`ExactArray`): ``.float()`` then ``.double()`` gives back the same poles. The
    discretization, the kernel and the state are in double precision in a layer of
    either precision (the device must have it); the sequence is in the layer's own.
    At length 1024 `forward` and `step` then differ by 3e-7 of the output in float32
    and by 2e-13 in float64, for every recipe of `framestate.deep.recipes`.
    A NaN in the input is passed on; `framestate.deep.train.fit` reports it.

    Parameters
    ----------
    modes : ModesLike
        lam, B and paired of the continuous system.
    d_model : int
        Channels.
    trainable : tuple of str, or one str
        Which of "A", "B", "C", "D", "dt" get gradients. A trainable A or B has
        its own copy per channel; A as (log Re lam, Im lam), stable by design.
    dt_min, dt_max : float
        dt (sample interval / window) is drawn log-uniformly between the two.
    method : str
        "zoh" or "bilinear".
    readout : ArrayLike, optional
        First C, complex (d_model, modes); complex normal of variance 1 if absent.
    generator : torch.Generator, optional
        Source of the draws (CPU); torch's own if absent.

    Raises
    ------
    InvalidInputError
        For a bad size, range, name, or unstable modes.
    """

    paired: Tensor

    def __init__(  # noqa: PLR0913
        self,
        modes: ModesLike,
        d_model: int,
        *,
        trainable: tuple[str, ...] | str = ("C", "D", "dt"),
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        method: str = "zoh",
        readout: ArrayLike | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        require_name("method", method, tuple(RULES))
        trainable = trainable_names(trainable)
        lam, B, paired = validated(modes)
        self.d_model = d_model
        self.method = method
        self.trainable = trainable
        self.register_buffer("paired", paired)
        self._set_A(lam)
        self._set_B(B)
        C = first_readout(readout, d_model, lam.shape[0], generator)
        log_dt = log_uniform(d_model, dt_min, dt_max, generator)
        D = torch.empty(d_model).normal_(generator=generator)
        self.C = self._parameter("C", torch.view_as_real(C))
        self.log_dt = self._parameter("dt", log_dt)
        self.D = self._parameter("D", D)

    def _parameter(self, name: str, value: Tensor) -> nn.Parameter:
        value = value.to(torch.get_default_dtype()).clone()
        return nn.Parameter(value, requires_grad=name in self.trainable)

    def _set_A(self, lam: Complex128[Tensor, " modes"]) -> None:
        """Keep lam exactly, or as trainable (log Re, Im) per channel."""
        if "A" not in self.trainable:
            self.poles = ExactArray(lam)
            return
        if bool((lam.real <= 0).any()):
            raise InvalidInputError(
                request='trainable "A"',
                finding=f"min Re(lam) = {lam.real.min():.1e} has no logarithm",
                remedy="Leave A frozen, or give modes that decay.",
            )
        rows = lam.expand(self.d_model, -1)
        self.log_decay = self._parameter("A", rows.real.log())
        self.frequency = self._parameter("A", rows.imag)

    def _set_B(self, B: Complex128[Tensor, " modes"]) -> None:
        """Keep B exactly, or as trainable real pairs per channel."""
        if "B" not in self.trainable:
            self.inputs = ExactArray(B)
            return
        rows = B.expand(self.d_model, -1)
        self.B = self._parameter("B", torch.view_as_real(rows.clone()))

    @property
    def state_size(self) -> int:
        """Number of stored modes; a pair counts once."""
        return self.paired.shape[0]

    @property
    def lam(self) -> Complex128[Tensor, "... modes"]:
        """Eigenvalues of A: (modes,) if frozen, (d_model, modes) if trainable."""
        if "A" in self.trainable:
            decay, frequency = self.log_decay.double().exp(), self.frequency.double()
            return torch.complex(decay, frequency)
        return self.poles()

    @property
    def weight(self) -> Float[Tensor, " modes"]:
        """2 for a mode that stands for a conjugate pair, 1 for a real mode."""
        return self.paired.double() + 1

    def recurrence(self) -> Recurrence:
        """Return the layer discretized with its present parameters, in double."""
        dt = self.log_dt.double().exp()[:, None]
        log_z, factor = RULES[self.method](self.lam, dt)
        B = _complex(self.B) if "B" in self.trainable else self.inputs()
        readout = _complex(self.C) * self.weight
        return Recurrence(log_z, log_z.exp(), B * factor, readout, self.D.double())

    def kernel(self, length: int) -> Float[Tensor, "channels length"]:
        """Return K[h, l], the response to an impulse l samples ago, without D.

        Raises
        ------
        InvalidInputError
            If length < 1.
        """
        require_count("length", length)
        return self._kernel(self.recurrence(), length)

    def forward(self, u: Tensor) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest, by one convolution.

        Raises
        ------
        InvalidInputError
            If `u` has another rank, width or dtype, or is empty.
        """
        self._require_input("u", u, ndim=3, axes="(batch, length, d_model)")
        return self._convolve(u, self.recurrence())

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> SSMState:
        """Return the state at rest, on the layer's device unless one is named.

        Raises
        ------
        InvalidInputError
            If batch_size < 1.
        """
        require_count("batch_size", batch_size)
        shape = (batch_size, self.d_model, self.state_size)
        device = self.D.device if device is None else device
        return SSMState(torch.zeros(shape, dtype=torch.complex128, device=device))

    def step(self, u_t: Tensor, state: SSMState) -> tuple[Tensor, SSMState]:
        """Absorb one sample: u_t (batch, d_model) -> y_t of that shape, new state.

        The discretization is carried in the state, and computed again when the
        parameters have changed; `SSMState.detach` cuts the graph of the old ones.

        Raises
        ------
        InvalidInputError
            If `u_t` or the state has another shape or dtype, or another layer's.
        """
        self._require_input("u_t", u_t, ndim=2, axes="(batch, d_model)")
        system, origin = self._resumed(state, u_t.shape[0])
        u = u_t.double()
        z = torch.addcmul(system.b_bar * u[..., None], system.z_bar, state.z)
        y = (system.readout * z).real.sum(-1) + system.D * u
        return y.to(u_t.dtype), SSMState(z, system, origin)

    def prefill(self, u: Tensor, state: SSMState) -> tuple[Tensor, SSMState]:
        """Absorb a chunk (batch, length, d_model): outputs and the state after it.

        Chunks, samples and the whole sequence at once give the same outputs.

        Raises
        ------
        InvalidInputError
            If `u` or the state has another shape or dtype, or another layer's.
        """
        self._require_input("u", u, ndim=3, axes="(batch, length, d_model)")
        system, origin = self._resumed(state, u.shape[0])
        length = u.shape[1]
        carried = system.readout * system.z_bar * state.z
        fading = vandermonde(system.log_z, carried, length).transpose(1, 2)
        backwards = u.double().flip(1).transpose(1, 2)
        absorbed = vandermonde_transposed(system.log_z, backwards)
        z = torch.exp(length * system.log_z) * state.z + system.b_bar * absorbed
        return self._convolve(u, system) + fading.to(u.dtype), SSMState(
            z, system, origin
        )

    def _kernel(
        self, system: Recurrence, length: int
    ) -> Float[Tensor, "channels length"]:
        """Sum the modes in double: terms cancel down to |K| from cond(V) |K|."""
        coeff = system.readout * system.b_bar
        return vandermonde(system.log_z, coeff, length).to(self.C.dtype)

    def _convolve(
        self, u: Float[Tensor, "batch length channels"], system: Recurrence
    ) -> Float[Tensor, "batch length channels"]:
        """Convolve from rest; D is the kernel's first tap, which saves a pass."""
        feedthrough = pad(system.D.to(u.dtype)[:, None], (0, u.shape[1] - 1))
        return fft_conv(u, self._kernel(system, u.shape[1]) + feedthrough)

    def _require_input(self, name: str, u: Tensor, *, ndim: int, axes: str) -> None:
        """Refuse an input of another rank, width or precision than the layer's."""
        require_real(name, u, ndim=ndim, axes=axes)
        request = f"{name} of shape {tuple(u.shape)} and dtype {u.dtype}"
        if u.shape[-1] != self.d_model:
            raise InvalidInputError(
                request=request,
                finding=f"the layer has d_model = {self.d_model} channels",
                remedy=f"Give {name} as {axes} with {self.d_model} channels last.",
            )
        if u.dtype != self.C.dtype:
            raise InvalidInputError(
                request=request,
                finding=f"the layer's parameters are {self.C.dtype}",
                remedy=f"Use {name}.to(layer.C.dtype), layer.float() or "
                "layer.double().",
            )

    def _resumed(self, state: SSMState, batch_size: int) -> tuple[Recurrence, Origin]:
        """Return the state's recurrence if it is the layer's present one, or that."""
        expected, z, origin = (batch_size, *self.C.shape[:2]), state.z, state.origin
        if z.shape != expected or z.dtype != torch.complex128:
            raise InvalidInputError(
                request=f"a state of shape {tuple(z.shape)} and dtype {z.dtype}",
                finding=f"this input and layer need complex128 {expected}",
                remedy=f"Start from layer.initial_state({batch_size}).",
            )
        if origin is not None and origin.is_foreign_to(self):
            raise InvalidInputError(
                request="a state that another layer returned",
                finding="its modes are not this layer's",
                remedy="Give it to its own layer, or SSMState(state.z) if meant so.",
            )
        stamp = stamp_of(self)
        if state.recurrence and origin is not None and origin.stamp == stamp:
            return state.recurrence, origin
        return self.recurrence(), Origin(self, stamp)

    def extra_repr(self) -> str:
        """Return the sizes and what is trained, for print(layer)."""
        return (
            f"d_model={self.d_model}, modes={self.state_size}, "
            f"method={self.method!r}, trainable={self.trainable}"
        )


def _complex(pairs: Float[Tensor, "... 2"]) -> Complex128[Tensor, "..."]:
    return torch.view_as_complex(pairs.double())
