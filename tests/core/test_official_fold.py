"""Certified times and issued lists stand while the fold goes on beside them; a replay gives them again."""

from dataclasses import replace

import pytest

from tests.core.publishing import CREWS, Book
from tests.core.rallies import at, crews, span, stage_rally
from timing.core.certified import Standing
from timing.core.decisions import CancelStage, CorrectTime, Penalise, Reason, Role, Withdraw
from timing.core.entries import EntryList
from timing.core.event import TeamRule
from timing.core.instant import SECOND
from timing.core.official_fold import OfficialFold
from timing.core.preset import ChampionshipPoints, Truncate
from timing.core.publication import Need, times_of
from timing.core.publication_acts import Certify
from timing.core.publication_states import Phase, Times
from timing.core.readings import Source


def stand(book: Book, stage: str) -> Times:
    return times_of(book.fold.publications.published, book.fold.rally, stage)


def test_a_stage_is_certified_when_every_crew_has_its_time() -> None:
    book = Book()
    book.write(*book.pen.to_first_stage("1", "2", "3"))
    assert [blocker.kind for blocker in book.stage("SS1").blockers] == ["running"] * 3
    assert book.certify("SS1").startswith("Car 1 is on it, or its finish is lacking")
    assert stand(book, "SS1") is Times.LIVE


@pytest.mark.parametrize("car", ["1", "2", "3"])
def test_a_crew_without_a_finish_keeps_the_stage_open(car: str) -> None:
    book = Book()
    book.drive(1)
    finish = next(r for r in book.records if getattr(r.body, "car", "") == car and ".FF" in r.key)
    again = Book()
    again.write(*(record for record in book.records if record is not finish))
    blockers = again.stage("SS1").blockers
    assert [(blocker.kind, blocker.car) for blocker in blockers] == [("running", car)]


def test_a_stamp_of_nobody_at_a_line_keeps_the_stage_open() -> None:
    book = Book()
    book.drive(1)
    book.write(book.pen.stamp("SS1.FF", "10:40:00.00", None))
    assert [(b.kind, b.control) for b in book.stage("SS1").blockers] == [("unassigned", "SS1.FF")]
    assert "belongs to no car" in book.certify("SS1")


def test_later_news_waits_beside_the_certified_time_until_it_is_accepted() -> None:
    book = Book()
    book.drive(1)
    assert book.certify("SS1") == ""
    assert book.times("SS1") == (span("6:11.3"), span("6:11.3"))
    book.write(book.pen.stamp("SS1.FF", "10:07:05.00", "2"))
    assert book.times("SS1") == (span("6:11.3"), span("6:05.0"))
    assert stand(book, "SS1") is Times.AMENDMENT_PENDING
    assert book.fold.rally.classification("overall").rows["2"].total == span("6:11.3")
    assert book.accept("SS1") == ""
    assert stand(book, "SS1") is Times.CERTIFIED
    assert book.times("SS1")[0] == span("6:05.0")
    assert book.fold.rally.classification("overall").rows["2"].total == span("6:05.0")
    version = book.fold.publications.published.times("SS1").version
    assert version is not None
    assert (version.number, version.moved >= {"2"}) == (2, True)


def test_a_refused_amendment_leaves_the_time_and_comes_back_only_when_it_is_another() -> None:
    book = Book()
    book.drive(1)
    book.certify("SS1")
    certified = book.times("SS1")[0]
    book.write(book.pen.stamp("SS1.FF", "10:07:05.00", "2"))
    assert book.refuse("SS1", text="") == "A refusal needs a reason."
    assert book.refuse("SS1") == ""
    assert stand(book, "SS1") is Times.CERTIFIED
    assert book.times("SS1")[0] == certified
    book.write(book.pen.stamp("SS1.FF", "10:08:01.00", "3"))
    assert stand(book, "SS1") is Times.AMENDMENT_PENDING
    assert book.times("SS1", "3")[0] != book.times("SS1", "3")[1]


def test_a_list_is_issued_from_the_certified_times_where_an_amendment_was_refused() -> None:
    book = Book()
    book.drive(1, 2, 3)
    book.certify("SS1", "SS2", "SS3", clock="33:59")
    expected = book.list("overall").digest
    book.write(book.pen.stamp("SS1.FF", "10:07:05.00", "2"))
    blocked = book.issue("overall", clock="34:00")
    assert blocked == "SS1 has an amendment about which the Official Timekeeper has not decided."
    book.refuse("SS1", clock="34:01")
    assert book.list("overall").digest == expected
    assert book.issue("overall", clock="34:02") == ""
    assert book.fold.publications.list("overall").phase is Phase.PROVISIONAL


def test_an_issued_list_stands_while_penalties_go_on() -> None:
    book = Book()
    book.drive(1, 2, 3)
    book.certify("SS1", "SS2", "SS3", clock="33:59")
    book.issue("overall", clock="34:00")
    before = book.fold.rally.classification("overall")
    book.write(book.pen.rule(Penalise("2", "speeding", time=10 * SECOND), role=Role.CLERK, clock="34:05"))
    assert book.fold.rally.classification("overall") is before
    live = book.fold.rally.live_classification("overall").rows["2"].total
    assert live == before.rows["2"].total + 10 * SECOND  # type: ignore[operator]


@pytest.mark.parametrize("role", [Role.MARSHAL, Role.CLERK, Role.STEWARD])
def test_no_other_office_certifies(role: Role) -> None:
    book = Book()
    book.drive(1)
    act = Certify("SS1", book.place, book.stage("SS1").digest)
    assert book.act(act, role=role) == f"Certify is not for a {role.value}."
    assert stand(book, "SS1") is Times.LIVE


