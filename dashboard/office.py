"""The office of a running rally: what is certified and issued, its documents, and results as of earlier.

It follows the journal, not the live rally: its own fold stops at each place that an act of publication
names. What stands is then put into the live rally, in the loop; folding and writing go on in a thread.
"""

import asyncio
import itertools
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.document_store import DocumentStore
from dashboard.official_documents import Due, Made, documents_due, documents_of
from timing.core.admission import Published
from timing.core.decisions import Decision
from timing.core.event import Event
from timing.core.instant import Instant
from timing.core.official_fold import OfficialFold
from timing.core.official_sheets import ListSheet, StageSheet
from timing.core.publication import Need, is_publication
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import Changes
from timing.journal.journal import Journal

#: Folds of earlier places that are kept; each is a whole rally.
_KEPT = 3


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a list of documents says of one."""

    id: str
    kind: str
    subject: str
    state: str
    version: int
    at: str
    seq: int
    upto: int
    results_digest: str


@dataclass(slots=True)
class Office:
    """Follows the journal for one rally. `follow` after each act of publication; the rest asks for itself."""

    event: Event
    journal: Journal
    rally: Rally
    store: DocumentStore
    announce: Callable[[Changes], None]
    published: Published
    """What boards read: a state of affairs that changes only in the loop."""
    documents: dict[str, DocumentFacts] = field(default_factory=dict)
    differing: set[str] = field(default_factory=set)
    """Documents that stand as they were written while the journal now gives others."""
    _fold: OfficialFold | None = None
    _earlier: OrderedDict[int, OfficialFold] = field(default_factory=OrderedDict)
    _alone: tuple[int, Rally] | None = None
    _late: OfficialFold | None = None
    _late_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def restore(self) -> None:
        """Take up what was published in earlier lives of the service."""
        if await asyncio.to_thread(self._anything):
            await self.follow()

    async def follow(self) -> OfficialFold:
        """Bring the fold to where the journal is, write new documents, and let what stands stand.

        Only read the fold without awaiting anything: the next `follow` moves it on.
        """
        async with self._lock:
            fold, made = await asyncio.to_thread(self._advance)
            self._put(fold, made)
        return fold

    async def refusal(self, decision: Decision) -> str:
        """Return why an act of publication would have no effect now, or an empty text."""
        await self.follow()
        async with self._lock:
            return await asyncio.to_thread(self._at_head().refusal, decision)

    async def sheet(self, *, stage: str | None = None, scope: str | None = None) -> StageSheet | ListSheet:
        """Return the results of a stage or a classification as the journal gives them now.

        Raises:
            KeyError: there is no such stage or scope.
        """
        await self.follow()
        async with self._lock:
            fold = self._at_head()
            found = await asyncio.to_thread(fold.sheet, Need(stage, scope, fold.place))
        if found is None:
            raise KeyError(stage or scope)
        return found

    async def place(self, at: Instant) -> int:
        """Return the journal place that had been reached at an instant."""
        return (await self.follow()).place_at(at)

    async def as_of(self, place: int) -> OfficialFold:
        """Return the rally and its publications as of a journal place; it stays as it is.

        Raises:
            KeyError: the journal has no such place.
        """
        await self.follow()
        async with self._lock:
            fold = self._at_head()
            if not 0 <= place <= fold.place:
                raise KeyError(place)
            found = self._earlier.pop(place, None)
            if found is None:
                found = await asyncio.to_thread(fold.at, place)
            self._earlier[place] = found
            while len(self._earlier) > _KEPT:
                self._earlier.popitem(last=False)
        return found

    async def late(self, until: Instant) -> OfficialFold:
        """Return the rally and its publications as the journal gave them at an instant that moves on.

        What a public that is shown everything late may know now. Only read it without awaiting anything: the
        next asker moves it on.
        """
        async with self._late_lock:
            if self._late is None:
                fold = OfficialFold(self.event, self.kept(), lines=False)
                await asyncio.to_thread(fold.advance, _up_to(self.journal.read(), until))
                self._late = fold
            self._late.advance(_up_to(self.journal.read(self._late.place), until))
            return self._late

    async def records_alone(self, place: int) -> Rally:
        """Return the rally that the records up to a place give, with nothing certified put in its place.

        Raises:
            KeyError: the journal has no such place.
        """
        await self.follow()
        async with self._lock:
            fold = self._at_head()
            if not 0 <= place <= fold.place:
                raise KeyError(place)
            if self._alone is None or self._alone[0] != place:
                self._alone = place, await asyncio.to_thread(fold.records_alone, place)
            return self._alone[1]

    def kept(self) -> Mapping[str, StageSheet | ListSheet]:
        """Return the exact results that were certified or issued, by their digest, as they were written."""
        return self.store.kept(self.event)

    def _at_head(self) -> OfficialFold:
        assert self._fold is not None
        return self._fold

    def _anything(self) -> bool:
        return any(
            isinstance(record.body, Decision) and is_publication(record.body)
            for record in self.journal.read()
        )

    def _advance(self) -> tuple[OfficialFold, list[Made]]:
        if self._fold is None:
            self._fold = self._taken_up()
        fold = self._fold
        fold.advance(self.journal.read(fold.place))
        if self._lacks_words(fold):
            # A list that was issued in an earlier life became official in this one.
            fold = self._fold = OfficialFold(self.event, self.kept())
            fold.advance(self.journal.read())
        made = list(documents_of(fold, self.store.key.public, self.documents))
        self.differing.update(self.store.write(made))
        return fold, made

    def _taken_up(self) -> OfficialFold:
        """Fold the journal; what is written already need not be worked out in words once more."""
        kept = self.kept()
        fold = OfficialFold(self.event, kept, lines=False)
        fold.advance(self.journal.read())
        due = documents_due(fold, self.store.key.public)
        there = {each.id: found for each in due if (found := self._written(each)) is not None}
        if len(there) < len(due):
            fold = OfficialFold(self.event, kept)
            fold.advance(self.journal.read())
        fold.say_how()
        self.documents = there
        self.differing = {ident for ident, facts in there.items() if facts.results_digest in fold.departed}
        return fold

    def _lacks_words(self, fold: OfficialFold) -> bool:
        """Whether a document is to be made of a version that was taken up without its words."""
        due = documents_due(fold, self.store.key.public) if fold.wordless else []
        return any(each.id not in self.documents and each.version_seq <= fold.wordless for each in due)

    def _written(self, due: Due) -> DocumentFacts | None:
        """What is known of a document that was written for just this decision; None: it is to be made."""
        text = self.store.read(due.id)
        try:
            document = {} if text is None else json.loads(text)["document"]
            facts = _facts(document) if document else None
            seq = document.get("final", document["decision"])["seq"] if document else None
        except (ValueError, KeyError, TypeError):
            return None
        if facts is None or seq != due.seq or facts.results_digest != due.results_digest:
            return None
        return facts

    def _put(self, fold: OfficialFold, made: list[Made]) -> None:
        self.documents |= {each.id: _facts(dict(each.document)) for each in made}
        self.documents = dict(sorted(self.documents.items(), key=lambda item: item[1].seq))
        now = fold.publications.published
        moved = {stage for stage, state in now.stages.items() if self.published.stages.get(stage) != state}
        self.published.stages = dict(now.stages)
        self.published.lists = dict(now.lists)
        self.published.certified = dict(now.certified)
        self.published.issued = dict(now.issued)
        changes = self.rally.stand(fold.publications.standing()) | Changes(stages=frozenset(moved))
        if changes.standings or changes.stages:
            self.announce(changes)


def _facts(document: dict[str, Any]) -> DocumentFacts:
    subject = document["subject"]
    decision = document.get("final", document["decision"])
    return DocumentFacts(
        id=document["id"],
        kind=document["kind"],
        subject=subject.get("stage") or subject["scope"],
        state=document["state"],
        version=document["version"],
        at=decision["at"],
        seq=decision["seq"],
        upto=document["records"]["last"],
        results_digest=document["results_digest"],
    )


def _up_to(records: Iterator[Record], until: Instant) -> Iterator[Record]:
    return itertools.takewhile(lambda record: record.received_at <= until, records)
