"""The diagonal state space layer: one set of modes, many channels.

Per channel h, time in units of the window, dt_h = sample interval / window::

    c' = -lam c + B u,        y_n = sum_m w_m Re(C_hm z_nm) + D_h u_n

where z_n is the discretized state after it has absorbed u_n, w = 2 for a mode
that stands for itself and its conjugate, 1 for a real one. The same numbers come
out of three ways through: `forward` (one FFT convolution with the kernel
sum_m w_m Re(C_m b_bar_m z_bar_m^l)), `step` (one sample) and `prefill` (a chunk).
A scaled operator reused this way decays: T-half-plane in docs/theorems.md.

Sources: S4D (arXiv 2206.11893), DSS (2203.14343), S4D-DFouT (2508.20441), W4S4
(2506.07920); they differ in the modes and in what is trained.
"""

from collections.abc import Sequence
from typing import ClassVar, final

import torch
from jaxtyping import Complex128, Float, Float64
from numpy.typing import ArrayLike
from torch import Tensor, nn

from framestate.deep.errors import require_count, require_name
from framestate.deep.functional.discretize import DFOUT, rule_of
from framestate.deep.functional.pairs import Pair, expm1, pair
from framestate.deep.layers import initial, ways
from framestate.deep.layers.continuous import Continuous, require_stable
from framestate.deep.layers.contract import Interval
from framestate.deep.layers.exact import ExactArray
from framestate.deep.layers.modes import ModesLike, stacked
from framestate.deep.layers.recurrence import Recurrence
from framestate.deep.layers.state import SSMState
from framestate.deep.layers.trainable import parameter, trainable_among
from framestate.deep.layers.transforms import REAL_TRANSFORMS
from framestate.ssm import Rule


