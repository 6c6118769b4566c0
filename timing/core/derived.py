"""Times computed from a crew's own other results, where the equipment failed and not the crew."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from timing.core.instant import Duration, floor_to


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stage beside the missing one: the crew's own time and the fastest there (µs)."""

    own: Duration
    fastest: Duration


def derived_time(neighbours: Sequence[Neighbour], fastest: Duration, resolution: Duration) -> Duration | None:
    """Return the fastest time on the missing stage times the crew's ratio on the stages around it.

    The ratio is that of the sums, so that a long stage weighs more than a short one (the rule book of
    the Mitta Mountain Rally names the two stages and not how to combine them). One neighbour is
    enough; with none the clerk decides: None. The time is cut to `resolution` like a driven one.
    """
    reference = sum(one.fastest for one in neighbours)
    if reference <= 0:
        return None
    own = sum(one.own for one in neighbours)
    return floor_to(fastest * own // reference, resolution)


def average_assigned(penalties: Sequence[Decimal]) -> Decimal | None:
    """Return the penalty of a test without a sound time: the mean of the crew's others, truncated.

    "Average assigned" is an outcome of the timing check in ACI Sport's form (RDS Auto Storiche
    Regolarita 2021, annex); the form does not say over what: here over the crew's own penalties in
    the other tests of the same series. None where there is no other test.
    """
    if not penalties:
        return None
    mean = sum(penalties, Decimal(0)) / len(penalties)
    return mean.quantize(Decimal(1), rounding=ROUND_DOWN)
