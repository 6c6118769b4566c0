"""The queue of the desk: what needs a hand, in whose office, and that each answer settles its matter."""

from collections.abc import Iterable

import pytest

from dashboard.desk_items import Item, Kind, Urgency, item_row
from dashboard.desk_queue import desk_queue, offices
from tests.core.publishing import Book
from tests.core.rallies import Pen, at, crews, regularity, told
from timing.core.clock_acts import CorrectDevice
from timing.core.clock_report import DeviceClock, clocks_at, device_clock
from timing.core.decisions import AssignCar, CorrectTime, FailStage, MarkSpurious, Role
from timing.core.instant import MINUTE, SECOND
from timing.core.publication_acts import Protest
from timing.core.rally import Rally
from timing.core.readings import Source, SyncCheck
from timing.core.records import Record

NOW = at("12:00:00")


def queue(rally: Rally) -> tuple[Item, ...]:
    return desk_queue(rally, None, NOW)


def of_kind(items: Iterable[Item], kind: Kind) -> list[Item]:
    return [item for item in items if item.kind is kind]


def driven(pen: Pen, *cars: str, leave_out: tuple[str, str] | None = None) -> list[Record]:
    """Each car a minute after the other through TC0 and the four lines of the chain, a little late."""
    records = []
    for place, car in enumerate(cars):
        for control, clock in (
            ("TC0", f"10:{place:02d}:00"),
            ("L0", f"10:{20 + place}:05.00"),
            ("L1", f"10:{20 + place}:20.03"),
            ("L2", f"10:{20 + place}:41.05"),
            ("L3", f"10:{20 + place}:53.05"),
            ("CT1", f"10:{30 + place}:00"),
            ("TC1", f"10:{45 + place}:00"),
        ):
            if (car, control) != leave_out:
                records.append(pen.stamp(control, clock, car))
    return records


def test_a_rally_without_trouble_has_an_empty_queue() -> None:
    assert queue(told(regularity(), driven(Pen(), "1", "2", "3"))) == ()


def test_what_the_sources_say_of_a_course_car_is_for_nobody_to_decide() -> None:
    pen = Pen()
    by_tracker = [
        pen.stamp(line, clock, car, device=f"trk-{car}", source=Source.G, uncertainty=SECOND)
        for car, line, clock in (("0", "L0", "10:05:05"), ("1", "L0", "10:20:05"), ("1", "L1", "10:20:20"))
    ]
    rally = told(regularity(crews("0", "1")), [pen.stamp("TC0", "10:00:10", "1"), *by_tracker])
    assert rally.control_state("L0").arrived["0"].review
    assert {(item.kind, item.car) for item in queue(rally)} == {(Kind.REVIEW, "1")}


def test_a_false_trigger_is_offered_to_nobody_certain_and_last_of_all_as_what_it_is() -> None:
    pen = Pen()
    dog = pen.stamp("L1", "10:22:50.00")
    rally = told(regularity(), [*driven(pen, "1", "2", "3"), dog])
    (item,) = queue(rally)
    assert (item.kind, item.office, item.stamp) == (Kind.UNASSIGNED, Role.TIMEKEEPER, dog.key)
    assert "L1: the stamp of" in item.text
    assert item.records == (dog.seq,)
    assert item.choices[-1].act == MarkSpurious(dog.key)
    rally.add(pen.rule(item.choices[-1].act, "12:00:00"))
    assert queue(rally) == ()


def test_a_misread_number_is_found_at_both_ends_and_one_answer_settles_both() -> None:
    pen = Pen()
    records = driven(pen, "1", "2", leave_out=("2", "L1"))
    misread = pen.stamp("L1", "10:21:20.03", "9")
    event = regularity(crews("1", "2", "3", "9"))
    rally = told(event, [*records, misread])
    items = queue(rally)
    (stranger,), (missing,) = of_kind(items, Kind.STRANGER), of_kind(items, Kind.MISSING)
    assert (stranger.car, stranger.stamp) == ("9", misread.key)
    assert stranger.choices[0].act == AssignCar(misread.key, "2")
    # One matter, although the line ends one test and begins the next.
    assert missing.text == "PC1, PC2: car 2, no time at L1"
    assert missing.choices[0].act == AssignCar(misread.key, "2")
    assert missing.choices[0].office is None
    # What the tests were worth on average is the clerk's to give, and offered in one place only.
    assert {choice.office for choice in missing.choices[1:]} == {Role.CLERK}
    assert of_kind(items, Kind.PROPOSAL) == []
    rally.add(pen.rule(stranger.choices[0].act, "12:00:00"))
    assert queue(rally) == ()


