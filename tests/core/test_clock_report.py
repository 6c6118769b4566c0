"""Clocks before a certification, and clocks set wrongly: found by checks, and by the other clocks."""

from dataclasses import replace

import pytest

from tests.core.publishing import Book, driven
from tests.core.rallies import Pen, at, crews, stage_rally, told
from timing.core.clock_acts import AcceptDevice, CorrectDevice, DropDevice
from timing.core.clock_report import DeviceClock, clock_blockers, clocks_at, device_clock
from timing.core.clock_sightings import Discipline
from timing.core.clock_slips import Slip, SlipKind, slip_of
from timing.core.clocks import ClockState
from timing.core.instant import HOUR, MILLISECOND, MINUTE, SECOND, Duration
from timing.core.rally import Rally
from timing.core.readings import Crossing, Fix, Source, Stamp, SyncCheck
from timing.core.records import Record

CARS = tuple(str(number) for number in range(1, 13))


def check(pen: Pen, device: str, clock: str, offset: int, uncertainty: int = 100) -> Record:
    return pen.record(SyncCheck(device=device, at=at(clock), offset=offset, uncertainty=uncertainty))


def web(record: Record) -> Record:
    return replace(record, origin="web:marshal/Ada")


def finish(pen: Pen, device: str, source: str, ahead: Duration = 0, *, named: bool = True) -> list[Record]:
    """The twelve cars over the finish of SS1, not quite a minute apart, by one device."""
    return [
        pen.stamp(
            "SS1.FF",
            "10:10:00",
            car if named else None,
            device=device,
            source=Source(source),
            at=at("10:10:00") + place * 61_300_000 + place % 3 * 700 + ahead,
        )
        for place, car in enumerate(CARS)
    ]


def starts(pen: Pen) -> list[Record]:
    """The twelve cars sent off, entered on a marshal's page."""
    return [
        web(pen.stamp("SS1.START", f"10:{2 + place:02d}:00", car, device="web-ada"))
        for place, car in enumerate(CARS)
    ]


def rally_of(*records: Record) -> Rally:
    return told(stage_rally(crews(*CARS)), records)


def clock(rally: Rally, device: str) -> DeviceClock:
    return device_clock(rally, device, [clocks_at(rally, c) for c in rally.event.itinerary.controls])


def said(rally: Rally, device: str) -> list[str]:
    return [finding.text for finding in clock(rally, device).findings]


# before a certification -------------------------------------------------------------------------------


def test_a_clock_never_compared_keeps_a_stage_from_being_certified_and_marks_nothing() -> None:
    pen = Pen()
    rally = rally_of(*starts(pen), *finish(pen, "TIMY-1", "A"))
    (blocker,) = clock_blockers(rally, "SS1")
    assert (blocker.kind, blocker.control, blocker.device) == ("clock_unchecked", "SS1.FF", "TIMY-1")
    assert blocker.text == (
        "the clock of TIMY-1 at SS1.FF: not compared with a reference before 10:10:00 or after 10:21:14"
    )
    assert all(row.marks == () for row in rally.stage_results("SS1").values())


@pytest.mark.parametrize(
    ("checks", "lacking"),
    [
        ([("09:00", 0), ("18:00", 0)], ""),
        ([("10:10:00", 0), ("10:21:14.301400", 0)], ""),
        ([("09:00", 0)], "not compared with a reference after 10:21:14"),
        ([("18:00", 0)], "not compared with a reference before 10:10:00"),
        ([("10:10:00.000001", 0), ("18:00", 0)], "not compared with a reference before 10:10:00"),
        ([("09:00", 50_000), ("18:00", -50_000)], ""),
        ([("09:00", 0), ("18:00", 50_001)], "the clock of TIMY-1 was 50.001 ms ahead (record 26)"),
    ],
)
def test_a_clock_needs_a_good_check_before_the_first_time_and_after_the_last(
    checks: list[tuple[str, int]], lacking: str
) -> None:
    pen = Pen()
    records = [*starts(pen), *finish(pen, "TIMY-1", "A")]
    rally = rally_of(*records, *(check(pen, "TIMY-1", when, offset) for when, offset in checks))
    blockers = clock_blockers(rally, "SS1")
    assert [blocker.text.partition("SS1.FF: ")[2] for blocker in blockers] == ([lacking] if lacking else [])


