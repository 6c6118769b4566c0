"""What of an arrival is new, and how it is written: the half of ingest that talks to the journal."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from timing import health
from timing.core.decisions import Decision
from timing.core.instant import Instant
from timing.core.readings import Fix, Heartbeat, Rejected, Stamp
from timing.core.records import Record, body_key
from timing.health import Health
from timing.ingest_queue import Arrival
from timing.ingest_replay import is_from_device
from timing.journal.journal import Journal, Quarantined, StoredFix
from timing.journal.record import Draft, UnrecordableError
from timing.riders import Riders


@dataclass(slots=True)
class Sorted:
    """Arrivals taken apart: what is new for the record, fixes, and what was not believed."""

    drafts: list[Draft] = field(default_factory=list)
    fixes: list[StoredFix] = field(default_factory=list)
    refused: list[Quarantined] = field(default_factory=list)


class Recorder:
    """Finds repetitions by their keys, and writes records, fixes and refused bytes.

    `riders` say which car each tracker rides in.
    """

    def __init__(self, journal: Journal, riders: Riders, counters: Counter[str]) -> None:
        self._journal = journal
        self._riders = riders
        self._counters = counters
        self._known: dict[str, Instant] = {}
        self.health = Health()

    def know(self, keys: dict[str, Instant]) -> None:
        """Take up the keys of records that are in the journal, with their instants."""
        self._known.update(keys)

    def sort(self, arrivals: Iterable[Arrival]) -> Sorted:
        """Take arrivals apart and leave out the records that are known already."""
        parts = Sorted()
        for arrival in arrivals:
            for item in arrival.readings:
                match item:
                    case Fix():
                        parts.fixes.append(self._stored_fix(arrival, item))
                    case Rejected():
                        parts.refused.append(_quarantined(arrival, item))
                        if item.reading is not None:
                            self.health.number(item.reading, arrival.received_at)
                    case Heartbeat(device=health.SELF_TEST):
                        continue  # it has come all the way in, which is what it was for
                    case _:
                        draft = Draft(
                            received_at=arrival.received_at, origin=arrival.origin, body=item, raw=arrival.raw
                        )
                        if not self._again(draft, parts.refused):
                            parts.drafts.append(draft)
        return parts

    def crossings(self, stamps: Iterable[Stamp], received_at: Instant) -> list[Draft]:
        """Return the stamps found by position that are not on record yet, each with its proof."""
        drafts = []
        for stamp in stamps:
            key = body_key(stamp)
            if key not in self._known:
                self._known[key] = stamp.at
                drafts.append(Draft(received_at=received_at, origin=f"tracks:{stamp.device}", body=stamp))
        return drafts

    def _again(self, draft: Draft, refused: list[Quarantined]) -> bool:
        """Whether a draft is known already; a known identity with another time is shown to a person."""
        key = body_key(draft.body)
        known = self._known.get(key)
        if known is None:
            self._known[key] = draft.body.at
            return False
        self._counters["duplicates"] += 1
        if isinstance(draft.body, Decision):
            return True
        if is_from_device(draft.origin):
            self.health.reading(draft.body, draft.received_at, again=True)
        if known != draft.body.at:
            # A device that lost count starts again at numbers it has used: its stamps are new ones.
            refused.append(
                Quarantined(
                    received_at=draft.received_at,
                    origin=draft.origin,
                    raw=draft.raw,
                    reason="identity_reused",
                    detail=f"{key} was recorded with another time, {draft.body.at - known:+d} µs apart",
                    device=draft.body.device,
                    suggestion="the device has lost count: give it a new boot number, then enter this time",
                )
            )
        return True

    async def append(self, drafts: Sequence[Draft], refused: list[Quarantined]) -> list[Record]:
        """Write records, durable when this returns; those without a written form go to `refused`."""
        try:
            found = await self._journal.append(drafts) if drafts else []
        except UnrecordableError:
            found = [record for draft in drafts for record in await self._append_one(draft, refused)]
        records = [record for record in found if record is not None]
        self._counters["records"] += len(records)
        self._counters["duplicates"] += len(found) - len(records)
        for record in records:
            if not isinstance(record.body, Decision) and is_from_device(record.origin):
                self.health.reading(record.body, record.received_at)
        return records

    async def _append_one(self, draft: Draft, refused: list[Quarantined]) -> list[Record | None]:
        try:
            return await self._journal.append([draft])
        except UnrecordableError as error:
            self._known.pop(body_key(draft.body), None)
            device = None if isinstance(draft.body, Decision) else draft.body.device
            refused.append(_unrecordable(draft.received_at, draft.origin, draft.raw, device, error))
            return []

    async def append_fixes(self, fixes: Sequence[StoredFix], refused: list[Quarantined]) -> list[StoredFix]:
        """Write fixes; return those that were new, and put those without a written form to `refused`."""
        try:
            fresh = await self._journal.append_fixes(fixes)
        except UnrecordableError:
            fresh = []
            for stored in fixes:
                try:
                    fresh += await self._journal.append_fixes([stored])
                except UnrecordableError as error:
                    fresh.append(False)
                    device = stored.fix.device
                    refused.append(_unrecordable(stored.received_at, stored.origin, b"", device, error))
        new = []
        for stored, is_new in zip(fixes, fresh, strict=True):
            self.health.reading(stored.fix, stored.received_at, again=not is_new)
            if is_new:
                new.append(stored)
        self._counters["fixes"] += len(new)
        self._counters["duplicates"] += len(fixes) - len(new)
        return new

    async def refuse(self, refused: Sequence[Quarantined]) -> None:
        """Keep what was not believed, durable when this returns."""
        if not refused:
            return
        await self._journal.quarantine(refused)
        self._counters["rejected"] += len(refused)
        for item in refused:
            self.health.refused(item.device, item.reason, item.received_at)

    def _stored_fix(self, arrival: Arrival, fix: Fix) -> StoredFix:
        car = self._riders.at(fix.device, fix.at)
        if car is None:
            self._counters["unknown_trackers"] += 1
        return StoredFix(received_at=arrival.received_at, origin=arrival.origin, fix=fix, car=car)


def _quarantined(arrival: Arrival, item: Rejected) -> Quarantined:
    return Quarantined(
        received_at=arrival.received_at,
        origin=arrival.origin,
        raw=item.raw or arrival.raw,
        reason=item.reason,
        detail=item.detail,
        device=item.device,
        suggestion=item.suggestion,
    )


def _unrecordable(
    received_at: Instant, origin: str, raw: bytes, device: str | None, error: Exception
) -> Quarantined:
    return Quarantined(
        received_at=received_at,
        origin=origin,
        raw=raw,
        reason="unrecordable",
        detail=str(error),
        device=device,
    )
