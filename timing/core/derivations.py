"""The derivations of everything that a crew's sheet and the lists say about it."""

from collections.abc import Callable
from itertools import pairwise

from timing.core.derivation import Derivation
from timing.core.derive_rows import derive_check_in, derive_row
from timing.core.derive_stages import Case, derive_result
from timing.core.derive_totals import derive_rank, derive_total
from timing.core.results import Classification
from timing.core.road import Road
from timing.core.rulings import Rulings
from timing.core.scopes import scopes_of, selections_of
from timing.core.sheet import Sheet
from timing.core.stage_sums import without_coefficients


class Derivations:
    """Derives the values of one rally, each only when somebody asks how it came about."""

    def __init__(self, road: Road, rulings: Rulings) -> None:
        self._road = road
        self._rulings = rulings

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
        return tuple(derive_row(self._road, sheet.entry, row, sheet.drive, cancelled) for row in sheet.rows)

    def of_total(self, listed: Classification, sheet: Sheet, cancelled: frozenset[str]) -> Derivation:
        """Return how a crew's total in a list of crews came about.

        Raises:
            KeyError: it is no list of crews, or the crew is not in it.
        """
        event = self._road.event
        selection = selections_of(event, cancelled)[scopes_of(event)[listed.scope].selection]
        return derive_total(
            self._road,
            sheet.entry,
            selection,
            event.preset if selection.weighed else without_coefficients(event.preset),
            sheet.results,
            sheet.rows,
            listed.rows[sheet.entry.car_number],
        )

    def of_rank(
        self, listed: Classification, sheet: Sheet, why_ahead: Callable[[str, str, str], str]
    ) -> Derivation:
        """Return how a crew's place in a list came about.

        `why_ahead` says for a list, the crew ahead and the one behind which tie-break parts the two.

        Raises:
            KeyError: the crew is not in the list.
        """
        car = sheet.entry.car_number
        if not listed.rows[car].tie:
            return derive_rank(self._road, sheet.entry, listed, "", None)
        order = list(listed.rows)
        place = order.index(car)
        for ahead, behind in pairwise(order[max(place - 1, 0) : place + 2]):
            tie = why_ahead(listed.scope, ahead, behind)
            if tie:
                return derive_rank(self._road, sheet.entry, listed, tie, behind if ahead == car else ahead)
        return derive_rank(self._road, sheet.entry, listed, "", None)
