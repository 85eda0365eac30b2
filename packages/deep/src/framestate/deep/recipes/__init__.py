"""From a name to a layer: the one place where frames meet tensors.

Derived operators are kept within the process, so that a model of many layers derives
them once. What a recipe was asked for stands on its layer as `spec`, from which
`framestate.deep.convert` builds it again.
"""

from framestate.deep.recipes.diagonal import (
    dss,
    legs,
    s4d_dfout,
    s4d_fout,
    s4d_inv,
    s4d_legs,
    s4d_lin,
    s4d_quad,
    s4d_rand,
    s4d_real,
    translated_walrus,
    w4s4,
)
from framestate.deep.recipes.modal import LayerOptions, from_operator
from framestate.deep.recipes.models import multiresnet
from framestate.deep.recipes.systems import (
    hippo,
    hippo_clock,
    lmu,
    lru,
    s4,
    s5,
    selective,
    w4s4_dplr,
)
from framestate.deep.recipes.trees import multires, wavelet_taps

__all__ = [
    "LayerOptions",
    "dss",
    "from_operator",
    "hippo",
    "hippo_clock",
    "legs",
    "lmu",
    "lru",
    "multires",
    "multiresnet",
    "s4",
    "s4d_dfout",
    "s4d_fout",
    "s4d_inv",
    "s4d_legs",
    "s4d_lin",
    "s4d_quad",
    "s4d_rand",
    "s4d_real",
    "s5",
    "selective",
    "translated_walrus",
    "w4s4",
    "w4s4_dplr",
    "wavelet_taps",
]