def test_a_check_less_exact_than_what_it_has_to_show_does_not_count() -> None:
    pen = Pen()
    records = [*starts(pen), *finish(pen, "TIMY-1", "A"), check(pen, "TIMY-1", "18:00", 0)]
    coarse = rally_of(*records, check(pen, "TIMY-1", "09:00", 0, uncertainty=60_000))
    assert [b.text[-15:] for b in clock_blockers(coarse, "SS1")] == ["before 10:10:00"]
    fine = rally_of(*records, check(pen, "TIMY-1", "09:00", 0, uncertainty=50_000))
    assert clock_blockers(fine, "SS1") == ()


@pytest.mark.parametrize(
    "act",
    [
        AcceptDevice("TIMY-1"),
        AcceptDevice("TIMY-1", "SS1.FF", at("10:00"), at("11:00")),
        CorrectDevice("TIMY-1", None, None, ((at("10:00"), 7_000),)),
        DropDevice("TIMY-1"),
    ],
)
def test_only_an_act_of_the_timekeeper_overrides_a_lacking_check(
    act: AcceptDevice | CorrectDevice | DropDevice,
) -> None:
    pen = Pen()
    records = [*starts(pen), *finish(pen, "TIMY-1", "A")]
    assert clock_blockers(rally_of(*records), "SS1")
    assert clock_blockers(rally_of(*records, pen.rule(act)), "SS1") == ()


def test_an_acceptance_of_the_first_hour_leaves_the_rest_to_be_checked() -> None:
    pen = Pen()
    records = [*starts(pen), *finish(pen, "TIMY-1", "A")]
    some = pen.rule(AcceptDevice("TIMY-1", None, None, at("10:15")))
    (blocker,) = clock_blockers(rally_of(*records, some), "SS1")
    assert blocker.text.endswith("before 10:15:06 or after 10:21:14")


def test_a_second_clock_that_gives_no_time_needs_no_check_to_certify() -> None:
    pen = Pen()
    records = [*starts(pen), *finish(pen, "TIMY-1", "A"), *finish(pen, "TIMY-2", "B", 300)]
    checks = [check(pen, "TIMY-1", when, 0) for when in ("09:00", "18:00")]
    rally = rally_of(*records, *checks)
    assert clock_blockers(rally, "SS1") == ()
    assert clock(rally, "TIMY-1").state is ClockState.OK
    assert clock(rally, "TIMY-2").state is ClockState.UNCHECKED


def test_pages_and_satellites_keep_their_clocks_right_by_themselves() -> None:
    pen = Pen()
    fix = Fix(device="trk-1", at=at("10:10:00"), lat=33.0, lon=-117.0)
    proof = Crossing(before=fix, after=replace(fix, at=at("10:10:01")), before_m=-8.4, after_m=14.1)
    records = [
        *starts(pen),
        pen.stamp("SS1.FF", "10:10:00.4", "1", device="trk-1", source=Source.G, crossing=proof),
    ]
    rally = rally_of(*records)
    assert clock_blockers(rally, "SS1") == ()
    assert clock(rally, "web-ada").discipline is Discipline.SERVER
    assert clock(rally, "trk-1").discipline is Discipline.SATELLITES
    assert clock(rally, "trk-1").why == "kept right by the satellites"
    # The same stamps from a button box by MQTT need checks.
    boxed = [replace(record, origin="mqtt:rally/test/stamp/box") for record in starts(Pen())]
    assert clock_blockers(rally_of(*boxed), "SS1")


# what is known of a clock -----------------------------------------------------------------------------


def test_the_state_of_a_clock_is_that_of_its_worst_control() -> None:
    pen = Pen()
    records = [*starts(pen), *finish(pen, "TIMY-1", "A")]
    warned = rally_of(*records, check(pen, "TIMY-1", "09:00", 0), check(pen, "TIMY-1", "18:00", 30_000))
    assert clock(warned, "TIMY-1").state is ClockState.WARN
    failed = rally_of(*records, check(pen, "TIMY-1", "09:00", 0), check(pen, "TIMY-1", "18:00", 60_000))
    assert clock(failed, "TIMY-1").state is ClockState.FAIL


