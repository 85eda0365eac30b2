"""Samples at uneven times: a diagonal layer whose coefficients change with each.

The recurrence of `framestate.deep.layers.recurrence` with a dt of its own at every
sample of every sequence, by a scan in stretches: only one stretch of states is in
memory, and for the backward pass each is computed again from the state it began with.
"""

import torch
from jaxtyping import Float, Float64
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from framestate.deep.functional.discretize import discretize
from framestate.deep.functional.mode_scan import mode_scan
from framestate.deep.functional.pairs import Pair, exp, exporting
from framestate.deep.layers.continuous import Continuous

# States of one stretch, in numbers: 1M float64 are 8 MiB, and about 20 such arrays.
_STRETCH_ELEMENTS = 1 << 20


def run_irregular(
    layer: Continuous,
    u: Float[Tensor, "batch length channels"],
    interval: Float64[Tensor, "batch length"],
    z: Pair,
    before: Float64[Tensor, "batch channels"] | None,
) -> tuple[Float[Tensor, "batch length channels"], Pair]:
    """Absorb samples u_n that come interval_n dt after the one before.

    Parameters
    ----------
    layer : Continuous
        The system.
    u : Tensor
        Samples.
    interval : Tensor
        Times since the sample before, in units of dt.
    z : Pair
        State before the first, (batch, channels, modes).
    before : Tensor or None
        The sample before the first, which a straight input needs.

    Returns
    -------
    tuple[Tensor, Pair]
        Outputs, and the state after the last.
    """
    size = u.shape[1] if exporting() else max(1, _STRETCH_ELEMENTS // z.real.numel())
    outputs: list[Tensor] = []
    for begin in range(0, u.shape[1], size):
        part = slice(begin, begin + size)
        samples = u[:, part].double()
        arguments = (layer, samples, interval[:, part], z, before)
        if torch.is_grad_enabled() and u.shape[1] > size:
            y, z = checkpoint(
                _stretch, *arguments, use_reentrant=False, preserve_rng_state=False
            )
        else:
            y, z = _stretch(*arguments)
        outputs.append(y.to(u.dtype))
        before = samples[:, -1]
    return torch.cat(outputs, 1), z


def _stretch(
    layer: Continuous,
    u: Float64[Tensor, "batch length channels"],
    interval: Float64[Tensor, "batch length"],
    z: Pair,
    before: Float64[Tensor, "batch channels"] | None,
) -> tuple[Float64[Tensor, "batch length channels"], Pair]:
    """Scan one stretch: arrays (batch, length, channels, modes)."""
    dt = layer.dt * interval[:, :, None, None]
    step = discretize(layer.rule, layer.lam, dt)
    drive = (layer.B * step.now).scaled(u[..., None])
    if step.past is not None and before is not None:
        late = torch.cat((before[:, None], u[:, :-1]), 1)
        drive = drive + (layer.B * step.past).scaled(late[..., None])
    gains = exp(step.log_z)
    states = mode_scan(
        _side_by_side(gains), _side_by_side(drive), _side_by_side(z), parts=2
    )
    real, imag = states.unflatten(-1, (2, *z.shape[1:])).unbind(2)
    y = layer.readout.real_of_product(Pair(real, imag)).sum(-1)
    end = Pair(real[:, -1].clone(), imag[:, -1].clone())  # no views of all states
    return torch.addcmul(y, layer.D, u), end


def _side_by_side(x: Pair) -> Float64[Tensor, "*time n"]:
    """Lay [Re, Im] of all modes of all channels along one axis."""
    return torch.cat((x.real.flatten(-2), x.imag.flatten(-2)), -1)
