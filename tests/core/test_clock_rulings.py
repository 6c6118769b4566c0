"""Rulings on a device's clock through the fold: what they change, and what their end restores."""

import random
from collections.abc import Iterable

import pytest

from tests.core.rallies import Pen, at, crews, everything, regularity, stage_rally, timer, told
from timing.core.clock_acts import AcceptDevice, CorrectDevice, DropDevice
from timing.core.decisions import Act, Withdraw
from timing.core.derivation import recompute
from timing.core.event import Assignment
from timing.core.instant import HOUR, MILLISECOND, MINUTE, SECOND
from timing.core.rally import Rally
from timing.core.readings import Source, StampMark, SyncCheck
from timing.core.records import Record
from timing.core.results import CORRECTED, UNDER_REVIEW, Disposition

POINTS = ((at("08:00"), 4 * MILLISECOND), (at("17:00"), -18 * MILLISECOND))
SPAN = (at("08:00"), at("17:00") + 1)


def check(pen: Pen, clock: str, offset: int, device: str = "A-SS1.FF") -> Record:
    return pen.record(SyncCheck(device=device, at=at(clock), offset=offset, uncertainty=100))


def stage_one(pen: Pen, *finishes: str, **more: object) -> list[Record]:
    """Cars 1, 2, ... start SS1 a minute apart from 10:02 and finish when it says."""
    records: list[Record] = []
    for place, finish in enumerate(finishes):
        car = str(place + 1)
        records += [
            pen.stamp("TC0", f"09:4{place}:10", car),
            pen.stamp("TC1", f"09:5{7 + place}:30", car),
            pen.stamp("SS1.START", f"10:0{place + 2}:00", car),
            pen.stamp("SS1.FF", finish, car, **more),
        ]
    return records


def times(rally: Rally, stage: str = "SS1") -> dict[str, int | None]:
    return {car: row.time for car, row in rally.stage_results(stage).items()}


def shuffled(records: Iterable[Record], seed: int = 1) -> list[Record]:
    mixed = list(records)
    random.Random(seed).shuffle(mixed)
    return mixed


def one_by_one(records: Iterable[Record]) -> Rally:
    rally = Rally(stage_rally())
    for record in records:
        rally.add(record)
    return rally


def test_a_drift_is_taken_off_and_the_raw_time_stays_visible() -> None:
    pen = Pen()
    drive = [
        pen.stamp("TC0", "09:40:10", "1"),
        pen.stamp("SS1.START", "11:36:00", "1"),
        pen.stamp("SS1.FF", "11:42:17.396", "1"),
    ]
    assert times(told(stage_rally(), drive)) == {"1": 377_300_000}
    ruled = pen.rule(CorrectDevice("A-SS1.FF", *SPAN, POINTS))
    rally = told(stage_rally(), [*drive, ruled])
    result = rally.stage_results("SS1")["1"]
    assert result.time == 377_400_000
    assert result.marks == (CORRECTED,)
    state = rally.control_state("SS1.FF").stamps[drive[2].key]
    assert state.stamp.at == at("11:42:17.396")
    assert state.at == at("11:42:17.401057")
    assert state.clock is not None
    assert (state.clock.offset, state.clock.corrected) == (-5_057, rally.clocks.ruled("A-SS1.FF")[0])
    finish = next(step for step in rally.explain("SS1", "1").steps if step.what.startswith("time at SS1.FF"))
    assert finish.value == "11:42:17.401057"
    raw = finish.steps[0]
    assert (raw.value, raw.records) == ("11:42:17.396000", (drive[2].seq,))
    put_right = raw.steps[0]
    assert put_right.what == "clock of A-SS1.FF put right by An Official, offset -0.005057"
    assert (put_right.value, put_right.records) == ("11:42:17.401057", (ruled.seq,))


