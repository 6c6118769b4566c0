"""The rally and its publications folded together, place by place in the order of the journal.

A certified result is that of the records up to a place. So this fold stops at each place that an act
names, writes down the results there, and only then goes on. It answers from its records alone: a new
fold over the same records gives the same versions, to the byte.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from timing.core.decisions import Decision
from timing.core.event import Event
from timing.core.instant import Instant
from timing.core.official_results import list_sheet, stage_sheet
from timing.core.official_sheets import ListSheet, StageSheet
from timing.core.publication import Need, Publications, is_publication, need, pending
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import Changes

#: Results at places that are kept for acts that may still name them.
_KEPT = 200


class OfficialFold:
    """A rally as of a journal place (`place`), with what was published by then.

    Args:
        event: the rally.
        kept: certified or issued results by their digest, from documents that were written when they
            were; they stand where the event folder has changed since and no longer gives them.
        lines: whether sheets say of each result how it came about (see `say_how`).
    """

    def __init__(
        self,
        event: Event,
        kept: Mapping[str, StageSheet | ListSheet] | None = None,
        *,
        lines: bool = True,
    ) -> None:
        self.event = event
        self.rally = Rally(event)
        self.publications = Publications(event)
        self.departed: set[str] = set()
        """Digests of what stands as it was kept, while the records now give something else."""
        self.wordless = 0
        """Up to this place versions were decided without saying of their results how they came about."""
        self._kept = kept or {}
        self._lines = lines
        self._records: list[Record] = []
        self._sheets: dict[Need, StageSheet | ListSheet] = {}

    @property
    def place(self) -> int:
        """The journal place that the fold has reached, 0 before the first record."""
        return self._records[-1].seq if self._records else 0

    def hash_at(self, place: int) -> bytes:
        """Return the hash of the record at a place that was reached; zeros at 0."""
        found = self.record(place)
        return bytes(32) if found is None else found.hash

    def place_at(self, at: Instant) -> int:
        """Return the place of the last record that had reached us at an instant; 0 before the first."""
        return next((record.seq for record in reversed(self._records) if record.received_at <= at), 0)

    def record(self, place: int) -> Record | None:
        """Return the record at a place that was reached, None at 0."""
        count = self._count(place)
        return self._records[count - 1] if count else None

    def advance(self, records: Iterable[Record]) -> None:
        """Take in the records behind `place`; they count in the order of the journal."""
        first = self.place
        new = sorted((record for record in records if record.seq > first), key=lambda record: record.seq)
        acts = [
            (record.seq, record.body)
            for record in new
            if isinstance(record.body, Decision) and is_publication(record.body)
        ]
        needs = {seq: need(decision, seq) for seq, decision in acts}
        stops = sorted({wanted.place for wanted in needs.values() if wanted and wanted.place >= first})
        done = 0
        for stop in stops:
            count = bisect_right(new, stop, key=lambda record: record.seq)
            self._take(new[done:count])
            done = max(done, count)
            acts = self._decide(acts, needs, until=stop)
            for wanted in needs.values():
                if wanted is not None and wanted.place == stop:
                    self.sheet(wanted)
        self._take(new[done:])
        self._decide(acts, needs, until=self.place)

    def sheet(self, wanted: Need) -> StageSheet | ListSheet | None:
        """Return the results that are needed; None where there is no such stage or scope.

        Those of a place already passed are folded anew, unless they were asked for then.
        """
        if wanted.place > self.place or not self._exists(wanted):
            return None
        found = self._sheets.get(wanted)
        if found is None and wanted.place < self.place:
            found = self.at(wanted.place).sheet(wanted)
        if found is None:
            found = self._made(wanted)
        self._sheets.pop(wanted, None)
        self._sheets[wanted] = found
        while len(self._sheets) > _KEPT:
            del self._sheets[next(iter(self._sheets))]
        return found

    def at(self, place: int) -> "OfficialFold":
        """Return a new fold of the records up to a place that was reached."""
        earlier = OfficialFold(self.event, self._kept, lines=False)
        earlier.advance(self._records[: self._count(place)])
        if self._lines:
            earlier.say_how()
        return earlier

    def say_how(self) -> None:
        """From now on let sheets say of each result how it came about, as documents do."""
        if not self._lines:
            self.wordless = self.place
        self._lines = True
        self._sheets.clear()

    def records_alone(self, place: int) -> Rally:
        """Return the rally that the records up to a place give, with nothing certified put in its place."""
        rally = Rally(self.event)
        rally.add_many(self._records[: self._count(place)])
        return rally

    def refusal(self, decision: Decision, seq: int | None = None) -> str:
        """Return why an act of publication would have no effect as the next record, or an empty text."""
        after = self.place + 1 if seq is None else seq
        return self.publications.refusal(decision, after, self._meant(decision, need(decision, after)))

    @contextmanager
    def supposing(self, record: Record) -> Iterator[Changes]:
        """Take one more decision in for as long as the context lasts; then all is as it was before.

        Yields what it changes; nothing where the decision is known already.
        """
        decision = record.body
        assert isinstance(decision, Decision)
        if self.rally.record(record.key) is not None:
            yield Changes()
            return
        before, heard = self.publications, self.rally.heard
        changes = self.rally.add(record)
        try:
            if is_publication(decision):
                self.publications = before.copy()
                wanted = need(decision, record.seq)
                self.publications.add(decision, record.seq, self._meant(decision, wanted))
                changes |= self.rally.stand(self.publications.standing())
                changes |= Changes(stages=self.publications.stages_since(before))
            yield changes
        finally:
            self.publications = before
            self.rally.stand(before.standing())
            self.rally.forget(record.key, heard)

    def _count(self, place: int) -> int:
        return bisect_right(self._records, place, key=lambda record: record.seq)

    def _take(self, records: Sequence[Record]) -> None:
        if records:
            self._records += records
            self.rally.add_many(records)

    def _decide(
        self, acts: Sequence[tuple[int, Decision]], needs: Mapping[int, Need | None], until: int
    ) -> list[tuple[int, Decision]]:
        """Let the acts up to a place take effect, in order; return those behind it."""
        stood = False
        for seq, decision in acts:
            if seq <= until:
                refused = self.publications.add(decision, seq, self._meant(decision, needs[seq]))
                stood = stood or not refused
        if stood:
            self.rally.stand(self.publications.standing())
        return [act for act in acts if act[0] > until]

    def _meant(self, decision: Decision, wanted: Need | None) -> StageSheet | ListSheet | None:
        """The results an act is about: those kept under its digest, where the records give others now."""
        if wanted is None:
            return None
        found = self.sheet(wanted)
        named: str = getattr(decision.act, "digest", "")
        kept = self._kept.get(named)
        if found is None or found.digest == named or kept is None or type(kept) is not type(found):
            return found
        self.departed.add(named)
        return kept

    def _exists(self, wanted: Need) -> bool:
        if wanted.stage is not None:
            return wanted.stage in self.event.itinerary.stages
        return wanted.scope in self.rally.scopes()

    def _made(self, wanted: Need) -> StageSheet | ListSheet:
        if wanted.stage is not None:
            return stage_sheet(self.rally, wanted.stage, wanted.place, lines=self._lines)
        assert wanted.scope is not None
        return list_sheet(self.rally, self.publications, wanted.scope, wanted.place, lines=self._lines)

    def amended(self) -> tuple[str, ...]:
        """Return the stages about whose certified times the records now say something else, undecided."""
        return tuple(
            stage
            for stage in self.publications.published.certified
            if pending(self.publications.published, self.rally, stage)
        )
