"""The list of championship points that an event gives, best first."""

from collections.abc import Mapping
from decimal import Decimal

from timing.core.championship import ChampionshipLine, championship_points
from timing.core.ordering import Manner, Order, Placed, Spot
from timing.core.preset import ChampionshipPoints, Unit
from timing.core.results import Amount, Classification, Standing, StandingStatus
from timing.core.scopes import CHAMPIONSHIP


class _Points(Manner[ChampionshipLine, Standing]):
    def gap(self, one: ChampionshipLine, ahead: ChampionshipLine, /) -> Amount | None:
        return Decimal(ahead.total - one.total)

    def row(self, item: ChampionshipLine, spot: Spot, /) -> Standing:
        parts = (item.overall, item.final_leg, item.power_stage)
        return Standing(
            car=item.car,
            rank=spot.rank,
            order=spot.order,
            total=Decimal(item.total),
            gap=spot.gap,
            to_previous=spot.to_previous,
            penalties=None,
            stages_done=0,
            status=StandingStatus.CLASSIFIED,
            cause=" + ".join(str(points) for points in parts),
        )


def points_list(
    rule: ChampionshipPoints,
    *,
    overall: Mapping[str, int | None],
    final_leg: Mapping[str, int | None],
    power_stage: Mapping[str, int | None],
) -> Classification:
    """Return who has how many points; crews without any have no place. `cause` tells for what they are.

    Args:
        rule: the tables of points.
        overall: the crews' places in the overall list, in its order.
        final_leg: their places on the last leg alone.
        power_stage: their places on the power stage.
    """
    lines = championship_points(rule, overall, final_leg, power_stage)
    order: Order[ChampionshipLine, Standing] = Order(_Points())
    order.fill(
        [
            Placed((0 if line.total else 1, -line.total), place, line.car, line)
            for place, line in enumerate(lines.values())
        ]
    )
    return Classification(scope=CHAMPIONSHIP, unit=Unit.POINTS, rows=order.rows())
