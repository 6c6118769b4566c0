"""Teams: the sum of the best crews of each; a team with too few crews in the list has no place."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from timing.core.entries import EntryList
from timing.core.event import TeamRule
from timing.core.ordering import Manner, Merit, Order, Spot
from timing.core.preset import Better, Preset
from timing.core.results import (
    CORRECTED,
    NOTIONAL,
    PENALTY,
    REPLACEMENT,
    UNDER_REVIEW,
    Amount,
    Standing,
    StandingStatus,
    in_mark_order,
)
from timing.core.tallies import Tally

_CARRIED = frozenset({NOTIONAL, REPLACEMENT, PENALTY, CORRECTED, UNDER_REVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamTally:
    """A team's sums over its crews that count, best first; no total where they are too few."""

    name: str
    crews: tuple[Tally, ...]
    total: Amount | None
    penalties: Amount | None
    fails: int
    status: StandingStatus
    cause: str = ""

    @property
    def stages_done(self) -> int:
        """The stages that all counting crews have done, added up."""
        return sum(crew.stages_done for crew in self.crews)

    @property
    def done(self) -> list[int]:
        """Which stages the crews have done, to tell whether two totals compare."""
        return sorted(crew.done for crew in self.crews)


def tally_team(name: str, members: Mapping[str, Tally], rule: TeamRule, preset: Preset) -> TeamTally:
    """Sum a team's best crews: those that stand first in the overall list.

    A team that can no longer have enough crews is not classified; until then it is one without a place.
    """
    ranking = sorted(
        (one for one in members.values() if one.ranks),
        key=lambda one: (one.merit(preset.better), one.entry.order),
    )
    best = tuple(ranking[: rule.count])
    left = sum(1 for one in members.values() if one.status is StandingStatus.CLASSIFIED)
    cause = "" if len(best) == rule.count else f"{len(best)} of {rule.count} crews have a place"
    return TeamTally(
        name=name,
        crews=best,
        total=None if cause else _sum([one.total for one in best]),
        penalties=None if cause else _sum([one.penalties for one in best]),
        fails=sum(one.fails for one in best),
        status=StandingStatus.CLASSIFIED if left >= rule.count else StandingStatus.NOT_CLASSIFIED,
        cause=cause,
    )


def _sum(values: list[Amount | None]) -> Amount | None:
    known = [value for value in values if value is not None]
    if any(isinstance(value, Decimal) for value in known):
        return sum(known, Decimal(0))
    return sum(int(value) for value in known) if known else None


class _Manner(Manner[TeamTally, Standing]):
    def gap(self, one: TeamTally, ahead: TeamTally, /) -> Amount | None:
        if one.done != ahead.done or one.fails != ahead.fails or one.total is None or ahead.total is None:
            return None
        behind = one.total - ahead.total
        return behind if behind >= 0 else -behind

    def row(self, item: TeamTally, spot: Spot, /) -> Standing:
        return Standing(
            car=item.name,
            rank=spot.rank,
            order=spot.order,
            total=item.total,
            gap=spot.gap,
            to_previous=spot.to_previous,
            penalties=item.penalties,
            stages_done=item.stages_done,
            status=item.status,
            marks=in_mark_order({mark for one in item.crews for mark in one.marks} & _CARRIED),
            complete=not item.cause,
            fails=item.fails,
            cause=item.cause,
            crews=tuple(one.entry.car_number for one in item.crews),
        )


class TeamOrder:
    """The teams of an entry list in their order."""

    def __init__(self, entries: EntryList, rule: TeamRule, preset: Preset) -> None:
        self._rule = rule
        self._preset = preset
        self.members: dict[str, list[str]] = {}
        for car, entry in entries.by_number.items():
            if entry.team and not entry.course_car:
                self.members.setdefault(entry.team, []).append(car)
        self._starts = {team: place for place, team in enumerate(self.members)}
        self.order: Order[TeamTally, Standing] = Order(_Manner())

    def put(self, team: str, tallies: Mapping[str, Tally]) -> None:
        """Sum a team anew out of the tallies of its crews."""
        members = {car: tallies[car] for car in self.members[team]}
        summed = tally_team(team, members, self._rule, self._preset)
        self.order.put(team, _merit(summed, self._preset.better), self._starts[team], summed)


def _merit(team: TeamTally, better: Better) -> Merit:
    if team.total is None:
        return (1 if team.status is StandingStatus.CLASSIFIED else 2,)
    total = -team.total if better is Better.HIGHEST else team.total
    return (0, -team.stages_done, team.fails, total)
