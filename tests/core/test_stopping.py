"""A crew that falls out of several legs: each restart is offered by itself, re-entries by their number."""

from dataclasses import replace

from tests.core.rallies import Pen, Road, at, span, told
from tests.core.stops import ICELAND, accepted, all_accepted, field, in_any_order
from timing.core.decisions import Retire, Role
from timing.core.event import Event
from timing.core.instant import DAY, MINUTE
from timing.core.itinerary import ControlKind
from timing.core.preset import RestartRule
from timing.core.proposals import ProposalKind
from timing.core.records import Record
from timing.core.results import StandingStatus
from timing.presets import load_preset


def driven_at(pen: Pen, stage: str, car: str, start: int, time: str) -> list[Record]:
    return [
        pen.stamp(f"{stage}.START", "00:00", car, at=start),
        pen.stamp(f"{stage}.FF", "00:00", car, at=start + span(time)),
    ]


def three_days(restart: RestartRule) -> Event:
    """A stage a day for three days."""
    road = Road()
    for leg in (1, 2, 3):
        road.put(f"TC{leg}", ControlKind.ATC, "0", first="09:00", leg=leg)
        road.special(f"SS{leg}", "0.1", leg=leg, split=False)
        road.put(f"TC{leg}.IN", ControlKind.TC, "30", target="0:40:00", leg=leg)
    return road.event(replace(load_preset("FIA_STAGE"), start_interval=MINUTE, restart=restart), field())


def out_twice(pen: Pen) -> list[Record]:
    """Car 2 breaks down before the stage on the first and on the second day; it drives the third."""
    records: list[Record] = []
    for day in (1, 2, 3):
        records.append(pen.stamp(f"TC{day}", "00:00", "2", at=at("09:01") + (day - 1) * DAY))
        for car, minute, time in (("1", 3, "6:00.0"), ("3", 5, "5:00.0")):
            records += driven_at(pen, f"SS{day}", car, at("09:00") + (day - 1) * DAY + minute * MINUTE, time)
    records += driven_at(pen, "SS3", "2", at("09:04") + 2 * DAY, "6:10.0")
    return [
        *records,
        pen.rule(Retire("2", "TC1", "gearbox"), "out1", Role.CLERK, at=at("10:00")),
        pen.rule(Retire("2", "TC2", "gearbox"), "out2", Role.CLERK, at=at("10:00") + DAY),
    ]


def test_a_crew_that_falls_out_twice_is_offered_both_days_and_the_ladder_of_re_entries() -> None:
    pen = Pen()
    event = three_days(ICELAND)
    records = out_twice(pen)
    rally = in_any_order(event, records)
    assert [(p.kind, p.stage or p.control, p.value) for p in rally.proposals()] == [
        (ProposalKind.RESTART, "SS1", span("11:00.0")),
        (ProposalKind.RESTART_CHARGE, "TC1.IN", span("5:00")),
        (ProposalKind.RESTART_CHARGE, "TC2", span("10:00")),
        (ProposalKind.RESTART, "SS2", span("11:00.0")),
        (ProposalKind.RESTART_CHARGE, "TC2.IN", span("5:00")),
        (ProposalKind.RESTART_CHARGE, "TC3", span("5:00")),
    ]
    after = all_accepted(pen, event, records)
    assert after.proposals() == ()
    row = after.classification("overall").rows["2"]
    assert (row.status, row.complete) == (StandingStatus.CLASSIFIED, True)
    assert row.total == span("6:10.0") + span("22:00") + span("25:00")
    assert after.crew_state("2").missed == ()


def test_what_an_earlier_restart_was_given_stays_when_the_crew_retires_for_good() -> None:
    pen = Pen()
    event = three_days(ICELAND)
    records = out_twice(pen)
    taken = [accepted(pen, p, f"yes{n}") for n, p in enumerate(told(event, records).proposals())]
    for_good = pen.rule(Retire("2", "SS3.FF"), "out3", Role.CLERK, at=at("12:00") + 2 * DAY)
    rally = told(event, [*records, *taken, for_good])
    assert rally.classification("overall").rows["2"].status is StandingStatus.RETIRED
    assert rally.proposals() == ()
