"""A wrong argument is refused with its value, the finding and the way out."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from framestate.deep import functional
from framestate.deep.errors import InvalidInputError
from framestate.deep.functional.pairs import Pair
from framestate.deep.layers import SSMState
from framestate.deep.models import Block, SequenceModel
from framestate.deep.train import fit

C64 = torch.complex64


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"channels": 0}, "d_model=0"),
        ({"channels": True}, "d_model=True"),
        ({"trainable": ("c",)}, "Did you mean 'C'"),
        ({"trainable": "dt", "method": "zho"}, "Did you mean 'zoh'"),
        ({"trainable": ("A", "delta")}, "'delta'"),
        ({"dt_min": 0.0}, "dt_min=0.0"),
        ({"dt_max": float("nan")}, "dt_max=nan"),
        ({"dt_min": 0.2, "dt_max": 0.1}, "the range of dt is empty"),
        ({"readout": np.ones((4, 3))}, r"readout of shape \(4, 3\)"),
        ({"readout": np.full((4, 4), np.nan)}, "expected finite values"),
    ],
)
def test_a_layer_is_not_built_from(make_layer, options, words):
    with pytest.raises(InvalidInputError, match=words):
        make_layer(**options)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lam": np.ones((2, 2))}, "do not fit"),
        ({"B": np.ones(3)}, "do not fit"),
        ({"paired": np.zeros(0, bool)}, "do not fit"),
        ({"lam": np.array([1, np.inf, 1, 1])}, "NaN or infinity"),
        ({"lam": np.array([1, -0.5, 1, 1])}, "grows without bound"),
    ],
)
def test_modes_are_refused_when(make_layer, make_modes, change, words):
    modes = make_modes(3, 1)
    for name, value in change.items():
        object.__setattr__(modes, name, value)
    with pytest.raises(InvalidInputError, match=words):
        make_layer(modes=modes)


def test_an_undamped_mode_is_frozen_or_refused(make_layer, make_modes):
    modes = make_modes(3, 1)
    modes.lam[0] = 2j
    make_layer(modes=modes)
    with pytest.raises(InvalidInputError, match="has no logarithm"):
        make_layer(modes=modes, trainable=("A",))


@pytest.mark.parametrize(
    ("u", "words"),
    [
        (torch.zeros(2, 7, 5), "d_model = 4"),
        (torch.zeros(2, 0, 4), "length 0"),
        (torch.zeros(7, 4), "non-empty tensor"),
        (torch.zeros(2, 7, 4, dtype=torch.int64), "int64"),
        (torch.zeros(2, 7, 4, dtype=torch.float16), r"u\.float\(\)"),
        (torch.zeros(2, 7, 4, dtype=torch.bfloat16), "autocast"),
        (torch.zeros(2, 7, 4, dtype=torch.complex64), "complex64"),
        (torch.zeros(2, 7, 4, dtype=torch.float64), r"layer\.double\(\)"),
    ],
)
def test_an_input_is_refused_by_the_whole_layer(make_layer, u, words):
    layer = make_layer()
    with pytest.raises(InvalidInputError, match=words):
        layer(u)
    with pytest.raises(InvalidInputError, match=words):
        layer.prefill(u, layer.initial_state(2))


def test_a_step_is_refused_for_a_wrong_shape(make_layer):
    layer = make_layer()
    state = layer.initial_state(2)
    for u_t in (torch.zeros(2, 3), torch.zeros(2, 1, 4), torch.zeros(3, 4)):
        with pytest.raises(InvalidInputError):
            layer.step(u_t, state)
    wide = torch.zeros(2, 4, 9, dtype=torch.float64)
    foreign = SSMState(Pair(wide, wide))
    with pytest.raises(InvalidInputError, match=r"initial_state\(2\)"):
        layer.step(torch.zeros(2, 4), foreign)
    with pytest.raises(InvalidInputError, match="batch_size=0"):
        layer.initial_state(0)
    with pytest.raises(InvalidInputError, match="length=0"):
        layer.kernel(0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: functional.vandermonde(torch.zeros(2, 3), torch.zeros(2, 3), 4),
        lambda: functional.vandermonde(
            torch.zeros(2, 3, dtype=C64), torch.zeros(2, 4, dtype=C64), 4
        ),
        lambda: functional.vandermonde(
            torch.zeros(2, 3, dtype=C64), torch.zeros(2, 3, dtype=C64), 0
        ),
        lambda: functional.vandermonde(
            torch.zeros(0, 3, dtype=C64), torch.zeros(0, 3, dtype=C64), 4
        ),
        lambda: functional.vandermonde_transposed(
            torch.zeros(2, 3, dtype=C64), torch.zeros(1, 3, 4)
        ),
        lambda: functional.fft_conv(torch.zeros(1, 4, 2), torch.zeros(3, 4)),
        lambda: functional.fft_conv(torch.zeros(1, 4, 2), torch.zeros(2, 5)),
        lambda: functional.fft_conv(torch.zeros(1, 4, 2), torch.zeros(2, 4).double()),
        lambda: functional.fft_conv(torch.zeros(1, 0, 2), torch.zeros(2, 4)),
        lambda: functional.next_fast_length(0),
    ],
)
def test_a_function_refuses_what_does_not_fit(call):
    with pytest.raises(InvalidInputError):
        call()


def test_a_model_is_not_built_from(make_layer):
    layer = make_layer()
    with pytest.raises(InvalidInputError, match="0 layers"):
        SequenceModel(1, 1, [])
    with pytest.raises(InvalidInputError, match=r"widths \[4, 5\]"):
        SequenceModel(1, 1, [layer, make_layer(5)])
    with pytest.raises(InvalidInputError, match="d_output=0"):
        SequenceModel(1, 0, [layer])
    with pytest.raises(InvalidInputError, match="dropout=1"):
        Block(layer, dropout=1.0)
    with pytest.raises(InvalidInputError, match="Did you mean 'pre'"):
        Block(layer, norm="prenorm")


def test_a_model_refuses_what_does_not_fit(make_layer):
    model = SequenceModel(3, 1, [make_layer()])
    with pytest.raises(InvalidInputError, match="d_input = 3"):
        model(torch.zeros(1, 5, 4))
    with pytest.raises(InvalidInputError, match=r"model\.double\(\)"):
        model(torch.zeros(1, 5, 3).double())
    deeper = SequenceModel(3, 1, [make_layer(), make_layer()]).initial_state(1)
    with pytest.raises(InvalidInputError, match="the model has 1 blocks"):
        model.step(torch.zeros(1, 3), deeper)
    assert isinstance(model, nn.Module)


@pytest.mark.parametrize("weight", [torch.ones(4), torch.ones(2, 3), torch.ones(1)])
def test_a_weight_is_one_real_number_a_mode(weight):
    poles = torch.zeros(2, 3, dtype=C64)
    with pytest.raises(InvalidInputError, match=r"expected a real tensor \(3,\)"):
        functional.vandermonde(poles, poles, 4, weight=weight)


def test_a_model_with_nothing_to_train_is_not_fitted(make_layer):
    batch = (torch.zeros(1, 5, 4), torch.zeros(1, 5, 4))
    with pytest.raises(InvalidInputError, match="is trainable"):
        fit(make_layer(trainable=()), [batch], steps=1)


NUMPY = """
import numpy as np
from framestate.deep import recipes
layer = recipes.s4d_lin(d_model=2, order=4)
try:
    layer(np.ones((1, 5, 2), np.float32))
except ValueError as error:
    print(error)
"""


def test_an_array_of_numpy_is_told_from_a_tensor():
    """In a process that checks no signatures, as a user's does not."""
    command = [sys.executable, "-c", NUMPY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "u of type ndarray" in done.stdout
    assert "torch.as_tensor(u)" in done.stdout
