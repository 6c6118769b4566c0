"""A crew that falls out of several legs: each restart is offered by itself, re-entries by their number."""

from dataclasses import replace

from tests.core.rallies import Pen, Road, at, span, told
from tests.core.stops import ICELAND, accepted, all_accepted, field, in_any_order
from timing.core.decisions import Retire, Role
from timing.core.event import Event
from timing.core.instant import DAY, MINUTE
from timing.core.itinerary import ControlKind
from timing.core.preset import OtlEffect, RestartRule
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


def test_a_restarted_crew_is_expected_at_every_control_of_the_new_day_and_at_those_before_it_stopped() -> (
    None
):
    pen = Pen()
    records = [
        # On the first day it was never at TC1; it stopped behind the stage.
        *driven_at(pen, "SS1", "2", at("09:04"), "6:30.0"),
        pen.rule(Retire("2", "SS1.FF", "gearbox"), "out1", Role.CLERK, at=at("10:00")),
        # On the second day it is at TC2 and stops; on the third it drives the stage without TC3.
        pen.stamp("TC2", "00:00", "2", at=at("09:01") + DAY),
        pen.rule(Retire("2", "TC2", "gearbox"), "out2", Role.CLERK, at=at("10:00") + DAY),
        *driven_at(pen, "SS3", "2", at("09:04") + 2 * DAY, "6:10.0"),
    ]
    assert told(three_days(ICELAND), records).crew_state("2").missed == ("TC1", "TC3")


def test_a_crew_seen_on_the_day_of_its_retirement_stays_retired_and_the_stamps_are_shown() -> None:
    pen = Pen()
    records = [
        pen.stamp("TC1", "00:00", "2", at=at("09:01")),
        pen.rule(Retire("2", "TC1", "gearbox"), "out", Role.CLERK, at=at("09:30")),
        *driven_at(pen, "SS1", "2", at("09:04"), "6:30.0"),
    ]
    sheet = told(three_days(ICELAND), records).sheet("2")
    assert (sheet.standing, sheet.restarted, sheet.seen_after_stop) == (StandingStatus.RETIRED, False, True)


def late_then_out(pen: Pen) -> list[Record]:
    """Car 2 is 41 minutes late at the end of the first day, and retires on the second."""
    return [
        pen.stamp("TC1", "00:00", "2", at=at("09:01")),
        *driven_at(pen, "SS1", "2", at("09:04"), "6:30.0"),
        pen.stamp("TC1.IN", "00:00", "2", at=at("10:25")),
        pen.stamp("TC2", "00:00", "2", at=at("09:01") + DAY),
        pen.rule(Retire("2", "TC2", "gearbox"), "out", Role.CLERK, at=at("10:00") + DAY),
        *driven_at(pen, "SS3", "2", at("09:04") + 2 * DAY, "6:10.0"),
    ]


def test_being_over_the_lateness_on_one_day_and_out_on_the_next_are_two_restarts() -> None:
    rally = in_any_order(three_days(ICELAND), late_then_out(Pen()))
    stop = rally.sheet("2").stop
    assert stop is not None
    assert [(one.leg, one.status) for one in (*stop.earlier, stop)] == [
        (1, StandingStatus.OTL),
        (2, StandingStatus.RETIRED),
    ]
    charges = [p.control for p in rally.proposals() if p.kind is ProposalKind.RESTART_CHARGE]
    assert charges == ["TC2", "TC2.IN", "TC3"]


def test_where_lateness_excludes_a_retirement_by_the_clerk_goes_before_it() -> None:
    event = three_days(ICELAND)
    strict = replace(event, preset=replace(event.preset, otl_effect=OtlEffect.EXCLUDE))
    stop = told(strict, late_then_out(Pen())).sheet("2").stop
    assert stop is not None
    assert (stop.leg, stop.status, stop.earlier) == (2, StandingStatus.RETIRED, ())
    late = [record for record in late_then_out(Pen()) if record.key != "D/out"]
    sheet = told(strict, late).sheet("2")
    assert (sheet.restarted, sheet.standing) == (False, StandingStatus.OTL)
