"""The evidence for one result, for officials: the bytes, what was read out of them, and whose each stamp is.

Pure but for `find`, which reads a record of the journal by its key.
"""

from collections.abc import Callable, Iterable
from typing import Any

from dashboard.board import result_row
from dashboard.messages import Json, plain
from dashboard.standings import standing_row
from timing.core.clocks import say_length, say_offset
from timing.core.event import Event
from timing.core.instant import SECOND, Duration, format_duration, format_instant
from timing.core.itinerary import Control, Stage
from timing.core.rally import Rally
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.core.results import Chosen, ControlState, Disposition, StampState

#: Stamps of other cars, or of none, that are shown because they are so near to the time that counts.
NEAR: Duration = 30 * SECOND
MOST_NEAR = 6
_SHOWN_BYTES = 400

Find = Callable[[str], Record | None]


def evidence(rally: Rally, stage: Stage, car: str, find: Find) -> Json:
    """Return everything on which a crew's result on a stage rests, line by line.

    Raises:
        KeyError: there is no such car.
    """
    return {
        "controls": [
            at_control(rally, rally.event.itinerary.controls[control], car, find) for control in stage.lines
        ],
        **_outcome(rally, stage, car),
    }


def at_control(rally: Rally, control: Control, car: str, find: Find) -> Json:
    """Return a crew's stamps at one line, those near to them, and which gives the time."""
    state = rally.control_state(control.id)
    chosen = state.arrived.get(car)
    own = [stamp for stamp in state.stamps.values() if stamp.car == car]
    row: Json = {
        "control": control.id,
        "name": control.name,
        "kind": control.kind.value,
        "stamps": [_stamp(rally, stamp, chosen, find) for stamp in own],
        "near": [_stamp(rally, stamp, chosen, find) for stamp in _near(state, car, own, chosen)],
    }
    if chosen is not None:
        row["chosen"] = _chosen(rally.event, chosen)
    return row


def stamp_keys(rally: Rally, stage: Stage) -> frozenset[str]:
    """Return the keys of all stamps at a stage's lines."""
    return frozenset(key for control in stage.lines for key in rally.control_state(control).stamps)


def _near(
    state: ControlState, car: str, own: Iterable[StampState], chosen: Chosen | None
) -> list[StampState]:
    """The stamps that might have been this crew's: near to its time, or offered for it and nobody's."""
    moments = [stamp.at for stamp in own] or ([] if chosen is None else [chosen.at])
    due = state.due.get(car)
    if not moments and due is not None:
        moments = [due]
    found: list[tuple[Duration, StampState]] = []
    for stamp in state.stamps.values():
        if stamp.car == car:
            continue
        apart = min((abs(stamp.at - moment) for moment in moments), default=None)
        offered = stamp.car is None and any(each.car == car for each in stamp.candidates)
        if offered or (apart is not None and apart <= NEAR):
            found.append((apart or 0, stamp))
    found.sort(key=lambda pair: (pair[0], pair[1].key))
    return sorted((stamp for _, stamp in found[:MOST_NEAR]), key=lambda stamp: (stamp.at, stamp.key))


def _chosen(event: Event, chosen: Chosen) -> Json:
    row: Json = {
        "at": format_instant(chosen.at),
        "text": event.time.format(chosen.at, 1),
        "source": chosen.source,
        "key": chosen.key,
        "seq": chosen.seq,
        "by": chosen.assigned_by.value,
        "marks": "".join(chosen.marks),
    }
    if chosen.review:
        row["review"] = chosen.review
    return row


