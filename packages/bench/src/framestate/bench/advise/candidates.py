"""Memories to choose from: a system of that many states, and the code that builds it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, final

from framestate.bench.tasks import species
from framestate.deep.recipes.operators import wavelet_modes
from framestate.ssm import Diagonal, System

_RECIPES = "from framestate.deep import recipes"


@final
@dataclass(frozen=True)
class Candidate:
    """A memory.

    Attributes
    ----------
    name : str
        As in the reports.
    system : callable
        States -> the system.
    code : str
        Lines that build a layer, with fields {order}, {dt}.
    """

    name: str
    system: Callable[[int], System | Diagonal]
    code: str


def _known(name: str, code: str) -> Candidate:
    return Candidate(name, lambda order: species.build(name, order), code)


def _wavelets(measure: Literal["scaled", "translated"]) -> Callable[[int], Diagonal]:
    """What the recipe makes of a frame that spans as many dimensions as asked for."""
    return lambda order: wavelet_modes(
        species.WAVELET, order, None, species.SHIFT, measure
    )


def _recipe(call: str) -> str:
    options = 'd_model=1, order={order}, method="bilinear", dt_min={dt}, dt_max={dt}'
    return f"{_RECIPES}\n\nlayer = recipes.{call}{options})"


def _derived(operator: str) -> str:
    return f"""from framestate import frames, ssm
from framestate.deep.layers import DPLRSSM

form = ssm.dplr(ssm.reduce({operator}))
layer = DPLRSSM(form, 1, dt_min={{dt}}, dt_max={{dt}})"""


_SLEPIAN = "frames.translated(frames.slepian({order}, bandwidth={order} / 4))"
_FOUT = 'frames.fout({order}, closure="strong")'

CANDIDATES: Mapping[str, Candidate] = {
    one.name: one
    for one in (
        Candidate(species.W4S4, _wavelets("scaled"), _recipe('w4s4("db11", ')),
        Candidate(
            "WaLRUS-T",
            _wavelets("translated"),
            _recipe('translated_walrus("db11", '),
        ),
        _known(species.LEGS, _recipe('s4(init="legs", ')),
        _known("LegT", _recipe('s4(init="legt", ')),
        _known("FouT", _derived(_FOUT)),
        _known("FouT-weak", _derived("frames.fout({order})")),
        _known("Slepian-T", _derived(_SLEPIAN)),
        _known("S4D-Lin", _recipe("s4d_lin(")),
        _known("S4D-Inv", _recipe("s4d_inv(")),
    )
}
