"""Proposals for a line where the electronic time is missing and an observer took the time by hand.

The pairs come from the same observer and one electronic clock, with no restart of either in between
(FIS ICR 611.3.2.1); course cars do not count.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from timing.core.decisions import CorrectTime, Reason, TimeBasis, Withdraw
from timing.core.instant import Duration, Instant, format_duration
from timing.core.line_book import LineBook
from timing.core.proposals import Proposal, ProposalKind, proposal_id
from timing.core.readings import Source
from timing.core.replacement_time import FEWEST, GRAIN, Pair, Replacement, replacement_time
from timing.core.road import Road
from timing.core.rulings import Ruled
from timing.core.sheet import Sheet
from timing.core.stamps import SENSORS, Hit


@dataclass(frozen=True, slots=True)
class _Both:
    """A crew with an electronic and a hand time at a line: which clock, which observer, and its place."""

    car: str
    clock: tuple[str, int]
    observer: tuple[str, int]
    place: tuple[Instant, int]
    hand: Hit
    sensed: Hit


class Replacements:
    """Makes the proposals for replacement times; remembers each until something at its line changes."""

    def __init__(self, road: Road, book: LineBook, sheets: Mapping[str, Sheet]) -> None:
        self._road = road
        self._book = book
        self._sheets = sheets
        self._both: dict[str, tuple[_Both, ...]] = {}
        self._made: dict[str, dict[str, tuple[Sheet, Ruled | None, Proposal | None]]] = {}

    def renew(self, controls: Iterable[str]) -> None:
        """Take note that something at these controls changed."""
        for control in controls:
            self._both.pop(control, None)
            self._made.pop(control, None)

    def measured(self, controls: Iterable[str]) -> frozenset[str]:
        """Return those of the controls at which enough crews have both times."""
        return frozenset(control for control in controls if len(self._with_both(control)) >= FEWEST)

    def at(self, control: str, sheet: Sheet, standing: Ruled | None) -> Proposal | None:
        """Return what is proposed for a crew at a line, where that does not stand already."""
        made = self._made.setdefault(control, {})
        known = made.get(sheet.entry.car_number)
        if known is None or known[0] is not sheet or known[1] is not standing:
            known = sheet, standing, self._make(control, sheet, standing)
            made[sheet.entry.car_number] = known
        return known[2]

    def _make(self, control: str, sheet: Sheet, standing: Ruled | None) -> Proposal | None:
        act = standing.decision.act if standing is not None else None
        stands = act if isinstance(act, CorrectTime) else None
        if stands is not None and stands.basis is not TimeBasis.REPLACEMENT:
            return None
        hand = self._hand(control, sheet, stands)
        if stands is None:
            found = self._replacement(control, sheet, hand) if hand is not None else None
            return None if found is None or hand is None else self._proposal(control, sheet, hand, found)
        gone = ""
        found = None
        if self._electronic(control, sheet) is not None:
            gone = "the electronic time was found"
        elif hand is None:
            gone = "its hand time is gone"
        else:
            found = self._replacement(control, sheet, hand)
            gone = "fewer than three pairs are left" if found is None else ""
        if found is None or hand is None:
            return self._taken_back(control, sheet, stands, standing, gone)
        proposal = self._proposal(control, sheet, hand, found, stands=stands.at, standing=standing)
        if found.at == stands.at and stands.basis_records in ((), proposal.basis):
            return None
        return proposal

    def _hits(self, control: str, car: str) -> tuple[Hit, ...]:
        return self._book.matched(control).hits.get(car, ())

    def _hand(self, control: str, sheet: Sheet, stands: CorrectTime | None) -> Hit | None:
        """The hand time that is to be corrected: the car's chosen one, or that on which a ruling rests."""
        hands = [
            hit
            for hit in self._hits(control, sheet.entry.car_number)
            if hit.placed.source is Source.H and not hit.placed.no_time
        ]
        chosen = sheet.drive.chosen.get(control)
        wanted = chosen.key if chosen is not None else ""
        if stands is not None:
            wanted = stands.basis_records[0] if stands.basis_records else ""
        named = next((hit for hit in hands if hit.placed.key == wanted), None)
        if named is None and stands is not None and not wanted:
            return min(hands, key=lambda hit: (hit.at, hit.placed.key), default=None)
        return named

    def _electronic(self, control: str, sheet: Sheet) -> Hit | None:
        """The car's own time by a sensor, whatever stands instead."""
        sensed = [
            hit
            for hit in self._hits(control, sheet.entry.car_number)
            if hit.placed.source in SENSORS and not hit.placed.no_time
        ]
        return min(sensed, key=lambda hit: (hit.at, hit.placed.key), default=None)

    def _with_both(self, control: str) -> tuple[_Both, ...]:
        """The competing crews that have both times at a line."""
        known = self._both.get(control)
        if known is None:
            known = self._both[control] = tuple(self._find_both(control))
        return known

    def _find_both(self, control: str) -> Iterator[_Both]:
        for car, hits in self._book.matched(control).hits.items():
            sheet = self._sheets.get(car)
            chosen = sheet.drive.chosen.get(control) if sheet is not None else None
            if sheet is None or chosen is None or sheet.entry.course_car:
                continue
            sensed = next((hit for hit in hits if hit.placed.key == chosen.key), None)
            if sensed is None or sensed.placed.source not in SENSORS:
                continue
            place = self._started(control, sheet, sensed.at), sheet.entry.order
            nearest: dict[tuple[str, int], Hit] = {}
            for hit in sorted(hits, key=lambda hit: (abs(hit.at - sensed.at), hit.placed.key)):
                same_passing = abs(hit.at - sensed.at) <= self._road.preset.pass_gap
                if hit.placed.source is Source.H and not hit.placed.no_time and same_passing:
                    nearest.setdefault(_clock(hit), hit)
            for observer, hand in nearest.items():
                yield _Both(car, _clock(sensed), observer, place, hand, sensed)

    def _replacement(self, control: str, sheet: Sheet, hand: Hit) -> Replacement | None:
        found = [one for one in self._with_both(control) if one.observer == _clock(hand)]
        if not found:
            return None
        counts = Counter(one.clock for one in found)
        clock = min(counts, key=lambda one: (-counts[one], one))
        kept = sorted((one for one in found if one.clock == clock), key=lambda one: one.place)
        own = (self._started(control, sheet, hand.at), sheet.entry.order)
        before = sum(1 for one in kept if one.place < own)
        pairs = [
            Pair(
                car=one.car,
                place=place if place < before else place + 1,
                hand=one.hand.at,
                electronic=one.sensed.at,
                keys=(one.hand.placed.key, one.sensed.placed.key),
                seqs=(one.hand.placed.seq, one.sensed.placed.seq),
            )
            for place, one in enumerate(kept)
        ]
        mode = self._road.rules_at(control).eet_neighbours
        return replacement_time(hand.at, before, pairs, mode)

    def _started(self, control: str, sheet: Sheet, otherwise: Instant) -> Instant:
        """By what the field is put in order: the start of the stage, at a test's line the passing itself."""
        stage = self._road.special_at.get(control)
        start = sheet.drive.starts.get(stage.id) if stage is not None else None
        return start.at if start is not None else otherwise

    def _proposal(
        self,
        control: str,
        sheet: Sheet,
        hand: Hit,
        found: Replacement,
        *,
        stands: Instant | None = None,
        standing: Ruled | None = None,
    ) -> Proposal:
        car = sheet.entry.car_number
        keys = (hand.placed.key, *(key for pair in found.pairs for key in pair.keys))
        act = CorrectTime(control, car, found.at, TimeBasis.REPLACEMENT, keys)
        clock = self._road.event.time.format
        text = (
            f"{clock(found.at, GRAIN)} = by hand {clock(hand.at, GRAIN)} less "
            f"{_signed(found.correction)}, the mean of {len(found.pairs)} pairs: "
            + ", ".join(f"car {pair.car} {_signed(pair.difference)}" for pair in found.pairs)
        )
        if stands is not None:
            text = f"{clock(stands, GRAIN)} stands; now {text}"
        return Proposal(
            id=proposal_id(ProposalKind.REPLACEMENT, control, car, act, keys),
            kind=ProposalKind.REPLACEMENT,
            car=car,
            control=control,
            act=act,
            reason=Reason.EET,
            text=text,
            value=found.at,
            stands=stands,
            basis=keys,
            records=(hand.placed.seq, *(seq for pair in found.pairs for seq in pair.seqs)),
            standing=standing.decision.id if standing is not None else None,
            stale=standing is not None,
            low_confidence=found.low_confidence,
        )

    def _taken_back(
        self, control: str, sheet: Sheet, stands: CorrectTime, standing: Ruled | None, gone: str
    ) -> Proposal:
        car = sheet.entry.car_number
        ident = standing.decision.id if standing is not None else ""
        back = Withdraw(ident)
        return Proposal(
            id=proposal_id(ProposalKind.REPLACEMENT, control, car, back, ()),
            kind=ProposalKind.REPLACEMENT,
            car=car,
            control=control,
            act=back,
            reason=Reason.EET,
            text=f"{self._road.event.time.format(stands.at, GRAIN)} stands as a replacement time: {gone}",
            stands=stands.at,
            standing=ident,
            stale=True,
        )


def _clock(hit: Hit) -> tuple[str, int]:
    """The device that made a stamp and since which start of it: its clock."""
    stamp = hit.placed.stamp
    return stamp.device, -1 if stamp.boot is None else stamp.boot


def _signed(value: Duration) -> str:
    return format_duration(value, GRAIN, sign=True)
