"""Whatever comes in whatever order: the same journal gives the same documents, and certified times stand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.official_documents import documents_of
from tests.core.publishing import CREWS, Book, chained, driven
from tests.core.rallies import Pen, at, stage_rally
from timing.core.decisions import (
    Act,
    AssignCar,
    CancelStage,
    CorrectTime,
    Decision,
    Disqualify,
    FailStage,
    Interrupt,
    MarkSpurious,
    Penalise,
    Reinstate,
    Retire,
    Role,
    SetNotional,
    Withdraw,
)
from timing.core.instant import SECOND
from timing.core.official_fold import OfficialFold
from timing.core.publication import is_publication
from timing.core.publication_acts import (
    AcceptAmendment,
    Certify,
    CloseProtest,
    Finalise,
    Issue,
    Protest,
    RefuseAmendment,
    Reopen,
    Suspend,
)
from timing.core.readings import Stamp
from timing.core.records import Record

STAGES = ("SS1", "SS2")
LINES = ("SS1.START", "SS1.FF", "SS2.START", "SS2.FF", "TC2")
KEY = "00" * 32


@dataclass(frozen=True)
class Move:
    """One thing that happens; `pick` chooses what it is about."""

    kind: str
    pick: int
    role: Role


kinds = (
    "stamp", "nobody", "correct", "spurious", "assign", "penalise", "cancel", "notional", "retire",
    "reinstate", "disqualify", "interrupt", "fail", "withdraw", "certify", "accept", "refuse", "issue",
    "suspend", "finalise", "reopen", "protest", "close",
)  # fmt: skip
#: What would change a time, or certify the change.
of_times = ("stamp", "correct", "spurious", "notional", "cancel", "withdraw", "accept", "accept", "certify")
not_theirs = st.sampled_from([Role.SPECTATOR, Role.MARSHAL, Role.CLERK])
tries = st.builds(Move, st.sampled_from((*of_times, *kinds)), st.integers(0, 1 << 16), not_theirs)
moves = st.builds(Move, st.sampled_from(kinds), st.integers(0, 1 << 16), st.sampled_from(list(Role)))


def stamp(book: Book, move: Move) -> Record:
    control = LINES[move.pick % len(LINES)]
    car = None if move.kind == "nobody" else CREWS[move.pick // 7 % 3]
    return book.pen.stamp(
        control, f"10:{6 + move.pick % 50:02d}:{move.pick % 60:02d}.{move.pick % 100:02d}", car
    )


def act_of(book: Book, move: Move) -> Act:
    """What an official does; the acts of publication are those that the desk would offer."""
    pick = move.pick
    car, stage, line = CREWS[pick % 3], STAGES[pick % 2], LINES[pick % len(LINES)]
    place = max(book.place, 1)
    stamps = [record.key for record in book.records if isinstance(record.body, Stamp)]
    ruled = [record.body.id for record in book.records if isinstance(record.body, Decision)] or ["nobody"]
    some = stamps[pick % len(stamps)]
    made: dict[str, Callable[[], Act]] = {
        "correct": lambda: CorrectTime(line, car, at("10:06:00") + pick % 600 * SECOND),
        "spurious": lambda: MarkSpurious(some),
        "assign": lambda: AssignCar(some, car),
        "penalise": lambda: Penalise(car, "speeding", time=pick % 60 * SECOND, control="TC1"),
        "cancel": lambda: CancelStage(stage, cancelled=pick % 3 > 0),
        "notional": lambda: SetNotional(stage, car, time=(300 + pick % 99) * SECOND),
        "retire": lambda: Retire(car, line),
        "reinstate": lambda: Reinstate(car),
        "disqualify": lambda: Disqualify(car),
        "interrupt": lambda: Interrupt(stage, at("10:05:00")),
        "fail": lambda: FailStage(stage, car),
        "withdraw": lambda: Withdraw(ruled[pick % len(ruled)]),
        "certify": lambda: Certify(stage, place, book.stage(stage).digest),
        "accept": lambda: AcceptAmendment(stage, place, book.stage(stage).digest),
        "refuse": lambda: RefuseAmendment(stage, place, book.name_of_difference(stage)),
        "issue": lambda: Issue("leg-1", place, book.list("leg-1").digest, book.versions("leg-1") + 1),
        "suspend": lambda: Suspend("leg-1"),
        "finalise": lambda: Finalise("leg-1", book.versions("leg-1")),
        "reopen": lambda: Reopen("leg-1", str(pick % 3 or " ")),
        "protest": lambda: Protest("leg-1", car, CREWS[pick % 2]),
        "close": lambda: CloseProtest(ruled[pick % len(ruled)], upheld=pick % 2 > 0),
    }
    return made[move.kind]()


def play(book: Book, day: list[Move], *, own_office: bool) -> Iterator[str]:
    """Let a day happen; yields after each move why it had no effect, where that is known."""
    for minute, move in enumerate(day):
        clock = f"{18 + minute // 4}:{minute % 4 * 15:02d}"
        if move.kind in ("stamp", "nobody"):
            book.write(stamp(book, move))
            yield ""
            continue
        act = act_of(book, move)
        role = None if own_office else move.role
        if is_publication(book.decision(act)):
            yield book.act(act, clock, role, text="heard")
        else:
            book.write(book.pen.rule(act, clock=clock, role=role or Role.TIMEKEEPER, text="heard"))
            yield ""


def started() -> Book:
    book = Book()
    book.drive(1, 2)
    return book


def documents(fold: OfficialFold) -> dict[str, tuple[bytes, bytes]]:
    return {made.id: (made.text, made.results) for made in documents_of(fold, KEY)}


@settings(max_examples=40, deadline=None)
@given(st.lists(moves, max_size=25), st.lists(st.integers(1, 60), max_size=6), st.booleans())
def test_any_day_gives_the_same_documents_however_often_the_service_restarts(
    day: list[Move], restarts: list[int], kept: bool
) -> None:
    book = started()
    book.certify("SS1", "SS2", clock="17:59")
    list(play(book, day, own_office=True))
    expected = documents(book.fold)
    assert "stage-SS1-v1" in expected
    known = {sheet.digest: sheet for sheet in (*book.fold.publications.stage_versions.values(),) if kept}
    fold = OfficialFold(book.fold.event, known)
    for length in restarts:
        # Each life reads the whole journal up to where it was, then goes on.
        fold = OfficialFold(book.fold.event, known)
        fold.advance(book.records[:length])
    fold.advance(book.records)
    assert documents(fold) == expected


@settings(max_examples=40, deadline=None)
@given(st.permutations(driven(Pen(), 1, 2)), st.permutations(["SS1", "SS2"]))
def test_readings_in_any_order_of_arrival_give_the_same_official_results(
    order: list[Record], stages: list[str]
) -> None:
    book, other = started(), Book()
    for each in (book, other):
        if each is other:
            other.write(*(again(other.pen, record) for record in order))
        assert each.certify(*(stages if each is other else STAGES)) == ""
        assert each.issue("leg-1") == ""
    ones, others = documents(book.fold), documents(other.fold)
    assert {name: results for name, (_, results) in ones.items()} == {
        name: results for name, (_, results) in others.items()
    }


def again(pen: Pen, record: Record) -> Record:
    return pen.record(record.body)


@settings(max_examples=60, deadline=None)
@given(st.lists(tries, max_size=25))
def test_nothing_a_marshal_or_an_organizer_does_changes_a_certified_time(day: list[Move]) -> None:
    book = started()
    assert book.certify("SS1", "SS2", clock="17:59") == ""
    certified = {stage: dict(book.fold.rally.stage_results(stage).items()) for stage in STAGES}
    for _ in play(book, day, own_office=False):
        for stage, rows in certified.items():
            now = book.fold.rally.stage_results(stage)
            assert {car: row.time for car, row in now.items()} == {car: row.time for car, row in rows.items()}
            assert [row.rank for row in now.values()] == [row.rank for row in rows.values()]
            assert len(book.fold.publications.published.times(stage).versions) == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(moves, max_size=25))
def test_an_official_list_says_the_same_until_it_is_reopened(day: list[Move]) -> None:
    book = started()
    book.certify("SS1", "SS2", clock="16:00")
    assert book.issue("leg-1", clock="16:01") == ""
    assert book.finalise("leg-1", clock="17:00") == ""
    rows = book.fold.rally.classification("leg-1")
    without = [move for move in day if move.kind != "reopen"]
    for _ in play(book, without, own_office=True):
        assert book.fold.rally.classification("leg-1") is rows
    assert set(documents(book.fold)) >= {"list-leg-1-v1", "list-leg-1-v1-official"}
    fold = OfficialFold(stage_rally())
    fold.advance(chained(book.records))
    assert documents(fold) == documents(book.fold)
