"""Facts of which a rally has hundreds of thousands: frozen, compared by value, made and changed in C.

A frozen dataclass sets each field through `object.__setattr__`: of a replay of 400 cars on 130 tests
that is a third. Facts of such numbers (a stamp in its place, a time, a result) are msgspec structs,
which behave the same: `frozen` and, since no fact holds itself, out of sight of the garbage collector.
All other values stay dataclasses.
"""

from msgspec import Struct as Fact
from msgspec.structs import replace as copy_with

__all__ = ["Fact", "copy_with"]
