"""All ranked lists of a rally, kept up to date while single crews change.

`Rankings.update` takes the sheets that are new; a list then works out only the crews that are new in
it, when somebody asks for it. All lists of one selection share the tallies and so the order of the
crews: a class list is the overall list with the others left out, and its gaps are differences of the
same totals. What a list says is the same as if it were made from nothing (`standings.classify`).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from timing.core.championship_list import points_list
from timing.core.derive_lists import Places, places_of
from timing.core.finishers import Finish
from timing.core.instant import Instant
from timing.core.itinerary import Stage
from timing.core.ordering import Order, Placed, Rows
from timing.core.preset import Preset, Unit
from timing.core.results import Amount, Classification, StageResult, StandingStatus
from timing.core.road import Road
from timing.core.scopes import (
    CHAMPIONSHIP,
    FINAL_LEG,
    OVERALL,
    TEAMS,
    Part,
    Scope,
    scopes_of,
    selections_of,
)
from timing.core.sheet import Sheet
from timing.core.stage_lists import Raced, StageList
from timing.core.stage_sums import StageSums, without_coefficients
from timing.core.standings import StandingOrder, TallyManner, placed
from timing.core.tallies import Counter, Tally
from timing.core.teams import TeamOrder

_Ranks: TypeAlias = dict[str, int | None]

#: A list with so many new crews is sorted as a whole.
_MANY = 32


class _Crews:
    """What the results of each crew add, with the coefficients or without."""

    def __init__(self, stages: tuple[Stage, ...], preset: Preset) -> None:
        self._stages = stages
        self._preset = preset
        self._crews: dict[str, StageSums] = {}

    def of(self, sheet: Sheet) -> StageSums:
        """Return a crew's sums, brought up to its sheet."""
        car = sheet.entry.car_number
        found = self._crews.get(car)
        if found is None:
            found = self._crews[car] = StageSums(self._stages, self._preset)
        found.follow(sheet)
        return found


class _Sums:
    """The tallies of one selection, by car."""

    def __init__(self, counter: Counter, crews: _Crews) -> None:
        self._counter = counter
        self._crews = crews
        self._known: dict[str, tuple[Sheet, bool, Tally]] = {}

    def tally(self, sheet: Sheet, *, closed: bool) -> Tally:
        """Return a crew's tally, worked out again only where its sheet is new."""
        car = sheet.entry.car_number
        known = self._known.get(car)
        if known is not None and known[0] is sheet and known[1] is closed:
            return known[2]
        made = self._counter.tally(sheet, self._crews.of(sheet), closed=closed)
        self._known[car] = (sheet, closed, made)
        return made


