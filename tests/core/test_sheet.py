"""One car's sheet: missing times, lateness that ends a leg, retirements and returns."""

from tests.core.rallies import Pen, at, crews, span, stage_rally, told
from timing.core.decisions import Penalise, Reinstate, Retire, Role, SetNotional
from timing.core.instant import SECOND
from timing.core.readings import Source
from timing.core.records import Record
from timing.core.results import CrewStatus, ResultStatus, StandingStatus


def first_leg(pen: Pen, car: str = "1", *, finish: bool = True, late: bool = False) -> list[Record]:
    """One car over leg 1; `late` makes it 16 minutes late at TC3."""
    records = [
        *pen.to_first_stage(car),
        pen.stamp("SS1.START", "10:00:00", car),
        pen.stamp("TC2", "11:00:10", car),
        pen.stamp("SS2.START", "11:03:00", car),
        pen.stamp("SS2.FF", "11:09:00", car),
        pen.stamp("PK1", "11:30:00", car),
        pen.stamp("TC3", "12:19:00" if late else "12:03:00", car),
    ]
    return [*records, pen.stamp("SS1.FF", "10:06:00", car)] if finish else records


def second_leg(pen: Pen, car: str = "1") -> list[Record]:
    return [
        pen.stamp("TC4", "33:00:00", car),
        pen.stamp("SS3.START", "33:03:00", car),
        pen.stamp("SS3.FF", "33:09:00", car),
        pen.stamp("TC5", "33:43:00", car),
    ]


def test_a_whole_drive_leaves_a_clean_sheet() -> None:
    pen = Pen()
    rally = told(stage_rally(), [*first_leg(pen), *second_leg(pen)])
    sheet = rally.sheet("1")
    assert (sheet.status, sheet.standing, sheet.rows, sheet.missed) == (
        CrewStatus.FINISHED,
        StandingStatus.CLASSIFIED,
        (),
        (),
    )
    row = rally.classification("overall").rows["1"]
    assert (row.total, row.stages_done, row.rank) == (span("18:00"), 3, 1)


def test_a_stage_without_its_finish_is_missing_once_the_car_is_seen_behind_it() -> None:
    pen = Pen()
    start = [*pen.to_first_stage("1"), pen.stamp("SS1.START", "10:00:00", "1")]
    running = told(stage_rally(), start).stage_result("SS1", "1")
    assert running is not None
    assert running.status is ResultStatus.RUNNING
    rally = told(stage_rally(), [*start, pen.stamp("TC2", "11:00:00", "1")])
    missing = rally.stage_result("SS1", "1")
    assert missing is not None
    assert (missing.status, missing.time, missing.marks) == (ResultStatus.MISSING, None, ("?",))
    assert missing.reason == "no finish time, and the car was seen later"
    late = pen.stamp("SS1.FF", "10:06:00", "1")
    rally.add(late)
    healed = rally.stage_result("SS1", "1")
    assert healed is not None
    assert (healed.status, healed.marks) == (ResultStatus.DONE, ())


def test_over_lateness_ends_the_leg_and_nothing_behind_it_is_missed() -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:06:00", "1"),
        pen.stamp("TC2", "11:20:00", "1"),
    ]
    rally = told(stage_rally(), records)
    sheet = rally.sheet("1")
    assert (sheet.standing, sheet.cause) == (StandingStatus.OTL, "20 min late, more than 15")
    assert (sheet.out, sheet.missed, sheet.rows) == (True, (), ())
    assert rally.crew_state("1").next_control is None


def test_a_crew_that_goes_on_with_the_next_leg_is_restarted_and_its_stages_wait_for_a_time() -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:06:00", "1"),
    ]
    records += [pen.stamp("TC2", "11:20:00", "1"), *second_leg(pen)]
    rally = told(stage_rally(), records)
    sheet = rally.sheet("1")
    # It keeps its place among those who compete: what the restart costs is settled by officials.
    assert (sheet.restarted, sheet.standing, sheet.missed) == (True, StandingStatus.CLASSIFIED, ())
    row = rally.classification("overall").rows["1"]
    assert set(row.marks) == {"R", "?"}
    lacking = rally.stage_result("SS2", "1")
    assert lacking is not None
    assert (lacking.status, lacking.reason) == (ResultStatus.MISSING, "not driven: out of the leg")
    rally.add(pen.rule(SetNotional("SS2", "1", span("16:00")), role=Role.CLERK))
    row = rally.classification("overall").rows["1"]
    assert (row.marks, row.complete, row.total) == (("N", "R"), True, span("28:00"))
    assert sheet.status is CrewStatus.FINISHED


