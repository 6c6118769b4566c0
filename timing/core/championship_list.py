"""The list of championship points that an event gives, best first."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from timing.core.championship import ChampionshipLine, championship_points
from timing.core.ordering import Manner, Order, Placed, Spot
from timing.core.preset import ChampionshipPoints, Unit
from timing.core.results import Amount, Classification, Standing, StandingStatus
from timing.core.scopes import CHAMPIONSHIP


class _Item(NamedTuple):
    """A crew's points, and in which group of this list it stands."""

    line: ChampionshipLine
    status: StandingStatus


class _Points(Manner[_Item, Standing]):
    def gap(self, one: _Item, ahead: _Item, /) -> Amount | None:
        return Decimal(ahead.line.total - one.line.total)

    def row(self, item: _Item, spot: Spot, /) -> Standing:
        line = item.line
        parts = (line.overall, line.final_leg, line.power_stage)
        return Standing(
            car=line.car,
            rank=spot.rank,
            order=spot.order,
            total=Decimal(line.total),
            gap=spot.gap,
            to_previous=spot.to_previous,
            penalties=None,
            stages_done=0,
            status=item.status,
            cause=" + ".join(str(points) for points in parts),
        )


def points_list(
    rule: ChampionshipPoints,
    *,
    overall: Mapping[str, int | None],
    final_leg: Mapping[str, int | None],
    power_stage: Mapping[str, int | None],
    statuses: Mapping[str, StandingStatus],
) -> Classification:
    """Return who has how many points; crews without any have no place. `cause` tells for what they are.

    Points once won stay, also where the crew retired later: whoever has some is classified here.

    Args:
        rule: the tables of points.
        overall: the crews' places in the overall list, in its order.
        final_leg: their places on the last leg alone.
        power_stage: their places on the power stage.
        statuses: their groups in the overall list.
    """
    lines = championship_points(rule, overall, final_leg, power_stage)
    order: Order[_Item, Standing] = Order(_Points())
    order.fill(
        [
            Placed((0 if line.total else 1, -line.total), place, line.car, _item(line, statuses))
            for place, line in enumerate(lines.values())
        ]
    )
    return Classification(scope=CHAMPIONSHIP, unit=Unit.POINTS, rows=order.rows())


def _item(line: ChampionshipLine, statuses: Mapping[str, StandingStatus]) -> _Item:
    return _Item(line, StandingStatus.CLASSIFIED if line.total else statuses[line.car])
