"""Derivations of lists that are made of other lists: teams, championship points, the order on a stage."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias

from timing.core.derivation import Derivation, Kind, Operation, Working
from timing.core.instant import SECOND, RallyTime
from timing.core.preset import ChampionshipPoints, Unit
from timing.core.results import Amount, Classification, StageResult

#: For each part of the championship points: what it is for, and the place there (None: no place).
Places: TypeAlias = tuple[tuple[str, tuple[int, ...], int | None], ...]

#: The resolution of a team's times is the finest of its crews' totals, seconds at most.
_GRAINS = (SECOND, 100_000, 10_000, 1_000, 1)


def derive_team(
    clock: RallyTime, teams: Classification, team: str, total_of: Callable[[str], Amount | None]
) -> Derivation:
    """Return how a team's total came about: the totals of its crews that count, as `total_of` gives them.

    Raises:
        KeyError: there is no such team.
    """
    standing, work = teams.rows[team], Working()
    kind = Kind.DURATION if teams.unit is Unit.SECONDS else Kind.POINTS
    totals: list[Amount] = []
    if standing.total is not None:
        totals = [total for car in standing.crews if (total := total_of(car)) is not None]
        crews = [
            work.given(f"car {car}", total, kind) for car, total in zip(standing.crews, totals, strict=True)
        ]
        work.reckon("total", Operation.ADD, *crews)
    fails = [f"{standing.fails} fails"] if standing.fails else []
    return Derivation(
        rule="TOTAL",
        subject=teams.scope,
        car=team,
        clock=clock,
        inputs=tuple(work.inputs),
        steps=tuple(work.steps),
        value=standing.total,
        kind=kind,
        grain=next((each for each in _GRAINS if all(total % each == 0 for total in totals)), 1),
        words="; ".join([*fails, standing.cause] if standing.cause else fails),
    )


def places_of(
    rule: ChampionshipPoints,
    car: str,
    overall: Mapping[str, int | None],
    final_leg: Mapping[str, int | None],
    power_stage: Mapping[str, int | None],
) -> Places:
    """Return a crew's places in the lists that bring championship points, each with its table."""
    return (
        ("overall", rule.overall, overall.get(car)),
        ("last leg", rule.final_leg, final_leg.get(car)),
        ("power stage", rule.power_stage, power_stage.get(car)),
    )


def derive_championship(clock: RallyTime, listed: Classification, car: str, places: Places) -> Derivation:
    """Return how a crew's championship points came about: its place in each list, looked up in a table.

    Raises:
        KeyError: the crew is not in the list.
    """
    standing, work = listed.rows[car], Working()
    parts = [work.given("nothing", Decimal(0), Kind.POINTS)]
    for name, points, place in places:
        if place is None or not points:
            continue
        # A table begins with the first place; whoever is behind its end has nothing.
        table = tuple(Decimal(each) for each in (0, *points, 0))
        work.given(f"place {name}", place, Kind.COUNT)
        work.given(f"table {name}", table, Kind.TABLE)
        parts.append(work.reckon(f"points {name}", Operation.LOOK_UP, f"table {name}", f"place {name}"))
    work.reckon("total", Operation.ADD, *parts)
    return Derivation(
        rule="TOTAL",
        subject=listed.scope,
        car=car,
        clock=clock,
        inputs=tuple(work.inputs),
        steps=tuple(work.steps),
        value=standing.total,
        kind=Kind.POINTS,
    )


def derive_stage_rank(
    clock: RallyTime, stage: str, results: Mapping[str, StageResult], car: str
) -> Derivation:
    """Return how a crew's place on a stage came about: so many crews are better. Equal ones share it.

    Raises:
        KeyError: the crew has not begun the stage.
    """
    own, work = results[car], Working()
    words = own.reason
    if own.rank is not None:
        ranked = [each for each in results.values() if each.rank is not None]
        ahead = sum(1 for each in ranked if each.rank is not None and each.rank < own.rank)
        better = work.given("crews that are better", ahead, Kind.COUNT)
        work.reckon("rank", Operation.ADD, better, work.given("the next place", 1, Kind.COUNT))
        equal = [each.car for each in ranked if each.rank == own.rank and each.car != car]
        words = f"equal with {', '.join(equal)}" if equal else ""
    return Derivation(
        rule="RANK",
        subject=stage,
        car=car,
        clock=clock,
        inputs=tuple(work.inputs),
        steps=tuple(work.steps),
        value=own.rank,
        kind=Kind.COUNT,
        words=words,
    )
