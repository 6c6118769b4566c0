"""A classification from live to official: who, when, the protest clock, and what is still allowed then."""

import pytest

from tests.core.publishing import Book, driven
from tests.core.rallies import at
from timing.core.decisions import Act, Penalise, Role, decision_id_key
from timing.core.instant import MINUTE, SECOND
from timing.core.publication_acts import (
    CloseProtest,
    Finalise,
    Issue,
    Protest,
    Reopen,
    Suspend,
)
from timing.core.publication_states import Phase, protest_until


def issued() -> Book:
    """SS1 and SS2 certified, leg 1 issued at 18:20; protests until 18:50."""
    book = Book()
    book.drive(1, 2)
    assert book.certify("SS1", "SS2") == ""
    assert book.issue("leg-1") == ""
    return book


def penalise(book: Book, car: str = "3", seconds: int = 10, clock: str = "18:25") -> None:
    book.write(
        book.pen.rule(
            Penalise(car, "speeding", time=seconds * SECOND, control="TC1"), role=Role.CLERK, clock=clock
        )
    )


def phase(book: Book) -> Phase:
    return book.fold.publications.list("leg-1").phase


def test_a_list_is_issued_only_from_certified_times() -> None:
    book = Book()
    book.drive(1, 2)
    book.certify("SS1")
    assert book.issue("leg-1") == "SS2 is not certified."
    assert book.issue("overall") == "SS2 is not certified (and 1 more)."
    book.certify("SS2")
    assert book.issue("leg-1") == ""
    assert book.issue("overall") == "SS3 is not certified."


def test_versions_are_counted_and_a_new_one_says_something_new() -> None:
    book = issued()
    assert book.issue("leg-1", version=1) == "The next version of leg-1 is 2, not 1."
    assert book.issue("leg-1", version=2) == "Nothing has changed since version 1 of leg-1."
    penalise(book)
    assert book.issue("leg-1", version=2, clock="18:30") == ""
    state = book.fold.publications.list("leg-1")
    assert [version.number for version in state.versions] == [1, 2]
    assert state.versions[1].moved == {"3"}


def test_a_new_version_restarts_the_protest_clock_for_what_it_changed_only() -> None:
    book = issued()
    penalise(book)
    book.issue("leg-1", version=2, clock="18:40")
    state = book.fold.publications.list("leg-1")
    window = 30 * MINUTE
    assert protest_until(state, window, "1") == at("18:50:00")
    assert protest_until(state, window, "3") == at("19:10:00")
    assert protest_until(state, window) == at("19:10:00")
    late = book.act(Protest("leg-1", "3", against="1"), clock="18:55", role=Role.CLERK)
    assert late == "The time for protests against car 1 in leg-1 is over."
    assert book.act(Protest("leg-1", "1", against="3"), clock="18:55", role=Role.CLERK) == ""
    assert book.finalise("leg-1", version=2, clock="18:55").startswith("A protest is open")


def test_a_list_becomes_official_when_the_protest_time_is_over() -> None:
    book = issued()
    assert book.finalise("leg-1", clock="18:49:59").startswith("The protest time runs until 18:50:00")
    assert phase(book) is Phase.PROVISIONAL
    assert book.finalise("leg-1", clock="18:50:00") == ""
    assert phase(book) is Phase.OFFICIAL


def test_a_protest_at_the_last_instant_is_in_time_and_one_at_the_end_is_not() -> None:
    book = issued()
    assert book.act(Protest("leg-1", "3"), clock="18:49:59.999999", role=Role.STEWARD) == ""
    assert "is over" in book.act(Protest("leg-1", "3"), clock="18:50:00", role=Role.STEWARD)


def test_an_open_protest_holds_the_list_until_the_stewards_close_it() -> None:
    book = issued()
    assert book.act(Protest("leg-1", "3", "1"), clock="18:30", role=Role.CLERK, ident="protest-1") == ""
    assert book.act(Suspend("leg-1"), clock="18:35") == ""
    assert phase(book) is Phase.SUSPENDED
    assert book.finalise("leg-1") == "A protest is open (protest-1)."
    assert book.act(CloseProtest("protest-2"), clock="19:00") == "There is no protest 'protest-2'."
    assert book.act(CloseProtest("protest-1", upheld=False), clock="19:00") == ""
    assert book.act(CloseProtest("protest-1"), clock="19:01") == "This protest is closed already."
    assert book.finalise("leg-1", clock="19:05") == ""


