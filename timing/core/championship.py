"""Championship points: for the places of the overall list, of the last leg alone, of the power stage.

World Rally Championship 2025: overall 25-17-15-12-10-8-6-4-2-1; the Sunday list and the power stage
5-4-3-2-1 each, so that 35 are the most. Crews that share a place all get its points.
"""

from collections.abc import Mapping, Sequence

from timing.core.fact import Fact
from timing.core.preset import ChampionshipPoints


class ChampionshipLine(Fact, frozen=True, gc=False):
    """One crew's points, by what they were won for."""

    car: str
    overall: int = 0
    final_leg: int = 0
    power_stage: int = 0

    @property
    def total(self) -> int:
        """All points of the event."""
        return self.overall + self.final_leg + self.power_stage


def points_for(rank: int | None, table: Sequence[int]) -> int:
    """Return the points of a place; a crew without a place, or behind the table, has none."""
    return table[rank - 1] if rank is not None and 1 <= rank <= len(table) else 0


def championship_points(
    rule: ChampionshipPoints,
    overall: Mapping[str, int | None],
    final_leg: Mapping[str, int | None],
    power_stage: Mapping[str, int | None],
) -> dict[str, ChampionshipLine]:
    """Return the points of all crews of the overall list, most points first.

    Args:
        rule: the tables of points.
        overall: the crews' places in the overall list, in its order.
        final_leg: their places on the last leg alone, penalties included.
        power_stage: their places on the power stage.
    """
    tables = (rule.overall, overall), (rule.final_leg, final_leg), (rule.power_stage, power_stage)
    won = [_won(table, ranks) for table, ranks in tables]
    scoring = {car for points in won for car in points}
    winners = [
        ChampionshipLine(car, *(points.get(car, 0) for points in won)) for car in overall if car in scoring
    ]
    # Sorting is stable: equal points stay in the order of the overall list.
    winners.sort(key=lambda line: -line.total)
    lines = {line.car: line for line in winners}
    lines.update((car, ChampionshipLine(car)) for car in overall if car not in scoring)
    return lines


def _won(table: Sequence[int], ranks: Mapping[str, int | None]) -> dict[str, int]:
    """The points of those that have some, by car."""
    return {car: points for car, rank in ranks.items() if (points := points_for(rank, table))}
