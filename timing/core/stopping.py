"""Where a crew stopped competing: by a ruling or by being over its lateness; and from which legs it went on.

A crew may fall out of a leg, go on with the next and fall out of that one too: each counts by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from timing.core.check_ins import CheckIns
from timing.core.decisions import Disqualify, Retire
from timing.core.drive import Drive
from timing.core.instant import Instant
from timing.core.itinerary import Control
from timing.core.preset import OtlEffect
from timing.core.results import Chosen, PenaltyRow, StandingStatus
from timing.core.road import Road
from timing.core.rulings import CarRulings, Ruled


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where a crew's rally (or its leg) ended: nothing of that leg behind `order` was driven.

    `earlier` are the stops on legs before, from which it had gone on.
    """

    order: int
    leg: int
    cause: str
    status: StandingStatus
    earlier: tuple["Stop", ...] = ()


def find_stop(
    road: Road,
    drive: Drive,
    rulings: CarRulings,
    over: Sequence[Control],
    counted: CheckIns,
    last: Chosen | None,
) -> tuple[Stop | None, bool]:
    """Return where a crew stopped last, or for good, and whether it restarted from there.

    Args:
        road: the event's look-ups.
        drive: the crew's times.
        rulings: what was ruled about it.
        over: the controls at which it was over its lateness, in road order.
        counted: its check-ins, which say why.
        last: its time at the last control of the road where it was seen.
    """
    left: list[Stop] = []
    for stop in _stops(road, drive, rulings, over, counted):
        if not _goes_on(road, last, stop):
            return replace(stop, earlier=tuple(left)), False
        left.append(stop)
    if not left:
        return None, False
    return replace(left[-1], earlier=tuple(left[:-1])), True


def _stops(
    road: Road, drive: Drive, rulings: CarRulings, over: Sequence[Control], counted: CheckIns
) -> list[Stop]:
    """The place of each leg at which the crew fell out of it, in road order."""
    ruled = rulings.competing
    act = ruled.decision.act if ruled is not None else None
    if ruled is not None and isinstance(act, Disqualify):
        return [_ruled(road, drive, ruled, None, ruled.decision.text, StandingStatus.DSQ)]
    found: dict[int, Stop] = {}
    if act is None or (isinstance(act, Retire) and road.preset.otl_effect is OtlEffect.RETIRE_LEG):
        for control in over:
            cause = counted.check_ins[control.id].over_lateness
            late = Stop(order=control.order, leg=control.leg, cause=cause, status=StandingStatus.OTL)
            found.setdefault(control.leg, late)
    for ruled in rulings.retirements:
        stop = _retired(road, drive, ruled)
        # An earlier ruling is either put right by the last one, or tells of another leg: then the crew was
        # not seen behind it there.
        if ruled is rulings.competing or not _seen_behind(road, drive, stop):
            found[stop.leg] = stop
    return sorted(found.values(), key=lambda stop: stop.order)


def _retired(road: Road, drive: Drive, ruled: Ruled) -> Stop:
    act = ruled.decision.act
    assert isinstance(act, Retire)
    status = StandingStatus.RETIRED if drive.chosen else StandingStatus.DNS
    return _ruled(road, drive, ruled, act.control, act.cause, status)


def _ruled(
    road: Road, drive: Drive, ruled: Ruled, where: str | None, cause: str, status: StandingStatus
) -> Stop:
    control = road.by_id.get(where) if where else None
    if control is None:
        control = _last_seen(road, drive, ruled.decision.at)
    order, leg = (control.order, control.leg) if control is not None else (-1, 0)
    return Stop(order=order, leg=leg, cause=cause, status=status)


def _last_seen(road: Road, drive: Drive, until: Instant) -> Control | None:
    seen = [road.by_id[chosen.control] for chosen in drive.chosen.values() if chosen.at <= until]
    return max(seen, key=lambda control: control.order, default=None)


def _seen_behind(road: Road, drive: Drive, stop: Stop) -> bool:
    """Whether the crew was seen on the same leg behind the place where it is said to have stopped."""
    controls = (road.by_id[control] for control in drive.chosen)
    return any(control.leg == stop.leg and control.order > stop.order for control in controls)


def _goes_on(road: Road, last: Chosen | None, stop: Stop) -> bool:
    """Whether a crew that fell out of a leg was seen on a later one, where the preset lets it restart."""
    if last is None or road.by_id[last.control].leg <= stop.leg:
        return False
    if stop.status is StandingStatus.RETIRED:
        # Whoever retired before the first leg began never started.
        return road.preset.restart is not None and stop.leg > 0
    return stop.status is StandingStatus.OTL and road.preset.otl_effect is OtlEffect.RETIRE_LEG


def excused(control: Control, stop: Stop | None, *, restarted: bool) -> bool:
    """Return whether a crew is not expected at a control because it had stopped before."""
    if stop is None:
        return False
    if any(control.leg == one.leg and control.order > one.order for one in stop.earlier):
        return True
    if control.order <= stop.order:
        return False
    return not restarted or control.leg == stop.leg


def row_excused(road: Road, row: PenaltyRow, stop: Stop, *, restarted: bool) -> bool:
    """Return whether a penalty is for something behind the place where the crew had stopped."""
    control = road.by_id.get(row.control or "")
    return control is not None and excused(control, stop, restarted=restarted)