def test_what_the_clerk_or_a_withdrawal_would_change_waits_for_the_timekeeper() -> None:
    book = Book()
    book.drive(1)
    correct = book.pen.rule(CorrectTime("SS1.FF", "2", at("10:07:10.00")), reason=Reason.MISSED_TRIGGER)
    book.write(correct)
    book.certify("SS1")
    stood = {car: book.times("SS1", car)[0] for car in "123"}
    book.write(book.pen.rule(CancelStage("SS1"), role=Role.CLERK))
    book.write(book.pen.rule(Withdraw(correct.key.removeprefix("D/"))))
    assert {car: book.times("SS1", car)[0] for car in "123"} == stood
    assert stand(book, "SS1") is Times.AMENDMENT_PENDING


def test_an_act_about_other_results_has_no_effect() -> None:
    book = Book()
    book.drive(1)
    digest = book.stage("SS1").digest
    book.write(book.pen.stamp("SS1.FF", "10:07:05.00", "2"))
    assert "other results" in book.act(Certify("SS1", book.place, digest))
    assert book.act(Certify("SS1", book.place + 7, digest)).startswith("The results up to record")
    assert book.act(Certify("SS1", 16, digest)) == ""  # as of the place where they were those


def test_the_same_journal_gives_the_same_versions_at_once_record_by_record_and_by_halves() -> None:
    book = Book()
    book.drive(1, 2)
    book.certify("SS1", "SS2")
    book.write(book.pen.stamp("SS1.FF", "10:07:05.00", "2"))
    book.accept("SS1")
    book.drive(3)
    book.certify("SS3", clock="34:00")
    book.issue("overall", clock="34:01")
    expected = versions(book.fold)
    event = book.fold.event
    for cut in range(1, len(book.records) + 1):
        fold = OfficialFold(event)
        for start in range(0, len(book.records), cut):
            fold.advance(book.records[start : start + cut])
        assert versions(fold) == expected


def versions(fold: OfficialFold) -> dict[tuple[str, int], tuple[str, int]]:
    publications = fold.publications
    made = {key: (sheet.digest, sheet.place) for key, sheet in publications.stage_versions.items()}
    made |= {key: (sheet.digest, sheet.place) for key, sheet in publications.list_versions.items()}
    return made


def test_results_as_of_a_place_know_nothing_of_what_came_later() -> None:
    book = Book()
    book.drive(1)
    place, early = book.place, book.stage("SS1").digest
    book.certify("SS1")
    book.write(book.pen.stamp("SS1.FF", "10:07:05.00", "2"))
    book.accept("SS1")
    then = book.fold.at(place)
    assert then.place == place
    assert then.publications.published.certified == {}
    sheet = book.fold.sheet(Need("SS1", None, place))
    assert sheet is not None
    assert sheet.digest == early


def test_kept_results_stand_where_the_event_folder_was_changed_since() -> None:
    book = Book()
    book.drive(1)
    book.certify("SS1")
    sheet = book.fold.publications.published.certified["SS1"]
    changed = stage_rally(ss_resolution=SECOND, truncate=Truncate.ELAPSED)
    forgot = OfficialFold(changed)
    forgot.advance(book.records)
    assert forgot.publications.published.certified == {}
    remembers = OfficialFold(changed, {sheet.digest: sheet})
    remembers.advance(book.records)
    assert remembers.rally.stage_results("SS1")["2"].time == sheet.rows["2"].time
    assert remembers.amended() == ("SS1",)


def test_what_stands_can_be_put_and_taken_away_again() -> None:
    book = Book()
    book.drive(1)
    rally, rows = book.fold.rally, dict(book.stage("SS1").rows)
    rally.stand(Standing(stages={"SS1": rows}))
    book.write(book.pen.stamp("SS1.FF", "10:07:05.00", "2"))
    assert rally.certified.moved("SS1") == {"2"}
    changes = rally.stand(Standing())
    assert changes.stages == {"SS1"}
    assert rally.stage_results("SS1")["2"].time != rows["2"].time
    assert rally.certified.moved("SS1") == frozenset()


def test_the_source_of_a_time_is_part_of_what_is_certified() -> None:
    book = Book()
    book.drive(1)
    book.certify("SS1")
    book.write(book.pen.stamp("SS1.FF", "10:07:11.31", "2", source=Source.B, device="b"))
    assert stand(book, "SS1") is Times.CERTIFIED  # the second system says the same and changes nothing


def test_every_list_that_can_be_issued_says_how_its_totals_came_about() -> None:
    event = stage_rally(crews(*CREWS))
    entries = {car: replace(entry, team="Reds") for car, entry in event.entries.by_number.items()}
    points = ChampionshipPoints(overall=(25, 17, 15))
    event = replace(
        event,
        entries=EntryList(entries),
        team_rule=TeamRule(count=2),
        preset=replace(event.preset, championship=points),
    )
    book = Book(event)
    book.drive(1, 2, 3)
    assert book.certify("SS1", "SS2", "SS3") == ""
    assert book.list("teams").lines == {
        "Reds": "TOTAL teams, team Reds: car 1 20:50.8 + car 2 20:51.9 = 41:42.7"
    }
    assert book.list("championship").lines["1"] == "TOTAL championship, car 1: overall 1 → 25 = 25 points"