def test_a_car_that_really_came_from_nowhere_is_not_asked_about_again() -> None:
    pen = Pen()
    rally = told(regularity(crews("1", "9")), [*driven(pen, "1"), pen.stamp("L1", "10:25:00.00", "9")])
    (stranger,) = of_kind(queue(rally), Kind.STRANGER)
    stays = next(choice.act for choice in stranger.choices if choice.label == "Car 9 it is")
    rally.add(pen.rule(stays, "12:00:00"))
    assert of_kind(queue(rally), Kind.STRANGER) == []


def test_a_number_typed_a_second_time_is_offered_to_the_crew_that_lacks_a_time() -> None:
    pen = Pen()
    records = driven(pen, "1", "2", leave_out=("2", "L2"))
    records.append(pen.stamp("L2", "10:21:41.05", "1"))
    rally = told(regularity(), records)
    (lacking,) = [item for item in of_kind(queue(rally), Kind.MISSING) if item.car == "2"]
    first = lacking.choices[0]
    assert isinstance(first.act, AssignCar)
    assert (first.act.car, first.why[:14]) == ("2", "read as car 1;")
    rally.add(pen.rule(first.act, "12:00:00"))
    assert not [item for item in queue(rally) if item.car == "2"]


def test_a_stamp_from_before_the_crew_was_at_the_line_before_is_not_offered_for_a_lacking_time() -> None:
    pen = Pen()
    records = driven(pen, "1", "2", leave_out=("2", "L1"))
    early = pen.stamp("L1", "10:21:01.00")
    later = pen.stamp("L1", "10:25:30.00")
    rally = told(regularity(), [*records, early, later])
    offered = {choice.act for item in of_kind(queue(rally), Kind.MISSING) for choice in item.choices}
    assert AssignCar(early.key, "2") not in offered


@pytest.mark.parametrize(("answer", "clock"), [(0, "10:20:20.03"), (1, "10:20:21.40")])
def test_of_two_sources_that_differ_either_may_be_confirmed(answer: int, clock: str) -> None:
    pen = Pen()
    hand = pen.stamp("L1", "10:20:21.40", "1", source=Source.H, device="hand")
    rally = told(regularity(), [*driven(pen, "1"), hand])
    (item,) = queue(rally)
    assert item.kind is Kind.REVIEW
    assert "H and A differ by 1.370 s" in item.text
    act = item.choices[answer].act
    assert isinstance(act, CorrectTime)
    assert act.at == at(clock)
    rally.add(pen.rule(act, "12:00:00"))
    assert queue(rally) == ()
    chosen = rally.control_state("L1").arrived["1"]
    assert (chosen.at, chosen.marks) == (at(clock), ("*",))


def test_two_entries_of_a_marshal_are_both_offered() -> None:
    pen = Pen()
    again = pen.stamp("TC1", "10:48:00", "1", source=Source.M, device="other")
    records = [r for r in driven(pen, "1") if "TC1" not in r.key]
    first = pen.stamp("TC1", "10:45:00", "1", source=Source.M, device="marshal")
    (item,) = queue(told(regularity(), [*records, first, again]))
    taken = [choice.act for choice in item.choices if isinstance(choice.act, CorrectTime)]
    assert [act.at for act in taken] == [at("10:45:00"), at("10:48:00")]


def test_what_is_wrong_goes_before_what_is_merely_open() -> None:
    pen = Pen()
    hand = pen.stamp("L1", "10:20:21.40", "1", source=Source.H, device="hand")
    table = pen.stamp("CT1", "10:50:00")
    items = queue(told(regularity(), [*driven(pen, "1", "2"), hand, table]))
    assert [item.urgency for item in items] == sorted(item.urgency for item in items)
    assert items[0].kind is Kind.REVIEW
    assert items[-1].control == "CT1"
    assert items[-1].urgency is Urgency.OPEN
    assert offices(items) == {"timekeeper": len(items)}


