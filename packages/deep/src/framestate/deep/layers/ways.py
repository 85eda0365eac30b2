"""The ways through a diagonal layer: a whole sequence, a sample, a stretch of samples.

All give the same outputs, at one interval for all, one a sequence or one a sample.
"""

from typing import Any

import torch
from torch import Tensor

from framestate.deep.functional.discretize import DFOUT
from framestate.deep.functional.pairs import Pair
from framestate.deep.layers.contract import Interval, refuse_interval
from framestate.deep.layers.inputs import entered
from framestate.deep.layers.intervals import checked_interval
from framestate.deep.layers.irregular import run_irregular
from framestate.deep.layers.resume import Streaming, require_state, resumed
from framestate.deep.layers.state import SSMState


def rest(layer: Streaming, batch_size: Any, device: torch.device | str) -> SSMState:
    """Return the state at rest, of a batch whose size may be symbolic."""
    shape = (batch_size, layer.d_model, layer.state_size)
    zeros = torch.zeros(shape, dtype=torch.float64, device=device)
    return SSMState(Pair(zeros, zeros.clone()), _last(layer, zeros[..., 0]))


def whole(layer: Streaming, u: Tensor, interval: Interval) -> Tensor:
    """Return the outputs of a sequence, from rest."""
    u, every = _entered(layer, u, interval)
    if isinstance(every, Tensor) and every.ndim == 2:
        start = rest(layer, u.shape[0], u.device)
        y, _ = run_irregular(layer.continuous(), u, every, start.z, start.before)
        return y
    return layer.continuous().discretized(every).respond(u)


def sample(
    layer: Streaming, u_t: Tensor, state: SSMState, interval: Interval
) -> tuple[Tensor, SSMState]:
    """Absorb one sample (batch, channels)."""
    u_t, every = _entered(layer, u_t, interval, time=False)
    system, remembered, origin = resumed(layer, state, u_t.shape[0], every)
    u = u_t.double()
    y, z = system.step(u, state.z, state.before)
    return y.to(u_t.dtype), SSMState(z, _last(layer, u), remembered, origin)


def stretch(
    layer: Streaming, u: Tensor, state: SSMState, interval: Interval
) -> tuple[Tensor, SSMState]:
    """Absorb several samples (batch, length, channels)."""
    u, every = _entered(layer, u, interval)
    last = _last(layer, u[:, -1].double())
    if isinstance(every, Tensor) and every.ndim == 2:
        require_state(layer, state, u.shape[0])
        y, z = run_irregular(layer.continuous(), u, every, state.z, state.before)
        return y, SSMState(z, last, None, state.origin)
    system, remembered, origin = resumed(layer, state, u.shape[0], every)
    y, z = system.chunk(u, state.z, state.before)
    return y, SSMState(z, last, remembered, origin)


def _entered(
    layer: Streaming, u: Tensor, interval: Interval, *, time: bool = True
) -> tuple[Tensor, float | Tensor | None]:
    """Check an input and its interval."""
    u = entered(u, layer.d_model, layer.C.dtype, time=time)
    if layer.rule == DFOUT:
        refuse_interval("a layer of discrete poles", interval)
    return u, checked_interval(interval, u.shape[0], u.shape[1] if time else None)


def _last(layer: Streaming, u: Tensor) -> Tensor | None:
    """Return what a straight input needs of a sample, None where it is held."""
    return u if layer.rule.straight else None