def test_a_clock_before_its_first_car() -> None:
    pen = Pen()
    assert clock(rally_of(), "TIMY-1").state is ClockState.UNCHECKED
    assert clock(rally_of(check(pen, "TIMY-1", "09:00", 1_000)), "TIMY-1").state is ClockState.OK
    assert clock(rally_of(check(pen, "TIMY-1", "09:00", 62_000)), "TIMY-1").state is ClockState.FAIL


def test_the_drift_between_the_last_two_checks_and_the_correction_proposed() -> None:
    pen = Pen()
    records = [
        *starts(pen),
        *finish(pen, "TIMY-1", "A"),
        check(pen, "TIMY-1", "08:00", 4 * MILLISECOND),
        check(pen, "TIMY-1", "17:00", -58 * MILLISECOND),
    ]
    rally = rally_of(*records)
    found = clock(rally, "TIMY-1")
    assert found.drift is not None
    assert round(float(found.drift.per_hour)) == -6889
    points = ((at("08:00"), 4_000), (at("17:00"), -58_000))
    assert found.proposed == CorrectDevice("TIMY-1", at("08:00"), at("17:00") + 1, points)
    assert clock_blockers(rally, "SS1")
    corrected = rally_of(*records, pen.rule(found.proposed))
    assert clock_blockers(corrected, "SS1") == ()
    assert clock(corrected, "TIMY-1").proposed is None
    assert clock(corrected, "TIMY-1").state is ClockState.OK


# clocks set wrongly -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "slip"),
    [
        (18 * SECOND, Slip(SlipKind.LEAP_SECONDS, 18 * SECOND)),
        (-18 * SECOND + 499_999, Slip(SlipKind.LEAP_SECONDS, -18 * SECOND)),
        (18 * SECOND + 500_000, None),
        (17 * SECOND + 500_000, None),
        (MINUTE - 20_000, Slip(SlipKind.MINUTES, MINUTE)),
        (-3 * MINUTE, Slip(SlipKind.MINUTES, -3 * MINUTE)),
        (HOUR + 300_000, Slip(SlipKind.HOURS, HOUR)),
        (-9 * HOUR, Slip(SlipKind.HOURS, -9 * HOUR)),
        (15 * HOUR, None),
        (30 * SECOND, None),
        (400_000, None),
        (0, None),
    ],
)
def test_round_numbers_tell_how_a_clock_was_set_wrongly(offset: int, slip: Slip | None) -> None:
    assert slip_of(offset) == slip


def test_a_check_shows_gps_time_without_the_leap_seconds() -> None:
    pen = Pen()
    rally = rally_of(check(pen, "LOG-7", "09:00", 18_020_000))
    assert said(rally, "LOG-7") == [
        "LOG-7 runs 18 s ahead of its reference (check of 09:00:00); "
        "that is GPS time against UTC, without the leap seconds"
    ]
    ruled = pen.rule(CorrectDevice("LOG-7", None, None, ((at("09:00"), 18_020_000),)))
    assert said(rally_of(check(pen, "LOG-7", "09:00", 18_020_000), ruled), "LOG-7") == []


