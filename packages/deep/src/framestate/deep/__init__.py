"""framestate.deep: state space layers and models in PyTorch, from a frame's name.

    from framestate.deep import recipes
    layer = recipes.w4s4("db11", d_model=128, order=64)

`recipes` makes layers by name, `layers` holds them, `models` stacks them, `train` fits
the stack, `convert` saves and exports it, and `functional` has the pure functions
underneath. `estimators`, imported by itself, is the door for scikit-learn.
"""

from framestate.deep import convert, functional, layers, models, recipes, train
from framestate.deep.errors import DeepError, InvalidInputError, TrainingError

__all__ = [
    "DeepError",
    "InvalidInputError",
    "TrainingError",
    "convert",
    "functional",
    "layers",
    "models",
    "recipes",
    "train",
]

__version__ = "0.1.0"
