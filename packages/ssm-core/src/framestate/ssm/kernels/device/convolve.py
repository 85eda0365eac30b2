"""Launches of the fused causal convolution; its transposes are the same kernel."""

from typing import Any

from framestate.ssm.checks import refusal
from framestate.ssm.kernels.device.arguments import STORED, cpp, dtype_name, sizes
from framestate.ssm.kernels.machine import Launch, Machine, covering, power_of_two

_SAMPLES = 8  # of a thread, as in convolve.cu
_MARGIN = 8
_U_BACKWARDS, _K_BACKWARDS, _Y_BACKWARDS = 1, 2, 4


def convolve(machine: Machine, u: Any, K: Any) -> Any:
    """Equal to `reference.convolve` (b, h, l), u and K of one dtype."""
    _sizes("convolve", u, K)
    launch = _launch(machine, "convolve", u, u.dtype)
    (y,) = machine.empty("convolve", (u.shape, u.dtype))
    machine.launch(launch, machine.take(u), machine.take(K), y, *_numbers(u, K, y, 0))
    return y


def convolve_backward(machine: Machine, u: Any, K: Any, grad: Any) -> tuple[Any, Any]:
    """Equal to `reference.convolve_backward`: gradients of u and K.

    For u it is the convolution of K with the reversed gradient; for K that of u with
    it, read backwards, a sum for each row.
    """
    request, kind = "convolve_backward", dtype_name(u)
    size = _sizes(request, u, K)
    sizes(request, u=(u, kind, "b h l"), grad=(grad, kind, "b h l"))
    wide = "float64" if kind == "float64" else "float32"
    of_u, of_K = (_launch(machine, request, u, d) for d in (u.dtype, wide))
    u, K, grad = (machine.take(p) for p in (u, K, grad))
    used = min(size["taps"], size["l"])
    rows = (size["b"] * size["h"], size["l"])
    u_bar, sums = machine.empty(
        request, (u.shape, u.dtype), ((size["b"], size["h"], used), wide)
    )
    order = _U_BACKWARDS | _Y_BACKWARDS
    machine.launch(of_u, grad, K, u_bar, *_numbers(u, K, u_bar, order))
    order, kernels = _K_BACKWARDS | _Y_BACKWARDS, grad.reshape(rows)
    machine.launch(of_K, u, kernels, sums, *_numbers(u, kernels, sums, order))
    K_bar = machine.xp.zeros(K.shape, K.dtype)
    K_bar[:, :used] = sums.sum(axis=0)
    return u_bar, K_bar


def longest_row(machine: Machine, dtype: Any) -> int:
    """Most samples of a row that a block can have; each takes 2 1/8 places."""
    places = machine.shared // (8 if str(dtype).endswith("float64") else 4)
    return (places - 2 * _MARGIN) * 8 // 17 // _SAMPLES * _SAMPLES


def names() -> dict[str, list[str]]:
    """Every instantiation by source."""
    kinds = [f"{t}, {t}" for t in ("float", "double", "float16", "bfloat16")]
    kinds += [f"{t}, float" for t in ("float16", "bfloat16")]
    return {"convolve": [f"convolve<{kind}>" for kind in kinds]}


def _sizes(request: str, u: Any, K: Any) -> dict[str, int]:
    return sizes(request, u=(u, STORED, "b h l"), K=(K, dtype_name(u), "h taps"))


def _launch(machine: Machine, request: str, u: Any, result: Any) -> Launch:
    """A block for every row, which it has in shared memory with its kernel."""
    batch, channels, length = u.shape
    groups = covering(length, _SAMPLES)
    padded = groups * _SAMPLES
    places = padded + (padded + _MARGIN) + (padded + _MARGIN) // 32 * 4
    shared = places * (8 if dtype_name(u) == "float64" else 4)
    if shared > machine.shared:
        finding = (
            f"a row of {length} samples needs {shared} bytes of shared memory, "
            f"and a block of this device has {machine.shared}"
        )
        raise refusal(request, finding, "Convolve rows of that length by FFT")
    return Launch(
        source="convolve",
        name=f"convolve<{cpp(dtype_name(u))}, {cpp(str(result))}>",
        grid=(batch * channels, 1),
        block=min(machine.threads, max(32, power_of_two(covering(groups, 2)))),
        shared=shared,
    )


def _numbers(u: Any, K: Any, y: Any, order: int) -> tuple[int, int, int, int, int]:
    """Kernels, samples, taps, the first sample that y has, and the order of reading."""
    length = u.shape[2]
    return K.shape[0], length, K.shape[1], length - y.shape[2], order
