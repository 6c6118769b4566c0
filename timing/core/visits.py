"""Controls that a crew should have visited and did not, visited twice, or should not have visited.

A time control or a passage without a time costs what the regulations say for it, or waits for an
official: a missing stamp is often only a marshal without a network. British road rallies charge 1
minute or 1 fail for a control missed, late beyond the limit or visited twice, and 15 minutes for a
main time control (Motorsport UK NCR 2026 p464). An off-course checkpoint of a time-speed-distance
event has no ideal time: a visit costs a fixed penalty. Time checks are never scored.
"""

from collections.abc import Iterable, Mapping

from timing.core.entries import Entry
from timing.core.itinerary import PASSAGE_CONTROLS, Control, ControlKind
from timing.core.preset import Preset
from timing.core.rates import amount
from timing.core.results import Amount, Chosen, Disposition, PenaltyRow
from timing.core.road import Road
from timing.core.stamps import LATER_PASSING


def missed_charge(control: Control, preset: Preset) -> tuple[Amount | None, int]:
    """Return what a control costs that a crew never visited, and the fails instead where they count.

    The amount is None where an official decides.
    """
    if control.kind in PASSAGE_CONTROLS:
        value, fails = preset.missed_passage, preset.missed_passage_fails
    elif control.kind is ControlKind.MTC and (preset.missed_mtc is not None or preset.missed_mtc_fails):
        value, fails = preset.missed_mtc, preset.missed_mtc_fails
    else:
        value, fails = preset.missed_control, preset.missed_control_fails
    if preset.fails and fails:
        return amount(0, preset.unit), fails
    return None if value is None else amount(value, preset.unit), 0


def missed_rows(
    road: Road,
    entry: Entry,
    missed: Iterable[Control],
    unvisited: Mapping[str, str],
    chosen: Mapping[str, Chosen],
    last: Chosen | None,
) -> list[PenaltyRow]:
    """Return the rows of the controls that a crew missed.

    Args:
        road: the event's look-ups.
        entry: the crew.
        missed: the controls.
        unvisited: those where it has a time that does not count, with the reason.
        chosen: its times.
        last: where it was seen last, which is the proof that it has passed the others.
    """
    rows: list[PenaltyRow] = []
    for control in missed:
        cost, fails = missed_charge(control, road.rules_at(control.id))
        proof = chosen.get(control.id) if control.id in unvisited else last
        text = f"no time here, seen later at {last.control}" if last is not None else ""
        if control.id in unvisited:
            text = f"counts as not visited: {unvisited[control.id]}"
        records = (proof.seq,) if proof is not None else ()
        rows.append(_row(entry, control, "missed control", cost, fails, text, records))
    return rows


def closed_passages(road: Road, chosen: Mapping[str, Chosen]) -> dict[str, str]:
    """Return the passages that a crew came to when they had closed, with the reason."""
    return {
        control.id: "after the control had closed"
        for control in road.closing_passages
        if control.id in chosen and road.hours[control.id].too_late(chosen[control.id].at)
    }


def visit_rows(
    road: Road,
    entry: Entry,
    chosen: Mapping[str, Chosen],
    fates: Mapping[str, Mapping[str, tuple[Disposition, str]]],
) -> list[PenaltyRow]:
    """Return the rows of off-course checkpoints visited and of passages visited twice."""
    rows: list[PenaltyRow] = []
    for control in road.off_course:
        visit = chosen.get(control.id)
        if visit is not None:
            value = road.rules_at(control.id).off_course
            cost = None if value is None else amount(value, road.preset.unit)
            rows.append(_row(entry, control, "off course", cost, 0, "a visit off the course", (visit.seq,)))
    for control in road.once_only:
        if control.id in chosen and _visited_again(fates.get(control.id, {})):
            rules = road.rules_at(control.id)
            fails = rules.missed_passage_fails if rules.fails else 0
            cost = amount(0 if fails else rules.visited_twice or 0, road.preset.unit)
            records = (chosen[control.id].seq,)
            rows.append(_row(entry, control, "visited twice", cost, fails, "a later passing", records))
    return rows


def _visited_again(fates: Mapping[str, tuple[Disposition, str]]) -> bool:
    return any(why == LATER_PASSING for _, why in fates.values())


def _row(
    entry: Entry,
    control: Control,
    rule: str,
    cost: Amount | None,
    fails: int,
    text: str,
    records: tuple[int, ...],
) -> PenaltyRow:
    return PenaltyRow(
        car=entry.car_number,
        rule=rule,
        amount=cost,
        control=control.id,
        leg=control.leg,
        text=text,
        records=records,
        fails=fails,
    )
