"""Bad input: one clear error each, with the value and the way out."""

from types import SimpleNamespace

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.testing import core, legs

NAN = float("nan")
SYSTEM = core(np.random.default_rng(0), 3)
MODES = ssm.diagonalize(SYSTEM)
STEP = ssm.discretize(SYSTEM, dt=0.1, method="bilinear")
MODAL = ssm.discretize(MODES, dt=0.1, method="bilinear")
RECORD = np.random.default_rng(1).standard_normal(40)


def operator(**changes):
    fields = {"A": np.eye(2), "B": np.ones(2), "measure": "scaled", **changes}
    return SimpleNamespace(**fields)


CASES = {
    "NaN in A": (lambda: ssm.reduce(operator(A=[[1, NAN], [0, 1]])), "A[0, 1] = nan"),
    "inf in B": (lambda: ssm.reduce(operator(B=[1, np.inf])), "B[1] = inf"),
    "A not square": (lambda: ssm.reduce(operator(A=np.ones((2, 3)))), "(2, 3)"),
    "A too small": (lambda: ssm.as_system(operator(A=np.eye(3))), "expected (2, 2)"),
    "B a matrix": (lambda: ssm.as_system(operator(B=np.eye(2))), "expected (N)"),
    "B empty": (lambda: ssm.as_system(operator(B=[])), "B is empty"),
    "A ragged": (lambda: ssm.as_system(operator(A=[[1], [1, 2]])), "rectangular"),
    "A complex": (lambda: ssm.as_system(operator(A=1j * np.eye(2))), "complex128"),
    "A text": (lambda: ssm.as_system(operator(A=[["a", "b"]] * 2)), "not a real"),
    "measure misspelled": (
        lambda: ssm.as_system(operator(measure="scalde")),
        "Did you mean 'scaled'",
    ),
    "System with a NaN": (
        lambda: ssm.System(
            A=np.full((1, 1), NAN), B=np.ones(1), measure="scaled", lift=np.eye(1)
        ),
        "A[0, 0] = nan",
    ),
    "rcond zero": (lambda: ssm.reduce(SYSTEM, rcond=0.0), "rcond = 0.0"),
    "rcond above one": (lambda: ssm.reduce(SYSTEM, rcond=2), "rcond = 2"),
    "max_cond below one": (lambda: ssm.diagonalize(SYSTEM, max_cond=0.5), ">= 1"),
    "readout of a wrong length": (lambda: MODES.readout(np.ones(4)), "(..., 3)"),
    "readout of a scalar": (lambda: MODES.readout(1.0), "(..., 3)"),
    "unknown method": (
        lambda: ssm.discretize(SYSTEM, dt=0.1, method="bilinaer"),
        "Did you mean 'bilinear'? Known: 'euler', 'backward_euler', 'bilinear', 'zoh'",
    ),
    "unknown method on the clock": (
        lambda: ssm.discretize(SYSTEM, method="?"),
        "Known: 'euler', 'backward_euler', 'bilinear', 'exact'",
    ),
    "dt zero": (lambda: ssm.discretize(SYSTEM, dt=0.0, method="zoh"), "dt = 0.0"),
    "dt negative": (lambda: ssm.discretize(MODES, dt=-1, method="zoh"), "dt = -1"),
    "dt of one channel": (
        lambda: ssm.discretize(MODES, dt=[0.1, -2.0], method="zoh"),
        "dt[1] = ",
    ),
    "dt a matrix": (
        lambda: ssm.discretize(MODES, dt=np.ones((2, 2)), method="zoh"),
        "expected (H)",
    ),
    "foh on the scaled clock": (
        lambda: ssm.discretize(MODES, method="foh"),
        "'foh' belongs to the fixed clock",
    ),
    "zoh of diagonal plus low rank": (
        lambda: ssm.discretize(ssm.dplr(SYSTEM), dt=0.1, method="zoh"),
        "not diagonal plus low rank",
    ),
    "dt NaN": (lambda: ssm.discretize(MODES, dt=NAN, method="zoh"), "dt = nan"),
    "alpha above one": (lambda: ssm.gbt(1.5), ">= 0 and <= 1"),
    "alpha negative": (lambda: ssm.gbt(-0.1), "alpha = -0.1"),
    "alpha a bool": (lambda: ssm.gbt(True), "alpha = True"),
    "NaN in u": (lambda: ssm.run(STEP, [1.0, NAN, NAN]), "u[1] = nan; 2 of 3"),
    "u empty": (lambda: ssm.final_state(STEP, []), "u is empty"),
    "u a scalar": (lambda: ssm.run(STEP, 1.0), "expected (L, ...)"),
    "batch empty": (lambda: ssm.run(STEP, np.ones((4, 0))), "u is empty"),
    "u complex": (lambda: ssm.run(STEP, [1j]), "not a real number"),
    "state of another batch": (
        lambda: ssm.run(STEP, np.ones((2, 3)), state=ssm.final_state(STEP, [1.0])),
        "state.x has shape (3,), expected (3, 3)",
    ),
    "complex state of a real step": (
        lambda: ssm.run(STEP, [1.0], state=ssm.State(np.ones(3) * 1j, 1)),
        "state.x has dtype complex128",
    ),
    "state before the first sample": (
        lambda: ssm.run(STEP, [1.0], state=ssm.State(np.ones(3), -1)),
        "state.count = -1",
    ),
    "C too long": (lambda: ssm.kernel(STEP, np.ones(4), 8), "expected (..., 3)"),
    "C complex on a dense step": (lambda: ssm.kernel(STEP, [1j] * 3, 8), "complex128"),
    "NaN in C": (lambda: ssm.kernel(STEP, [1.0, NAN, 1.0], 8), "C[1] = nan"),
    "length zero": (lambda: ssm.kernel(STEP, np.ones(3), 0), "length = 0"),
    "unknown algorithm": (
        lambda: ssm.kernel(STEP, np.ones(3), 8, algorithm="blokced"),
        "Did you mean 'blocked'",
    ),
    "omega a scalar": (lambda: ssm.transfer(STEP, np.ones(3), 0.1), "expected (k)"),
    "lag negative": (lambda: ssm.delay_error(STEP, -3), "lag = -3"),
    "lag fractional": (lambda: ssm.delay_error(STEP, 2.5), "lag has dtype float64"),
    "lags empty": (
        lambda: ssm.delay_error(STEP, np.array([], dtype=np.int64)),
        "lag is empty",
    ),
    "spectrum unknown": (
        lambda: ssm.delay_error(STEP, 3, spectrum="White"),
        "Did you mean 'white'",
    ),
    "spectrum negative": (
        lambda: ssm.delay_error(STEP, 3, spectrum=[1.0, -1.0] * 20),
        "between -1 and 1",
    ),
    "spectrum zero": (
        lambda: ssm.delay_error(STEP, 3, spectrum=np.zeros(20)),
        "between 0 and 0",
    ),
    "spectrum of one frequency": (
        lambda: ssm.delay_error(STEP, 0, spectrum=[1.0]),
        "period of 0",
    ),
    "period too short": (
        lambda: ssm.delay_error(STEP, 30, spectrum=np.ones(30)),
        "Sample the spectrum at 31 frequencies",
    ),
    "spectrum too poor": (
        lambda: ssm.delay_error(STEP, 3, spectrum=np.eye(20)[7]),
        "2 equations for a readout of 4 parameters",
    ),
    "lag as long as the record": (
        lambda: ssm.delay_error_on(STEP, RECORD, [3, 40]),
        "lag 40 is not shorter than the record of 40 samples",
    ),
    "record constant": (
        lambda: ssm.delay_error_on(STEP, np.full(40, 2.5), 3),
        "all 40 samples equal 2.5",
    ),
    "record too short": (
        lambda: ssm.delay_error_on(STEP, RECORD[:4], 1),
        "4 equations for a readout of 4 parameters",
    ),
    "record that starts with nothing": (
        lambda: ssm.delay_error_on(STEP, np.array([0.0] * 8 + [1, -1]), 4),
        "nothing of the record is left",
    ),
    "NaN in the record": (
        lambda: ssm.delay_error_on(STEP, [1.0, NAN], 1),
        "u[1] = nan",
    ),
    "odd N": (lambda: ssm.inits.s4d_lin(5), "Use N = 4 or N = 6"),
    "N zero": (lambda: ssm.inits.s4d_inv(0), "N = 0"),
    "normal part in skewed coordinates": (
        lambda: ssm.inits.normal_part(operator(A=[[1.0, 9.0], [0.0, 1.0]])),
        "A + A^T - 1 I has rank 2 > max_rank = 1",
    ),
    "ar without coefficients": (lambda: ssm.spectra.ar([], 16), "is empty"),
    "odd period": (lambda: ssm.spectra.ar([0.5], 15), "Pass size = 16"),
    "period zero": (lambda: ssm.spectra.band(0.5, 0), "size = 0"),
    "band of zero width": (lambda: ssm.spectra.band(0.0, 16), "fraction = 0.0"),
    "band floor above one": (lambda: ssm.spectra.band(0.5, 16, floor=2), "floor = 2"),
    "record shorter than the window": (
        lambda: ssm.spectra.welch(RECORD, 64),
        "window of 64 samples is longer than the 40",
    ),
    "constant record for welch": (
        lambda: ssm.spectra.welch(np.ones(16), 8),
        "all 16 samples equal 1",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_with_its_value(name):
    call, fragment = CASES[name]
    with pytest.raises(ssm.InvalidInputError) as caught:
        call()
    assert fragment in str(caught.value)
    assert caught.value.request
    assert caught.value.remedy


def test_a_thing_that_is_no_operator_is_refused():
    with pytest.raises((ssm.InvalidInputError, TypeError), match=r"operator|dict"):
        ssm.as_system({"A": 1})


def test_a_lag_that_is_no_integer_is_refused_on_records_too():
    with pytest.raises(ssm.InvalidInputError, match="lag has dtype"):
        ssm.delay_error_on(MODAL, RECORD, 1.5)


def test_legs_is_refused_where_it_would_silently_lose_all_digits():
    with pytest.raises(ssm.IllConditionedError):
        ssm.diagonalize(legs(24))
