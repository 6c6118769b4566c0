"""Proposals for a line where the electronic time is missing and an observer took the time by hand.

The pairs come from the same observer and one electronic clock, with no restart of either in between
(FIS ICR 611.3.2.1); course cars do not count.
"""

from collections import Counter
from collections.abc import Mapping

from timing.core.decisions import CorrectTime, Reason, TimeBasis, Withdraw
from timing.core.instant import Duration, Instant, format_duration
from timing.core.line_book import LineBook
from timing.core.proposals import Proposal, ProposalKind, proposal_id
from timing.core.readings import Source
from timing.core.replacement_time import GRAIN, Pair, Replacement, replacement_time
from timing.core.road import Road
from timing.core.rulings import Ruled
from timing.core.sheet import Sheet
from timing.core.stamps import SENSORS, Hit


class Replacements:
    """Makes the proposals for replacement times."""

    def __init__(self, road: Road, book: LineBook, sheets: Mapping[str, Sheet]) -> None:
        self._road = road
        self._book = book
        self._sheets = sheets

    def at(self, control: str, sheet: Sheet, standing: Ruled | None) -> Proposal | None:
        """Return what is proposed for a crew at a line, where that does not stand already."""
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

    def _replacement(self, control: str, sheet: Sheet, hand: Hit) -> Replacement | None:
        found: list[tuple[tuple[str, int | None], Instant, int, Hit, Hit]] = []
        for car, hits in self._book.matched(control).hits.items():
            other = self._sheets.get(car)
            if other is None or other is sheet or other.entry.course_car:
                continue
            chosen = other.drive.chosen.get(control)
            sensed = next((h for h in hits if chosen is not None and h.placed.key == chosen.key), None)
            if sensed is None or sensed.placed.source not in SENSORS:
                continue
            by_hand = [hit for hit in hits if self._same_observer(hand, hit, sensed)]
            if by_hand:
                nearest = min(by_hand, key=lambda hit: (abs(hit.at - sensed.at), hit.placed.key))
                clock = (sensed.placed.stamp.device, sensed.placed.stamp.boot)
                start = self._started(control, other, sensed.at)
                found.append((clock, start, other.entry.order, nearest, sensed))
        if not found:
            return None
        counts = Counter(one[0] for one in found)
        clock = min(counts, key=lambda one: (-counts[one], one[0], one[1] or 0))
        own = (self._started(control, sheet, hand.at), sheet.entry.order)
        kept = sorted((one for one in found if one[0] == clock), key=lambda one: one[1:3])
        before = sum(1 for one in kept if one[1:3] < own)
        pairs = [
            Pair(
                car=by_hand.placed.car or "",
                place=place if place < before else place + 1,
                hand=by_hand.at,
                electronic=sensed.at,
                keys=(by_hand.placed.key, sensed.placed.key),
                seqs=(by_hand.placed.seq, sensed.placed.seq),
            )
            for place, (_, _, _, by_hand, sensed) in enumerate(kept)
        ]
        mode = self._road.rules_at(control).eet_neighbours
        return replacement_time(hand.at, before, pairs, mode)

    def _same_observer(self, hand: Hit, other: Hit, sensed: Hit) -> bool:
        """Whether a stamp is a hand time of the same passing, by the observer who took `hand`."""
        one, two = hand.placed, other.placed
        return (
            two.source is Source.H
            and not two.no_time
            and (two.stamp.device, two.stamp.boot) == (one.stamp.device, one.stamp.boot)
            and abs(other.at - sensed.at) <= self._road.preset.pass_gap
        )

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


def _signed(value: Duration) -> str:
    return format_duration(value, GRAIN, sign=True)
