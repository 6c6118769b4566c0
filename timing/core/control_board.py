"""A control as the marshal and the desk see it: who is due, who was here, what each stamp became."""

from collections.abc import Mapping

from timing.core.candidates import rank_candidates
from timing.core.instant import Instant
from timing.core.itinerary import Control
from timing.core.line_book import LineBook
from timing.core.matching import Group
from timing.core.results import AssignedBy, ControlState, CrewState, Disposition, StampState
from timing.core.road import Road
from timing.core.sheet import Sheet
from timing.core.stamps import Hit, Placed
from timing.core.whereabouts import next_control


class BoardMaker:
    """Reads the indexes; holds nothing of its own but when each sheet's car is due at each control."""

    def __init__(self, road: Road, book: LineBook) -> None:
        self._road = road
        self._book = book
        self._dues: dict[str, dict[str, tuple[Sheet, Instant | None]]] = {}

    def due(self, sheet: Sheet, control: Control) -> Instant | None:
        """When a car is due: by its card, by the start list, else estimated from its last time."""
        check_in = sheet.check_ins.get(control.id)
        if check_in is not None and check_in.due is not None:
            return check_in.due
        for stage in self._road.begin_at.get(control.id, ()):
            if stage.id in sheet.drive.starts:
                return sheet.drive.starts[stage.id].at
        scheduled = self._road.scheduled(control, sheet.entry)
        if scheduled is not None:
            return scheduled
        base: tuple[Control, Instant] | None = None
        for other in self._road.in_leg[control.leg]:
            if other.order >= control.order:
                break
            here = sheet.drive.chosen.get(other.id)
            booked = sheet.check_ins.get(other.id)
            if here is not None:
                base = other, here.at
            elif booked is not None and booked.due is not None:
                base = other, booked.due
        return None if base is None else base[1] + self._road.travel(base[0], control).usual

    def crew_state(self, sheet: Sheet) -> CrewState:
        """Return where a crew is, what is next for it, and its penalty list."""
        last = None if sheet.last is None else self._road.by_id[sheet.last.control]
        coming = None if sheet.out else next_control(self._road, sheet.last)
        return CrewState(
            car=sheet.entry.car_number,
            status=sheet.status,
            leg=None if last is None else last.leg,
            last_control=None if last is None else last.id,
            last_at=None if sheet.last is None else sheet.last.at,
            next_control=None if coming is None else coming.id,
            due=None if coming is None else self.due(sheet, coming),
            penalties=sheet.rows,
            missed=sheet.missed,
            cause=sheet.cause,
        )

    def state(self, control: Control, sheets: Mapping[str, Sheet]) -> ControlState:
        """Return one control's state; the due list is in expected order."""
        due = self._due(control, sheets)
        far = max((at for at in due.values() if at is not None), default=0) + 1
        expected = sorted(
            due, key=lambda car: (due[car] if due[car] is not None else far, sheets[car].entry.order)
        )
        arrived = {
            car: sheet.drive.chosen[control.id]
            for car, sheet in sheets.items()
            if control.id in sheet.drive.chosen
        }
        in_time = sorted(arrived, key=lambda car: (arrived[car].at, sheets[car].entry.order))
        return ControlState(
            control=control.id,
            due={car: due[car] for car in expected},
            arrived={car: arrived[car] for car in in_time},
            stamps=self._stamps(control, sheets),
        )

    def _due(self, control: Control, sheets: Mapping[str, Sheet]) -> dict[str, Instant | None]:
        """Return when each car that is expected, or was seen, is due; computed once for each sheet."""
        known = self._dues.setdefault(control.id, {})
        for car, sheet in sheets.items():
            if car not in known or known[car][0] is not sheet:
                known[car] = sheet, self.due(sheet, control)
        return {
            car: known[car][1]
            for car, sheet in sheets.items()
            if not sheet.out or control.id in sheet.drive.chosen
        }

    def nobodys(self, control: Control) -> list[Placed]:
        """Return the stamps at a control that count and belong to no car, of each passing the first edge."""
        matched = self._book.matched(control.id)
        known = {hit.placed.key for hits in matched.hits.values() for hit in hits}
        known.update(placed.key for group in matched.open for placed in group.stamps[1:])
        return [
            placed
            for placed in sorted(self._book.stamps_at(control.id).values(), key=_by_time)
            if placed.key not in known
            and not self._book.withdrawn(placed)
            and not self._book.spurious(placed.key)
        ]

    def unplaced(self) -> dict[str, StampState]:
        """Return the stamps of no control."""
        stamps = sorted(self._book.stamps_at(None).values(), key=_by_time)
        return {
            placed.key: self._plain(placed, "no assignment of this device holds at this instant")
            for placed in stamps
        }

    def _stamps(self, control: Control, sheets: Mapping[str, Sheet]) -> dict[str, StampState]:
        matched = self._book.matched(control.id)
        owners = {hit.placed.key: (car, hit) for car, hits in matched.hits.items() for hit in hits}
        groups = {placed.key: group for group in matched.open for placed in group.stamps}
        found: dict[str, StampState] = {}
        for placed in sorted(self._book.stamps_at(control.id).values(), key=_by_time):
            if placed.key in owners:
                car, hit = owners[placed.key]
                found[placed.key] = self._owned(placed, car, hit, sheets[car])
            elif placed.key in groups:
                found[placed.key] = self._open(control, placed, groups[placed.key], sheets)
            else:
                found[placed.key] = self._plain(placed, "")
        return found

    def _owned(self, placed: Placed, car: str, hit: Hit, sheet: Sheet) -> StampState:
        control = placed.control or ""
        fate, why = sheet.drive.fates.get(control, {}).get(placed.key, (Disposition.ASSIGNED, ""))
        return _state(placed, fate, why, car, hit.by)

    def _open(
        self, control: Control, placed: Placed, group: Group, sheets: Mapping[str, Sheet]
    ) -> StampState:
        if placed is not group.stamps[0]:
            return _state(placed, Disposition.DUPLICATE_EDGE, "another edge of the same passing")
        why = placed.no_time
        if placed.named and placed.car is None:
            why = f"{placed.named!r} is no car of this rally"
        candidates = rank_candidates(self._road, self._book, control, placed, sheets)
        state = _state(placed, Disposition.RAW, why)
        return StampState(
            key=state.key,
            seq=state.seq,
            stamp=state.stamp,
            control=state.control,
            source=state.source,
            car=None,
            assigned_by=None,
            disposition=state.disposition,
            reason=why,
            candidates=candidates,
            clock=state.clock,
        )

    def _plain(self, placed: Placed, why: str) -> StampState:
        if self._book.withdrawn(placed):
            return _state(placed, Disposition.WITHDRAWN, "taken back by the one who made it")
        if self._book.spurious(placed.key):
            return _state(placed, Disposition.SPURIOUS, "marked as a false trigger")
        return _state(placed, Disposition.RAW, why)


def _by_time(placed: Placed) -> tuple[Instant, str]:
    return placed.at, placed.key


def _state(
    placed: Placed,
    disposition: Disposition,
    why: str,
    car: str | None = None,
    by: AssignedBy | None = None,
) -> StampState:
    return StampState(
        key=placed.key,
        seq=placed.seq,
        stamp=placed.said,
        control=placed.control,
        source=placed.source.value,
        car=car,
        assigned_by=by,
        disposition=disposition,
        reason=why,
        clock=placed.clock,
    )
