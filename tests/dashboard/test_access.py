import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.access import FILE, SESSION_LIFE, AccessStore, session_in
from timing.core.decisions import Role
from timing.core.instant import MINUTE


class Wall:
    def __init__(self) -> None:
        self.at = 1_700_000_000_000_000

    def now(self) -> int:
        return self.at


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def store(tmp_path: Path, wall: Wall) -> Iterator[AccessStore]:
    made = AccessStore(tmp_path, wall.now)
    yield made
    made.close()


def test_a_personal_link_opens_a_session_of_its_person(store: AccessStore) -> None:
    person, token = store.add("Ada", [Role.MARSHAL], ["TC1"])
    opened = store.open_session(token)
    assert opened is not None
    assert store.who(opened[1]) == person
    assert person.controls == ("TC1",)


def test_a_token_has_128_bits_and_is_stored_nowhere(store: AccessStore, tmp_path: Path) -> None:
    _, token = store.add("Ada", [Role.MARSHAL])
    opened = store.open_session(token)
    assert opened is not None
    assert len(token) == 22
    for secret in (token, opened[1]):
        assert secret.encode() not in (tmp_path / FILE).read_bytes()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_revoked_person_is_out_at_once_also_when_another_process_revoked(
    store: AccessStore, tmp_path: Path, wall: Wall
) -> None:
    person, token = store.add("Ada", [Role.TIMEKEEPER])
    opened = store.open_session(token)
    assert opened is not None
    other = AccessStore(tmp_path, wall.now)
    assert other.revoke(person.id)
    other.close()
    assert store.who(opened[1]) is None
    assert store.open_session(token) is None
    assert [known.revoked for known in store.people()] == [True]


def test_a_new_link_ends_the_old_one(store: AccessStore) -> None:
    person, token = store.add("Ada", [Role.CLERK])
    renewed = store.renew(person.id)
    assert renewed is not None
    assert store.open_session(token) is None
    assert store.open_session(renewed) is not None
    assert store.renew("nobody") is None


def test_a_session_ends_after_two_weeks(store: AccessStore, wall: Wall) -> None:
    _, token = store.add("Ada", [Role.CLERK])
    opened = store.open_session(token)
    assert opened is not None
    wall.at += SESSION_LIFE
    assert store.who(opened[1]) is not None
    wall.at += 1
    assert store.who(opened[1]) is None


def test_one_phone_can_be_shut_out_alone(store: AccessStore) -> None:
    _, token = store.add("Ada", [Role.CLERK])
    first, second = store.open_session(token), store.open_session(token)
    assert first is not None
    assert second is not None
    store.close_session(first[1])
    assert store.who(first[1]) is None
    assert store.who(second[1]) is not None


def test_a_person_with_several_offices_is_shown_as_the_timekeeper(store: AccessStore) -> None:
    person, _ = store.add("Ada", [Role.CLERK, Role.TIMEKEEPER])
    assert person.role is Role.TIMEKEEPER
    assert store.people()[0].roles == {Role.CLERK, Role.TIMEKEEPER}


def test_the_database_takes_no_session_of_nobody(store: AccessStore, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            db.execute("INSERT INTO sessions VALUES (x'00', 'nobody', 0, 0)")
    db.close()


def test_a_person_is_seen_to_the_minute_at_each_of_their_screens(store: AccessStore, wall: Wall) -> None:
    person, token = store.add("Ada", [Role.MARSHAL])
    assert store.seen() == {}
    sessions = [opened[1] for opened in (store.open_session(token), store.open_session(token)) if opened]
    opened_at = wall.at
    wall.at += MINUTE - 1
    store.who(sessions[0])
    assert store.seen() == {person.id: (opened_at, 2)}
    wall.at += 1
    store.who(sessions[0])
    assert store.seen() == {person.id: (wall.at, 2)}
    store.close_session(sessions[0])
    assert store.seen() == {person.id: (opened_at, 1)}


def test_a_database_that_cannot_be_written_shuts_nobody_out(
    store: AccessStore, wall: Wall, tmp_path: Path
) -> None:
    person, token = store.add("Ada", [Role.MARSHAL])
    opened = store.open_session(token)
    assert opened is not None
    wall.at += MINUTE
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        assert store.who(opened[1]) == person


def test_sessions_of_a_data_folder_from_before_they_were_seen_hold_on(tmp_path: Path, wall: Wall) -> None:
    with closing(AccessStore(tmp_path, wall.now)) as store:
        person, token = store.add("Ada", [Role.MARSHAL])
        opened = store.open_session(token)
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.execute("ALTER TABLE sessions DROP COLUMN seen_at")
    with closing(AccessStore(tmp_path, wall.now)) as store:
        assert opened is not None
        assert store.who(opened[1]) == person
        assert store.seen() == {person.id: (wall.at, 1)}


@pytest.mark.parametrize(
    ("header", "session"),
    [
        ("rallykeeper_session=abc", "abc"),
        ("other=1; rallykeeper_session=abc; more=2", "abc"),
        ("", None),
        ("rallykeeper_session=", None),
        ("=;;;\x00", None),
    ],
)
def test_the_session_is_found_among_other_cookies(header: str, session: str | None) -> None:
    assert session_in(header) == session
