"""What a start does: the journal into the rally, the fixes since the checkpoint into the positions."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from timing.core.decisions import Decision
from timing.core.instant import Instant
from timing.core.positions import Tracking
from timing.core.rally import Rally
from timing.core.readings import Stamp
from timing.core.records import Record, body_key
from timing.garbage import without_collecting
from timing.health import Health
from timing.journal.journal import Journal
from timing.riders import Riders

_log = logging.getLogger(__name__)

#: The name under which the journal keeps the state of the positions.
POSITIONS = "positions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay found: how many records, their keys and instants, crossings not yet recorded."""

    records: int
    known: dict[str, Instant]
    crossings: tuple[Stamp, ...]


def replay(journal: Journal, rally: Rally, tracking: Tracking, health: Health, riders: Riders) -> Replayed:
    """Bring rally, positions and health to where the journal is."""
    with without_collecting():
        records = list(journal.read())
        rally.add_many(records)
    for record in records:
        if not isinstance(record.body, Decision) and is_from_device(record.origin):
            health.reading(record.body, record.received_at)
    rally.clocks.table.turned()  # the drives are followed with all that was decided
    after = _take_up(journal, tracking, riders)
    for record in records:
        if isinstance(record.body, Stamp) and record.body.crossing is not None:
            tracking.known_crossing(record.body)
    crossings: list[Stamp] = []
    for stored in journal.read_fixes(after):
        health.reading(stored.fix, stored.received_at)
        car = riders.of(stored)
        if car is not None:
            crossings += tracking.add([(car, stored.fix)], stored.received_at).stamps
    return Replayed(
        records=len(records),
        known=_known(records),
        crossings=tuple(crossings),
    )


def written(tracking: Tracking, last_fix: int, riders: Riders) -> bytes:
    """Return the checkpoint of the positions, in which the fixes up to number `last_fix` are."""
    value = {"fixes": last_fix, "riders": riders.table.swaps(), "tracking": tracking.snapshot()}
    return json.dumps(value, separators=(",", ":")).encode()


def _known(records: Iterable[Record]) -> dict[str, Instant]:
    """Every identity on record, also by what the content of an old record would be called today."""
    known = {record.key: record.body.at for record in records}
    marked = [record.body for record in records if isinstance(record.body, Stamp) and record.body.marks]
    return known | {body_key(stamp): stamp.at for stamp in marked}


def is_from_device(origin: str) -> bool:
    """Whether an origin is a device's link, not a page and not our own finding."""
    return not origin.startswith(("web:", "tracks:"))


def _take_up(journal: Journal, tracking: Tracking, riders: Riders) -> int:
    """Restore the kept positions; return the number of the last fix that is in them."""
    kept = journal.load_checkpoint(POSITIONS)
    if kept is None:
        return 0
    try:
        value = json.loads(kept)
        last = int(value["fixes"])
        if value.get("riders", "") != riders.table.swaps():
            return 0  # another tracker is known to have been in a car since: all fixes are followed again
        tracking.restore(value["tracking"])
    except (KeyError, TypeError, ValueError) as error:
        # A checkpoint only saves time: without it, all fixes are matched again.
        _log.warning("the kept positions are not usable (%r): matching all fixes again", error)
        return 0
    return last
