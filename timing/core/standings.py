"""The lines of a classification: places, gaps and ties of crews that were tallied.

Gaps are differences of totals that were cut before, so they add up. While a rally runs, crews that
have done more stages stand before those that have done fewer, and no gap is given between them.
"""

from collections.abc import Iterable

from timing.core.ordering import Manner, Order, Placed, Spot
from timing.core.preset import Preset
from timing.core.results import Amount, Classification, Standing
from timing.core.tallies import Tally


class TallyManner(Manner[Tally, Standing]):
    """How a list of crews speaks of them."""

    def gap(self, one: Tally, ahead: Tally, /) -> Amount | None:
        """Return how far a crew is behind another; None where stages done or fails are not the same."""
        if one.done != ahead.done or one.fails != ahead.fails or one.total is None or ahead.total is None:
            return None
        behind = one.total - ahead.total
        return behind if behind >= 0 else -behind

    def tie(self, ahead: Tally, behind: Tally, /) -> str:
        """Return the tie-break that parted two crews of equal totals, or nothing."""
        if (
            ahead.total != behind.total
            or ahead.fails != behind.fails
            or ahead.stages_done != behind.stages_done
            or ahead.ties is None
            or behind.ties is None
        ):
            return ""
        return str(ahead.ties.parted_by(behind.ties) or "")

    def row(self, item: Tally, spot: Spot, /) -> Standing:
        """Return the line of a crew; without a rank it has no gaps, and a total only if it did something."""
        shown = spot.rank is not None or item.done or item.penalties
        return Standing(
            car=item.entry.car_number,
            rank=spot.rank,
            order=spot.order,
            total=item.total if shown else None,
            gap=spot.gap,
            to_previous=spot.to_previous,
            penalties=item.penalties,
            stages_done=item.stages_done,
            status=item.status,
            marks=item.marks,
            complete=item.complete,
            fails=item.fails,
            stopped_at=item.stopped_at,
            cause=item.cause,
            tie=spot.tie,
        )


#: Crews in the order of their merits.
StandingOrder = Order[Tally, Standing]


def placed(one: Tally, preset: Preset) -> Placed[Tally]:
    """Return a crew's tally in its place; equal crews stand in start order."""
    return Placed(one.merit(preset.better), one.entry.order, one.entry.car_number, one)


def classify(scope: str, tallies: Iterable[Tally], preset: Preset) -> Classification:
    """Rank crews from nothing: the same as a list that was kept in order while they changed."""
    order: StandingOrder = Order(TallyManner())
    order.fill([placed(one, preset) for one in tallies])
    return Classification(scope=scope, unit=preset.unit, rows=order.rows())
