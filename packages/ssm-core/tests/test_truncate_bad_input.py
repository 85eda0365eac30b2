"""Bad input to truncation and its limits: one clear error each."""

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm import truncate
from framestate.ssm.testing import core
from framestate.ssm.truncate.modal import rank

NAN = float("nan")
SYSTEM = core(np.random.default_rng(0), 4)
MODES = ssm.diagonalize(SYSTEM)
POWER = ssm.spectra.ar([0.5], 16)


def zero(_):
    return 0.0


CASES = {
    "C of a wrong length": (
        lambda: truncate.hankel_singular_values(SYSTEM, np.ones(3)),
        "hankel_singular_values: C has shape (3,), expected (..., 4)",
    ),
    "C with a NaN": (lambda: truncate.balanced(SYSTEM, C=[1, 2, NAN, 4]), "C[2] = nan"),
    "both order and tolerance": (
        lambda: truncate.balanced(SYSTEM, order=2, tolerance=0.1),
        "balanced: both order = 2 and tolerance = 0.1 were given. Pass one",
    ),
    "order zero": (lambda: truncate.balanced(SYSTEM, order=0), "order = 0"),
    "order above the system's": (
        lambda: truncate.balanced(SYSTEM, order=9),
        "Pass order = 4",
    ),
    "tolerance negative": (
        lambda: truncate.balanced(SYSTEM, tolerance=-0.1),
        "tolerance = -0.1 is not a finite number >= 0",
    ),
    "modal order zero": (lambda: truncate.modal(MODES, order=0), "order = 0"),
    "modal both": (
        lambda: truncate.modal(MODES, order=2, tolerance=1),
        "modal: both order = 2 and tolerance = 1",
    ),
    "modal C": (
        lambda: truncate.modal(MODES, C=np.ones(9)),
        f"modal: C has shape (9,), expected (..., {len(MODES.lam)})",
    ),
    "modal of a system": (
        lambda: rank("modal", SYSTEM, None),
        "modal of a System: it has no modes. Call diagonalize",
    ),
    "time before the impulse": (
        lambda: truncate.modal(MODES).kernel_bound([0.5, -1.0]),
        "kernel_bound: t reaches back to -1, before the impulse. Pass t >= 0",
    ),
    "error tolerance NaN": (
        lambda: truncate.by_error(SYSTEM, zero, NAN),
        "by_error: tolerance = nan",
    ),
    "error NaN": (
        lambda: truncate.by_error(SYSTEM, lambda _: NAN, 0.5),
        "by_error: error = nan",
    ),
    "limit of order zero": (lambda: truncate.delay_limit(0, 3), "order = 0"),
    "limit of a negative lag": (lambda: truncate.delay_limit(1, -3), "lag = -3"),
    "limit of an unknown spectrum": (
        lambda: truncate.delay_limit(1, 3, spectrum="whites"),
        "Did you mean 'white'",
    ),
    "limit with one frequency": (
        lambda: truncate.delay_limit(1, 3, spectrum=[1.0]),
        "delay_limit: spectrum has 1 entries between 1 and 1. Pass two",
    ),
    "limit with a negative power": (
        lambda: truncate.delay_limit(1, 3, spectrum=[1.0, -2.0]),
        "between -2 and 1",
    ),
    "limit without power": (
        lambda: truncate.delay_limit(1, 3, spectrum=[0.0, 0.0]),
        "between 0 and 0",
    ),
    "coefficients of white input": (
        lambda: truncate.delay_limit(1, 3, coefficients=[0.5]),
        "delay_limit with 1 coefficients: white input is compared with a colored one",
    ),
    "coefficients a matrix": (
        lambda: truncate.delay_limit(1, 3, spectrum=POWER, coefficients=[[0.5]]),
        "coefficients has shape (1, 1)",
    ),
    "mean limit of order zero": (
        lambda: truncate.mean_delay_limit(0, 3),
        "mean_delay_limit: order = 0",
    ),
    "mean limit of a negative lag": (
        lambda: truncate.mean_delay_limit(1, -1),
        "mean_delay_limit: lag = -1",
    ),
    "mean limit of a short period": (
        lambda: truncate.mean_delay_limit(1, 9, spectrum=POWER),
        (
            "mean_delay_limit: lag 9 is longer than half the spectrum's period of 16. "
            "Sample the spectrum at 10 frequencies"
        ),
    ),
    "mean limit of an unknown spectrum": (
        lambda: truncate.mean_delay_limit(1, 9, spectrum="pink"),
        "Known: 'white'",
    ),
    "best of order zero": (
        lambda: truncate.best_delay_error(0, 3),
        "best_delay_error: order = 0",
    ),
    "best of a negative lag": (
        lambda: truncate.best_delay_error(1, -1),
        "best_delay_error: lag = -1",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_with_its_value(name):
    call, finding = CASES[name]
    with pytest.raises(ssm.InvalidInputError) as caught:
        call()
    assert finding in str(caught.value)


def test_an_autoregression_that_grows_is_refused():
    with pytest.raises(ssm.UnstableError, match=r"modulus 1\.5"):
        truncate.delay_limit(9, 3, spectrum=POWER, coefficients=[1.5])
