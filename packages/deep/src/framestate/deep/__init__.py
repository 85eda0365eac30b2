"""framestate.deep: state space layers and models in PyTorch, from a frame's name.

    from framestate.deep import recipes
    layer = recipes.w4s4("db11", d_model=128, order=64)

`recipes` makes layers, `layers` holds the layer, `models` stacks it, `train` fits
it and `functional` has the pure functions underneath.
"""

from framestate.deep import functional, layers, models, recipes, train
from framestate.deep.errors import DeepError, InvalidInputError, TrainingError

__all__ = [
    "DeepError",
    "InvalidInputError",
    "TrainingError",
    "functional",
    "layers",
    "models",
    "recipes",
    "train",
]

__version__ = "0.1.0"
