"""S4: a layer whose system is normal plus low rank (arXiv 2111.00396).

Per channel h, time in units of the window, dt_h = sample interval / window::

    z' = -(diag(lam) + P P^H) z + B u,      y_n = sum_m w_m Re(C_hm z_nm) + D_h u_n

by a generalized bilinear rule, half of each conjugate pair stored (w = 2), real modes
as they are (w = 1). Every frame operator has this form, of rank 1 (scaled) or 2
(translated), and no eigenvectors are computed for it: T-dplr in docs/theorems.md.
C is the true C, S4's C (1 - A_bar^L) never appears, so that any length goes.
"""

from collections.abc import Sequence
from typing import ClassVar, final

import torch
from jaxtyping import Float, Float64
from numpy.typing import ArrayLike
from torch import Tensor, nn

from framestate.deep.errors import require_count
from framestate.deep.functional.dplr import system_kernel
from framestate.deep.functional.dplr_system import DPLRStep, DPLRSystem
from framestate.deep.functional.pairs import Pair, pair
from framestate.deep.layers import initial
from framestate.deep.layers.carried import (
    Carried,
    at_rest,
    require_carried,
    rest_for,
)
from framestate.deep.layers.contract import Interval
from framestate.deep.layers.exact import ExactArray
from framestate.deep.layers.forms import DPLRLike, Forms, damped_rule, stacked
from framestate.deep.layers.inputs import entered
from framestate.deep.layers.intervals import checked_interval
from framestate.deep.layers.linear import (
    LinearRecurrence,
    Step,
    convolved,
    one_by_one,
)
from framestate.deep.layers.memo import Memo
from framestate.deep.layers.trainable import parameter, trainable_among
from framestate.ssm import Rule

_Every = float | Tensor | None


