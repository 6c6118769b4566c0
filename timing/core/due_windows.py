"""When each car may come to a control, kept up to date while cars pass the controls before it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from timing.core.entries import Entry
from timing.core.instant import MINUTE, Instant
from timing.core.itinerary import Control, ControlKind
from timing.core.matching import Window
from timing.core.road import Road
from timing.core.stamps import Hit

#: Gives a car's stamps at a control, in order of time.
HitsAt = Callable[[str, str], Sequence[Hit]]


@dataclass(slots=True)
class _Kept:
    """The windows of one control by car, and the cars that were seen elsewhere since."""

    windows: dict[str, Window]
    stale: set[str] = field(default_factory=set)


class DueWindows:
    """The windows of one rally's controls; they are worked out for controls that are asked about only."""

    def __init__(self, road: Road, hits_at: HitsAt) -> None:
        self._road = road
        self._hits_at = hits_at
        self._kept: dict[str, _Kept] = {}
        self._feeders = {control.id: self._feeders_of(control) for control in road.controls}
        feeds: dict[str, list[str]] = {control.id: [] for control in road.controls}
        for ident, feeders in self._feeders.items():
            for feeder in feeders:
                feeds[feeder.id].append(ident)
        self._feeds: Mapping[str, Sequence[str]] = feeds

    def _feeders_of(self, control: Control) -> tuple[Control, ...]:
        """The controls before it whose times say when a car is due here, nearest first."""
        previous = self._road.previous(control.id)
        if previous is None:
            return ()
        return tuple(
            other
            for other in reversed(self._road.in_leg[control.leg])
            if previous.order <= other.order < control.order
        )

    def fed_by(self, ident: str) -> Sequence[str]:
        """Return the later controls, in road order, where a car's time here says when it is due."""
        return self._feeds[ident]

    def moved(self, ident: str, cars: Iterable[str]) -> None:
        """Take note that the stamps of some cars at a control are other ones now."""
        for later in self._feeds[ident]:
            kept = self._kept.get(later)
            if kept is not None:
                kept.stale.update(cars)

    def at(self, control: Control) -> Mapping[str, Window]:
        """Return when each car that is due at a control by the road may come."""
        entries = self._road.event.entries.by_number
        kept = self._kept.get(control.id)
        if kept is None:
            kept = self._kept[control.id] = _Kept({}, {*entries})
        for car in kept.stale:
            window = self._window(control, entries[car])
            if window is not None:
                kept.windows[car] = window
            else:
                kept.windows.pop(car, None)
        kept.stale.clear()
        return kept.windows

    def _window(self, control: Control, entry: Entry) -> Window | None:
        road = self._road
        if road.previous(control.id) is None:
            due = road.scheduled(control, entry)
            early = road.rules_at(control.id).opens_before
            return None if due is None else Window(due - early, due, due + 30 * MINUTE)
        for feeder in self._feeders[control.id]:
            at = first_time(self._hits_at(feeder.id, entry.car_number), road.opens[feeder.leg])
            if at is None and feeder.kind is ControlKind.RESTART:
                # The out time is assigned: a car leaves by the schedule, seen there or not.
                at = road.scheduled(feeder, entry)
            if at is not None:
                travel = road.travel(feeder, control)
                return Window(at + travel.least, at + travel.usual, at + travel.most)
        return None


def first_time(hits: Sequence[Hit], opens: Instant | None) -> Instant | None:
    """Return the first time that can belong to the rally, out of a car's stamps in order of time."""
    for hit in hits:
        at = hit.placed.stamp.at
        if not hit.placed.no_time and (opens is None or at >= opens):
            return at
    return None