@final
class DiagonalSSM(nn.Module):
    """(batch, length, d_model) -> the same, by one diagonal system per channel.

    Frozen A and B are kept as exact double precision (`ExactArray`): ``.float()``
    then ``.double()`` gives back the same poles. The discretization, the kernel and
    the state are in double precision in a layer of either precision (the device must
    have it); the sequence is in the layer's own, also under autocast, where input in
    half precision is taken and the output is the layer's own precision, as of
    PyTorch's norms. At length 1024 `forward` and `step` then differ by 3e-7 of the
    output in float32 and by 2e-13 in float64, for every recipe of
    `framestate.deep.recipes`. A NaN in the input is passed on;
    `framestate.deep.train.fit` reports it.

    Parameters
    ----------
    modes : ModesLike, or a sequence of them
        lam, B and paired of the continuous system, or of several: one a copy.
    d_model : int
        Channels.
    trainable : tuple of str, or one str
        Which of "A", "B", "C", "D", "dt" get gradients.
    n_ssm : int, optional
        Copies of (A, B); channel h takes copy h mod n_ssm (S4's convention). Absent:
        one a channel if A or B is trained, else as many as are given.
    method : str or Rule
        "zoh", "foh", "bilinear", "backward_euler", "euler", "gbt(alpha)" as in
        `framestate.ssm`, or "dfout": lam are minus the logarithms of discrete poles,
        the input is added as it is, and there is no dt.
    dt_min, dt_max : float
        dt (sample interval / window) lies between the two ..
    dt_init : str
        .. drawn log-uniformly ("random") or spaced evenly in the logarithm from the
        first channel to the last ("geometric").
    dt_tied : bool
        One dt for all channels.
    real_transform : str
        What makes Re(lam) >= 0 of a trained parameter: "exp", "softplus", "relu".
    B_init : str
        "modes" (as they are given), "normal" (complex, variance 1) or "constant" (1).
    readout : ArrayLike or str, optional
        First C, complex (d_model, modes), or "normal" (if absent) or "constant".
    feedthrough : bool
        Whether there is a D.
    softmax_length : int, optional
        DSS-softmax: the response of every mode is divided by 1 - e^(-lam dt length),
        so that its first `length` lags add up to B / lam. DSS takes the length of the
        sequence at hand; here it is fixed, and the layer is causal and streams.
    generator : torch.Generator, optional
        Source of the draws (CPU); torch's own if absent.

    Raises
    ------
    InvalidInputError
        For a bad size, range, name, or modes that are or become unstable.
    """

    causal: bool = True
    dynamics: ClassVar[tuple[str, ...]] = ("log_dt", "A_real", "A_imag", "B")
    readout: ClassVar[tuple[str, ...]] = ("C", "D")
    paired: Tensor
    log_dt: nn.Parameter | None
    C: nn.Parameter
    D: nn.Parameter | None

    def __init__(  # noqa: PLR0913
        self,
        modes: ModesLike | Sequence[ModesLike],
        d_model: int,
        *,
        trainable: tuple[str, ...] | str = ("C", "D", "dt"),
        n_ssm: int | None = None,
        method: str | Rule = "zoh",
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        dt_init: str = "random",
        dt_tied: bool = False,
        real_transform: str = "exp",
        B_init: str = "modes",
        readout: ArrayLike | None = None,
        feedthrough: bool = True,
        softmax_length: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        require_name("real_transform", real_transform, tuple(REAL_TRANSFORMS))
        require_count("softmax_length", 1 if softmax_length is None else softmax_length)
        lam, B, paired = stacked([modes] if isinstance(modes, ModesLike) else modes)
        self.d_model = d_model
        self.trainable = trainable_among(trainable, initial.TRAINABLE)
        self.rule = rule_of(method)
        self.real_transform = real_transform
        self.softmax_length = softmax_length
        trained = not {"A", "B"}.isdisjoint(self.trainable)
        self.n_ssm = initial.copies(n_ssm, len(lam), d_model, trained=trained)
        self.register_buffer("paired", paired)
        C = initial.first_readout(readout, d_model, len(paired), generator)
        log_dt = initial.log_uniform(
            1 if dt_tied else d_model, dt_min, dt_max, generator, spacing=dt_init
        )
        D = torch.empty(d_model).normal_(generator=generator)
        B = initial.first_inputs(B, B_init, self.n_ssm, generator)
        self._set_dynamics(lam, B)
        self.log_dt = (
            None if self.rule == DFOUT else parameter("dt", log_dt, self.trainable)
        )
        self.C = parameter("C", torch.view_as_real(C), self.trainable)
        self.D = parameter("D", D, self.trainable) if feedthrough else None
        require_stable(self.recurrence(), f"method {self.method!r} of these modes")

    def _set_dynamics(
        self,
        lam: Complex128[Tensor, "given modes"],
        B: Complex128[Tensor, "some modes"],
    ) -> None:
        """Keep A and B exactly, or as trainable parts of every copy."""
        if "A" in self.trainable:
            rows = lam.repeat(self.n_ssm // len(lam), 1)
            rates = initial.free_rates(rows.real, self.real_transform)
            self.A_real = parameter("A", rates, self.trainable)
            self.A_imag = parameter("A", rows.imag, self.trainable)
        else:
            self.poles = ExactArray(lam)
        if "B" in self.trainable:
            rows = B.repeat(self.n_ssm // len(B), 1)
            self.B = parameter("B", torch.view_as_real(rows), self.trainable)
        else:
            self.inputs = ExactArray(B)

    @property
    def method(self) -> str:
        """Name of the discretization."""
        return self.rule.name

    @property
    def state_size(self) -> int:
        """Number of stored modes; a pair counts once."""
        return self.paired.shape[0]

    @property
    def lam(self) -> Complex128[Tensor, "*copies modes"]:
        """Eigenvalues of A, (copies, modes); (modes,) of a single copy."""
        lam = self._lam().complex()
        return lam[0] if len(lam) == 1 else lam

    @property
    def weight(self) -> Float64[Tensor, " modes"]:
        """2 for a mode that stands for a conjugate pair, 1 for a real mode."""
        return self.paired.double() + 1

    def continuous(self) -> Continuous:
        """Return the system of every channel at its present parameters, in double."""
        ones = torch.ones(1, dtype=torch.float64, device=self.C.device)
        dt = ones if self.log_dt is None else self.log_dt.double().exp()
        dt = dt.expand(self.d_model)[:, None]
        lam = initial.spread(self._lam(), self.d_model)
        B = pair(self.B.double()) if "B" in self.trainable else self.inputs()
        readout = pair(self.C.double()).scaled(self.weight)
        if self.softmax_length is not None:
            readout = readout / -expm1(lam.scaled(dt * -self.softmax_length))
        D = torch.zeros_like(dt[:, 0]) if self.D is None else self.D.double()
        return Continuous(
            self.rule, lam, initial.spread(B, self.d_model), readout, dt, D
        )

    def recurrence(self, *, interval: float | Tensor | None = None) -> Recurrence:
        """Return the layer discretized with its present parameters, in double."""
        return self.continuous().discretized(interval)

    def _lam(self) -> Pair:
        """Eigenvalues of A, (copies, modes)."""
        if "A" not in self.trainable:
            return self.poles()
        rates = REAL_TRANSFORMS[self.real_transform].forward(self.A_real.double())
        return Pair(rates, self.A_imag.double())

    def kernel(self, length: int) -> Float[Tensor, "channels length"]:
        """Return K[h, l], the response to an impulse l samples ago, without D.

        Raises
        ------
        InvalidInputError
            If length < 1.
        """
        require_count("length", length)
        return self.recurrence().kernel(length).to(self.C.dtype)

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest.

        One convolution; with an interval (batch, length), of samples at uneven times,
        one scan. `lengths` may be given and changes nothing: the layer is causal.

        Raises
        ------
        InvalidInputError
            If `u` has another rank, width or dtype, or is empty, or for an interval
            that does not fit it.
        """
        del lengths
        return ways.whole(self, u, interval)

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
        return ways.rest(self, batch_size, device or self.C.device)

    def step(
        self, u_t: Tensor, state: SSMState, *, interval: Interval = None
    ) -> tuple[Tensor, SSMState]:
        """Absorb one sample: u_t (batch, d_model) -> y_t of that shape, new state.

        The discretization is carried in the state, and computed again when the
        parameters or the interval have changed; `SSMState.detach` cuts the graph of
        the old ones.

        Raises
        ------
        InvalidInputError
            If `u_t`, the interval or the state does not fit, or is another layer's.
        """
        return ways.sample(self, u_t, state, interval)

    def prefill(
        self, u: Tensor, state: SSMState, *, interval: Interval = None
    ) -> tuple[Tensor, SSMState]:
        """Absorb a chunk (batch, length, d_model): outputs and the state after it.

        Chunks, samples and the whole sequence at once give the same outputs.

        Raises
        ------
        InvalidInputError
            If `u`, the interval or the state does not fit, or is another layer's.
        """
        return ways.stretch(self, u, state, interval)

    def extra_repr(self) -> str:
        """Return the sizes and what is trained, for print(layer)."""
        return (
            f"d_model={self.d_model}, modes={self.state_size}, n_ssm={self.n_ssm}, "
            f"method={self.method!r}, trainable={self.trainable}"
        )
