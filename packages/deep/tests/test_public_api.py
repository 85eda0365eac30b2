"""What the package shows is what it says it shows."""

import framestate.deep as deep
from framestate.deep import convert, functional, layers, models, recipes, train


def test_every_public_name_exists():
    for module in (deep, convert, functional, layers, models, recipes, train):
        assert all(hasattr(module, name) for name in module.__all__)
        assert len(set(module.__all__)) == len(module.__all__)


def test_the_package_has_a_version():
    assert deep.__version__ == "0.1.0"
