"""The derivations of everything that a crew's sheet and the lists say about it."""

from itertools import pairwise

from timing.core.classification import Rankings
from timing.core.derivation import Derivation
from timing.core.derive_causes import Seen
from timing.core.derive_lists import derive_championship, derive_stage_rank, derive_team
from timing.core.derive_rows import derive_check_in, derive_row
from timing.core.derive_stages import Case, derive_result
from timing.core.derive_totals import derive_rank, derive_total
from timing.core.line_book import LineBook
from timing.core.road import Road
from timing.core.rulings import Rulings
from timing.core.scopes import CHAMPIONSHIP, TEAMS, scopes_of, selections_of
from timing.core.sheet import Sheet
from timing.core.stage_sums import without_coefficients


class Derivations:
    """Derives the values of one rally, each only when somebody asks how it came about."""

    def __init__(self, road: Road, rulings: Rulings, book: LineBook) -> None:
        self._road = road
        self._rulings = rulings
        self._book = book

    def of_result(self, stage_id: str, sheet: Sheet) -> Derivation:
        """Return how a crew's result on a stage came about.

        Raises:
            KeyError: there is no such stage.
        """
        stage = self._road.event.itinerary.stages[stage_id]
        ruled = self._rulings.of_car(sheet.entry.car_number)
        allowance = ruled.time_allowances.get(stage_id)
        return derive_result(
            Case(
                road=self._road,
                stage=stage,
                entry=sheet.entry,
                result=sheet.results[stage_id],
                chosen=sheet.drive.chosen,
                start=sheet.drive.starts.get(stage_id),
                targets=tuple(self._rulings.targets(stage_id)),
                notional=ruled.notional.get(stage_id),
                allowance_seq=None if allowance is None else allowance.seq,
                corrections=ruled.corrections,
                stamps_at=self._book.stamps_at,
            )
        )

    def of_check_in(self, control_id: str, sheet: Sheet) -> Derivation:
        """Return what a check-in cost and how that came about.

        Raises:
            KeyError: the control is no time control, or there is none of this name.
        """
        check_in = sheet.check_ins[control_id]
        assigned = self._rulings.of_car(sheet.entry.car_number).starts.get(control_id)
        return derive_check_in(self._road, sheet.entry, check_in, sheet.drive, sheet.rows, assigned)

    def of_rows(self, sheet: Sheet, cancelled: frozenset[str]) -> tuple[Derivation, ...]:
        """Return how each row of a crew's penalty list came about, in the order of the list."""
        seen = Seen(
            drive=sheet.drive,
            check_ins=sheet.check_ins,
            last=sheet.last,
            hits=self._book.hits_of(sheet.entry.car_number),
            extensions=self._rulings.lateness_extensions(),
        )
        return tuple(derive_row(self._road, sheet.entry, row, seen, cancelled) for row in sheet.rows)

    def of_total(self, rankings: Rankings, scope: str, name: str, cancelled: frozenset[str]) -> Derivation:
        """Return how the total of a crew, or of a team, in a list came about.

        Raises:
            KeyError: there is no such list, or it is not in it.
        """
        event, listed = self._road.event, rankings.classification(scope)
        if scope == TEAMS:
            return derive_team(event.time, listed, name, rankings.total)
        if scope == CHAMPIONSHIP:
            return derive_championship(event.time, listed, name, rankings.places(name))
        standing, sheet = listed.rows[name], rankings.sheet(name)
        selection = selections_of(event, cancelled)[scopes_of(event)[scope].selection]
        return derive_total(
            self._road,
            sheet.entry,
            selection,
            event.preset if selection.weighed else without_coefficients(event.preset),
            sheet.results,
            sheet.rows,
            standing,
        )

    def of_rank(self, rankings: Rankings, scope: str, name: str) -> Derivation:
        """Return how the place of a crew or team in a list came about, with the tie-break that decided.

        Raises:
            KeyError: there is no such list, or it is not in it.
        """
        listed = rankings.classification(scope)
        if not listed.rows[name].tie:
            return derive_rank(self._road, name, listed, "", None)
        order = list(listed.rows)
        place = order.index(name)
        for ahead, behind in pairwise(order[max(place - 1, 0) : place + 2]):
            tie = rankings.why_ahead(scope, ahead, behind)
            if tie:
                return derive_rank(self._road, name, listed, tie, behind if ahead == name else ahead)
        return derive_rank(self._road, name, listed, "", None)

    def of_stage_rank(self, rankings: Rankings, stage_id: str, car: str) -> Derivation:
        """Return how a crew's place on a stage came about.

        Raises:
            KeyError: there is no such stage, or the crew has not begun it.
        """
        return derive_stage_rank(self._road.event.time, stage_id, rankings.stage_results(stage_id), car)
