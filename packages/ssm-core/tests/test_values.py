"""Systems, forms and steps are values: frozen, told apart by identity, named in full."""

import dataclasses
import inspect

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.testing import core

SYSTEM = core(np.random.default_rng(0), 4)
MODES, FORM = ssm.diagonalize(SYSTEM), ssm.dplr(SYSTEM)
SOURCES = {"dense": SYSTEM, "diagonal": MODES, "low rank": FORM}
STEPS = {
    f"{kind} {clock}": (source, make(source))
    for kind, source in SOURCES.items()
    for clock, make in {
        "step": lambda s: ssm.discretize(s, dt=0.1, method="bilinear"),
        "clock": lambda s: ssm.discretize(s, method="bilinear"),
        "irregular": lambda s: ssm.irregular(s, dt=[0.1, 0.2], method="bilinear"),
    }.items()
}
VALUES = [*SOURCES.values(), *(step for _, step in STEPS.values())]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_itself_and_no_copy_of_it(value):
    copy = dataclasses.replace(value)
    assert value == value
    assert value != copy
    assert len({value, value, copy}) == 2


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_stays_as_it_is_and_is_made_by_names(value):
    first, *_ = dataclasses.fields(value)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, first.name, None)
    parameters = inspect.signature(type(value)).parameters.values()
    assert {p.kind for p in parameters} == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_knows_its_rule_and_what_its_state_stands_for(name):
    source, step = STEPS[name]
    assert step.method == "bilinear"
    assert step.lift is source.lift
    if isinstance(step, ssm.DiagonalStep):
        assert step.paired is source.paired
