from dashboard.documents.corrections import corrections
from dashboard.documents.live import Seen
from dashboard.documents.sheet_text import sheet_csv
from tests.core.publishing import Book, driven
from tests.core.rallies import Pen, at, span, stage_rally
from timing.core.decisions import (
    AssignCar,
    CancelStage,
    CorrectTime,
    Penalise,
    Reason,
    Retire,
    Role,
    SetNotional,
    Withdraw,
)
from timing.core.instant import SECOND
from timing.core.records import Record

SEEN = Seen(event=stage_rally(), at=at("20:00:00"), cars={}, stages={})


def log(*records: Record) -> list[dict[str, str]]:
    (block,) = corrections(SEEN, records).blocks
    keys = [column.key for column in block.columns]
    return [dict(zip(keys, line, strict=True)) for line in block.lines]


def test_a_corrected_time_says_who_when_before_after_and_why() -> None:
    pen = Pen()
    records = driven(pen, 1)
    act = CorrectTime("SS1.FF", "1", at("10:06:09.9"))
    ruling = pen.rule(act, clock="18:05", reason=Reason.CARD_VS_SHEET, text="the check sheet says 09.9")
    (line,) = log(*records, ruling)
    assert line == {
        "seq": str(ruling.seq),
        "at": "20.09. 18:05:00",
        "who": "An Official",
        "role": "timekeeper",
        "what": "Correct time: SS1.FF, car 1, at 10:06:09.9",
        "before": "SS1 6:10.3; SS1.FF 10:06:10.3; total 6:10.3",
        "after": "SS1 6:09.9 *; SS1.FF 10:06:09.9; total 6:09.9",
        "reason": "CARD_VS_SHEET · the check sheet says 09.9",
    }


def test_a_decision_taken_back_shows_what_stands_again() -> None:
    pen = Pen()
    records = driven(pen, 1)
    charge = pen.rule(Penalise("2", "speeding", time=10 * SECOND, stage="SS1"), "p", Role.CLERK)
    back = pen.rule(Withdraw("p"), role=Role.CLERK, clock="18:10")
    first, second = log(*records, charge, back)
    assert (first["before"], first["after"]) == (
        "SS1 6:11.3; penalties –; total 6:11.3",
        "SS1 6:11.3 P; penalties SS1 speeding 0:10.0; total 6:21.3",
    )
    assert second["before"] == ("car 2 SS1 6:11.3 P; car 2 penalties SS1 speeding 0:10.0; car 2 total 6:21.3")
    assert second["after"] == "car 2 SS1 6:11.3; car 2 penalties –; car 2 total 6:11.3"
    assert second["what"] == "Withdraw: decision p"


def test_before_and_after_are_those_of_the_moment_whatever_comes_later() -> None:
    pen = Pen()
    records = driven(pen, 1)
    one = pen.rule(SetNotional("SS1", "3", span("7:00")), "a", Role.CLERK)
    other = pen.rule(SetNotional("SS1", "3", span("6:30")), "b", Role.CLERK, "18:10", supersedes="a")
    first, second = log(*records, one, other)
    assert (first["before"], first["after"]) == ("SS1 6:12.3; total 6:12.3", "SS1 7:00.0 N; total 7:00.0")
    assert (second["before"], second["after"]) == ("SS1 7:00.0 N; total 7:00.0", "SS1 6:30.0 N; total 6:30.0")
    assert second["what"].endswith("replaces an earlier decision")


def test_a_stamp_is_named_by_its_time_and_device_and_the_car_that_it_moved() -> None:
    pen = Pen()
    nobody = pen.stamp("TC0", "09:40:10", "99")
    records = [
        nobody,
        pen.rule(AssignCar(nobody.key, "1")),
        pen.rule(AssignCar(nobody.key, None), clock="18:01"),
    ]
    first, second = log(*records)
    assert first["what"] == "Assign car: stamp 09:40:10 of M-TC0, car 1"
    assert "TC0 –" in first["before"]
    assert "TC0 09:40:10" in first["after"]
    assert second["what"] == "Assign car: stamp 09:40:10 of M-TC0, no car"
    assert "car 1 TC0 09:40:10" in second["before"]


def test_what_moves_many_crews_is_not_listed_without_an_end() -> None:
    pen = Pen()
    records = driven(pen, 1, 2)
    (line,) = log(*records, pen.rule(CancelStage("SS1"), role=Role.CLERK))
    assert line["what"] == "Cancel stage: SS1"
    assert line["before"].startswith("car 1 total ")
    taken_back = pen.rule(CancelStage("SS1", cancelled=False), role=Role.CLERK, clock="18:10")
    assert log(*records, taken_back)[0]["what"] == "Cancel stage: SS1, not cancelled"
    assert log(*records, taken_back)[0]["after"] == "no change"


def test_publishing_is_no_correction() -> None:
    book = Book()
    book.drive(1, 2, 3)
    assert book.certify("SS1") == ""
    assert log(*book.records) == []
    assert corrections(SEEN, book.records).blocks[0].empty == "No corrections."


def test_a_formula_in_a_remark_stays_text_in_a_spreadsheet() -> None:
    pen = Pen()
    ruling = pen.rule(Retire("2", "TC1"), role=Role.CLERK, text="=HYPERLINK(1)")
    csv = sheet_csv(corrections(SEEN, [ruling]))
    assert ",'=HYPERLINK(1)," in csv