class _List:
    """One list of crews in order, and the crews of it that have changed since."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.order: StandingOrder = Order(TallyManner())
        self.stale: set[str] | None = None
        """None: all of them."""


class Rankings:
    """The classifications of one event and the results of its stages, in order."""

    def __init__(self, road: Road, sheets: Mapping[str, Sheet]) -> None:
        self._road = road
        self._event = road.event
        self._sheets: dict[str, Sheet] = dict(sheets)
        self._scopes = scopes_of(self._event)
        self._more = self._other_scopes()
        self._lists_of: dict[str, tuple[str, ...]] = {
            car: tuple(scope.id for scope in self._scopes.values() if scope.has(sheet.entry))
            for car, sheet in sheets.items()
        }
        self._heard: Instant = 0
        self._closed = False
        self._answers: dict[str, Classification] = {}
        self._stages: dict[str, StageList] = {}
        self.cancel(frozenset())

    def _other_scopes(self) -> dict[str, Callable[[], Classification]]:
        """The lists that are made out of others."""
        made: dict[str, Callable[[], Classification]] = {}
        entries = self._event.entries.by_number.values()
        if self._event.preset.unit is Unit.NONE:
            return made
        if self._event.team_rule is not None and any(entry.team for entry in entries):
            made[TEAMS] = self._team_list
        if self._event.preset.championship is not None:
            made[CHAMPIONSHIP] = self._championship
        return made

    def scopes(self) -> tuple[str, ...]:
        """Return the names of all classifications."""
        return (*self._scopes, *self._more)

    # what is new -----------------------------------------------------------------------------------

    def cancel(self, cancelled: frozenset[str]) -> None:
        """Take in which stages are cancelled: they count nowhere, and every list is made anew."""
        self._finish = Finish(self._road, cancelled)
        selections = selections_of(self._event, cancelled)
        stages, preset = self._road.stages, self._event.preset
        weighed, raw = _Crews(stages, preset), _Crews(stages, without_coefficients(preset))
        self._sums = {
            name: _Sums(Counter(self._road, each, self._finish), weighed if each.weighed else raw)
            for name, each in selections.items()
        }
        of_scope = {name: selections[scope.selection] for name, scope in self._scopes.items()}
        self._stages_in = {
            name: frozenset(stage.id for stage in each.stages) for name, each in of_scope.items()
        }
        # Whether a crew has finished rests on all its controls, so the whole rally is always concerned.
        self._whole = {name: each.part is Part.WHOLE for name, each in of_scope.items()}
        self._lists = {name: _List(scope) for name, scope in self._scopes.items()}
        self._teams: TeamOrder | None = None
        self._stale_teams: set[str] = set()
        self._answers.clear()

    def update(self, sheets: Iterable[Sheet]) -> None:
        """Take in sheets that are new; one that was taken in before changes nothing."""
        for sheet in sheets:
            car = sheet.entry.car_number
            before = self._sheets[car]
            if before is sheet:
                continue
            self._sheets[car] = sheet
            moved = {ident for ident, result in sheet.results.items() if before.results[ident] is not result}
            self._renew_stages(sheet, moved)
            self._renew_lists(car, moved, everywhere=_facts(before) != _facts(sheet))

    def _renew_stages(self, sheet: Sheet, moved: Iterable[str]) -> None:
        for ident in moved:
            made = self._stages.get(ident)
            if made is not None:
                made.put(sheet.entry, sheet.results[ident])

    def _renew_lists(self, car: str, moved: set[str], *, everywhere: bool) -> None:
        """Mark the lists that a crew's news concern: a part of the rally only where something of it moved."""
        for name in self._lists_of[car]:
            if not (everywhere or self._whole[name] or not moved.isdisjoint(self._stages_in[name])):
                continue
            stale = self._lists[name].stale
            if stale is not None:
                stale.add(car)
            self._answers.pop(name, None)
        team = self._sheets[car].entry.team
        if team:
            self._stale_teams.add(team)
            self._answers.pop(TEAMS, None)
        self._answers.pop(CHAMPIONSHIP, None)

    def hear(self, at: Instant) -> bool:
        """Take in when a record was received; return whether the final control has closed or reopened.

        The newest such instant is what the journal knows of the time of day, whatever a device's clock
        says. Closing makes the finisher rule judge the crews that never came.
        """
        return self.rewind(max(self._heard, at))

    @property
    def heard(self) -> Instant:
        """The newest instant at which a record was received."""
        return self._heard

    def rewind(self, heard: Instant) -> bool:
        """Let this be the newest reception; return whether the final control has closed or reopened."""
        self._heard = heard
        closed = self._finish.closed(self._heard, self._sheets.values())
        if closed is self._closed:
            return False
        self._closed = closed
        for each in self._lists.values():
            each.stale = None
        self._stale_teams.update(entry.team for entry in self._event.entries.by_number.values() if entry.team)
        self._answers.clear()
        return True

    # the lists -------------------------------------------------------------------------------------

    def classification(self, scope: str) -> Classification:
        """Return a list as it is now.

        Raises:
            KeyError: there is no such scope.
        """
        answer = self._answers.get(scope)
        if answer is None:
            answer = self._more[scope]() if scope in self._more else self._crew_list(scope)
            self._answers[scope] = answer
        return answer

    def stage_results(self, stage_id: str) -> Rows[Raced, StageResult]:
        """Return the results of a stage in display order; crews that have not begun are left out.

        Raises:
            KeyError: there is no such stage.
        """
        made = self._stages.get(stage_id)
        if made is None:
            stage = self._event.itinerary.stages[stage_id]
            made = self._stages[stage_id] = StageList(stage, self._event.preset)
            made.fill((sheet.entry, sheet.results[stage_id]) for sheet in self._sheets.values())
        return made.rows()

    def why_ahead(self, scope: str, ahead: str, behind: str) -> str:
        """Return in words which tie-break parts two crews whose totals are equal, else nothing.

        Raises:
            KeyError: there is no such list of crews, or no such car.
        """
        sums = self._sums[self._scopes[scope].selection]
        one, other = (sums.tally(self._sheets[car], closed=self._closed) for car in (ahead, behind))
        if not TallyManner().tie(one, other) or one.ties is None or other.ties is None:
            return ""
        return one.ties.reason(other.ties)

    def _crew_list(self, name: str) -> Classification:
        preset = self._event.preset
        return Classification(scope=name, unit=preset.unit, rows=self._ordered(name).rows())

    def _ordered(self, name: str) -> StandingOrder:
        each = self._lists[name]
        if each.stale is None or len(each.stale) > _MANY:
            each.order.fill([self._placed(each.scope, car) for car in self._cars(each.scope)])
        else:
            for car in each.stale:
                line = self._placed(each.scope, car)
                each.order.put(line.name, line.merit, line.start, line.item)
        each.stale = set()
        return each.order

    def _cars(self, scope: Scope) -> list[str]:
        return [car for car, sheet in self._sheets.items() if scope.has(sheet.entry)]

    def _placed(self, scope: Scope, car: str) -> Placed[Tally]:
        tally = self._sums[scope.selection].tally(self._sheets[car], closed=self._closed)
        return placed(tally, self._event.preset)

    def _team_list(self) -> Classification:
        rule, preset = self._event.team_rule, self._event.preset
        assert rule is not None
        if self._teams is None:
            self._teams = TeamOrder(self._event.entries, rule, preset)
            self._stale_teams = set(self._teams.members)
        sums = self._sums[OVERALL]
        for team in self._stale_teams & self._teams.members.keys():
            cars = self._teams.members[team]
            tallies = {car: sums.tally(self._sheets[car], closed=self._closed) for car in cars}
            self._teams.put(team, tallies)
        self._stale_teams = set()
        return Classification(scope=TEAMS, unit=preset.unit, rows=self._teams.order.rows())

    def _championship(self) -> Classification:
        rule = self._event.preset.championship
        assert rule is not None
        overall, final_leg, power_stage = self._ranks_for_points()
        sums = self._sums[OVERALL]
        statuses = {car: sums.tally(self._sheets[car], closed=self._closed).status for car in overall}
        return points_list(
            rule, overall=overall, final_leg=final_leg, power_stage=power_stage, statuses=statuses
        )

    def _ranks_for_points(self) -> tuple[_Ranks, _Ranks, _Ranks]:
        power = [stage.id for stage in self._road.stages if stage.power_stage]
        on_power_stage = self.stage_results(power[-1]).ranks() if power else {}
        return (
            self._ranks(OVERALL),
            self._ranks(FINAL_LEG) if FINAL_LEG in self._scopes else {},
            # A time on a stage stays on its sheet; a disqualified crew wins nothing with it.
            {car: rank for car, rank in on_power_stage.items() if not self._disqualified(car)},
        )

    def _disqualified(self, car: str) -> bool:
        return self._sheets[car].standing is StandingStatus.DSQ

    def places(self, car: str) -> Places:
        """Return a crew's places in the lists that bring championship points; none without such points."""
        rule = self._event.preset.championship
        return () if rule is None else places_of(rule, car, *self._ranks_for_points())

    def total(self, car: str) -> Amount | None:
        """Return a crew's total over the whole rally, as lists of teams add it up.

        Raises:
            KeyError: there is no such car.
        """
        return self._sums[OVERALL].tally(self._sheets[car], closed=self._closed).total

    def sheet(self, car: str) -> Sheet:
        """Return the sheet of a car that the lists count.

        Raises:
            KeyError: there is no such car.
        """
        return self._sheets[car]

    def _ranks(self, scope: str) -> dict[str, int | None]:
        return self._ordered(scope).rows().ranks()


def _facts(sheet: Sheet) -> tuple[object, ...]:
    """What of a sheet, besides its results, counts in a list of a part of the rally."""
    return sheet.rows, sheet.standing, sheet.stop, sheet.cause, sheet.restarted, sheet.seen_after_stop