ACTS: dict[str, Act] = {
    "correct": CorrectDevice("A-SS1.FF", *SPAN, POINTS),
    "correct all": CorrectDevice("A-SS1.FF", None, None, ((at("10:00"), HOUR),)),
    "correct some": CorrectDevice("A-SS1.FF", at("10:09"), None, ((at("10:00"), -SECOND),)),
    "drop": DropDevice("A-SS1.FF"),
    "drop some": DropDevice("A-SS1.FF", at("10:08:30"), at("10:09:30")),
    "accept": AcceptDevice("A-SS1.FF", "SS1.FF"),
}
FINISHES = ("10:08:11.396", "10:09:12.296", "10:10:13.196")


def story(pen: Pen) -> list[Record]:
    """Three cars, a second clock, an hour-old check far out of limits, a repeat, a withdrawal, a stranger."""
    return [
        *stage_one(pen, *FINISHES),
        *(pen.stamp("SS1.FF", f"{FINISHES[place][:-3]}4", car, device="B", source=Source.B)
          for place, car in enumerate("123")),
        pen.stamp("SS1.FF", "10:08:11.500", None),
        pen.stamp("SS1.FF", "10:30:00", "2", device="A-SS1.FF"),
        pen.stamp("SS1.FF", "10:30:00", "2", device="A-SS1.FF", cancelled=True),
        check(pen, "07:50", 1_000),
        check(pen, "18:00", 90_000),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("seed", range(3))
def test_a_ruling_gives_the_same_in_any_order_and_its_end_restores_everything(name: str, seed: int) -> None:
    pen = Pen()
    records = story(pen)
    before = everything(told(stage_rally(), records))
    ruled = pen.rule(ACTS[name], "clock")
    back = pen.rule(Withdraw("clock"), "back", clock="18:30")
    while_it_stood = everything(told(stage_rally(), [*records, ruled]))
    assert while_it_stood != before
    for end in ([], [back]):
        expected = everything(told(stage_rally(), [*records, ruled, *end]))
        assert everything(one_by_one(shuffled([*records, ruled, *end], seed))) == expected
    assert expected["stages"] == before["stages"]
    assert expected["controls"] == before["controls"]
    assert expected["why"] == before["why"]


def test_a_ruling_that_supersedes_another_stands_alone() -> None:
    pen = Pen()
    records = story(pen)
    first = pen.rule(CorrectDevice("A-SS1.FF", None, None, ((at("10:00"), SECOND),)), "first")
    second = pen.rule(
        CorrectDevice("A-SS1.FF", None, None, ((at("10:00"), 2 * SECOND),)), "second", supersedes="first"
    )
    both = times(told(stage_rally(), shuffled([*records, first, second])))
    assert both == times(told(stage_rally(), [*records, second]))
    assert both["1"] == 369_300_000


def test_of_two_corrections_of_one_time_the_later_holds() -> None:
    pen = Pen()
    records = stage_one(pen, *FINISHES)
    early = pen.rule(CorrectDevice("A-SS1.FF", None, None, ((at("10:00"), SECOND),)), clock="17:00")
    late = pen.rule(CorrectDevice("A-SS1.FF", None, None, ((at("10:00"), 3 * SECOND),)), clock="18:00")
    rally = told(stage_rally(), [*records, late, early])
    assert times(rally)["1"] == 368_300_000


def test_a_dropped_device_lets_the_next_source_take_over() -> None:
    pen = Pen()
    records = [
        *stage_one(pen, *FINISHES),
        pen.stamp("SS1.FF", "10:08:11.6", "1", device="B-FF", source=Source.B),
        pen.stamp("SS1.FF", "10:09:12.6", "2", device="B-FF", source=Source.B),
    ]
    rally = told(stage_rally(), [*records, pen.rule(DropDevice("A-SS1.FF"), text="hit by car 1")])
    results = rally.stage_results("SS1")
    assert (results["1"].time, results["1"].source) == (371_600_000, "B")
    assert (results["2"].time, results["2"].source) == (372_600_000, "B")
    assert results["3"].time is None
    dropped = rally.control_state("SS1.FF").stamps[records[3].key]
    assert dropped.disposition is Disposition.ASSIGNED
    assert dropped.reason == "the times of A-SS1.FF are not used (record 15)"


def test_only_the_times_in_the_span_are_put_right() -> None:
    pen = Pen()
    records = stage_one(pen, *FINISHES)
    second = CorrectDevice("A-SS1.FF", at("10:09:12.296"), at("10:10:13.196"), ((at("10:00"), -SECOND),))
    rally = told(stage_rally(), [*records, pen.rule(second)])
    assert times(rally) == {"1": 371_300_000, "2": 373_200_000, "3": 373_100_000}
    assert {car: row.marks for car, row in rally.stage_results("SS1").items()}["1"] == ()


@pytest.mark.parametrize("when", ["07:50", "18:00"])
def test_times_next_to_a_check_out_of_limits_are_under_review(when: str) -> None:
    pen = Pen()
    records = stage_one(pen, *FINISHES)
    good = check(pen, "07:40" if when == "18:00" else "18:10", 1_000)
    bad = check(pen, when, 62_000)
    rally = told(stage_rally(), [*records, good, bad])
    for row in rally.stage_results("SS1").values():
        assert row.marks == (UNDER_REVIEW,)
        assert row.time is not None
    chosen = rally.control_state("SS1.FF").arrived["1"]
    assert chosen.review == f"the clock of A-SS1.FF was 62 ms ahead (record {bad.seq})"


def test_times_between_two_good_checks_are_not_in_doubt_for_a_bad_one_later() -> None:
    pen = Pen()
    records = stage_one(pen, *FINISHES)
    checks = [check(pen, "07:50", 0), check(pen, "10:08:40", 500), check(pen, "18:00", 90_000)]
    rally = told(stage_rally(), shuffled([*records, *checks]))
    marks = {car: row.marks for car, row in rally.stage_results("SS1").items()}
    assert marks == {"1": (), "2": (UNDER_REVIEW,), "3": (UNDER_REVIEW,)}


@pytest.mark.parametrize(
    "act",
    [
        AcceptDevice("A-SS1.FF"),
        AcceptDevice("A-SS1.FF", "SS1.FF"),
        CorrectDevice("A-SS1.FF", None, None, ((at("07:50"), 0), (at("18:00"), 90_000))),
    ],
)
def test_accepting_or_correcting_a_clock_ends_the_review(act: Act) -> None:
    pen = Pen()
    records = [*stage_one(pen, *FINISHES), check(pen, "07:50", 0), check(pen, "18:00", 90_000)]
    rally = told(stage_rally(), [*records, pen.rule(act, text="compared with B")])
    assert all(UNDER_REVIEW not in row.marks for row in rally.stage_results("SS1").values())


def test_a_check_made_after_an_acceptance_is_news_about_the_clock() -> None:
    pen = Pen()
    records = [*stage_one(pen, *FINISHES), pen.rule(AcceptDevice("A-SS1.FF"), clock="17:00")]
    assert all(row.marks == () for row in told(stage_rally(), records).stage_results("SS1").values())
    # By its own clock, an hour ahead, the check was made at 17:55, by the reference at 16:55.
    known = check(pen, "17:55", HOUR)
    assert told(stage_rally(), [*records, known]).stage_results("SS1")["1"].marks == ()
    later = check(pen, "17:05", 90_000)
    rally = told(stage_rally(), [*records, later])
    assert rally.stage_results("SS1")["1"].marks == (UNDER_REVIEW,)
    again = pen.rule(AcceptDevice("A-SS1.FF"), clock="17:10")
    assert told(stage_rally(), [again, later, *records]).stage_results("SS1")["1"].marks == ()


def test_an_acceptance_for_another_control_leaves_the_review() -> None:
    pen = Pen()
    records = [*stage_one(pen, *FINISHES), check(pen, "18:00", 90_000)]
    rally = told(stage_rally(), [*records, pen.rule(AcceptDevice("A-SS1.FF", "SS2.FF"))])
    assert all(row.marks == (UNDER_REVIEW,) for row in rally.stage_results("SS1").values())


def test_a_correction_that_does_not_fit_the_checks_leaves_the_review() -> None:
    pen = Pen()
    records = [*stage_one(pen, *FINISHES), check(pen, "18:00", 90_000)]
    wrong = CorrectDevice("A-SS1.FF", None, None, ((at("10:00"), -90_000),))
    rally = told(stage_rally(), [*records, pen.rule(wrong)])
    chosen = rally.control_state("SS1.FF").arrived["1"]
    assert chosen.review == "the clock of A-SS1.FF was 180 ms ahead after its correction (record 13)"
    assert chosen.marks == (CORRECTED, UNDER_REVIEW)


def test_a_device_without_any_check_puts_no_mark_on_its_times() -> None:
    rally = told(stage_rally(), stage_one(Pen(), *FINISHES))
    assert all(row.marks == () for row in rally.stage_results("SS1").values())


def test_a_clock_an_hour_ahead_stands_at_its_control_once_it_is_put_right() -> None:
    """The device is moved at noon: by its own clock it had long gone, its times belong to the first place."""
    timy = timer(
        "TIMY-2",
        Assignment(control="SS1.FF", until=at("11:00")),
        Assignment(control="SS2.FF", since=at("11:00")),
    )
    event = stage_rally(devices=[timy])
    pen = Pen()
    records = stage_one(pen, *FINISHES)[:3]
    late = pen.line("TIMY-2", "C1", "11:08:11.396", "1")
    assert list(told(event, [*records, late]).control_state("SS2.FF").stamps) == [late.key]
    ruled = pen.rule(CorrectDevice("TIMY-2", None, None, ((at("10:00"), HOUR),)))
    for order in ([*records, late, ruled], [ruled, late, *records]):
        rally = told(event, order)
        assert times(rally) == {"1": 371_300_000}
        assert not rally.control_state("SS2.FF").stamps


def test_an_impulse_of_a_clock_that_was_not_set_counts_once_its_offset_is_known() -> None:
    pen = Pen()
    records = stage_one(pen, "10:08:07.196", marks=(StampMark.UNSYNCED,))
    assert times(told(stage_rally(), records)) == {"1": None}
    ruled = pen.rule(CorrectDevice("A-SS1.FF", None, None, ((at("10:00"), -4_200_000),)))
    rally = told(stage_rally(), [*records, ruled])
    assert times(rally) == {"1": 371_300_000}


def test_a_marshal_whose_clock_ran_40_s_slow_still_gave_a_whole_minute_at_the_start() -> None:
    pen = Pen()
    records = [
        *stage_one(pen, *FINISHES[:1])[:2],
        pen.stamp("SS1.START", "10:01:20", "1", device="tablet"),
        pen.stamp("SS1.FF", FINISHES[0], "1"),
    ]
    assert times(told(stage_rally(), records)) == {"1": 431_300_000}
    ruled = pen.rule(CorrectDevice("tablet", None, None, ((at("10:00"), -41 * SECOND),)))
    result = told(stage_rally(), [*records, ruled]).stage_results("SS1")["1"]
    assert (result.time, result.start, result.marks) == (371_300_000, at("10:02:00"), (CORRECTED,))


def test_the_chosen_time_shows_how_far_the_other_sources_are_from_it() -> None:
    pen = Pen()
    records = [
        *stage_one(pen, *FINISHES[:1]),
        pen.stamp("SS1.FF", "10:08:11.408", "1", device="B-FF", source=Source.B),
        pen.stamp("SS1.FF", "10:08:11.6", "1", device="H-FF", source=Source.H),
    ]
    rally = told(stage_rally(), records)
    finish = next(step for step in rally.explain("SS1", "1").steps if step.what.startswith("time at SS1.FF"))
    beside = {step.what.split(",")[0]: step.steps[-1] for step in finish.steps[1:]}
    assert {name: step.value for name, step in beside.items()} == {
        "stamp of B-FF": "+0.012000",
        "stamp of H-FF": "+0.204000",
    }
    third = pen.stamp("SS1.FF", "10:08:11.5", "1", device="B-2", source=Source.B)
    apart = told(stage_rally(), [*records, third]).stage_results("SS1")["1"]
    assert (apart.time, apart.marks) == (371_300_000, (UNDER_REVIEW,))


def test_a_ruling_on_one_device_touches_its_cars_alone() -> None:
    pen = Pen()
    rally = told(regularity(), [
        pen.stamp("L0", "10:10:00", "1"),
        pen.stamp("L1", "10:10:15", "1", device="T1"),
        pen.stamp("L0", "10:11:00", "2"),
        pen.stamp("L1", "10:11:15", "2", device="T2"),
    ])  # fmt: skip
    changes = rally.add(pen.rule(CorrectDevice("T1", None, None, ((at("10:00"), 20_000),))))
    assert (set(changes.cars), set(changes.controls)) == ({"1"}, {"L1"})
    assert rally.stage_results("PC1")["1"].marks == (CORRECTED,)
    # A check within all limits is news to nobody.
    assert not rally.add(check(pen, "10:30", 900, "T2")).cars


@pytest.mark.parametrize("seed", range(3))
def test_the_short_way_of_ordinary_tests_gives_a_corrected_clock_the_same_results(seed: int) -> None:
    """Four crews on chained tests, one line by a clock that was put right: as if judged one by one."""
    pen, event = Pen(), regularity(crews("1", "2", "3", "4"))
    records = [pen.rule(CorrectDevice("A-L1", at("10:00"), at("10:22"), ((at("10:00"), 20_000),)))]
    for place, car in enumerate("1234"):
        begin = at("10:20:00") + place * MINUTE
        for line, after in (("L0", 0), ("L1", 15_020_000), ("L2", 36_010_000), ("L3", 48_030_000)):
            records.append(pen.stamp(line, "10:00", car, at=begin + after))
    mixed = shuffled(records, seed)
    short, long = Rally(event), Rally(event)
    long._maker.take_no_short_way()  # noqa: SLF001 - what the fold would do without it
    for record in mixed:
        short.add(record)
        long.add(record)
    assert everything(short) == everything(long)
    marks = {car: row.marks for car, row in short.stage_results("PC1").items()}
    assert marks == {"1": (CORRECTED,), "2": (CORRECTED,), "3": (), "4": ()}
    assert short.stage_results("PC1")["1"].points == 0
    assert short.stage_results("PC3")["1"].marks == ()


def test_the_sum_begins_with_what_the_device_sent_and_can_be_worked_out_from_there() -> None:
    pen = Pen()
    drive = [
        pen.stamp("TC0", "09:40:10", "1"),
        pen.stamp("SS1.START", "11:36:00", "1"),
        pen.stamp("SS1.FF", "11:42:17.396", "1"),
    ]
    ruled = pen.rule(CorrectDevice("A-SS1.FF", *SPAN, POINTS))
    found = told(stage_rally(), [*drive, ruled]).derivation("SS1", "1")
    given = {each.name: (each.value, each.seq) for each in found.inputs}
    assert given["finish as sent"] == (at("11:42:17.396"), drive[2].seq)
    assert given["offset of the clock at finish"] == (-5_057, ruled.seq)
    assert found.named("finish") == at("11:42:17.401057")
    assert recompute(found) == found.value == 377_400_000
    assert ruled.seq in found.records


def test_a_check_in_and_the_points_of_a_test_by_a_clock_put_right_are_derived_from_what_it_sent() -> None:
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:01:20", "1", device="tablet"),
        pen.stamp("L0", "10:10:00", "1"),
        pen.stamp("L1", "10:10:15.02", "1"),
        pen.rule(CorrectDevice("tablet", None, None, ((at("10:00"), 80 * SECOND),))),
        pen.rule(CorrectDevice("A-L1", None, None, ((at("10:00"), 20_000),))),
    ]
    rally = told(regularity(), records)
    test = rally.derivation("PC1", "1")
    assert recompute(test) == test.value == 0
    assert test.named("finish as sent") == at("10:10:15.02")
    booked = rally.derivation_of_check_in("TC0", "1")
    assert recompute(booked) == booked.value == 0
    assert booked.named("check-in as sent") == at("10:01:20")
