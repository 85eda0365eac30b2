r"""The linear recurrence z_n = a_n z_{n-1} + x_n along the middle axis, for layers.

Sequences are (batch, length, modes), real, or complex as [Re, Im] along the last
axis: what a real matrix product makes of an input, and what the next one reads. Time
is cut into about sqrt(length) chunks, all of which take a step at once from rest; the
state that a chunk finds is then a recurrence over the ends of the chunks, and reaches
its samples through the gains multiplied so far.

``torch.ops.framestate.mode_scan`` and its gradient are operators of PyTorch. On a
CUDA device they take the kernel of `framestate.deep.functional.kernels.scan`. An
exported program has neither, but log2(length) rounds of doubling.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from framestate.deep.functional.kernels.rung import run
from framestate.deep.functional.pairs import exporting


def mode_scan(
    a: Float[Tensor, "#batch #length n"],
    x: Float[Tensor, "batch length n"],
    start: Float[Tensor, "batch n"],
    *,
    parts: int,
) -> Float[Tensor, "batch length n"]:
    """Return z_n = a_n z_{n-1} + x_n, with start before the first sample.

    Gradients are taken once.

    Parameters
    ----------
    a : Tensor
        Gains, for every sequence and sample or 1 for all, in the dtype of `x`.
    x : Tensor
        Inputs.
    start : Tensor
        State before the first sample.
    parts : int
        1 for real modes (n of them), 2 for complex ones [Re, Im] (n / 2).
    """
    if exporting():
        return _doubled(a, x, start, parts)
    return _scan(a, x, start, parts)


@torch.library.custom_op("framestate::mode_scan", mutates_args=())
def _scan(a: Tensor, x: Tensor, start: Tensor, parts: int) -> Tensor:
    return _run(a, x, start, parts, 1)


def _run(a: Tensor, x: Tensor, start: Tensor, parts: int, way: int) -> Tensor:
    """The scan onwards in time if `way` is 1, backwards if it is -1."""
    form = _by_rows if x.is_cuda else _by_chunks
    return form(a, x, start, parts, way)


def _by_chunks(a: Tensor, x: Tensor, start: Tensor, parts: int, way: int) -> Tensor:
    """The scan in chunks of time."""
    length = x.shape[1]
    width = 1 << max(length.bit_length() // 2, 1)
    rest = length % width
    z = x.clone(memory_format=torch.contiguous_format)
    order = range(length)[::way]
    inner, outer = order[: length - rest], order[length - rest :]
    if inner:
        part = slice(min(inner), max(inner) + 1)
        gains = a if a.shape[1] == 1 else a[:, part]
        size = width if a.shape[1] > 1 else 1
        _chunked(
            gains.unflatten(1, (-1, size)),
            z[:, part].unflatten(1, (-1, width)),
            start,
            parts,
            way,
        )
    before = z[:, inner[-1]] if inner else start
    for n in outer:
        _add_product(z[:, n], a[:, min(n, a.shape[1] - 1)], before, parts)
        before = z[:, n]
    return z


def _chunked(
    a: Float[Tensor, "#batch #chunks #width n"],
    z: Float[Tensor, "batch chunks width n"],
    start: Float[Tensor, "batch n"],
    parts: int,
    way: int,
) -> None:
    """Turn inputs into states, in place."""
    steps, chunks = range(z.shape[2])[::way], range(z.shape[1])[::way]
    gains = a.expand(-1, -1, z.shape[2], -1)
    products = torch.zeros(gains.shape, dtype=z.dtype, device=z.device)
    products[:, :, steps[0]] = gains[:, :, steps[0]]
    for n, n_before in zip(steps[1:], steps, strict=False):
        gain = gains[:, :, n]
        _add_product(z[:, :, n], gain, z[:, :, n_before], parts)
        _add_product(products[:, :, n], gain, products[:, :, n_before], parts)
    ends, gain = z[:, :, steps[-1]].clone(), products[:, :, steps[-1]]
    found = torch.empty_like(ends)
    for chunk in chunks:
        found[:, chunk] = start
        end = ends[:, chunk]
        _add_product(end, gain[:, min(chunk, gain.shape[1] - 1)], start, parts)
        start = end
    _add_product(z, products, found[:, :, None], parts)


def _add_product(
    total: Float[Tensor, "*#shape n"],
    a: Float[Tensor, "*#shape n"],
    b: Float[Tensor, "*#shape n"],
    parts: int,
) -> None:
    """Add a b to the total, in place."""
    if parts == 1:
        total.addcmul_(a, b)
        return
    (real, imag), (ar, ai), (br, bi) = (x.chunk(2, -1) for x in (total, a, b))
    real.addcmul_(ar, br).addcmul_(ai, bi, value=-1)
    imag.addcmul_(ar, bi).addcmul_(ai, br)


def _by_rows(a: Tensor, x: Tensor, start: Tensor, parts: int, way: int) -> Tensor:
    """The scan by the kernel for rows (modes of all sequences)."""
    batch = x.shape[0]
    a, x = (y if way == 1 else y.flip(1) for y in (a, x))
    rows = [_rows(y, parts) for y in (a.expand(batch, -1, -1), x)]
    (z,) = run("scan", *rows, _rows(start[:, None], parts)[:, 0])
    z = z.unflatten(0, (batch, -1)).transpose(1, 2)
    z = torch.cat((z.real, z.imag), -1) if parts == 2 else z
    return (z if way == 1 else z.flip(1)).contiguous()


def _rows(x: Tensor, parts: int) -> Tensor:
    """(batch, length, n) as (batch modes, length), complex if there are two parts."""
    if parts == 2:
        x = torch.complex(*(part.contiguous() for part in x.chunk(2, -1)))
    return x.transpose(1, 2).flatten(0, 1).contiguous()


def _doubled(a: Tensor, x: Tensor, start: Tensor, parts: int) -> Tensor:
    """The same in operations that every runtime has: reaches of 1, 2, 4, .. samples."""
    length = x.shape[1]
    x = torch.cat((x[:, :1] + _product(a[:, :1], start[:, None], parts), x[:, 1:]), 1)
    reach = 1
    while reach < length:
        late = a if a.shape[1] == 1 else a[:, reach:]
        x = torch.cat(
            (x[:, :reach], x[:, reach:] + _product(late, x[:, :-reach], parts)), 1
        )
        if a.shape[1] == 1:
            a = _product(a, a, parts)
        else:
            a = torch.cat((a[:, :reach], _product(late, a[:, :-reach], parts)), 1)
        reach *= 2
    return x


def _product(a: Tensor, b: Tensor, parts: int) -> Tensor:
    """The product a b."""
    if parts == 1:
        return a * b
    (ar, ai), (br, bi) = a.chunk(2, -1), b.chunk(2, -1)
    return torch.cat((ar * br - ai * bi, ar * bi + ai * br), -1)


def _conjugate(x: Tensor, parts: int) -> Tensor:
    """The conjugate."""
    if parts == 1:
        return x
    real, imag = x.chunk(2, -1)
    return torch.cat((real, -imag), -1)


@torch.library.custom_op("framestate::mode_scan_backward", mutates_args=())
def _scan_backward(
    a: Tensor, z: Tensor, start: Tensor, grad: Tensor, parts: int
) -> tuple[Tensor, Tensor, Tensor]:
    """A scan from the last sample to the first, by the gain that leads to the next."""
    gains, rest = _conjugate(a, parts), torch.zeros_like(start)
    x_bar = _run(gains.roll(-1, 1), grad, rest, parts, -1)
    summed = [i for i in (0, 1) if a.shape[i] == 1]
    first = _correlation(x_bar[:, :1], start[:, None], parts, summed)
    later = _correlation(x_bar[:, 1:], z[:, :-1], parts, summed)
    a_bar = first + later if 1 in summed else torch.cat((first, later), 1)
    return a_bar, x_bar, _product(gains[:, 0], x_bar[:, 0], parts)


def _correlation(x: Tensor, z: Tensor, parts: int, summed: list[int]) -> Tensor:
    """x conj(z), summed over some axes."""

    def total(product: Tensor) -> Tensor:
        return product.sum(summed, keepdim=True) if summed else product

    if parts == 1:
        return total(x * z)
    (xr, xi), (zr, zi) = x.chunk(2, -1), z.chunk(2, -1)
    real = total(xr * zr) + total(xi * zi)
    return torch.cat((real, total(xi * zr) - total(xr * zi)), -1)


@_scan.register_fake
def _(a: Tensor, x: Tensor, start: Tensor, parts: int) -> Tensor:
    del a, start, parts
    return torch.empty_like(x, memory_format=torch.contiguous_format)


@_scan_backward.register_fake
def _(
    a: Tensor, z: Tensor, start: Tensor, grad: Tensor, parts: int
) -> tuple[Tensor, Tensor, Tensor]:
    del grad, parts
    a_bar, x_bar, start_bar = (
        torch.empty_like(x, memory_format=torch.contiguous_format)
        for x in (a, z, start)
    )
    return a_bar, x_bar, start_bar


def _keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    a, _, start, ctx.parts = inputs
    ctx.save_for_backward(a, output, start)


def _gradients(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
    a, z, start = ctx.saved_tensors
    return *_scan_backward(a, z, start, grad, ctx.parts), None


_scan.register_autograd(_gradients, setup_context=_keep)
