"""Who is who: personal links, sessions and roles, in a small database of their own in the data folder.

Phones that post by HTTP have a secret each, of 128 bits and stored hashed like a personal link.

A personal link holds 128 random bits; only its hash is stored. Opening it gives the browser a session of its
own (again 128 bits, again stored hashed), so that one lost phone can be shut out alone. Every request looks
the session up, so that a revocation holds at once, also when it was made by another process.
"""

import base64
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from timing.core.decisions import Role
from timing.core.instant import DAY, MINUTE, Duration, Instant

COOKIE = "rallykeeper_session"
FILE = "access.sqlite3"
#: A session ends this long after it was opened; the link opens another.
SESSION_LIFE: Duration = 14 * DAY
#: When a session was seen last is written down so often: whether somebody is there, not what they do.
_SEEN_EVERY: Duration = MINUTE
#: Of several offices, the one a person is shown as.
_RANK = (Role.TIMEKEEPER, Role.CLERK, Role.STEWARD, Role.MARSHAL, Role.SPECTATOR)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, roles TEXT NOT NULL, controls TEXT NOT NULL,
    token BLOB NOT NULL UNIQUE, created_at INTEGER NOT NULL, revoked_at INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
    token BLOB PRIMARY KEY, person TEXT NOT NULL REFERENCES people (id), opened_at INTEGER NOT NULL,
    seen_at INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS devices (
    device TEXT PRIMARY KEY, secret BLOB NOT NULL, created_at INTEGER NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a personal link. `controls` are those a marshal is posted to."""

    id: str
    name: str
    roles: frozenset[Role]
    controls: tuple[str, ...] = ()
    revoked: bool = False
    carrier: str = ""
    """Who brought what this person pressed, where it came by another person's phone."""

    @property
    def device(self) -> str:
        """The name under which the readings of this person's pages are recorded."""
        return f"web-{self.id}"

    @property
    def role(self) -> Role:
        """The office this person is shown as."""
        return next((role for role in _RANK if role in self.roles), Role.SPECTATOR)

    @property
    def signed(self) -> str:
        """The name, and who brought it, as the journal keeps it."""
        return f"{self.name}, brought by {self.carrier}" if self.carrier else self.name


def brought(author: Person, carrier: Person) -> Person:
    """Return the author of what somebody else's phone brings, with no more rights than both of them have.

    The Official Timekeeper may bring what a marshal may do anywhere; nobody brings what is the timekeeper's
    own but another timekeeper.
    """
    over = Role.TIMEKEEPER in carrier.roles
    return replace(
        author,
        roles=author.roles & (carrier.roles | ({Role.MARSHAL} if over else frozenset())),
        controls=author.controls if over else tuple(c for c in author.controls if c in carrier.controls),
        carrier=carrier.name,
    )


class AccessStore:
    """People and their sessions.

    Args:
        folder: the data folder.
        now: the wall's present instant; a session lives in real days also in a scaled rally.
    """

    def __init__(self, folder: Path, now: Callable[[], Instant]) -> None:
        self.now = now
        path = folder / FILE
        path.touch(mode=0o600)
        # Requests come from worker threads too; SQLite itself lets one call in at a time.
        self._db = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA foreign_keys = ON;" + _SCHEMA)
        columns = {row[1] for row in self._db.execute("PRAGMA table_info(sessions)")}
        if "seen_at" not in columns:
            # A data folder from before it was kept; another process may be adding it just now.
            with suppress(sqlite3.OperationalError):
                self._db.execute("ALTER TABLE sessions ADD COLUMN seen_at INTEGER")

    def add(self, name: str, roles: Iterable[Role], controls: Iterable[str] = ()) -> tuple[Person, str]:
        """Register a person; return them with the token of their personal link (told this once)."""
        token = _new_token()
        person = Person(id=secrets.token_hex(4), name=name, roles=frozenset(roles), controls=tuple(controls))
        self._db.execute(
            "INSERT INTO people (id, name, roles, controls, token, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (
                person.id,
                name,
                " ".join(sorted(person.roles)),
                json.dumps(person.controls),
                _hash(token),
                self.now(),
            ),
        )
        return person, token

    def renew(self, person: str) -> str | None:
        """Give a person a new link; the old one and all its sessions end. None: no such person."""
        token = _new_token()
        changed = self._db.execute(
            "UPDATE people SET token = ?, revoked_at = NULL WHERE id = ?", (_hash(token), person)
        ).rowcount
        self._db.execute("DELETE FROM sessions WHERE person = ?", (person,))
        return token if changed else None

    def revoke(self, person: str) -> bool:
        """End a person's link and sessions; False when there is no such person."""
        changed = self._db.execute(
            "UPDATE people SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (self.now(), person)
        ).rowcount
        self._db.execute("DELETE FROM sessions WHERE person = ?", (person,))
        return changed > 0

    def people(self) -> list[Person]:
        """Return everybody ever registered, in order of registration."""
        rows = self._db.execute(
            "SELECT id, name, roles, controls, revoked_at FROM people ORDER BY created_at, id"
        )
        return [_person(row) for row in rows]

    def open_session(self, token: str) -> tuple[Person, str] | None:
        """Exchange a personal link's token for a new session; None where the link does not hold."""
        row = self._db.execute(
            "SELECT id, name, roles, controls, revoked_at FROM people WHERE token = ? AND revoked_at IS NULL",
            (_hash(token),),
        ).fetchone()
        if row is None:
            return None
        session = _new_token()
        person = _person(row)
        self._db.execute(
            "INSERT INTO sessions (token, person, opened_at) VALUES (?, ?, ?)",
            (_hash(session), person.id, self.now()),
        )
        self._db.execute("DELETE FROM sessions WHERE opened_at < ?", (self.now() - SESSION_LIFE,))
        return person, session

    def holds(self, token: str) -> bool:
        """Return whether a personal link's token opens a session."""
        found = self._db.execute(
            "SELECT 1 FROM people WHERE token = ? AND revoked_at IS NULL", (_hash(token),)
        ).fetchone()
        return found is not None

    def close_session(self, session: str) -> None:
        """Forget a session."""
        self._db.execute("DELETE FROM sessions WHERE token = ?", (_hash(session),))

    def who(self, session: str) -> Person | None:
        """Return whose session this is; None where it does not (any longer) hold."""
        token, now = _hash(session), self.now()
        row = self._db.execute(
            "SELECT people.id, name, roles, controls, revoked_at, coalesce(seen_at, opened_at) FROM sessions "
            "JOIN people ON people.id = sessions.person "
            "WHERE sessions.token = ? AND revoked_at IS NULL AND opened_at >= ?",
            (token, now - SESSION_LIFE),
        ).fetchone()
        if row is None:
            return None
        if not 0 <= now - row[5] < _SEEN_EVERY:
            # Who is there is good to know; a database that cannot be written shuts nobody out for it.
            with suppress(sqlite3.OperationalError):
                self._db.execute("UPDATE sessions SET seen_at = ? WHERE token = ?", (now, token))
        return _person(row[:5])

    def seen(self) -> dict[str, tuple[Instant, int]]:
        """Return by person when one of their screens was seen last, to the minute, and how many there are."""
        rows = self._db.execute(
            "SELECT person, max(coalesce(seen_at, opened_at)), count(*) FROM sessions GROUP BY person"
        )
        return {person: (at, count) for person, at, count in rows}

    def give_secret(self, device: str) -> str:
        """Return a new secret for a device (told this once); the one before ends at once."""
        secret = _new_token()
        self._db.execute("REPLACE INTO devices VALUES (?, ?, ?)", (device, _hash(secret), self.now()))
        return secret

    def end_secret(self, device: str) -> bool:
        """End a device's secret; False when it had none."""
        return self._db.execute("DELETE FROM devices WHERE device = ?", (device,)).rowcount > 0

    def is_secret(self, device: str, secret: str) -> bool:
        """Return whether this is the device's secret."""
        found = self._db.execute("SELECT secret FROM devices WHERE device = ?", (device,)).fetchone()
        return found is not None and secrets.compare_digest(bytes(found[0]), _hash(secret))

    def close(self) -> None:
        """Close the database."""
        self._db.close()


def session_in(cookie_header: str) -> str | None:
    """Return the session token in a Cookie header, if there is one."""
    try:
        morsel = SimpleCookie(cookie_header).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None and morsel.value else None


def add_person(
    folder: Path, name: str, roles: Iterable[Role], controls: Iterable[str], now: Callable[[], Instant]
) -> tuple[Person, str]:
    """Register a person in a data folder, also while a service runs on it."""
    with closing(AccessStore(folder, now)) as store:
        return store.add(name, roles, controls)


def _new_token() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")


def _hash(token: str) -> bytes:
    # The token is 128 random bits: there is nothing to guess, hence no slow password hash.
    return hashlib.sha256(token.encode()).digest()


def _person(row: tuple[str, str, str, str, int | None]) -> Person:
    number, name, roles, controls, revoked_at = row
    return Person(
        id=number,
        name=name,
        roles=frozenset(Role(role) for role in roles.split()),
        controls=tuple(json.loads(controls)),
        revoked=revoked_at is not None,
    )