def test_the_same_records_in_another_order_make_the_same_queue() -> None:
    pen = Pen()
    records = [*driven(pen, "1", "2", leave_out=("2", "L2")), pen.stamp("L1", "10:22:50.00")]
    one, other = queue(told(regularity(), records)), queue(told(regularity(), records[::-1]))
    assert [item_row(item) for item in one] == [item_row(item) for item in other]


# papers ----------------------------------------------------------------------------------------------


def papers(book: Book, clock: str) -> list[Item]:
    return list(desk_queue(book.fold.rally, book.fold.publications.published, at(clock)))


def test_a_complete_stage_is_ready_to_certify_and_then_its_lists_to_issue() -> None:
    book = Book()
    book.drive(1, 2, 3)
    ready = {item.stage for item in of_kind(papers(book, "18:00:00"), Kind.CERTIFY)}
    assert ready == {"SS1", "SS2", "SS3"}
    assert book.certify("SS1", "SS2", "SS3") == ""
    items = papers(book, "18:05:00")
    assert of_kind(items, Kind.CERTIFY) == []
    overall = next(item for item in of_kind(items, Kind.ISSUE) if item.scope == "overall")
    assert (overall.office, overall.urgency) == (Role.CLERK, Urgency.READY)
    assert book.issue("overall") == ""
    assert "overall" not in {item.scope for item in of_kind(papers(book, "18:25:00"), Kind.ISSUE)}


def test_later_news_about_a_certified_stage_comes_first_of_all() -> None:
    book = Book()
    book.drive(1, 2, 3)
    book.certify("SS1", "SS2", "SS3")
    book.write(book.pen.stamp("SS1.FF", "10:07:05.00", "2"))
    first = papers(book, "18:05:00")[0]
    assert (first.kind, first.stage, first.office) == (Kind.AMENDMENT, "SS1", Role.TIMEKEEPER)
    # Car 1 loses its place by it.
    assert "car 1, 2" in first.text
    assert book.accept("SS1") == ""
    assert of_kind(papers(book, "18:15:00"), Kind.AMENDMENT) == []


def test_the_protest_time_shows_when_it_runs_out_and_then_what_can_be_made_official() -> None:
    book = Book()
    book.drive(1, 2, 3)
    book.certify("SS1", "SS2", "SS3")
    book.issue("overall", clock="18:20")
    window = (book.fold.rally.event.preset.protest_minutes or 0) * MINUTE
    over = at("18:20:00") + window

    def kinds(now: int) -> set[Kind]:
        items = desk_queue(book.fold.rally, book.fold.publications.published, now)
        return {item.kind for item in items if item.scope == "overall"}

    assert Kind.PROTEST_TIME not in kinds(over - 11 * MINUTE)
    assert Kind.PROTEST_TIME in kinds(over - 10 * MINUTE)
    assert Kind.FINALISE not in kinds(over - SECOND)
    assert Kind.FINALISE in kinds(over)
    assert Kind.PROTEST_TIME not in kinds(over)


def test_an_open_protest_is_the_stewards_and_keeps_the_list_from_being_made_official() -> None:
    book = Book()
    book.drive(1, 2, 3)
    book.certify("SS1", "SS2", "SS3")
    book.issue("overall", clock="18:20")
    assert book.act(Protest("overall", "3", "1", "short cut"), "18:30", Role.CLERK) == ""
    (protest,) = of_kind(papers(book, "19:30:00"), Kind.PROTEST)
    assert protest.office is Role.STEWARD
    assert "Car 3 protests against car 1: short cut" in protest.text
    assert of_kind(papers(book, "19:30:00"), Kind.FINALISE) == []
    assert book.act(protest.choices[1].act, "19:35", Role.STEWARD) == ""
    (final,) = of_kind(papers(book, "19:40:00"), Kind.FINALISE)
    assert book.act(final.choices[0].act, "19:40", Role.STEWARD) == ""
    assert of_kind(papers(book, "19:45:00"), Kind.FINALISE) == []


