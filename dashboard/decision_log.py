"""The corrections log: every decision in the order in which it was recorded, and whether it still stands."""

import asyncio
import dataclasses
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field

from dashboard.acts_in import act_out
from dashboard.messages import Json
from timing.core.decisions import AssignCar, Decision, MarkSpurious, Restore, Withdraw, decision_id_key
from timing.core.event import Event
from timing.core.instant import format_instant
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.core.rulings import Rulings
from timing.journal.journal import Journal


@dataclass(slots=True)
class DecisionLog:
    """The decisions of a journal, read as it grows."""

    event: Event
    find: Callable[[str], Record | None] = lambda key: None
    """Gives the record of a key, to say which stamp a decision is about."""
    records: list[Record] = field(default_factory=list)
    """The records that hold a decision, in the order of the journal."""
    _place: int = 0
    _rulings: Rulings = field(init=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._rulings = Rulings(self.event.entries)

    async def follow(self, journal: Journal) -> None:
        """Take in what the journal has got since the last call; reading goes on in a thread."""
        async with self._lock:
            new, place = await asyncio.to_thread(_decisions, journal, self._place)
            self._place = place
            self.take(new)

    def take(self, records: Iterable[Record]) -> None:
        """Take in records in the order of the journal; those without a decision are passed over."""
        for record in records:
            if isinstance(record.body, Decision):
                self.records.append(record)
                self._rulings.add(record.body, record.seq)

    def stands(self, decision: str) -> bool:
        """Return whether a decision (by its id) is neither replaced nor taken back."""
        return self._rulings.stands(decision)

    def rows(self, most: int, before: int | None = None) -> list[Json]:
        """Return the newest decisions, newest first; `before` is a journal place to go on from."""
        chosen = [record for record in self.records if before is None or record.seq < before]
        return [self.row(record) for record in reversed(chosen[-most:])]

    def row(self, record: Record) -> Json:
        """Return one decision for people: what, by whom, in which office, why, and whether it stands."""
        decision = record.body
        assert isinstance(decision, Decision)
        row: Json = {
            "seq": record.seq,
            "id": decision.id,
            "at": format_instant(decision.at),
            "received_at": format_instant(record.received_at),
            "author": decision.author,
            "role": decision.role.value,
            "act": act_out(decision.act),
            "stands": self.stands(decision.id),
        }
        if decision.reason is not None:
            row["reason"] = decision.reason.value
        if decision.text:
            row["text"] = decision.text
        if decision.supersedes is not None:
            row["supersedes"] = decision.supersedes
        return row | self._about(decision)

    def _about(self, decision: Decision) -> Json:
        """The stamp that a decision is about, in words, or the act that it takes back."""
        act = decision.act
        if isinstance(act, Withdraw):
            undone = self.find(decision_id_key(act.decision))
            if undone is not None and isinstance(undone.body, Decision):
                return {"undoes": act_out(undone.body.act), **self._about(undone.body)}
        if isinstance(act, AssignCar | MarkSpurious | Restore):
            record = self.find(act.stamp)
            if record is not None and isinstance(record.body, Stamp):
                return {"stamp": stamp_text(self.event, record.body)}
        return {}

    def about(self, *, stamps: Container[str], car: str, stage: str, controls: Container[str]) -> list[Json]:
        """Return the decisions that touch a crew's result on a stage, in the order of the journal.

        Args:
            stamps: the keys of the stamps at the stage's lines.
            car: the crew.
            stage: the stage.
            controls: the stage's lines.
        """
        found: dict[str, Record] = {}
        for record in self.records:
            decision = record.body
            assert isinstance(decision, Decision)
            if _concerns(decision, stamps, car, stage, controls) or _target(decision) in found:
                found[decision.id] = record
        return [self.row(record) for record in found.values()]


def stamp_text(event: Event, stamp: Stamp) -> str:
    """Return a stamp in words: its maker and its time."""
    maker = stamp.device if not stamp.device.startswith("web-") else stamp.control or stamp.device
    made = f"{maker} {stamp.channel}" if stamp.channel else maker
    return f"{made}, {event.time.format(stamp.at, stamp.resolution)}"


def _decisions(journal: Journal, after: int) -> tuple[list[Record], int]:
    found: list[Record] = []
    place = after
    for record in journal.read(after):
        place = record.seq
        if isinstance(record.body, Decision):
            found.append(record)
    return found, place


def _target(decision: Decision) -> str | None:
    """The decision that another takes back or replaces."""
    return decision.act.decision if isinstance(decision.act, Withdraw) else decision.supersedes


def _concerns(
    decision: Decision, stamps: Container[str], car: str, stage: str, controls: Container[str]
) -> bool:
    """Whether an act is about these stamps, or about the crew or everybody at this stage or its lines."""
    act = decision.act
    names = {each.name: getattr(act, each.name) for each in dataclasses.fields(act)}
    if "stamp" in names:
        return names["stamp"] in stamps
    if names.get("car", car) != car:
        return False
    if "stage" in names or "control" in names:
        return names.get("stage") == stage or names.get("control") in controls
    return False