def test_a_crew_over_its_lateness_competes_again_when_officials_say_so() -> None:
    pen = Pen()
    records = [*first_leg(pen, late=True), pen.rule(Reinstate("1"), role=Role.CLERK)]
    rally = told(stage_rally(), records)
    assert rally.sheet("1").standing is StandingStatus.CLASSIFIED
    assert rally.classification("overall").rows["1"].rank == 1


def test_a_retired_crew_misses_nothing_behind_its_place() -> None:
    pen = Pen()
    records = [*first_leg(pen), pen.rule(Retire("1", "TC3", "gearbox"), role=Role.CLERK)]
    rally = told(stage_rally(restart=None), records)
    sheet = rally.sheet("1")
    assert (sheet.status, sheet.cause, sheet.missed) == (CrewStatus.RETIRED, "gearbox", ())
    assert not sheet.seen_after_stop
    rally.add_many(second_leg(pen))
    assert rally.sheet("1").seen_after_stop
    assert rally.sheet("1").missed == ()
    assert rally.classification("overall").rows["1"].marks == ("?",)


def test_a_retirement_without_a_place_is_where_the_crew_was_last_seen_by_then() -> None:
    pen = Pen()
    records = [*first_leg(pen), *second_leg(pen)]
    rally = told(stage_rally(restart=None), [*records, pen.rule(Retire("1"), clock="18:00", role=Role.CLERK)])
    assert rally.sheet("1").seen_after_stop


def test_a_crew_that_never_came_has_not_started() -> None:
    rally = told(stage_rally(crews("1", "2")), [Pen().rule(Retire("2"), role=Role.CLERK)])
    assert rally.sheet("2").standing is StandingStatus.DNS


def test_a_penalty_of_an_official_settles_a_stage_without_a_time() -> None:
    pen = Pen()
    records = first_leg(pen, finish=False)
    rally = told(stage_rally(), records)
    assert not rally.classification("overall").rows["1"].complete
    rally.add(pen.rule(Penalise("1", "no time", time=600 * SECOND, stage="SS1"), role=Role.CLERK))
    row = rally.classification("overall").rows["1"]
    assert (row.complete, row.total, row.stages_done, row.rank) == (True, span("16:00"), 2, 1)


def test_a_sheet_made_in_steps_is_the_sheet_made_at_once() -> None:
    pen = Pen()
    records = [*first_leg(pen), *second_leg(pen)]
    stepwise = told(stage_rally(), [])
    for record in reversed(records):
        stepwise.add(record)
    assert stepwise.sheet("1") == told(stage_rally(), records).sheet("1")
    assert stepwise.crew_state("1").last_at == at("33:43:00")


def test_a_course_car_is_charged_nothing_and_no_lateness_takes_it_out() -> None:
    pen = Pen()
    event = stage_rally(crews("1", "0"))
    # The sweep comes an hour behind, misses a control and rolls over the line early.
    records = [
        pen.stamp("TC0", "10:45:10", "0"),
        pen.stamp("SS1.START", "11:20:00", "0"),
        pen.stamp("SS1.START", "11:19:58", "0", source=Source.A, device="beam"),
        pen.stamp("TC0", "09:40:10", "1"),
        pen.stamp("TC1", "11:58:00", "1"),
    ]
    rally = told(event, records)
    sweep, crew = rally.sheet("0"), rally.sheet("1")
    assert (sweep.rows, sweep.stop, sweep.out) == ((), None, False)
    assert rally.crew_state("0").next_control is not None
    assert crew.standing is StandingStatus.OTL