def _stamp(rally: Rally, state: StampState, chosen: Chosen | None, find: Find) -> Json:
    event, stamp = rally.event, state.stamp
    row: Json = {
        "key": state.key,
        "seq": state.seq,
        "at": format_instant(state.at),
        "text": event.time.format(state.at, stamp.resolution),
        "clock": _clock(event, state),
        "resolution": say_length(stamp.resolution),
        "device": stamp.device,
        "channel": stamp.channel,
        "named": stamp.car,
        "source": state.source,
        "car": state.car,
        "by": None if state.assigned_by is None else state.assigned_by.value,
        "disposition": state.disposition.value,
        "reason": state.reason,
        "marks": [mark.value for mark in stamp.marks],
        "note": stamp.note,
        "assignment": _assignment(rally, stamp),
        "crossing": _crossing(event, stamp),
        "uncertainty": None if stamp.uncertainty is None else say_length(stamp.uncertainty),
        "candidates": [{"car": each.car, "score": each.score, "why": each.why} for each in state.candidates],
        "used": chosen is not None and chosen.key == state.key,
        **_record(find(state.key)),
    }
    counted = state.disposition not in (Disposition.SPURIOUS, Disposition.WITHDRAWN)
    if chosen is not None and chosen.key != state.key and counted:
        row["difference"] = format_duration(state.at - chosen.at, _common(stamp.resolution), sign=True)
    return {name: value for name, value in row.items() if value not in (None, "", [])}


def _clock(event: Event, state: StampState) -> str | None:
    """In words, what was done to the time because of its device's clock."""
    note = state.clock
    if note is None:
        return None
    said = [note.doubt] if note.doubt else []
    if note.offset:
        said.append(
            f"the device showed {event.time.format(note.raw, 1)}, its clock was {say_offset(note.offset)}"
        )
    for ruled, what in ((note.dropped, "dropped"), (note.accepted, "accepted")):
        if ruled is not None:
            said.append(f"its clock was {what} by {ruled.decision.author}")
    return "; ".join(said) or None


def _common(resolution: Duration) -> Duration:
    """Differences are shown no finer than the coarser clock can tell, and no coarser than a second."""
    return min(max(resolution, 1), SECOND)


def _record(record: Record | None) -> Json:
    """How a stamp came in: by which way, when, as which bytes."""
    if record is None:
        return {}
    raw = record.raw[:_SHOWN_BYTES]
    shown: Json = {"bytes": len(record.raw)}
    if raw:
        text = raw.decode("utf-8", "replace")
        legible = all(sign.isprintable() or sign in "\r\n\t" for sign in text) and "\ufffd" not in text
        shown["raw"] = text.strip("\r\n") if legible else raw.hex(" ")
    return {
        "origin": record.origin,
        "received_at": format_instant(record.received_at),
        "hash": record.hash.hex(),
        **shown,
    }


def _assignment(rally: Rally, stamp: Stamp) -> str | None:
    """In words, why a device's channel is this line."""
    if stamp.control is not None:
        return None
    event, found = rally.event, rally.clocks.table.place(stamp.device, stamp.channel, stamp.at)
    if found is None:
        return "no assignment of this device holds at this instant"
    since = "" if found.since is None else f", since {event.time.format(found.since, SECOND)}"
    channel = found.channel or "every channel"
    return f"{channel} is line {found.source} of {found.control}{since}"


def _crossing(event: Event, stamp: Stamp) -> Json | None:
    """The two fixes that prove a time found by position."""
    crossing = stamp.crossing
    if crossing is None:
        return None
    return {
        "before": event.time.format(crossing.before.at, 1_000),
        "before_m": f"{crossing.before_m:.1f}",
        "after": event.time.format(crossing.after.at, 1_000),
        "after_m": f"{crossing.after_m:+.1f}",
    }


def _outcome(rally: Rally, stage: Stage, car: str) -> Json:
    """The result, the crews beside it on the sheet, and its place in each list that counts the stage."""
    outcome: Json = {}
    results = rally.stage_results(stage.id)
    result = results.get(car)
    if result is not None:
        outcome["result"] = plain(result_row(rally.event, stage, result))
        order = list(results)
        place = order.index(car)
        beside: dict[str, Any] = {}
        for other in order[max(0, place - 1) : place + 2]:
            beside[other] = plain(result_row(rally.event, stage, results[other]))
        outcome["beside"] = beside
    entry = rally.event.entries.by_number[car]
    standings: Json = {}
    for scope in ("overall", f"leg-{stage.leg}", f"class-{entry.class_}"):
        if scope in rally.scopes():
            listed = rally.classification(scope)
            if car in listed.rows:
                standings[scope] = plain(standing_row(rally.event, listed, car, listed.rows[car]))
    outcome["standings"] = standings
    return outcome