def test_what_changed_since_has_to_be_issued_before_the_list_is_official() -> None:
    book = issued()
    penalise(book, clock="18:55")
    assert book.finalise("leg-1") == "leg-1 has changed since version 1: issue a new version first."
    book.issue("leg-1", version=2, clock="19:00")
    assert book.finalise("leg-1", version=1, clock="19:45") == "Version 2 of leg-1 stands, not 1."
    assert book.finalise("leg-1", version=2, clock="19:45") == ""


def test_an_official_list_changes_by_a_numbered_decision_only() -> None:
    book = issued()
    book.finalise("leg-1")
    penalise(book, clock="19:40")
    assert book.issue("leg-1", version=2).startswith("leg-1 is official")
    book.write(book.pen.stamp("SS1.FF", "10:07:05.00", "2"))
    assert book.accept("SS1").startswith("The classification leg-1 is official")
    assert "by a numbered decision only" in book.act(Reopen("leg-1", " "))
    assert book.act(Reopen("leg-1", "14"), clock="20:00") == ""
    assert phase(book) is Phase.SUSPENDED
    assert book.accept("SS1", clock="20:05") == ""
    assert book.issue("leg-1", version=2, clock="20:10") == ""
    assert book.finalise("leg-1", version=2, clock="20:39").startswith("The protest time runs")
    assert book.finalise("leg-1", version=2, clock="20:40") == ""
    first = book.fold.publications.list_versions["leg-1", 1]
    assert first.digest != book.fold.publications.list_versions["leg-1", 2].digest


def test_a_suspended_list_goes_on_as_it_was_where_nothing_came_of_it() -> None:
    book = issued()
    book.act(Suspend("leg-1"), clock="18:30")
    assert book.issue("leg-1", version=2, clock="18:40") == ""
    state = book.fold.publications.list("leg-1")
    assert (state.phase, state.versions[1].moved) == (Phase.PROVISIONAL, frozenset())
    assert protest_until(state, 30 * MINUTE) == at("18:50:00")


def test_a_stage_that_was_certified_anew_has_to_be_looked_at_before_the_issue() -> None:
    book = Book()
    book.drive(1, 2)
    book.certify("SS1", "SS2")
    seen, digest = book.place, book.list("leg-1").digest
    book.write(book.pen.stamp("SS1.FF", "10:07:05.00", "2"))
    book.accept("SS1")
    act = Issue("leg-1", seen, digest, 1)
    assert book.act(act).startswith("SS1 was certified after record")


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (Suspend("leg-1"), "Only a provisional classification is suspended; leg-1 is LIVE."),
        (Finalise("leg-1", 1), "Only an issued classification becomes official; leg-1 is LIVE."),
        (Reopen("leg-1", "9"), "Only an official classification is reopened; leg-1 is LIVE."),
        (Protest("leg-1", "1"), "Protests are against issued classifications; leg-1 is LIVE."),
        (Suspend("nobody's"), "Only a provisional classification is suspended; nobody's is LIVE."),
    ],
)
def test_a_live_list_is_neither_suspended_nor_official_nor_protested(act: Act, why: str) -> None:
    book = Book()
    book.drive(1)
    assert book.act(act) == why


def test_an_act_that_is_sent_twice_counts_once() -> None:
    book = issued()
    act = Protest("leg-1", "3")
    assert book.act(act, clock="18:30", ident="twice", role=Role.STEWARD) == ""
    again = book.pen.rule(act, "twice", role=Role.STEWARD, clock="18:31")
    assert again.key == decision_id_key("twice")
    book.write(again)
    assert len(book.fold.publications.list("leg-1").protests) == 1


def test_no_list_is_official_while_a_penalty_of_a_classified_crew_is_undecided() -> None:
    book = Book()
    drives = [record.body for record in driven(book.pen, 1, 2) if "PK1" not in record.key]
    book.pen.seq = 0
    book.write(*(book.pen.record(body) for body in drives))
    book.certify("SS1", "SS2")
    assert book.issue("leg-1") == ""
    assert book.finalise("leg-1") == "Car 1: missed control at PK1 waits for a decision."
    for car in ("1", "2", "3"):
        none = Penalise(car, "missed control", time=0, control="PK1")
        book.write(book.pen.rule(none, role=Role.CLERK, clock="19:31"))
    assert book.issue("leg-1", version=2, clock="19:32") == ""
    assert book.finalise("leg-1", version=2, clock="20:10") == ""
