"""Shapes across packages, proven to the type checker by assignment.

ssm never imports frames; it states what it needs as protocols. `nox -s types` fails
when an operator of frames loses a field that they ask for.
"""

from framestate.frames import legendre, legs, scaled, translated
from framestate.ssm import FactoredOperatorLike, OperatorLike, reduce

operator: OperatorLike = legs(2)
factored: FactoredOperatorLike = scaled(legendre(2))
windowed: FactoredOperatorLike = translated(legendre(2))
system: OperatorLike = reduce(operator)