def test_a_clock_an_hour_ahead_of_the_second_clock_and_the_marshals() -> None:
    pen = Pen()
    records = [
        *starts(pen),
        *finish(pen, "TIMY-1", "B"),
        *map(web, finish(pen, "web-bob", "M", 2_500_000)),
        *finish(pen, "TIMY-2", "A", HOUR),
    ]
    rally = rally_of(*records)
    assert said(rally, "TIMY-2") == [
        "TIMY-2 runs 1 h ahead of B (TIMY-1) and of the marshals at SS1.FF: 12 of 12 cars"
    ]
    assert said(rally, "TIMY-1") == said(rally, "web-bob") == []
    proposed = clock(rally, "TIMY-2").proposed
    assert proposed is not None
    assert proposed.points[0][1] == HOUR
    right = rally_of(*records, pen.rule(proposed))
    assert said(right, "TIMY-2") == []
    assert {row.source for row in right.stage_results("SS1").values()} == {"A"}


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (-18 * SECOND, "18 s behind B (TIMY-1) at SS1.FF: 12 of 12 cars; that is GPS time against UTC, "
            "without the leap seconds"),
        (2 * MINUTE, "2 min ahead of B (TIMY-1) at SS1.FF: 12 of 12 cars"),
        (-HOUR, "1 h behind B (TIMY-1) at SS1.FF: 12 of 12 cars"),
        (77 * MILLISECOND, "77 ms ahead of B (TIMY-1) at SS1.FF: 12 of 12 cars"),
    ],
)  # fmt: skip
def test_a_slip_against_a_checked_clock_is_put_down_to_the_other(ahead: int, words: str) -> None:
    pen = Pen()
    checks = [check(pen, "TIMY-1", when, 0) for when in ("09:00", "18:00")]
    rally = rally_of(*finish(pen, "TIMY-1", "B"), *finish(pen, "TIMY-2", "A", ahead), *checks)
    assert said(rally, "TIMY-2") == [f"TIMY-2 runs {words}"]
    assert said(rally, "TIMY-1") == []


def test_of_two_clocks_that_nobody_vouches_for_either_may_be_wrong() -> None:
    pen = Pen()
    rally = rally_of(*finish(pen, "TIMY-1", "B"), *finish(pen, "TIMY-2", "A", HOUR))
    assert said(rally, "TIMY-1") == ["TIMY-1 runs 1 h behind A (TIMY-2) at SS1.FF: 12 of 12 cars"]
    assert said(rally, "TIMY-2") == ["TIMY-2 runs 1 h ahead of B (TIMY-1) at SS1.FF: 12 of 12 cars"]


def test_clocks_that_agree_have_no_findings() -> None:
    pen = Pen()
    rally = rally_of(*finish(pen, "TIMY-1", "B", 40 * MILLISECOND), *finish(pen, "TIMY-2", "A"))
    assert said(rally, "TIMY-1") == said(rally, "TIMY-2") == []


def test_wrong_numbers_of_a_few_cars_do_not_hide_a_slip_and_do_not_make_one() -> None:
    pen = Pen()
    late = finish(pen, "TIMY-2", "A", MINUTE)
    some = [
        r if place > 2 else finish(Pen(90), "TIMY-2", "A", 7 * SECOND)[place] for place, r in enumerate(late)
    ]
    rally = rally_of(*finish(pen, "TIMY-1", "B"), *some)
    assert said(rally, "TIMY-2") == ["TIMY-2 runs 1 min ahead of B (TIMY-1) at SS1.FF: 9 of 12 cars"]
    fewer = [*late[:4], *finish(Pen(200), "TIMY-2", "A", 7 * SECOND)[4:]]
    assert said(rally_of(*finish(pen, "TIMY-1", "B"), *fewer), "TIMY-2") == []


@pytest.mark.parametrize("ahead", [HOUR, -2 * HOUR, 18 * SECOND, 5 * MINUTE])
def test_a_clock_without_numbers_is_known_by_its_pattern(ahead: int) -> None:
    pen = Pen()
    records = [*finish(pen, "TIMY-1", "B"), *finish(pen, "TIMY-2", "A", ahead, named=False)]
    found = clock(rally_of(*records), "TIMY-2").findings
    assert [(finding.slip.offset, finding.cars) for finding in found] == [(ahead, 12)]


def test_a_table_where_cars_stand_for_minutes_shows_whole_hours_only() -> None:
    pen = Pen()
    shown = {}
    for ahead in (2 * MINUTE, HOUR + 2 * MINUTE):
        records = []
        for place, car in enumerate(CARS):
            here = at("09:57:00") + place * MINUTE
            records.append(web(pen.stamp("TC1", "09:57", car, device="web-ada", at=here)))
            records.append(pen.stamp("TC1", "09:57", car, device="LOG", source=Source.G, at=here + ahead))
        shown[ahead] = said(rally_of(*records), "LOG")
    assert shown == {
        2 * MINUTE: [],
        HOUR + 2 * MINUTE: ["LOG runs 1 h ahead of the marshals at TC1: 12 of 12 cars"],
    }


