"""LRU: discrete complex modes drawn on a ring (arXiv 2303.06349).

With N complex states and H channels::

    x_n = lam x_{n-1} + gamma (B u_n),      y_n = Re(C x_n) + D u_n
    lam = exp(-exp(nu) + i exp(theta))

lam starts uniformly on the ring r_min <= |lam| <= r_max, with phases in
[0, max_phase); gamma = sqrt(1 - |lam|^2) at first makes the states of a white input as
large as it. There is no dt, and no interval.
"""

from math import log, pi
from typing import ClassVar, final

import torch
from torch import Tensor, nn

from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.functional.pairs import Pair, exp, pair
from framestate.deep.layers.carried import (
    Carried,
    at_rest,
    require_carried,
    rest_for,
)
from framestate.deep.layers.contract import Interval, refuse_interval
from framestate.deep.layers.initial import complex_vectors
from framestate.deep.layers.inputs import entered
from framestate.deep.layers.memo import Memo
from framestate.deep.layers.modal import ModalStep, halves
from framestate.deep.layers.trainable import parameter, trainable_among

TRAINABLE = ("A", "B", "C", "D")
_LEAST_DRAW = 1e-12  # of a phase or a radius: its logarithm is finite


@final
class LRU(nn.Module):
    """(batch, length, d_model) -> the same, by a diagonal linear recurrent unit.

    The recurrence is in double precision, the products with B and C in the
    sequence's own. The time axis is scanned in chunks
    (`framestate.deep.functional.mode_scan`).

    Parameters
    ----------
    d_model : int
        Channels H.
    d_state : int
        Complex states N.
    r_min, r_max : float
        Radii of the ring, 0 <= r_min < r_max < 1.
    max_phase : float
        Phases start in [0, max_phase), at most 2 pi.
    trainable : tuple of str, or one str
        Which of "A" (nu, theta and gamma), "B", "C", "D" get gradients.
    generator : torch.Generator, optional
        Source of the draws (CPU); torch's own if absent.

    Raises
    ------
    InvalidInputError
        For a bad size, ring, phase or name.
    """

    causal: bool = True
    dynamics: ClassVar[tuple[str, ...]] = ("nu_log", "theta_log", "gamma_log", "B")
    readout: ClassVar[tuple[str, ...]] = ("C", "D")

    def __init__(  # noqa: PLR0913
        self,
        d_model: int,
        d_state: int,
        *,
        r_min: float = 0.0,
        r_max: float = 0.99,
        max_phase: float = 2 * pi,
        trainable: tuple[str, ...] | str = TRAINABLE,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        require_count("d_state", d_state)
        if not (0 <= r_min < r_max < 1 and 0 < max_phase <= 2 * pi):
            raise InvalidInputError(
                request=f"r_min={r_min}, r_max={r_max}, max_phase={max_phase}",
                finding="the ring is empty or not inside the unit circle",
                remedy="Give 0 <= r_min < r_max < 1 and 0 < max_phase <= 2 pi.",
            )
        self.trainable = trainable_among(trainable, TRAINABLE)
        self.d_model = d_model
        draws = torch.rand(2, d_state, dtype=torch.float64, generator=generator)
        radius, phase = draws.clamp(min=_LEAST_DRAW)
        square = radius * (r_max**2 - r_min**2) + r_min**2
        B = complex_vectors("normal", d_state, d_model, generator)
        C = complex_vectors("normal", d_model, d_state, generator)
        D = torch.empty(d_model).normal_(generator=generator)
        self.nu_log = parameter("A", (-square.log() / 2).log(), self.trainable)
        self.theta_log = parameter("A", phase.log() + log(max_phase), self.trainable)
        self.gamma_log = parameter("A", torch.log1p(-square) / 2, self.trainable)
        self.B = parameter("B", torch.view_as_real(B) / d_model**0.5, self.trainable)
        self.C = parameter(
            "C", torch.view_as_real(C) * (2 / d_state) ** 0.5, self.trainable
        )
        self.D = parameter("D", D, self.trainable)
        self._remembered: Memo[ModalStep] = Memo()

    @property
    def state_size(self) -> int:
        """Number of complex states."""
        return self.nu_log.shape[0]

    @property
    def lam(self) -> Pair:
        """Poles at the present parameters, (states,), in double."""
        return exp(Pair(-self.nu_log.double().exp(), self.theta_log.double().exp()))

    def modal_step(self) -> ModalStep:
        """Return the coefficients of every sample at the present parameters."""
        gamma = self.gamma_log.double().exp()[:, None]
        B = pair(self.B.double()).scaled(gamma)
        C = pair(self.C.double())
        return ModalStep(
            gain=halves(self.lam)[None, None],
            share=None,
            B=torch.cat((B.real, B.imag)).mT,
            C=torch.cat((C.real, -C.imag), -1).mT,
            D=self.D.double(),
        )

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest.

        `lengths` may be given and changes nothing: the layer is causal.

        Raises
        ------
        InvalidInputError
            If `u` does not fit, or an interval is given.
        """
        del lengths
        u = entered(u, self.d_model, self.C.dtype, time=True)
        rest = rest_for(u, 2 * self.state_size)
        return self.prefill(u, rest, interval=interval)[0]

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
        return at_rest(batch_size, 2 * self.state_size, device=device)

    def step(
        self, u_t: Tensor, state: Carried, *, interval: Interval = None
    ) -> tuple[Tensor, Carried]:
        """Absorb one sample: u_t (batch, d_model) -> y_t of that shape, new state.

        Raises
        ------
        InvalidInputError
            If `u_t` or the state does not fit, or an interval is given.
        """
        refuse_interval("an LRU", interval)
        u_t = entered(u_t, self.d_model, self.C.dtype, time=False)
        require_carried(state, u_t.shape[0], 2 * self.state_size)
        step = self._remembered(self, None, self.modal_step)
        y, z = step.step(u_t.double(), state.z)
        return y.to(u_t.dtype), Carried(z)

    def prefill(
        self, u: Tensor, state: Carried, *, interval: Interval = None
    ) -> tuple[Tensor, Carried]:
        """Absorb a chunk (batch, length, d_model): outputs and the state after it.

        Raises
        ------
        InvalidInputError
            If `u` or the state does not fit, or an interval is given.
        """
        refuse_interval("an LRU", interval)
        u = entered(u, self.d_model, self.C.dtype, time=True)
        require_carried(state, u.shape[0], 2 * self.state_size)
        y, z = self.modal_step().run(u, state.z)
        return y, Carried(z)

    def extra_repr(self) -> str:
        """Return the sizes and what is trained, for print(layer)."""
        return (
            f"d_model={self.d_model}, states={self.state_size}, "
            f"trainable={self.trainable}"
        )
