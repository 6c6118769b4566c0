"""Whole rallies as records, with the faults and the rulings that real ones have."""

from tests.core.rallies import Pen, at, span
from timing.core.decisions import (
    AssignCar,
    CancelStage,
    CorrectTime,
    MarkSpurious,
    Penalise,
    Reinstate,
    Restore,
    Retire,
    Role,
    SetNotional,
)
from timing.core.instant import SECOND
from timing.core.readings import Source
from timing.core.records import Record


def stage_story(pen: Pen) -> list[Record]:
    """Three crews over both legs, with faults and rulings of every kind."""
    drive = pen.stamp
    records: list[Record] = []
    for place, car in enumerate(("1", "2", "3")):
        records += [
            drive("TC0", f"09:4{place}:10", car),
            drive("TC1", f"09:5{7 + place}:30" if place < 3 else "", car),
            drive("SS1.START", f"10:0{place}:00", car),
            drive("SS1.S1", f"10:0{place + 3}:10.2", car),
            drive("SS1.FF", f"10:0{place + 6}:1{place}.3{place}", car),
            drive("SS1.FF", f"10:0{place + 6}:1{place}.4{place}", car),
            drive("TC2", f"11:0{place}:05", car),
            drive("SS2.START", f"11:0{place + 3}:00", car),
            drive("SS2.FF", f"11:{10 + place}:00.{place}", car),
            drive("TC3", f"12:0{place + 5}:00", car),
            drive("TC4", f"33:0{place}:00", car),
            drive("SS3.START", f"33:0{place + 3}:00", car),
            drive("SS3.FF", f"33:1{place}:20.5", car),
            drive("TC5", f"33:4{place + 3}:00", car),
        ]
    stray = drive("SS2.FF", "11:30:00")
    nobody = drive("SS1.FF", "10:20:00", "99")
    withdrawn = drive("SS1.FF", "10:05:00", "2")
    back = drive("SS1.FF", "10:05:00", "2", cancelled=True)
    wheel = drive("SS2.START", "11:03:59.7", "2", source=Source.A, device="wheel")
    records += [stray, nobody, withdrawn, back, wheel]
    records += [
        pen.rule(MarkSpurious(stray.key), "spurious"),
        pen.rule(Restore(stray.key), "restore", clock="18:01"),
        pen.rule(AssignCar(nobody.key, "3"), "assign"),
        pen.rule(AssignCar(nobody.key, None), "unassign", supersedes="assign"),
        pen.rule(Penalise("1", "speeding", time=10 * SECOND, stage="SS1"), "pen", Role.CLERK),
        pen.rule(
            Penalise("1", "speeding", time=20 * SECOND, stage="SS1"), "pen2", Role.CLERK, supersedes="pen"
        ),
        pen.rule(SetNotional("SS3", "3", span("8:00")), "notional", Role.CLERK),
        pen.rule(CorrectTime("SS1.FF", "1", at("10:06:09.9")), "correct"),
        pen.rule(Retire("2", "TC4", "gearbox"), "retire", Role.CLERK),
        pen.rule(Reinstate("2"), "reinstate", Role.CLERK, clock="18:30"),
        pen.rule(CancelStage("SS2"), "cancel", Role.CLERK),
        pen.rule(CancelStage("SS2", cancelled=False), "count", Role.CLERK, supersedes="cancel"),
    ]
    return records


def nameless_story(pen: Pen) -> list[Record]:
    """Tests whose lines send no numbers: cars come by start order and by tracker."""
    records: list[Record] = []
    for place, car in enumerate(("1", "2", "3")):
        records.append(pen.stamp("TC0", f"10:0{place}:00", car))
        records.append(
            pen.stamp("L0", f"10:1{place}:05.4", car, source=Source.G, device=f"t{car}", uncertainty=SECOND)
        )
        records += [
            pen.stamp("L0", f"10:1{place}:05.00"),
            pen.stamp("L0", f"10:1{place}:05.11"),
            pen.stamp("L1", f"10:1{place}:20.07"),
            pen.stamp("L2", f"10:1{place}:41.05"),
            pen.stamp("L3", f"10:1{place}:52.98"),
            pen.stamp("TC1", f"10:4{place + 5}:30", car),
            pen.stamp("CT1", f"10:3{place + 5}:00", car),
            pen.stamp("M0", f"10:5{place}:00.5", car),
            pen.stamp("M1", f"10:5{place + 7}:33.9", car),
        ]
    false = pen.stamp("L1", "10:11:30")
    return [*records, false, pen.rule(MarkSpurious(false.key)), pen.rule(AssignCar(records[3].key, "1"))]