def test_a_stage_is_certified_only_with_clocks_that_were_compared_before_and_after() -> None:
    book = Book()
    book.write(*(record for record in driven(book.pen, 1) if not isinstance(record.body, SyncCheck)))
    refused = book.certify("SS1")
    assert refused.startswith("The clock of M-SS1.START at SS1.START: not compared with a reference before")
    book.write(book.pen.rule(AcceptDevice("M-SS1.START"), text="a radio clock"))
    assert book.certify("SS1").startswith("The clock of A-SS1.FF at SS1.FF: not compared")
    book.write(check(book.pen, "A-SS1.FF", "08:00", 0), check(book.pen, "A-SS1.FF", "17:00", 0))
    assert book.certify("SS1") == ""


@pytest.mark.parametrize(
    ("control", "scope", "waits"),
    [("TC1", "leg-1", True), ("TC1", "overall", True), ("TC4", "leg-1", False), ("TC4", "leg-2", True)],
)
def test_a_list_waits_for_the_clock_that_decided_a_check_in_of_its_own_part(
    control: str, scope: str, waits: bool
) -> None:
    def about_clocks(*more: Record) -> list[tuple[str, str | None, str | None]]:
        book.write(*more)
        return [
            (each.kind, each.control, each.device)
            for each in book.list(scope).blockers
            if each.kind.startswith("clock")
        ]

    book = Book()
    for record in driven(book.pen, 1, 2, 3):
        stamp = record.body
        if not (isinstance(stamp, Stamp) and stamp.control == control and stamp.car == "1"):
            book.write(record)
    assert about_clocks() == [], "what marshals wrote down needs no check"
    # A printing clock takes the check-in of car 1 instead; it was never compared, then found 2 s off.
    time = {"TC1": "09:57:10", "TC4": "33:00:20"}[control]
    never = about_clocks(book.pen.stamp(control, time, "1", source=Source.A, device="PRINTER"))
    assert never == ([("clock_unchecked", control, "PRINTER")] if waits else [])
    off = about_clocks(
        check(book.pen, "PRINTER", "08:00", 2 * SECOND), check(book.pen, "PRINTER", "40:00", 0)
    )
    assert off == ([("clock", control, "PRINTER")] if waits else [])
    # A marshal's own device that is known to be off is no better.
    marshal = about_clocks(check(book.pen, f"M-{control}", "08:00", 5 * SECOND))
    assert (("clock", control, f"M-{control}") in marshal) is waits
    ruled = [book.pen.rule(AcceptDevice(device), text="seen") for device in ("PRINTER", f"M-{control}")]
    assert about_clocks(*ruled) == []


def test_a_correction_of_a_clock_after_the_certification_is_an_amendment() -> None:
    book = Book()
    book.drive(1)
    assert book.certify("SS1") == ""
    before = book.times("SS1")
    book.write(book.pen.rule(CorrectDevice("A-SS1.FF", None, None, ((at("08:00"), SECOND),))))
    assert book.fold.amended() == ("SS1",)
    assert book.times("SS1") == (before[0], 370_300_000)


def test_trackers_are_compared_with_a_clock_all_together() -> None:
    pen = Pen()
    fix = Fix(device="trk", at=at("10:10:00"), lat=33.0, lon=-117.0)
    proof = Crossing(before=fix, after=fix, before_m=-8.4, after_m=14.1)
    records = finish(pen, "TIMY-2", "A", -HOUR)
    for record, car in zip(finish(pen, "", "G", 600_000), CARS, strict=True):
        assert isinstance(record.body, Stamp)
        seen = replace(record.body, device=f"trk-{car}", crossing=proof)
        records.append(pen.record(seen))
    rally = rally_of(*records)
    assert said(rally, "TIMY-2") == [
        "TIMY-2 runs 1 h behind the satellite positions at SS1.FF: 12 of 12 cars"
    ]
    assert said(rally, "trk-1") == []