# the clerk's and the clocks' -------------------------------------------------------------------------


def test_a_penalty_without_an_amount_waits_for_the_clerk() -> None:
    pen = Pen()
    rally = told(regularity(), driven(pen, "1"))
    rally.add(pen.rule(FailStage("PC1", "1"), "12:00:00", Role.CLERK, text="cut a corner"))
    (item,) = of_kind(queue(rally), Kind.UNDECIDED)
    assert (item.office, item.car, item.stage, item.form) == (Role.CLERK, "1", "PC1", "Penalise")
    assert "car 1, cut a corner: to be decided" in item.text
    assert item.records == (pen.seq,)


def clocks(rally: Rally) -> dict[str, DeviceClock]:
    places = [clocks_at(rally, control) for control in rally.event.itinerary.controls]
    devices = {device for place in places for device in place.sighted}
    return {device: device_clock(rally, device, places) for device in devices}


def checked(pen: Pen, device: str, clock: str, offset: int) -> Record:
    check = SyncCheck(device=device, at=at(clock), offset=offset, uncertainty=500, method="one contact")
    return pen.record(check)


def test_a_clock_over_its_limit_is_offered_to_be_put_right_and_then_is_no_matter_any_more() -> None:
    pen = Pen()
    records = driven(pen, "1", "2")
    for device in ("A-L0", "A-L1", "A-L2", "A-L3"):
        late = 80_000 if device == "A-L3" else 0
        records += [checked(pen, device, "09:00:00", late), checked(pen, device, "13:00:00", late)]
    rally = told(regularity(), records)
    found = of_kind(desk_queue(rally, None, NOW, clocks(rally)), Kind.CLOCK)
    wrong = next(item for item in found if item.device == "A-L3")
    assert wrong.urgency is Urgency.WRONG
    assert wrong.office is Role.TIMEKEEPER
    act = wrong.choices[0].act
    assert isinstance(act, CorrectDevice)
    assert {offset for _, offset in act.points} == {80_000}
    assert not {"A-L0", "A-L1", "A-L2"} & {item.device for item in found}
    # The clock is one matter, and not one more for each car that it timed.
    assert of_kind(desk_queue(rally, None, NOW, clocks(rally)), Kind.REVIEW) == []
    assert {item.car for item in of_kind(queue(rally), Kind.REVIEW)} == {"1", "2"}
    rally.add(pen.rule(act, "12:00:00"))
    after = of_kind(desk_queue(rally, None, NOW, clocks(rally)), Kind.CLOCK)
    assert "A-L3" not in {item.device for item in after}


def test_a_clock_that_was_never_compared_is_open_and_not_urgent() -> None:
    rally = told(regularity(), driven(Pen(), "1"))
    found = of_kind(desk_queue(rally, None, NOW, clocks(rally)), Kind.CLOCK)
    assert {item.device for item in found} >= {"A-L0", "A-L1", "A-L2", "A-L3"}
    assert {item.urgency for item in found} == {Urgency.OPEN}
    assert all("not compared with a reference" in item.text for item in found)


def test_a_crew_that_nobody_saw_in_time_is_to_be_looked_for_until_it_is_seen_or_out() -> None:
    pen = Pen()
    event = regularity(crews("1", "2"), max_late_total=30)
    rally = told(event, driven(pen, "1", "2", leave_out=("2", "TC1")))

    def sought(clock: str) -> list[Item]:
        late = of_kind(desk_queue(rally, None, at(clock)), Kind.OVERDUE)
        return [item for item in late if item.car == "2"]

    assert sought("11:00:00") == []
    (item,) = sought("14:00:00")
    assert (item.office, item.control, item.form) == (Role.CLERK, "TC1", "Retire")
    assert item.text.startswith("TC1: car 2 is overdue by ")
    assert item.text.endswith("min, last seen at CT1 at 10:31")
    rally.add(pen.rule(item.choices[0].act, "out", Role.CLERK))
    assert sought("14:00:00") == []
