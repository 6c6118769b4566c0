"""A journal entry as the core sees it: what was said or ruled, by whom, when it reached us."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from timing.core.decisions import Decision, decision_key
from timing.core.instant import Instant
from timing.core.readings import Alert, Heartbeat, Remark, Stamp, StampMark, SyncCheck, reading_key

#: What the journal holds besides stamps.
Heard: TypeAlias = Heartbeat | SyncCheck | Alert | Remark | Decision
#: What the journal holds. Fixes live in the tracks store; those that prove a stamp ride in it.
Body: TypeAlias = Stamp | Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One entry of the journal.

    `seq` is dense from 1; `key` identifies the content whatever the order of arrival; `origin` is
    `mqtt:TOPIC`, `serial:PORT`, `web:ROLE/NAME` or `tracks:DEVICE`; `raw` the bytes as received.
    """

    seq: int
    received_at: Instant
    origin: str
    key: str
    body: Body
    raw: bytes = b""
    hash: bytes = b""


def body_key(body: Body) -> str:
    """Return the identity of a record's content."""
    return decision_key(body) if isinstance(body, Decision) else reading_key(body)


def first_key(body: Body) -> str:
    """Return the identity that the first journals gave this content; for nearly all it is `body_key`.

    In them what a key of a device gave was not told apart from its sensor at the same instant.
    """
    if isinstance(body, Stamp) and StampMark.MANUAL in body.marks:
        return body_key(replace(body, marks=()))
    return body_key(body)