@final
class DPLRSSM(nn.Module):
    """(batch, length, d_model) -> the same, by one DPLR system per channel.

    Frozen lam, P and B are exact. The step, the kernel and the state are in double
    precision in a layer of either precision, the sequence is in the layer's own, also
    under autocast. At length 512 `forward` and `step` differ by 3e-7 in float32.

    `forward` is one convolution, and its kernel the faster of two algorithms
    (`framestate.deep.functional.dplr`); `step` costs O(modes x rank) a channel;
    `prefill` takes powers of the dense step. Samples at uneven times (an interval of
    (batch, length)) are absorbed one by one, each with its own discretization.

    Parameters
    ----------
    form : DPLRLike, or a sequence of them
        From `framestate.ssm.dplr`, or one a copy.
    d_model : int
        Channels.
    trainable : tuple of str, or one str
        Which of "A" (lam and P), "B", "C", "D", "dt" get gradients. Re(lam) is
        exp of its parameter; where it is 0 it stays so, and P alone damps the mode.
    n_ssm : int, optional
        Copies of (A, B); channel h takes copy h mod n_ssm. S4 has 1. Absent: one a
        channel if A or B is trained, else as many as are given.
    method : str or Rule
        "bilinear", "backward_euler" or "gbt(alpha)" with alpha >= 1/2.
    dt_min, dt_max : float
        dt (sample interval / window) is drawn log-uniformly between the two.
    readout : ArrayLike or str, optional
        First C, complex (d_model, modes); complex normal of variance 1 if absent.
    generator : torch.Generator, optional
        Source of the draws (CPU); torch's own if absent.

    Raises
    ------
    InvalidInputError
        For a bad size, range or name, or a form that may grow.
    """

    causal: bool = True
    dynamics: ClassVar[tuple[str, ...]] = ("log_dt", "A_real", "A_imag", "P", "B")
    readout: ClassVar[tuple[str, ...]] = ("C", "D")
    paired: Tensor
    damped: Tensor

    def __init__(  # noqa: PLR0913
        self,
        form: DPLRLike | Sequence[DPLRLike],
        d_model: int,
        *,
        trainable: tuple[str, ...] | str = ("C", "D", "dt"),
        n_ssm: int | None = None,
        method: str | Rule = "bilinear",
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        readout: ArrayLike | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        forms = stacked([form] if isinstance(form, DPLRLike) else form)
        self.d_model = d_model
        self.trainable = trainable_among(trainable, initial.TRAINABLE)
        self.method, self.alpha = damped_rule(method)
        trained = not {"A", "B"}.isdisjoint(self.trainable)
        self.n_ssm = initial.copies(n_ssm, len(forms.lam), d_model, trained=trained)
        self.register_buffer("paired", forms.paired)
        C = initial.first_readout(readout, d_model, len(forms.paired), generator)
        log_dt = initial.log_uniform(d_model, dt_min, dt_max, generator)
        D = torch.empty(d_model).normal_(generator=generator)
        self._set_dynamics(forms)
        self.log_dt = parameter("dt", log_dt, self.trainable)
        self.C = parameter("C", torch.view_as_real(C), self.trainable)
        self.D = parameter("D", D, self.trainable)
        self._remembered: Memo[DPLRStep] = Memo()

    def _set_dynamics(self, forms: Forms) -> None:
        """Keep A and B exactly, or as trainable parts of every copy."""
        times = self.n_ssm // len(forms.lam)
        self.register_buffer("damped", forms.lam.real > 0)
        if "A" in self.trainable:
            lam, P = forms.lam.repeat(times, 1), forms.P.repeat(times, 1, 1)
            rates = torch.where(lam.real > 0, lam.real, torch.ones_like(lam.real))
            self.A_real = parameter("A", rates.log(), self.trainable)
            self.A_imag = parameter("A", lam.imag, self.trainable)
            self.P = parameter("A", torch.view_as_real(P), self.trainable)
        else:
            self.poles, self.low_rank = ExactArray(forms.lam), ExactArray(forms.P)
        if "B" in self.trainable:
            B = torch.view_as_real(forms.B.repeat(times, 1))
            self.B = parameter("B", B, self.trainable)
        else:
            self.inputs = ExactArray(forms.B)

    @property
    def state_size(self) -> int:
        """Number of stored modes; a pair counts once."""
        return self.paired.shape[0]

    @property
    def weight(self) -> Float64[Tensor, " modes"]:
        """2 for a mode that stands for a conjugate pair, 1 for a real mode."""
        return self.paired.double() + 1

    def system(self, every: _Every = None) -> DPLRSystem:
        """Return the system of every channel at its present parameters, in double.

        An interval (batch,) gives the channels of all sequences, one after the other.
        """
        lam, P = self._normal_and_low_rank()
        B = pair(self.B.double()) if "B" in self.trainable else self.inputs()
        C = pair(self.C.double()).scaled(self.weight)
        dt = self.log_dt.double().exp()
        if isinstance(every, Tensor):
            dt = (every[:, None] * dt).flatten()
        elif every is not None:
            dt = dt * every
        lam, P, B, C = (initial.spread(x, len(dt)) for x in (lam, P, B, C))
        return DPLRSystem(lam, P, B, C, dt[:, None], self.weight, self.alpha)

    def _normal_and_low_rank(self) -> tuple[Pair, Pair]:
        """Lam (copies, modes) and P (copies, modes, rank)."""
        if "A" not in self.trainable:
            return self.poles(), self.low_rank()
        rates = self.A_real.double().exp() * self.damped
        return Pair(rates, self.A_imag.double()), pair(self.P.double())

    def kernel(self, length: int) -> Float[Tensor, "channels {length}"]:
        """Return K[h, l], the response to an impulse l samples ago, without D.

        Raises
        ------
        InvalidInputError
            If length < 1.
        """
        require_count("length", length)
        dtype = self.C.dtype
        return system_kernel(self.system(), length, dtype).to(dtype)

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest.

        `lengths` may be given and changes nothing: the layer is causal.

        Raises
        ------
        InvalidInputError
            If `u` has another rank, width or dtype, or is empty, or for an interval
            that does not fit it.
        """
        del lengths
        u, every = self._entered(u, interval)
        if isinstance(every, Tensor) and every.ndim == 2:
            rest = rest_for(u, self.d_model, 2 * self.state_size)
            return one_by_one(self._step_at, u, every, rest.z)[0]
        K = system_kernel(self.system(every), u.shape[1], u.dtype)
        return convolved(u, K, self.D.double())

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> Carried:
        """Return the state at rest, on the layer's device unless one is named.

        Raises
        ------
        InvalidInputError
            If batch_size < 1.
        """
        device = self.C.device if device is None else device
        return at_rest(batch_size, self.d_model, 2 * self.state_size, device=device)

    def step(
        self, u_t: Tensor, state: Carried, *, interval: Interval = None
    ) -> tuple[Tensor, Carried]:
        """Absorb one sample: u_t (batch, d_model) -> y_t of that shape, new state.

        Raises
        ------
        InvalidInputError
            If `u_t`, the interval or the state does not fit.
        """
        u_t, every = self._entered(u_t, interval, time=False)
        self._require(state, u_t.shape[0])
        y, z = self._step_at(every)(u_t.double(), state.z)
        return y.to(u_t.dtype), Carried(z)

    def prefill(
        self, u: Tensor, state: Carried, *, interval: Interval = None
    ) -> tuple[Tensor, Carried]:
        """Absorb a chunk (batch, length, d_model): outputs and the state after it.

        Chunks, samples and the whole sequence at once give the same outputs.

        Raises
        ------
        InvalidInputError
            If `u`, the interval or the state does not fit.
        """
        u, every = self._entered(u, interval)
        self._require(state, u.shape[0])
        if isinstance(every, Tensor) and every.ndim == 2:
            y, z = one_by_one(self._step_at, u, every, state.z)
        else:
            step = self.system(every).step()
            A, B, C = step.matrix(), step.drive, step.output
            y, z = LinearRecurrence(A, B, C, self.D.double()).chunk(u, state.z)
        return y, Carried(z)

    def _step_at(self, every: _Every) -> Step:
        """Return how to absorb one sample that comes after an interval."""
        if isinstance(every, Tensor):
            step = self.system(every).step()
        else:
            step = self._remembered(self, every, lambda: self.system(every).step())
        D = self.D.double()

        def advanced(u: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
            rows = len(step.drive)
            y, x = step.advanced(u.reshape(-1, rows), z.reshape(-1, rows, z.shape[-1]))
            return y.reshape(u.shape) + D * u, x.reshape(z.shape)

        return advanced

    def _entered(
        self, u: Tensor, interval: Interval, *, time: bool = True
    ) -> tuple[Tensor, _Every]:
        """Check an input and its interval; under autocast take half precision too."""
        u = entered(u, self.d_model, self.C.dtype, time=time)
        return u, checked_interval(interval, u.shape[0], u.shape[1] if time else None)

    def _require(self, state: Carried, batch: int) -> None:
        require_carried(state, batch, self.d_model, 2 * self.state_size)

    def extra_repr(self) -> str:
        """Return the sizes and what is trained, for print(layer)."""
        return (
            f"d_model={self.d_model}, modes={self.state_size}, n_ssm={self.n_ssm}, "
            f"method={self.method!r}, trainable={self.trainable}"
        )
