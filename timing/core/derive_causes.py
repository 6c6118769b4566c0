"""Derivations of why a fixed penalty is due: over the lateness, a control missed, a control visited twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from timing.core.derivation import Kind, Operation, Working
from timing.core.drive import Drive
from timing.core.lateness import limits_at
from timing.core.results import CheckIn, Chosen, PenaltyRow
from timing.core.road import Road
from timing.core.rulings import Ruled
from timing.core.stamps import LATER_PASSING, Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a crew's rows rest on: its times, its check-ins, where it was seen last, all its stamps."""

    drive: Drive
    check_ins: Mapping[str, CheckIn]
    last: Chosen | None
    hits: Mapping[str, Sequence[Hit]]
    extensions: Sequence[Ruled] = ()


def derive_cause(work: Working, road: Road, row: PenaltyRow, seen: Seen) -> None:
    """Write down what shows that a row is due, as far as it is a comparison of numbers."""
    if row.control not in road.by_id:
        return
    control = row.control
    if control is None:
        return
    match row.rule:
        case "over lateness":
            _over(work, road, control, seen)
        case "missed control":
            if control in seen.check_ins and seen.check_ins[control].over_lateness:
                _over(work, road, control, seen)
            elif control not in seen.drive.chosen and seen.last is not None:
                _passed(work, road, control, seen.last)
        case "visited twice":
            _again(work, road, control, seen)
        case _:
            return


def _over(work: Working, road: Road, control: str, seen: Seen) -> None:
    """By how many minutes a check-in is beyond the limit that it passed."""
    check_in = seen.check_ins.get(control)
    if check_in is None or check_in.late is None:
        return
    limits, late = limits_at(road, road.by_id[control], seen.extensions), check_in.late
    if limits.early is not None and -late > limits.early:
        name, minutes, limit = "minutes early", -late, limits.early
    elif limits.control is not None and late > limits.control:
        name, minutes, limit = "minutes late here", late, limits.control
    elif limits.total is not None and check_in.in_all > limits.total:
        name, minutes, limit = "minutes late in all", check_in.in_all, limits.total
    else:
        return
    at = seen.drive.chosen.get(control)
    work.given(name, minutes, Kind.COUNT, None if at is None else at.seq)
    work.given("allowed", limit, Kind.COUNT)
    work.reckon("minutes beyond the limit", Operation.SUBTRACT, name, "allowed")


def _passed(work: Working, road: Road, control: str, last: Chosen) -> None:
    """How far behind a control without a time the crew was seen later, in controls along the road."""
    here = work.given("place along the road", road.by_id[control].order, Kind.COUNT)
    name = f"place of {last.control}, seen last"
    there = work.given(name, road.by_id[last.control].order, Kind.COUNT, last.seq)
    work.reckon("controls further on", Operation.SUBTRACT, there, here)


def _again(work: Working, road: Road, control: str, seen: Seen) -> None:
    """How long after the passing that counts the next one was, and what is still the same passing."""
    first = seen.drive.chosen.get(control)
    fates = seen.drive.fates.get(control, {})
    later = [
        hit for hit in seen.hits.get(control, ()) if fates.get(hit.placed.key, (None, ""))[1] == LATER_PASSING
    ]
    if first is None or not later:
        return
    next_one = min(later, key=lambda hit: (hit.at, hit.placed.key))
    work.given("first passing", first.at, Kind.INSTANT, first.seq)
    work.given("later passing", next_one.at, Kind.INSTANT, next_one.placed.seq)
    work.given("one passing lasts at most", road.preset.pass_gap, Kind.DURATION)
    work.reckon("apart", Operation.SUBTRACT, "later passing", "first passing")
    work.reckon("beyond one passing", Operation.SUBTRACT, "apart", "one passing lasts at most")
